"""Every published figure is claimed as it was printed, or left alone for a reason that may be one."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from checked import outcome

from convcost.checking import verdict_counts
from convcost.printed import BYTES, UNITS

pytestmark = pytest.mark.xdist_group("claims")

DATA = Path(__file__).parent / "data" / "published.jsonl"

# The figure of a row that a metric is about; for the largest map, its kind says which.
NAMES = {"madds": "macs", "flops": "macs", "params": "params", "file_size": "params"}
QUOTED = ("citation", "other_counter")  # the kinds of row that nothing here has to answer for
# Of the other rows that are left alone, the family and the model: no spec has them.
NOT_BUILT = {
    "darknet: Darknet53",
    "darknet: Densenet 201",
    "darknet: Extraction",
    "darknet: ResNeXt 101 (32x4d)",
    "darknet: ResNeXt 152 (32x4d)",
    "darknet: Resnet 101",
    "darknet: Resnet 152",
    "igc: CIFAR",
    "igc: IGCV2",
    "mobilenet_v1: MobileNetV1 (FaceNet distilled)",
    "mobilenet_v1: detection: Faster-RCNN 300",
    "mobilenet_v1: detection: Faster-RCNN 600",
    "mobilenet_v1: detection: SSD 300",
    "mobilenet_v2: DeepLabv3 MNet V1",
    "mobilenet_v2: DeepLabv3 ResNet-101",
    "mobilenet_v2: NasNet-A",
    "mobilenet_v3: SSDLite backbone",
    "shufflenet_v1: ShuffleNetV1-50",
    "shufflenet_v2: DARTS",
    "shufflenet_v2: FBNet-B",
    "shufflenet_v2: MnasNet",
    "shufflenet_v2: NASNET-A",
    "shufflenet_v2: OneShot",
    "shufflenet_v2: PNASNET",
    "shufflenet_v2: SE-ShuffleNetV2-164",
    "shufflenet_v2: ShuffleNetV2 2x with SE",
    "shufflenet_v2: ShuffleNetV2+ Large",
    "shufflenet_v2: ShuffleNetV2+ Medium",
    "shufflenet_v2: ShuffleNetV2+ Small",
    "shufflenet_v2: ShuffleNetV2.ExLarge",
}


ALL_UNITS = {**UNITS, **BYTES}


class Place(NamedTuple):
    """A figure of a row: its macs, its params, or the channels or bytes of its largest map."""

    row: str
    name: str


class Figure(NamedTuple):
    """A figure as its row has it, the unit behind it: `2.17 Bn ops (2x)`, `569 M mult-adds`."""

    place: Place
    text: str

    @property
    def numbers(self) -> list[str]:
        """One, but 0.84 and 0.82 of `0.84 (pytorch) / 0.82 (aten)`."""
        plain = re.sub(r"x10\^9|\(.*?\)", "", self.text).replace(",", "")
        return re.findall(r"\d+(?:\.\d+)?", plain)

    @property
    def size(self) -> object:
        """What its unit stands for; a word that does not begin with one, as `params`, for 1."""
        if "x10^9" in self.text:
            return ALL_UNITS["G"]
        unit = re.search(r"[\d.)] ?(K|M|G|B|%)(?=B?\b|n|FLOP|MAC| |$)", self.text)
        return ALL_UNITS[unit[1]] if unit else 1

    @property
    def metric(self) -> str:
        """Two operations for each multiply-add are another metric than one, bytes than numbers."""
        if self.place.name == "macs":
            return "flops" if "(2x)" in self.text else "madds"
        if self.place.name == "params":
            return "file_size" if " MB" in self.text else "params"
        return "largest_map"


class Claimed(NamedTuple):
    """A claim about a figure of a row."""

    place: Place
    metric: str
    text: str

    @property
    def number(self) -> str:
        return re.sub(r"[^\d.]", "", self.text)

    @property
    def size(self) -> object:
        return ALL_UNITS[re.sub(r"[^A-Za-z%]", "", self.text)]


class Row(NamedTuple):
    """A row of the list: what it is of, who printed it, and its figures."""

    id: str
    model: str
    kind: str
    figures: tuple[Figure, ...]

    @property
    def family(self) -> str:
        return self.id.partition("/")[0]

    @property
    def net(self) -> str:
        return f"{self.family}: {self.model}"


# ------------------------------------------------------------------------------ the three sides


@cache
def rows() -> tuple[Row, ...]:
    return tuple(row(line) for line in DATA.read_text(encoding="utf-8").splitlines())


def row(line: str) -> Row:
    data = json.loads(line)
    texts = {name: f"{data[name]} {data[f'{name}_unit']}" for name in ("macs", "params") if name in data}
    if "largest_map" in data:
        channels, kilobytes = data["largest_map"]
        texts = {"channels": str(channels), "bytes16": f"{str(kilobytes).removesuffix('K')} K"}
    figures = (Figure(Place(data["id"], name), text) for name, text in texts.items())
    return Row(data["id"], data["model"], data["kind"], tuple(figures))


@cache
def claimed() -> tuple[Claimed, ...]:
    claims = (finding.claim for finding in outcome().findings)
    return tuple(
        Claimed(
            Place(claim.row, NAMES.get(claim.calculation.metric, claim.calculation.kind)),
            claim.calculation.metric,
            claim.printed.text,
        )
        for claim in claims
        if claim.row
    )


@cache
def left_alone() -> tuple[str, ...]:
    """The rows that are no targets: what of them is not claimed is left alone."""
    return tuple(row for others in outcome().non_targets for row in others.rows)


# ------------------------------------------------------------------------------ what can be wrong


def wrong(
    rows: Sequence[Row], claimed: Sequence[Claimed], left_alone: Sequence[str], not_built: set[str]
) -> list[str]:
    """Everything that is wrong between the rows, the claims about them and the rows left alone."""
    known = {row.id: row for row in rows}
    figures = {figure.place: figure for row in rows for figure in row.figures}
    claims = Counter(claim.place for claim in claimed)
    alone = Counter(left_alone)
    said = [
        f"{place.row}: {place.name} is neither claimed nor left alone"
        for place in figures.keys() - claims.keys()
        if place.row not in alone
    ]
    said += [f"{place.row}: {place.name} is claimed twice" for place, times in claims.items() if times > 1]
    for claim in claimed:
        if claim.place in figures:
            said += misquoted(claim, figures[claim.place])
        else:
            said.append(f"{claim.place.row}: {claim.place.name} is claimed, but no row has it")
    said += [f"{row}: left alone twice" for row, times in alone.items() if times > 1]
    said += [f"{row}: left alone, but there is no such row" for row in alone.keys() - known.keys()]
    others = [known[row] for row in alone if row in known]
    for row in others:
        if all(figure.place in claims for figure in row.figures):
            said.append(f"{row.id}: left alone, but all of it is claimed")
        if row.kind not in QUOTED and row.net not in not_built:
            said.append(f"{row.id}: left alone, but {row.model} is a {row.kind} row")
    unused = not_built - {row.net for row in others if row.kind not in QUOTED}
    return sorted(said + [f"{net}: listed as not built, yet not left alone" for net in unused])


def misquoted(claim: Claimed, figure: Figure) -> list[str]:
    if claim.number not in figure.numbers or claim.size != figure.size:
        return [f"{claim.place.row}: the claim's {claim.text} is not {figure.text}"]
    if claim.metric != figure.metric:
        return [f"{claim.place.row}: {figure.text} is claimed as {claim.metric}, not {figure.metric}"]
    return []


# ------------------------------------------------------------------------------ the list itself


@pytest.mark.parametrize("family", sorted({row.family for row in rows()}))
def test_every_figure_is_claimed_or_left_alone(family: str) -> None:
    found = wrong(rows(), claimed(), left_alone(), NOT_BUILT)
    assert [line for line in found if line.startswith(f"{family}/")] == []


def test_nothing_is_wrong_outside_the_families() -> None:
    families = {row.family for row in rows()}
    found = wrong(rows(), claimed(), left_alone(), NOT_BUILT)
    assert [line for line in found if line.partition("/")[0] not in families] == []


def test_the_counts_add_up() -> None:
    """Of 360 rows, 301 print multiply-adds, 271 parameters and 18 two sizes of a map."""
    printed = [figure for row in rows() for figure in row.figures]
    assert (len(rows()), len(printed)) == (360, 301 + 271 + 2 * 18)
    left = [f for f in printed if f.place not in {c.place for c in claimed()}]
    assert len(claimed()) + len(left) == len(printed)
    findings = outcome().findings
    verdicts = verdict_counts(findings)
    assert sum(verdicts.values()) == len(findings)
    assert verdicts["fails"] == 0
    unlisted = sum(1 for finding in findings if not finding.claim.row)
    assert len(claimed()) + unlisted == len(findings)


# ------------------------------------------------------------------------------ what must be refused

NET = Row("a/1", "Net", "primary", (Figure(Place("a/1", "macs"), "2,300 M mult-adds"),))
CITED = Row("a/2", "Old", "citation", (Figure(Place("a/2", "macs"), "1.7 Bn ops (2x)"),))
ROWS = (NET, CITED)
GOOD = (Claimed(NET.figures[0].place, "madds", "2,300M"), Claimed(CITED.figures[0].place, "flops", "1.7Bn"))


def test_nothing_is_wrong_with_claims_as_printed() -> None:
    assert wrong(ROWS, GOOD, (), set()) == []
    assert wrong(ROWS, GOOD[:1], ("a/2",), set()) == []
    assert wrong(ROWS, GOOD[1:], ("a/1",), {"a: Net"}) == []


@pytest.mark.parametrize(
    ("claims", "others", "not_built", "message"),
    [
        pytest.param(GOOD[1:], (), set(), "a/1: macs is neither claimed nor left alone", id="forgotten"),
        pytest.param(
            (GOOD[0]._replace(text="2,301M"), GOOD[1]),
            (), set(), "a/1: the claim's 2,301M is not 2,300 M mult-adds", id="another digit",
        ),
        pytest.param(
            (GOOD[0]._replace(text="2,300K"), GOOD[1]),
            (), set(), "a/1: the claim's 2,300K is not 2,300 M mult-adds", id="another unit",
        ),
        pytest.param(
            (GOOD[0], GOOD[1]._replace(metric="madds")),
            (), set(), "a/2: 1.7 Bn ops (2x) is claimed as madds, not flops", id="two operations as one",
        ),
        pytest.param(
            (*GOOD, GOOD[0]._replace(place=Place("a/3", "macs"))),
            (), set(), "a/3: macs is claimed, but no row has it", id="unknown row",
        ),
        pytest.param(
            (*GOOD, GOOD[0]._replace(place=Place("a/1", "params"))),
            (), set(), "a/1: params is claimed, but no row has it", id="unknown figure",
        ),
        pytest.param((*GOOD, GOOD[0]), (), set(), "a/1: macs is claimed twice", id="twice"),
        pytest.param(
            GOOD, ("a/2",), set(), "a/2: left alone, but all of it is claimed", id="both",
        ),
        pytest.param(
            GOOD[1:], ("a/1",), set(), "a/1: left alone, but Net is a primary row", id="a target",
        ),
        pytest.param(
            GOOD, ("a/9",), set(), "a/9: left alone, but there is no such row", id="no such row",
        ),
        pytest.param(
            GOOD[:1], ("a/2", "a/2"), set(), "a/2: left alone twice", id="alone twice",
        ),
        pytest.param(
            GOOD, (), {"a: Net"}, "a: Net: listed as not built, yet not left alone", id="built by now",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(
    claims: Sequence[Claimed], others: Sequence[str], not_built: set[str], message: str
) -> None:
    assert wrong(ROWS, claims, others, not_built) == [message]


@pytest.mark.parametrize(
    ("text", "numbers", "size", "metric"),
    [
        ("2.17 Bn ops (2x)", ["2.17"], 10**9, "flops"),
        ("46.2G M mult-adds", ["46.2"], 10**9, "madds"),
        ("106,002,432 mult-adds", ["106002432"], 1, "madds"),
        ("~4.1 GFLOPS (=MACs), approximate", ["4.1"], 10**9, "madds"),
        ("11.3 x10^9 FLOPs (=MACs)", ["11.3"], 10**9, "madds"),
        ("1.25B MAdds", ["1.25"], 10**9, "madds"),
        ("0.84 (pytorch) / 0.82 (aten) GMACs", ["0.84", "0.82"], 10**9, "madds"),
        ("837 MFLOPs M mult-adds", ["837"], 10**6, "madds"),
    ],
)
def test_a_row_s_figure_is_read(text: str, numbers: list[str], size: int, metric: str) -> None:
    figure = Figure(Place("a/1", "macs"), text)
    assert (figure.numbers, figure.size, figure.metric) == (numbers, size, metric)
