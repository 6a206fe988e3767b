"""Printed figures: how they are read, when a computed one is the same, and what `check` says of it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import Result, Run

import convcost
from convcost import Limits, SpecError
from convcost.checking import Finding, Outcome, check_paths

SOURCES = """
sources:
  paper: A paper
  floors: {title: A paper that cuts off, rounding: floor}
  mixed: {title: Another, rounding: {madds: ceil, params: floor}}
"""


def network(count: int) -> str:
    """A network with this many weights and multiply-adds, and no other cost that trains."""
    return (
        f"name: n\nvariables: {{c: {count}}}\ninput: [1, 1, 1]\nnetwork: [linear: {{out: c, bias: false}}]\n"
    )


def write(folder: Path, claims: Sequence[str], count: int = 3_469_760, name: str = "n.yaml") -> Path:
    """A spec of `count` weights with these claims, one a line."""
    path = folder / name
    lines = "".join(f"  - {claim}\n" for claim in claims)
    path.write_text(f"{network(count)}{SOURCES}claims:\n{lines}", encoding="utf-8")
    return path


def findings(folder: Path, *claims: str, count: int = 3_469_760) -> tuple[Finding, ...]:
    return convcost.check([str(write(folder, claims, count))]).findings


# ------------------------------------------------------------------------------ digits and rounding

# (figure, rule, the smallest count that prints so, the largest)
PRINTED = [
    ("300M", "nearest", 299_500_000, 300_499_999),
    ("300M", "floor", 300_000_000, 300_999_999),
    ("300M", "ceil", 299_000_001, 300_000_000),
    ("3.4M", "nearest", 3_350_000, 3_449_999),
    ("3.4M", "floor", 3_400_000, 3_499_999),
    ("3.47M", "nearest", 3_465_000, 3_474_999),
    ("3.0M", "nearest", 2_950_000, 3_049_999),
    ("3M", "nearest", 2_500_000, 3_499_999),
    ("0.301G", "nearest", 300_500_000, 301_499_999),
    (".301G", "nearest", 300_500_000, 301_499_999),
    ("0.301 G", "ceil", 300_000_001, 301_000_000),
    ("1B", "floor", 1_000_000_000, 1_999_999_999),
    ("12K", "nearest", 11_500, 12_499),
    ("12k", "ceil", 11_001, 12_000),
    ("4.1T", "floor", 4_100_000_000_000, 4_199_999_999_999),
    ("0.35M", "nearest", 345_000, 354_999),
    ("3504872", "nearest", 3_504_872, 3_504_872),
    ("3,504,872", "floor", 3_504_872, 3_504_872),
    ("3504872", "ceil", 3_504_872, 3_504_872),
    ("12,345.6K", "floor", 12_345_600, 12_345_699),
]


@pytest.mark.parametrize(("figure", "rule", "least", "most"), PRINTED)
def test_a_figure_stands_for_these_counts_and_no_others(
    figure: str, rule: str, least: int, most: int, tmp_path: Path
) -> None:
    """A half rounds up; there is no tolerance."""
    claim = f"{{params: '{figure}', source: {'floors' if rule == 'floor' else 'paper'}, rounding: {rule}}}"
    for count in (least, most):
        (finding,) = findings(tmp_path, claim, count=count)
        assert finding.computed == count
        assert finding.verdict != "fails" or "comes out by its source's rule" in finding.reason
    for count in (least - 1, most + 1):
        (finding,) = findings(tmp_path, claim, count=count)
        assert finding.verdict == "fails"
        assert f"is not {figure}" in finding.reason


NO_FIGURES = [
    *("1e6", "~", "-3M", "+3M", "3.M", "3..4M", "3,50M", "3,5048,72", ",504", "3 504 872", "3M3", "M", "3X"),
    *("3 MFLOPs", "0x10", "300M mult-adds", "³M", "٣M", "1/2", "inf", "3_000", "9" * 50),
]


@pytest.mark.parametrize("figure", NO_FIGURES)
def test_what_is_no_figure_is_refused(figure: str, tmp_path: Path) -> None:
    with pytest.raises(convcost.SpecError, match="is not a figure as printed"):
        findings(tmp_path, f"{{params: '{figure}', source: paper}}")


@pytest.mark.parametrize(("metric", "figure"), [("params", "300 MB"), ("madds", "3.4KB"), ("flops", "1GB")])
def test_bytes_are_no_unit_of_a_count(metric: str, figure: str, tmp_path: Path) -> None:
    """A file's size is a figure of its own; `300 MB` is not 300 million parameters."""
    with pytest.raises(convcost.SpecError, match=re.escape(repr(figure))):
        findings(tmp_path, f"{{{metric}: {figure}, source: paper}}")


