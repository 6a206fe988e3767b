"""What a claim computes: counts of layers, sums, shares and ratios, as products written out."""

from __future__ import annotations

from pathlib import Path

import pytest

import convcost
from convcost.checking import Finding, Outcome
from convcost.errors import Mark, Source
from convcost.printed import read_printed
from convcost.reader import Scalar
from specs import place_of, said, unmarked

# Weights 3*3*2*4, 4*6 and 24*5; biases 4 and 5; maps of 8×8, 4×4 and 2×2.
NETWORK = """
name: n
variables: {c: 4, on: true}
variants: {wide: {c: 8}}
input: [2, 8, 8]
network:
  - {conv: {out: c, k: 3, bias: true}, name: a}
  - {conv: {out: 6, s: 2}, name: b}
  - {max_pool: 2, name: p}
  - flatten
  - {linear: 5, name: fc, when: on}
"""
SOURCES = """
sources:
  paper: A paper
  kilo: {title: One that means 1024, units: {K: 1024, KB: 1024}}
  weights: {title: One of weights, counts: {params: weights, madds: fvcore}, rounding: {ratio: floor}}
"""
A, B, FC = 3*3 * 2*4, 4*6, 24*5  # fmt: skip
PARAMS = A + 4 + B + FC + 5
MADDS = 8*8 * A + 4*4 * B + FC  # fmt: skip
WIDE = 3*3 * 2*8, 8*6, 24*5  # fmt: skip
WIDE_MADDS = 8*8 * WIDE[0] + 4*4 * WIDE[1] + WIDE[2]  # fmt: skip
WIDE_PARAMS = sum(WIDE) + 8 + 5


def checked(folder: Path, text: str) -> Outcome:
    path = folder / "n.yaml"
    path.write_text(f"{NETWORK}{SOURCES}{text}", encoding="utf-8")
    return convcost.check([str(path)])


def found(folder: Path, *claims: str) -> tuple[Finding, ...]:
    return checked(folder, "claims:\n" + "".join(f"  - {claim}\n" for claim in claims)).findings


