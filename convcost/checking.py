"""Claims of specs held against computed figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from convcost import library
from convcost.claims import VERDICTS, Calculation, Claim, Claims, NonTarget, Selection
from convcost.conventions import Convention, Counter, find
from convcost.cost import Row, walk
from convcost.errors import SpecError, printable
from convcost.expand import expand
from convcost.expr import show
from convcost.graph import Graph, Node, prefixes
from convcost.jobs import Job, beside_it, jobs_of
from convcost.limits import Limits, Meter
from convcost.loader import load
from convcost.metrics import METRICS
from convcost.reader import read_source
from convcost.spec import Spec


class Finding(NamedTuple):
    """One claim with the figure that was computed for it."""

    spec: str
    claim: Claim
    computed: int | Fraction
    instead: int | Fraction | None  # what the calculation that explains an erratum gives
    verdict: str
    reason: str

    @property
    def file(self) -> str:
        return printable(self.claim.mark.source.name)

    @property
    def line(self) -> int:
        return self.claim.mark.line


class Outcome(NamedTuple):
    """Everything that was checked, and the published rows that nothing answers for."""

    findings: tuple[Finding, ...]
    non_targets: tuple[NonTarget, ...]
    files: tuple[str, ...]  # every file that was read

    @property
    def ok(self) -> bool:
        return all(finding.verdict != "fails" for finding in self.findings)


class Part(NamedTuple):
    """One figure of a finding: by which convention, and what each group of layers adds to it."""

    calculation: Calculation
    by: Convention | None
    groups: tuple[tuple[str, int | Fraction], ...]


class Trace(NamedTuple):
    """A finding with the parts of each of its figures."""

    finding: Finding
    parts: tuple[Part, ...]


def check_paths(
    paths: Iterable[str],
    limits: Limits,
    progress: Callable[[int, int], None] | None = None,
    convention: Convention | None = None,
) -> Outcome:
    """A finding for each claim, in the order of the files and of their text, and what is no target.

    `progress` is told the claims done and the claims there are. `convention` counts the claims that name
    none, and whose source names none.
    """
    jobs = [job for path in paths for job in jobs_of(path, limits)]
    whole = sum(len(job.claims.claims) for job in jobs)
    findings: list[Finding] = []
    checker = Checker(limits, convention)
    for job in jobs:
        for finding in checker.findings(job):
            findings.append(finding)
            if progress:
                progress(len(findings), whole)
    others = tuple(other for job in jobs for other in job.claims.non_targets)
    return Outcome(tuple(findings), others, (*(file for job in jobs for file in job.files), *checker.specs))


def trace(
    paths: Iterable[str], name: str, limits: Limits, convention: Convention | None = None
) -> list[Trace]:
    """The claims whose name has `name` in it, each with the computation behind it."""
    checker = Checker(limits, convention)
    traces = []
    for job in [job for path in paths for job in jobs_of(path, limits)]:
        found = tuple(claim for claim in job.claims.claims if name in claim.name)
        for finding in checker.findings(job._replace(claims=Claims(found))):
            traces.append(traced(finding, checker, job))
    if not traces:
        raise SpecError(f"no claim's name has {name!r} in it", hint="check --format json lists the names")
    return traces


def traced(finding: Finding, checker: Checker, job: Job) -> Trace:
    claim = finding.claim
    calculations = [c for c in (claim.calculation, claim.over, claim.instead) if c]
    parts = (Part(c, checker.by(c), tuple(checker.parts(c, job))) for c in calculations)
    return Trace(finding, tuple(parts))


# ------------------------------------------------------------------------------ files


# ------------------------------------------------------------------------------ figures


class Walked:
    """One network at one setting: its layers, and what each counts, worked out once a convention."""

    def __init__(self, graph: Graph, meter: Meter) -> None:
        self.graph = graph
        self.rows = walk(graph)
        self.counter = Counter(graph, self.rows, meter=meter)
        self.counts: dict[tuple[str, str], dict[str, int | Fraction]] = {}

    def counted(self, rows: Iterable[Row], by: Convention) -> int | Fraction:
        """What the rows count by a convention."""
        key = (by.family, by.name)
        if key not in self.counts:
            layers = self.counter.count(by)
            self.counts[key] = {
                row.node.path: sum(layer.values()) for row, layer in zip(self.rows, layers, strict=True)
            }
        counts = self.counts[key]
        return sum(counts[row.node.path] for row in rows)


FLOAT32 = 4  # bytes of a stored number


class Checker:
    """Computes what claims are about; claims about the same settings share one walk."""

    def __init__(self, limits: Limits, convention: Convention | None = None) -> None:
        self.limits, self.convention = limits, convention
        self.walks: dict[tuple[object, ...], Walked] = {}
        self.specs: dict[str, Spec] = {}

    def findings(self, job: Job) -> Iterator[Finding]:
        self.walks.clear()  # of the last file
        for claim in map(self.meant, job.claims.claims):
            try:
                computed = self.figure(claim, claim.calculation, job)
                instead = self.figure(claim, claim.instead, job) if claim.instead else None
                if claim.over:
                    over = nonzero(self.figure(claim, claim.over, job), claim.over)
                    computed = Fraction(computed) / over
                    instead = Fraction(instead) / over if instead is not None else None
            except SpecError as error:
                raise error.through("for this claim", claim.mark) from None
            verdict, reason = claim.verdict(computed, instead)
            yield Finding(job.title, claim, computed, instead, verdict, reason)

    def meant(self, claim: Claim) -> Claim:
        """The claim, counted by the convention that was asked for where it names none of its own."""

        def by(calculation: Calculation) -> Calculation:
            if self.convention is None or calculation.said or METRICS[calculation.metric].family != "work":
                return calculation
            return calculation._replace(kind=self.convention.name)

        return claim._replace(
            calculation=by(claim.calculation),
            over=by(claim.over) if claim.over else None,
            instead=by(claim.instead) if claim.instead else None,
        )

    def by(self, calculation: Calculation) -> Convention | None:
        """The convention that a figure is counted by, where it is by one."""
        if calculation.metric == "file_size":
            return find("with_stats", "params")
        family, kind, own = METRICS[calculation.metric].family, calculation.kind, self.convention
        if own and (family, kind) == (own.family, own.name):
            return own
        return find(kind, family) if family else None

    def counts(self, walked: Walked, rows: Iterable[Row], calculation: Calculation) -> int | Fraction:
        """What the rows count, by the way of the calculation."""
        by = self.by(calculation)
        assert by is not None, f"{calculation.metric} is no sum over layers"
        return (FLOAT32 if calculation.metric == "file_size" else 1) * walked.counted(rows, by)

    def figure(self, claim: Claim, calculation: Calculation, job: Job) -> int | Fraction:
        """The count that a calculation is about, over all its passes."""
        return calculation.times * sum(self.one(claim, each, job) for each in passes(calculation))

    def one(self, claim: Claim, calculation: Calculation, job: Job) -> int | Fraction:
        """A count; of a percentage, its share of the whole network's."""
        walked = self.walk(calculation, job)
        paths = sum(len(s.paths) for s in (calculation.part, calculation.without) if s)
        job.meter.step(calculation.mark, 1 + len(walked.rows) * (4 + paths) // 8)
        if calculation.metric == "largest_map":
            return largest_map(walked.graph, calculation)
        part = self.counts(walked, selected(walked.rows, calculation), calculation)
        if not claim.printed.share or claim.over:
            return part
        return Fraction(part) / nonzero(self.counts(walked, walked.rows, calculation), calculation)

    def parts(self, calculation: Calculation, job: Job) -> Iterator[tuple[str, int | Fraction]]:
        """What each group of layers, by the first name of its path, adds to a figure."""
        if calculation.metric == "largest_map":
            return
        groups: dict[str, int | Fraction] = {}
        for each in passes(calculation):
            walked = self.walk(each, job)
            for row in selected(walked.rows, each):
                path = row.node.path.partition(".")[0]
                groups[path] = groups.get(path, 0) + calculation.times * self.counts(walked, [row], each)
        yield from groups.items()

    def walk(self, calculation: Calculation, job: Job) -> Walked:
        spec = self.spec(calculation, job)
        for name, bound in calculation.settings.items():
            if name not in spec.variables:
                raise SpecError(f"{spec.name} has no variable {name!r}", bound.mark, spec.variables_text())
            spec.variables[name].accept(bound, bound.mark)
        settings = sorted((name, show(bound.value)) for name, bound in calculation.settings.items())
        key = (spec.source.name, calculation.variant, *settings)
        if key not in self.walks:
            values = {**spec.bind({}, calculation.variant), **calculation.settings}
            self.walks[key] = Walked(expand(spec, values, meter=job.meter), job.meter)
        return self.walks[key]

    def spec(self, calculation: Calculation, job: Job) -> Spec:
        if not calculation.spec:
            if job.spec is None:
                raise SpecError("this claim names no spec", calculation.mark, "spec: vgg16")
            return job.spec
        beside = beside_it(job.directory, f"{calculation.spec}.yaml")
        path = beside or library.shipped_path(calculation.spec)
        if path not in self.specs:
            self.specs[path] = load(read_source(path, self.limits).text, path, job.meter)
        return self.specs[path]


def passes(calculation: Calculation) -> list[Calculation]:
    """The calculation at the settings of each of its passes."""
    if not calculation.passes:
        return [calculation]
    return [calculation._replace(settings={**calculation.settings, **each}) for each in calculation.passes]


def nonzero(figure: int | Fraction, calculation: Calculation) -> int | Fraction:
    if figure == 0:
        raise SpecError(f"the network has no {calculation.metric_text} to compare with", calculation.mark)
    return figure


def selected(rows: Sequence[Row], calculation: Calculation) -> list[Row]:
    """The rows of the part, without those left out; a selection of nothing is a mistake."""
    kept = list(rows)
    for selection, keep in ((calculation.part, True), (calculation.without, False)):
        if selection is None:
            continue
        found = [matches(row.node, selection) for row in kept]
        if not any(found):
            raise SpecError(f"no layer is {selection.text}", calculation.mark)
        kept = [row for row, match in zip(kept, found, strict=True) if match is keep]
    return kept


def matches(node: Node, selection: Selection) -> bool:
    if selection.op:
        fields = node.fields
        return node.op == selection.op and all(
            fields[name] == bound.value or fields[name] == (bound.value, bound.value)
            for name, bound in selection.fields.items()
        )
    path = node.path
    return any(path == known or path.startswith(f"{known}.") for known in selection.paths)


def largest_map(graph: Graph, calculation: Calculation) -> int | Fraction:
    """The largest map of a height and width that leaves one of the network's own lines or blocks.

    Maps inside a block need not be kept whole (MobileNetV2, sec. 5.1), so only what a block gives
    on counts.
    """
    blocks = {path for path, group in graph.groups.items() if group.name}
    last: dict[str, int] = {}
    for node in graph.nodes:
        if (calculation.part and not matches(node, calculation.part)) or (
            calculation.without and matches(node, calculation.without)
        ):
            continue
        inside = next((path for path in prefixes(node.path) if path in blocks), node.path)
        if calculation.size is None or (node.output.h, node.output.w) == calculation.size:
            last[inside] = node.output.c if calculation.kind == "channels" else 2 * node.output.size
        else:
            last.pop(inside, None)
    if not last:
        raise SpecError("no map has this size", calculation.mark)
    return max(last.values())


def verdict_counts(findings: Iterable[Finding]) -> dict[str, int]:
    """How many findings have each verdict."""
    counts = dict.fromkeys(VERDICTS, 0)
    for finding in findings:
        counts[finding.verdict] += 1
    return counts