def test_a_figure_may_not_be_empty(tmp_path: Path) -> None:
    for claim in ("{params: , source: paper}", "{params: '', source: paper}"):
        with pytest.raises(convcost.SpecError):
            findings(tmp_path, claim)


# ------------------------------------------------------------------------------ verdicts

# Of 3,469,760 weights, which print as 3.47M to the nearest and as 3.46M cut off.
VERDICTS = [
    ("{params: 3.47M, source: paper}", "holds", ""),
    ("{params: 3469760, source: paper}", "holds", ""),
    ('{params: "3,469,760", source: paper}', "holds", ""),
    ("{params: 3.46M, source: floors}", "holds", ""),
    ("{params: 3.46M, source: mixed}", "holds", ""),
    ("{madds: 3.47M, source: mixed}", "holds", ""),
    ("{flops: 6.94M, source: paper}", "holds", ""),  # 2 * 3,469,760 = 6,939,520
    ("{params: 3.46M, source: paper, rounding: floor}", "exception", ""),
    ("{params: 3.47M, source: floors, rounding: ceil}", "exception", ""),
    ("{params: 3.48M, source: paper}", "fails", "3.47M is not 3.48M"),
    ("{params: 3469761, source: paper}", "fails", "3469760 is not 3469761"),
    ("{params: 3.46M, source: paper}", "fails", "it would by rounding: floor"),
    ("{params: 3.47M, source: floors}", "fails", "3.46M is not 3.47M; it would by rounding: nearest"),
    ("{params: 3.47M, source: paper, rounding: floor}", "fails", "3.46M is not 3.47M"),
    ("{params: 3M, source: paper, rounding: floor}", "fails", "it comes out by its source's rule (nearest)"),
    ("{params: 6.9M, source: paper, erratum: it is 3.47M}", "erratum", ""),
    ("{params: 3.47M, source: paper, erratum: no}", "fails", "erratum, yet it comes out (nearest)"),
    ("{params: 3.46M, source: paper, erratum: no}", "fails", "erratum, yet it comes out (floor)"),
    ("{madds: 6.94M, source: paper, erratum: 2 each, instead: {metric: flops}}", "erratum", ""),
    ("{madds: 6.95M, source: paper, erratum: 2 each, instead: {metric: flops}}", "fails", "6.94M, not 6.95M"),
    ("{params: 5.00M, source: paper, erratum: c, instead: {with: {c: 5000000}}}", "erratum", ""),
    ("{params: 0, kind: biases, source: paper}", "holds", ""),
    ("{params: 3.47M, kind: weights, source: paper}", "holds", ""),
    ("{params: 5M, with: {c: 5000000}, source: paper}", "holds", ""),
    ("{params: 100%, part: linear, source: paper}", "holds", ""),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "verdict", "reason"), VERDICTS, ids=[case[0] for case in VERDICTS])
def test_verdicts(claim: str, verdict: str, reason: str, tmp_path: Path) -> None:
    (finding,) = findings(tmp_path, claim)
    assert finding.verdict == verdict
    assert reason in finding.reason
    assert bool(finding.reason) == (verdict == "fails")


def test_an_exception_to_the_rounding_of_ratios_is_held_against_that_rule(tmp_path: Path) -> None:
    """2 operations to 1.6 are 1.25: 1.2 cut off, as this source does with ratios, and 1.3 to the nearest."""
    path = tmp_path / "n.yaml"
    sides = "of: {params: weights, with: {c: 125}}, to: {params: weights, with: {c: 100}}"
    path.write_text(
        f"{network(8)}sources: {{s: {{title: S, rounding: {{ratio: floor}}}}}}\nclaims:\n"
        f"  - {{ratio: 1.2, source: s, {sides}}}\n"
        f"  - {{ratio: 1.3, source: s, rounding: nearest, {sides}}}\n"
        f"  - {{ratio: 1.2, source: s, rounding: floor, {sides}}}\n",
        encoding="utf-8",
    )
    verdicts = [finding.verdict for finding in convcost.check([str(path)]).findings]
    assert verdicts == ["holds", "exception", "holds"]