# A claim without its figure, and the figure.
FIGURES: list[tuple[str, str, int]] = [
    ("params", "", PARAMS),
    ("params", "kind: weights", A + B + FC),
    ("params", "kind: biases", 4 + 5),
    ("madds", "", MADDS),
    ("flops", "", 2 * MADDS),
    # parts
    ("params", "part: a", A + 4),
    ("params", "part: [a, b]", A + 4 + B),
    ("params", "part: {op: conv}", A + 4 + B),
    ("params", "part: {op: conv, k: 3}", A + 4),
    ("params", "part: {op: conv, k: 1, s: 2}", B),
    ("params", "part: {op: conv, bias: false}", B),
    ("params", "part: {op: linear}", FC + 5),
    ("params", "without: fc", A + 4 + B),
    ("params", "without: [a, b]", FC + 5),
    ("params", "part: {op: conv}, without: a", B),
    ("madds", "part: b", 4*4 * B),
    # settings, passes
    ("params", "with: {c: 8}", WIDE_PARAMS),
    ("params", "variant: wide", WIDE_PARAMS),
    ("params", "with: {on: false}", A + 4 + B),
    ("params", "variant: wide, with: {on: false}", WIDE[0] + 8 + WIDE[1]),
    ("madds", "times: 3", 3 * MADDS),
    ("madds", "sum: {c: [4, 8, 4]}", 2 * MADDS + WIDE_MADDS),
    ("madds", "sum: {c: [4, 8]}, times: 10", 10 * (MADDS + WIDE_MADDS)),
    ("params", "sum: {c: [4, 8]}, with: {on: false}", A + 4 + B + WIDE[0] + 8 + WIDE[1]),
    # ratios
    ("ratio", "of: {params: weights}, to: {params: biases}", (A + B + FC) // 9),
    ("ratio", "of: {madds: madds, times: 7}, to: {madds: madds}", 7),
    ("ratio", "of: {params: weights, part: fc}, to: {params: weights, part: b}", FC // B),
    # maps and files
    ("largest_map", "size: [8, 8]", 4),
    ("largest_map", "size: [4, 4]", 6),
    ("largest_map", "size: [2, 2], kind: bytes16", 2 * 6*2*2),
    ("largest_map", "kind: bytes16", 2 * 4*8*8),
    ("largest_map", "kind: bytes16, without: a", 2 * 6*4*4),
    ("largest_map", "kind: bytes16, part: [p, fc]", 2 * 6*2*2),
    ("largest_map", "kind: bytes16, with: {c: 8}", 2 * 8*8*8),
    ("file_size", "", 4 * PARAMS),
    ("file_size", "with: {c: 8}", 4 * WIDE_PARAMS),
]  # fmt: skip

by_claim = pytest.mark.parametrize(
    ("metric", "said", "figure"), FIGURES, ids=[f"{metric} {said}" for metric, said, _ in FIGURES]
)


@by_claim
def test_a_figure_is_the_sum_that_the_claim_asks_for(
    metric: str, said: str, figure: int, tmp_path: Path
) -> None:
    """It holds to the last digit, and one more or fewer does not."""
    keys = f"source: paper, {said}".rstrip(", ")
    right, more, fewer = found(
        tmp_path, *(f"{{{metric}: {n}, {keys}}}" for n in (figure, figure + 1, figure - 1))
    )
    assert (right.verdict, right.computed) == ("holds", figure)
    assert (more.verdict, fewer.verdict) == ("fails", "fails")
    assert more.reason == f"{figure} is not {figure + 1}"


@by_claim
def test_an_erratum_is_explained_by_such_a_sum(metric: str, said: str, figure: int, tmp_path: Path) -> None:
    """`instead` says what the printed figure is a count of, and must give it."""
    if metric == "ratio":
        pytest.skip("an erratum is explained by one figure")
    other = "params" if metric == "madds" else "madds"
    keys = f"source: paper, erratum: e, instead: {{{f'metric: {metric}, {said}'.rstrip(', ')}}}"
    right, wrong = found(tmp_path, *(f"{{{other}: {n}, {keys}}}" for n in (figure, figure + 1)))
    assert (right.verdict, right.instead) == ("erratum", figure)
    assert wrong.verdict == "fails"
    assert wrong.reason == f"the calculation under `instead` gives {figure}, not {figure + 1}"


# What a claim says, what it says under `instead`, and the figure that this gives.
INHERITED: list[tuple[str, str, int]] = [
    ("with: {c: 8}", "kind: weights", sum(WIDE)),
    ("with: {c: 8}", "with: {on: false}", WIDE[0] + 8 + WIDE[1]),
    ("variant: wide", "part: a", WIDE[0] + 8),
    ("kind: weights", "part: a", A),
    ("kind: weights", "kind: biases", 4 + 5),
    ("kind: weights, part: a", "variant: wide", WIDE[0]),
    ("part: {op: conv}", "without: a", B),
    ("without: fc", "times: 2", 2 * (A + 4 + B)),
    ("times: 3", "without: fc", 3 * (A + 4 + B)),
    ("times: 3", "times: 1, without: fc", A + 4 + B),
    ("sum: {c: [4, 8]}", "kind: weights", A + B + FC + sum(WIDE)),
    ("part: a", "sum: {c: [4, 8]}", A + 4 + WIDE[0] + 8),
]


@pytest.mark.parametrize(("said", "instead", "figure"), INHERITED)
def test_instead_changes_what_it_names_and_nothing_else(
    said: str, instead: str, figure: int, tmp_path: Path
) -> None:
    claim = f"{{params: {figure}, {said}, source: paper, erratum: e, instead: {{{instead}}}}}"
    (finding,) = found(tmp_path, claim)
    assert (finding.verdict, finding.instead) == ("erratum", figure)


def test_instead_keeps_the_size_of_a_map(tmp_path: Path) -> None:
    """4 channels of 8×8; at two bytes an element that is 2 * 4*8*8."""
    claim = "{largest_map: 512, size: [8, 8], source: paper, erratum: e, instead: {kind: bytes16}}"
    other = (
        "{largest_map: 192, size: [8, 8], source: paper, erratum: e, instead: {kind: bytes16, size: [4, 4]}}"
    )
    assert [(f.verdict, f.instead) for f in found(tmp_path, claim, other)] == [
        ("erratum", 2 * 4*8*8), ("erratum", 2 * 6*4*4),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        # of 225 parameters the last layer has 125, 55.6 in a hundred
        ("params: 56%, part: fc, source: paper", "holds"),
        ("params: 55.6%, part: fc, source: paper", "holds"),
        ("params: 55%, part: fc, source: paper", "fails"),
        ("params: 55%, part: fc, source: paper, rounding: floor", "exception"),
        ("params: 44.4%, without: fc, source: paper", "holds"),
        # 216 weights to 9 biases are 24; 312 to 216 are 1.44..., 144 percent
        ("ratio: 24.0, of: {params: weights}, to: {params: biases}, source: paper", "holds"),
        ("ratio: 2400%, of: {params: weights}, to: {params: biases}, source: paper", "holds"),
        ("ratio: 1.44, of: {params: weights, with: {c: 8}}, to: {params: weights}, source: paper", "holds"),
        ("ratio: 144%, of: {params: weights, variant: wide}, to: {params: weights}, source: paper", "holds"),
        ("ratio: 1.45, of: {params: weights, with: {c: 8}}, to: {params: weights}, source: paper", "fails"),
        (
            "ratio: 1.45, of: {params: weights, with: {c: 8}}, to: {params: weights}, source: paper, "
            "rounding: ceil",
            "exception",
        ),
        # an erratum of a ratio: 216 to 216 by what is under `instead`
        (
            "ratio: 1.00, of: {params: weights, with: {c: 8}}, to: {params: weights}, source: paper, "
            "erratum: e, instead: {with: {c: 4}}",
            "erratum",
        ),
        # digits: 225 as 22 or 23 tens, 5112 as 51 hundreds
        ("params: 230, digits: 2, source: paper", "holds"),
        ("params: 220, digits: 2, source: paper", "fails"),
        ("params: 220, digits: 2, rounding: floor, source: paper", "exception"),
        ("params: 200, digits: 1, source: paper", "holds"),
        ("params: 225, digits: 4, source: paper", "holds"),
        ("madds: 5.10K, digits: 2, source: paper", "holds"),
        ("madds: 5.10K, source: paper", "fails"),
        # 5112 is 4.99 times 1024; 900 bytes are 0.879 times 1024
        ("madds: 4.99K, source: kilo", "holds"),
        ("madds: 5.11K, source: kilo", "fails"),
        ("madds: 5.11K, source: paper", "holds"),
        ("file_size: 0.88KB, source: kilo", "holds"),
        ("file_size: 0.90KB, source: paper", "holds"),
        # a source that counts weights alone, unless the claim says
        ("params: 216, source: weights", "holds"),
        ("params: 225, source: weights", "fails"),
        ("params: 225, kind: trainable, source: weights", "holds"),
        ("ratio: 1.4, of: {params: weights, with: {c: 8}}, to: {params: weights}, source: weights", "holds"),
        ("ratio: 1.5, of: {params: weights, with: {c: 8}}, to: {params: weights}, source: weights", "fails"),
    ],
)
def test_shares_ratios_digits_units_and_sources(claim: str, verdict: str, tmp_path: Path) -> None:
    (finding,) = found(tmp_path, f"{{{claim}}}")
    assert finding.verdict == verdict, finding.reason


def test_a_claim_names_a_spec_beside_it_or_a_shipped_one(tmp_path: Path) -> None:
    """3*3 weights beside; VGG-16 has 138M parameters (Simonyan and Zisserman 2014, Table 2)."""
    other = "name: other\ninput: [3, 1, 1]\nnetwork: [linear: {out: 3, bias: false}]\n"
    (tmp_path / "other.yaml").write_text(other, encoding="utf-8")
    claims = ("{params: 9, spec: other, source: paper}", "{params: 138M, spec: vgg16, source: paper}")
    assert [finding.verdict for finding in found(tmp_path, *claims)] == ["holds", "holds"]
    with pytest.raises(convcost.SpecError, match="nowhere"):
        found(tmp_path, "{params: 9, spec: nowhere, source: paper}")


@pytest.mark.parametrize(
    ("figure", "digits", "text"),
    [
        ("0.35M", 5, "0.05M"),
        ("3.47M", 346, "3.46M"),
        ("3.47M", 12346, "123.46M"),
        ("0.301G", 0, "0.000G"),
        ("300M", 30, "30M"),
        ("94.5%", 7, "0.7%"),
        ("3,504", 17, "17"),
    ],
)
def test_digits_are_written_as_the_figure_is(figure: str, digits: int, text: str) -> None:
    mark = Mark(Source("text", figure), 1, 1)
    assert read_printed(Scalar(figure, mark), {}).written(digits) == text


# ------------------------------------------------------------------------------ tables

TABLE = """
tables:
  - source: paper
    columns: [at, c, params, madds, params.biases]
    rows:
      - [T 1, 4, 225, 5112, "-"]
      - [T 2, 8, 325, "-", 13]
  - source: paper
    with: {c: 8, on: true}
    kind: weights
    columns: [on, part, params, digits, row]
    rows:
      - [true, "-", 312, "-", r3]
      - [false, "-", 192, "-", r4]
      - ["-", a, 100, 1, "-"]
  - source: paper
    columns: [variant, without, params]
    rows:
      - [wide, fc, 200]
      - ["-", a, 149]
non_targets:
  - {rows: [r1, r2], reason: no network}
"""


def test_another_convention_counts_what_names_none_of_its_own(tmp_path: Path) -> None:
    """By itself or by its source; and what is no work is not counted by a convention of work."""
    checked(
        tmp_path,
        f"""
claims:
  - {{madds: {MADDS}, source: paper}}
  - {{madds: {MADDS}, source: paper, convention: madds}}
  - {{madds: {MADDS}, source: weights}}
  - {{params: {PARAMS}, source: paper}}
""",
    )
    outcome = convcost.check([str(tmp_path / "n.yaml")], convention="flops")
    assert [finding.computed for finding in outcome.findings] == [2 * MADDS, MADDS, MADDS, PARAMS]


def test_a_table_is_a_claim_for_each_of_its_figures(tmp_path: Path) -> None:
    outcome = checked(tmp_path, TABLE)
    assert [(f.claim.name, f.computed, f.verdict) for f in outcome.findings] == [
        ("n:paper:T_1:params", PARAMS, "holds"),
        ("n:paper:T_1:madds", MADDS, "holds"),
        ("n:paper:T_2:params", WIDE_PARAMS, "holds"),
        ("n:paper:T_2:params:2", 8 + 5, "holds"),
        ("n:paper:params", sum(WIDE), "holds"),
        ("n:paper:params:2", WIDE[0] + WIDE[1], "holds"),
        ("n:paper:params:3", WIDE[0], "holds"),
        ("n:paper:params:4", WIDE[0] + 8 + WIDE[1], "holds"),
        ("n:paper:params:5", B + FC + 5, "holds"),
    ]
    assert [f.claim.row for f in outcome.findings] == ["", "", "", "", "r3", "r4", "", "", ""]
    (other,) = outcome.non_targets
    assert (other.rows, other.reason) == (("r1", "r2"), "no network")


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("tables: [{source: paper, columns: [at, params], rows: [▸[x]]}]", "1 cells for 2 columns"),
        ("tables: [{source: paper, columns: [params], rows: [▸3]}]", "a row must be a list"),
        ("tables: [{source: paper, ▸column: [params], rows: [[3]]}]", "no key 'column'"),
        ("tables: [▸[params]]", "a table of claims must be a map"),
        ("tables: [{source: paper, columns: [d, params], rows: [[▸1, 3]]}]", "no variable 'd'"),
        ("tables: [{source: paper, columns: [▸params.wide], rows: [[3]]}]", "'wide' is not a kind of params"),
        ("tables: [{source: paper, with: ▸[c], columns: [c, params], rows: [[1, 3]]}]", "with must be a map"),
        ("non_targets: [▸r]", "a non-target must be a map"),
        ("non_targets: [▸{rows: [r]}]", "a non-target says why"),
        ("non_targets: [{rows: [r], reason: x, ▸why: y}]", "no key 'why'"),
        ("claims: ▸{params: 3}", "claims must be a list"),
    ],
)
def test_a_bad_table_is_refused_at_its_place(section: str, words: str, tmp_path: Path) -> None:
    refused_claims(tmp_path, section, words)


