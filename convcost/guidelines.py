"""ShuffleNetV2's four guidelines (arXiv:1807.11164, sec. 2), and from where on each is a finding."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal, NamedTuple, get_args

Code = Literal["G1", "G2", "G3", "G4"]
CODES: tuple[Code, ...] = get_args(Code)

ABOVE = Fraction(1, 20)
FRAGMENTS = 5
PARALLEL = 2
ELEMENTWISE = Fraction(3, 5)


class Guideline(NamedTuple):
    """What a code stands for, from where on it is found, and why from there."""

    title: str
    measures: str
    threshold: str
    reason: str
    example: str  # a spec that is against it


GUIDELINES: Mapping[Code, Guideline] = {
    "G1": Guideline(
        "Equal channel width minimises memory access",
        "A convolution that keeps the map's size reads hw*c1, writes hw*c2 and reads its weights, B/(hw). "
        "With the multiply-adds B = hw*c1*c2 of a 1x1 one fixed, mem_access >= 2*sqrt(hw*B) + B/(hw), "
        "and equal only where c1 = c2. The same mean holds for any kernel and groups: "
        "2*sqrt(reads*writes) + weights.",
        f"a layer more than {100 * ABOVE} % above the bound",
        "the mildest ratio that Table 1 tries, 1:2, is a little above this, and slowed the GPU from 1480 to "
        "1296 batches a second",
        "{name: 1:2 of Table 1, input: [90, 56, 56], network: [{conv: 180}]}",
    ),
    "G2": Guideline(
        "Excessive group convolution increases memory access",
        "mem_access = hw*c1 + B*g/c1 + B/(hw): with c1 and the multiply-adds B fixed, g groups write g times "
        "as many channels as one group. The price is the difference from g = 1. A depthwise convolution is "
        "left to G4, as in the paper.",
        f"a layer more than {100 * ABOVE} % above itself ungrouped",
        "as for G1, so that the two prices compare; the fewest groups that Table 2 tries, 2, are far above "
        "this, and slowed the GPU from 2451 to 1725 batches a second",
        "{name: 2 groups of Table 2, input: [180, 56, 56], network: [{conv: {out: 180, g: 2}}]}",
    ),
    "G3": Guideline(
        "Network fragmentation reduces degree of parallelism",
        "Fragments are the convolutions and pools of one block. The critical path is the most of them that "
        "wait for one another; parallel is the most of which none waits for another.",
        f"more than {FRAGMENTS} convolutions and pools, or more than {PARALLEL} in parallel",
        "the network that the paper draws from its guidelines has so many itself, in its unit with stride "
        "(Fig. 3d); 4 in parallel slowed the GPU from 2446 to 691 batches a second (Table 3)",
        "{name: inception 3a of GoogLeNet, input: [192, 28, 28], network: ["
        "{inception: {c1: 64, reduce3: 96, c3: 128, reduce5: 16, c5: 32, proj: 32}}]}",
    ),
    "G4": Guideline(
        "Element-wise operations are non-negligible",
        "The share that activations, additions, products and, as in the paper, depthwise convolutions have "
        "of the mem_access of convolutions and elementwise ops. Ops that only move elements (concat, "
        "shuffle, slices) are listed apart; norms are left out, since they fold into convolutions.",
        f"more than {100 * ELEMENTWISE} % of mem_access elementwise",
        "the unit of Table 4 nears it as its maps outgrow its weights: three activations and an addition, "
        "3*2 + 3, beside three convolutions, 3*2; without them the GPU went from 2427 to 2842 batches a "
        "second",
        "{name: a bottleneck of MobileNetV2, input: [24, 56, 56], network: ["
        "{inverted_residual: {t: 6, out: 24}}]}",
    ),
}