@pytest.mark.parametrize(
    "claim",
    [
        "{madds: 50%, part: pool, source: paper}",
        "{ratio: 2, of: {params: weights}, to: {params: biases}, source: paper}",
    ],
)
def test_a_share_or_ratio_of_nothing_is_refused(claim: str, tmp_path: Path) -> None:
    path = tmp_path / "n.yaml"
    spec = "name: n\ninput: [1, 4, 4]\nnetwork: [{max_pool: 2, name: pool}]\n"
    path.write_text(f"{spec}{SOURCES}claims:\n  - {claim}\n", encoding="utf-8")
    with pytest.raises(convcost.SpecError) as caught:
        convcost.check([str(path)])
    assert str(caught.value).startswith(f"{path}:")


# ------------------------------------------------------------------------------ claims that are none

# The mark ▸ stands before the place that an error points at.
REFUSED = {
    "unknown source": ("{params: 3M, source: ▸papre}", "no source 'papre'*did you mean 'paper'"),
    "no source": ("▸{params: 3M}", "a claim names its source"),
    "unknown metric": ("{▸parms: 3M, source: paper}", "no key 'parms'*did you mean 'params'"),
    "no metric": ("▸{source: paper}", "not none"),
    "two metrics": ("▸{params: 3M, madds: 3M, source: paper}", "not madds and params"),
    "unknown kind": ("{params: 3M, kind: ▸wieghts, source: paper}", "'wieghts'*did you mean 'weights'"),
    "a kind of another metric": ("{madds: 3M, convention: ▸weights, source: paper}", "'weights'"),
    "a kind where a convention is": (
        "{madds: 3M, ▸kind: weights, source: paper}",
        "no `kind`*write convention:",
    ),
    "a convention where a kind is": ("{params: 3, ▸convention: fvcore, source: paper}", "write kind:"),
    "a count without a convention": ("▸{count: 3M, source: paper}", "names its convention"),
    "unknown rounding": ("{params: 3M, rounding: ▸round, source: paper}", "'round' is not a rounding rule"),
    "unknown variable": ("{params: 3M, with: {d: ▸3}, source: paper}", "no variable 'd'"),
    "a value out of range": ("{params: 3M, with: {c: ▸0}, source: paper}", "c = 0 is not"),
    "unknown variant": ("{params: ▸3M, variant: v, source: paper}", "no variant 'v'"),
    "an erratum without a reason": ("{params: 3M, source: paper, ▸erratum: }", "an erratum says why"),
    "instead without an erratum": ("{params: 3M, source: paper, ▸instead: {metric: madds}}", "an erratum"),
    "a part that is not there": ("{params: 3M, part: stem, source: paper}", "no layer is stem"),
    "an unknown key": ("{params: 3M, source: paper, ▸where: here}", "no key 'where'"),
    "no map": ("▸params", "a claim must be a map"),
    "no figure": ("{params: ▸lots, source: paper}", "'lots' is not a figure as printed"),
}  # fmt: skip