CLAIMS = [
    ("{params: 3, ▸of: {params: weights}, source: paper}", "`of` belongs to a ratio"),
    ("{params: 3, ▸to: {params: weights}, source: paper}", "`to` belongs to a ratio"),
    ("▸{ratio: 2, to: {params: weights}, source: paper}", "a ratio needs `of`"),
    ("▸{ratio: 2, of: {params: weights}, source: paper}", "a ratio needs `to`"),
    (
        "{ratio: 2, of: ▸{params: weights, madds: paper}, to: {params: weights}, source: paper}",
        "`of` names one metric and its kind",
    ),
    (
        "{ratio: 2, of: {params: weights}, to: ▸{part: a}, source: paper}",
        "`to` names one metric and its kind",
    ),
    ("{ratio: 2, of: {params: weights, ▸at: x}, to: {params: weights}, source: paper}", "no key 'at'"),
    ("{params: 3, digits: ▸three, source: paper}", "digits is a count"),
    ("{params: 3, digits: ▸0, source: paper}", "digits is a count"),
    ("{params: 3, digits: ▸40, source: paper}", "digits is a count"),
    ("{params: 225, digits: ▸2, source: paper}", "225 has more significant digits than 2"),
    ("{params: 3, source: paper, erratum: e, instead: ▸{metric: parms}}", "there is no metric 'parms'"),
    ("{params: 3, source: paper, erratum: e, instead: {▸source: kilo}}", "no key 'source'"),
    ("{params: 3, spec: ▸../n, source: paper}", "'../n' is not the name of a spec"),
    ("{params: 3, sum: ▸{c: [4], on: [true]}, source: paper}", "`sum` is over the values of one variable"),
    ("{params: 3, sum: {c: ▸[]}, source: paper}", "`sum` is over 1 to 100 values"),
    (f"{{params: 3, sum: {{c: ▸[{', '.join('4' * 101)}]}}, source: paper}}", "`sum` is over 1 to 100 values"),
    ("{params: 3, sum: {c: ▸4}, source: paper}", "c must be a list"),
    ("{params: 3, times: ▸0, source: paper}", "`times` is a count up to 1000"),
    ("{params: 3, times: ▸1001, source: paper}", "`times` is a count up to 1000"),
    ("{params: 3, times: ▸two, source: paper}", "`times` is a count up to 1000"),
    ("{params: 3, part: ▸{k: 1}, source: paper}", "a selection is paths, or an op and its fields"),
    ("{params: 3, part: {op: ▸cnov}, source: paper}", "did you mean 'conv'?"),
    ("{params: 3, part: {op: linear, ▸k: 1}, source: paper}", "no key 'k'"),
    ("▸{params: 3, part: {op: conv, k: 5}, source: paper}", "no layer is conv k=5"),
    ("▸{params: 3, part: a, without: a.b, source: paper}", "no layer is a.b"),
    ("{largest_map: 3, size: ▸[1], source: paper}", "a size is [height, width]"),
    ("{largest_map: 3, size: ▸[0, 1], source: paper}", "a size is [height, width]"),
    ("{largest_map: 3, size: ▸[1, 0.5], source: paper}", "a size is [height, width]"),
    ("▸{largest_map: 3, size: [5, 5], source: paper}", "no map has this size"),
    (
        "{params: 3, with: {d: ▸3}, source: paper}",
        "its variables are c (a whole number at least 1; 4 unless set)",
    ),
    ("{params: 3, with: {c: ▸0.5}, source: paper}", "not a whole number"),
]