@pytest.mark.parametrize(("claim", "message"), REFUSED.values(), ids=REFUSED)
def test_a_bad_claim_is_an_error_at_its_place(claim: str, message: str, run: Run, tmp_path: Path) -> None:
    path = write(tmp_path, [claim.replace("▸", "")])
    result = run("check", path)
    assert (result.code, result.out) == (2, "")
    for part in message.split("*"):
        assert part.strip() in result.err
    line = path.read_text(encoding="utf-8").count("\n")
    column = 5 + claim.index("▸") if "▸" in claim else None
    assert result.err.startswith(f"error: {path}:{line}:{column or ''}")


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        ("paper: ", "has no value"),
        ("paper: {rounding: floor}", "the source 'paper' has no title"),
        ("paper: {title: T, rounding: round}", "'round' is not a rounding rule"),
        ("paper: {title: T, rounding: {parms: floor}}", "no key 'parms'"),
        ("paper: {title: T, url: x}", "no key 'url'"),
        ("paper: [T]", "a source must be a map"),
    ],
)
def test_a_bad_source_is_an_error(sources: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "n.yaml"
    path.write_text(f"{network(3)}sources:\n  {sources}\n", encoding="utf-8")
    with pytest.raises(convcost.SpecError) as caught:
        convcost.check([str(path)])
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{path}:6:")


# ------------------------------------------------------------------------------ check, end to end

GOOD = "{params: 3.47M, source: paper, at: Table 1}"
EXCEPTION = "{params: 3.46M, source: paper, rounding: floor}"
ERRATUM = "{params: 6.9M, source: paper, erratum: the network has 3.47M}"
WRONG = "{params: 3.48M, source: paper}"


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ([GOOD], 0),
        ([GOOD, EXCEPTION, ERRATUM], 0),
        ([WRONG], 1),
        ([GOOD, WRONG, GOOD], 1),
        pytest.param([], 2, id="no claims at all"),
        pytest.param([GOOD, "{params: 3M}"], 2, id="a bad claim after a good one"),
    ],
)
def test_exit_codes(claims: list[str], code: int, run: Run, tmp_path: Path) -> None:
    path = write(tmp_path, claims) if claims else tmp_path / "n.yaml"
    if not claims:
        path.write_text(network(3), encoding="utf-8")
    result = run("check", path)
    assert result.code == code
    assert (result.out == "") == (code == 2)
    assert (result.err == "") == (code != 2)


def test_the_table_shows_each_figure_and_counts_the_verdicts(run: Run, tmp_path: Path) -> None:
    out = run("check", write(tmp_path, [GOOD, EXCEPTION, ERRATUM, WRONG])).out
    words = [line.split()[0] for line in out.splitlines() if line.startswith("  ") and "A paper" in line]
    assert words == ["holds", "exception", "erratum", "fails"]
    assert re.search(r"holds +params +3\.47M +3,469,760 +A paper, Table 1", out)
    assert "3.47M is not 3.48M" in out
    assert "the network has 3.47M" in out
    assert "by rounding: floor; this source rounds nearest" in out
    assert out.splitlines()[-1].startswith("4 claims: ")


def test_the_table_is_coloured_on_a_terminal_alone(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path, [GOOD, WRONG])
    plain, coloured = run("check", path).out, run("check", path, tty=100).out
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain != coloured
    assert run("check", path, tty=100, env={"NO_COLOR": "1"}).out == plain


def test_json_says_all_of_a_claim(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path, [GOOD, WRONG])
    result = run("check", path, "--format", "json")
    assert (result.code, result.err) == (1, "")
    data = json.loads(result.out, parse_float=pytest.fail)
    assert (data["schema_version"], data["convcost_version"]) == (1, convcost.__version__)
    assert data["counts"] == {"holds": 1, "exception": 0, "erratum": 0, "fails": 1}
    good, wrong = data["claims"]
    lines = path.read_text(encoding="utf-8").splitlines()
    expected = {
        "spec": "n",
        "source": "A paper, Table 1",
        "metric": "params",
        "printed": "3.47M",
        "computed": 3_469_760,
        "verdict": "holds",
        "file": str(path),
        "line": 1 + next(i for i, line in enumerate(lines) if GOOD in line),
    }
    assert {key: good[key] for key in expected} == expected
    assert (wrong["verdict"], wrong["reason"]) == ("fails", "3.47M is not 3.48M")
    assert wrong["line"] == good["line"] + 1


def test_junit_is_xml_with_a_case_a_claim(run: Run, tmp_path: Path) -> None:
    odd = "{params: 6.9M, source: paper, at: 'a <b> & \"c\"', erratum: '<&>'}"
    result = run("check", write(tmp_path, [GOOD, WRONG, odd]), "--format", "junit")
    suite = ElementTree.fromstring(result.out)
    assert (result.code, suite.get("tests"), suite.get("failures")) == (1, "3", "1")
    assert [len(case.findall("failure")) for case in suite.findall("testcase")] == [0, 1, 0]
    (failure,) = suite.iter("failure")
    assert failure.get("message") == "3.47M is not 3.48M"
    assert 'a_<b>_&_"c"' in (suite.findall("testcase")[2].get("name") or "")


def test_github_annotates_what_fails_on_its_line(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path, [GOOD, WRONG, "{params: 50%, part: linear, source: paper}"])
    result = run("check", path, "--format", "github")
    line = path.read_text(encoding="utf-8").count("\n")
    errors = [text for text in result.out.splitlines() if text.startswith("::error ")]
    assert [text.split("::")[1] for text in errors] == [
        f"error file={path},line={n}" for n in (line - 1, line)
    ]
    assert "100%25 is not 50%25" in errors[1]


def test_markdown_has_a_row_a_claim(run: Run, tmp_path: Path) -> None:
    odd = "{params: 6.9M, source: paper, at: 'a|b_c', erratum: '<i>'}"
    result = run("check", write(tmp_path, [GOOD, odd]), "--format", "md")
    head, _, good, other = (line for line in result.out.splitlines() if line.startswith("|"))
    assert "| 3.47M | 3,469,760 |" in good
    assert "| holds |" in good
    assert "a\\|b\\_c" in other
    assert "&lt;i&gt;" in other
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in (head, good, other)} == {8}


def test_output_is_written_whole_even_when_a_claim_fails(run: Run, tmp_path: Path) -> None:
    path, out = write(tmp_path, [WRONG]), tmp_path / "out.json"
    result: Result = run("check", path, "--format", "json", "-o", out)
    assert (result.code, result.out, result.err) == (1, "", "")
    assert json.loads(out.read_text(encoding="utf-8"))["counts"]["fails"] == 1