@pytest.mark.parametrize(("claim", "words"), CLAIMS)
def test_a_bad_calculation_is_refused_at_its_place(claim: str, words: str, tmp_path: Path) -> None:
    refused_claims(tmp_path, f"claims: [{claim}]", words)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{title: T, units: {K: ▸1.5}}", "a unit is a count, not '1.5'"),
        ("{title: T, units: {K: ▸0}}", "a unit is a count, not '0'"),
        ("▸[T]", "a source must be a map"),
        ("{title: T, ▸url: x}", "a source has no key 'url'"),
        ("{title: T, units: ▸3}", "units must be a map"),
        ("{title: T, units: {▸X: 3}}", "units has no key 'X'"),
        ("{title: T, counts: ▸3}", "counts must be a map"),
        ("{title: T, counts: {▸parms: weights}}", "counts has no key 'parms'"),
        ("{title: T, counts: {params: ▸fvcore}}", "'fvcore' is not a kind of params"),
        ("{title: T, counts: {madds: ▸weights}}", "'weights' is not a convention of madds"),
        ("{title: T, rounding: {madds: ▸up}}", "'up' is not a rounding rule"),
    ],
)
def test_a_bad_source_is_refused_at_its_place(source: str, words: str, tmp_path: Path) -> None:
    refused_claims(tmp_path, "", words, sources=f"\nsources: {{s: {source}}}\n")


def refused_claims(folder: Path, section: str, words: str, sources: str = SOURCES) -> None:
    text, place = unmarked(f"{NETWORK}{sources}{section}\n")
    path = folder / "n.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(convcost.SpecError) as caught:
        convcost.check([str(path)])
    said(caught.value, words)
    assert place_of(caught.value) == place