def test_files_folders_and_names(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "specs"
    folder.mkdir()
    first, second = write(folder, [GOOD], name="a.yaml"), write(folder, [GOOD, WRONG], name="b.yml")
    (folder / "notes.txt").write_text("not a spec", encoding="utf-8")

    def checked(*words: object) -> list[tuple[str, int]]:
        data = json.loads(run("check", *words, "--format", "json").out)
        files = [claim["file"] for claim in data["claims"]]
        return [(file, files.count(file)) for file in dict.fromkeys(files)]

    assert checked(folder) == [(str(first), 1), (str(second), 2)]
    assert checked(second, first) == [(str(second), 2), (str(first), 1)]
    assert "mobilenet_v2" in checked("mobilenet_v2")[0][0]
    assert checked(folder, "mobilenet_v2")[:2] == checked(folder)


def test_progress_is_told_claim_by_claim(tmp_path: Path) -> None:
    paths = [str(write(tmp_path, claims, name=f"{len(claims)}.yaml")) for claims in ([GOOD], [GOOD, WRONG])]
    told: list[tuple[int, int]] = []
    check_paths(paths, Limits(), lambda done, whole: told.append((done, whole)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_spec_that_a_claim_names_is_read_on_the_same_count_of_steps(tmp_path: Path) -> None:
    """Or a file of claims could have read as many specs as it has lines."""
    other = write(tmp_path, [GOOD] * 20, name="other.yaml")
    claims = write(tmp_path, [GOOD.replace("{", "{spec: other, ")], name="one.yaml")
    alone = convcost.load(str(other)).steps
    assert convcost.load(str(other), limits=Limits(steps=alone))
    with pytest.raises(SpecError, match=f"more than {alone:,} steps") as caught:
        convcost.check([str(claims)], limits=Limits(steps=alone))
    assert "for this claim" in str(caught.value)
    assert convcost.check([str(claims)], limits=Limits(steps=2 * alone)).ok


def test_a_claim_takes_steps_for_each_layer(tmp_path: Path) -> None:
    """Half a step at least: many claims of a deep network are as much work as both together."""
    claim = "  - {madds: 0, source: p}\n"
    text = "name: n\ninput: [1, 1, 1]\nnetwork: [{bn: , repeat: 1000}]\nsources: {p: x}\nclaims:\n"
    one, many = tmp_path / "one.yaml", tmp_path / "many.yaml"
    one.write_text(text + claim, encoding="utf-8")
    many.write_text(text + 50 * claim, encoding="utf-8")
    limits = Limits(steps=50 * 1000 // 2)
    assert convcost.check([str(one)], limits=limits).ok
    with pytest.raises(SpecError, match="more than 25,000 steps"):
        convcost.check([str(many)], limits=limits)
    assert convcost.check([str(many)]).ok


def test_a_claims_file_beside_a_spec_is_checked_with_it(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path, [GOOD])
    (tmp_path / "claims").mkdir()
    beside = tmp_path / "claims" / path.name
    beside.write_text(f"{SOURCES}claims:\n  - {WRONG}\n", encoding="utf-8")
    for words in ((path,), (tmp_path,)):
        outcome: Outcome = convcost.check([str(word) for word in words])
        assert [(f.file, f.verdict) for f in outcome.findings] == [
            (str(path), "holds"),
            (str(beside), "fails"),
        ]
        assert not outcome.ok


def test_a_file_of_claims_alone_is_checked_with_its_directory(run: Run, tmp_path: Path) -> None:
    """It is about specs that it names; without them it says so at its place."""
    path = write(tmp_path, [GOOD])
    (tmp_path / "claims").mkdir()
    alone = tmp_path / "claims" / "all.yaml"
    named = GOOD.replace("{", "{spec: n, ")
    alone.write_text(f"{SOURCES}claims:\n  - {named}\n", encoding="utf-8")
    outcome: Outcome = convcost.check([str(tmp_path)])
    assert [(f.file, f.verdict) for f in outcome.findings] == [(str(path), "holds"), (str(alone), "holds")]
    assert set(outcome.files) == {str(path), str(alone)}
    alone.write_text(f"{SOURCES}claims:\n  - {GOOD}\n", encoding="utf-8")
    refused = run("check", tmp_path)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith(f"error: {alone}:7:5: this claim names no spec")


@pytest.mark.parametrize("name", ["claims/one.yaml", "other.yaml"])
@pytest.mark.parametrize("inside", [True, False])
def test_what_lies_beside_is_not_read_through_a_link_that_leads_away(
    name: str, inside: bool, run: Run, tmp_path: Path
) -> None:
    here, away = tmp_path / "here", tmp_path / "away"
    for folder in (here / "claims", away):
        folder.mkdir(parents=True)
    claim = "madds: 1, source: p" + (", spec: other" if name == "other.yaml" else "")
    network = "name: one\ninput: [3, 8, 8]\nnetwork: [conv: 4]\n"
    claims = f"sources: {{p: x}}\nclaims: [{{{claim}}}]\n"
    (here / "one.yaml").write_text(network + (claims if name == "other.yaml" else ""))
    target = (here if inside else away) / "linked.txt"
    target.write_text(network if name == "other.yaml" else claims)
    (here / name).symlink_to(target)
    result = run("check", here / "one.yaml")
    assert result.code == (1 if inside else 2)
    assert ("is a link to another directory" in result.err) is not inside


def test_a_spec_whose_claims_stand_beside_it_is_never_written_over(run: Run, tmp_path: Path) -> None:
    path, beside = tmp_path / "n.yaml", tmp_path / "claims" / "n.yaml"
    path.write_text(network(3_469_760), encoding="utf-8")
    beside.parent.mkdir()
    beside.write_text(f"{SOURCES}claims:\n  - {GOOD}\n", encoding="utf-8")
    for file in (beside, path):
        before = file.read_text(encoding="utf-8")
        assert run("check", path, "-o", file).code == 2
        assert file.read_text(encoding="utf-8") == before


def test_a_folder_without_a_spec_is_an_error(run: Run, tmp_path: Path) -> None:
    result = run("check", tmp_path)
    assert (result.code, result.out) == (2, "")
    assert f"no spec in {tmp_path}" in result.err


def test_why_shows_the_sum_behind_a_figure(run: Run, tmp_path: Path) -> None:
    result = run("check", write(tmp_path, [GOOD, ERRATUM]), "--why", "Table_1")
    assert (result.code, result.err) == (0, "")
    assert "3,469,760" in result.out
    assert "linear" in result.out
    assert "6.9M" not in result.out
    unknown = run("check", write(tmp_path, [GOOD]), "--why", "Table 9")
    assert unknown.code == 2
    assert "no claim's name has 'Table 9' in it" in unknown.err
