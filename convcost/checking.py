"""Claims of specs held against computed figures."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from convcost import library
from convcost.claims import VERDICTS, Claim
from convcost.conventions import METRICS
from convcost.cost import Tally, total, walk
from convcost.errors import SpecError
from convcost.expand import expand
from convcost.limits import Limits
from convcost.loader import load
from convcost.reader import read_text
from convcost.spec import Spec


class Finding(NamedTuple):
    """One claim with the figure that was computed for it."""

    spec: str
    claim: Claim
    computed: int
    verdict: str
    reason: str

    @property
    def file(self) -> str:
        return self.claim.mark.source.name

    @property
    def line(self) -> int:
        return self.claim.mark.line


def check_paths(paths: Iterable[str], limits: Limits) -> list[Finding]:
    """A finding for each claim, in the order of the files and of their text."""
    findings: list[Finding] = []
    for file in [file for path in paths for file in spec_files(path)]:
        findings += check_spec(load(read_text(file, limits), file, limits))
    return findings


def spec_files(path: str) -> list[str]:
    """The specs a user means: the .yaml files right in a directory, else one file or name."""
    if not os.path.isdir(path):
        return [library.spec_path(path)]
    files = sorted(name for name in os.listdir(path) if name.endswith((".yaml", ".yml")))
    if not files:
        raise SpecError(f"no spec in {path}", hint="a spec's file ends in .yaml")
    return [os.path.join(path, name) for name in files]


def check_spec(spec: Spec) -> Iterator[Finding]:
    """The findings of one spec; claims about the same settings share one walk."""
    known: dict[tuple[object, ...], Tally] = {}
    for claim in spec.claims:
        try:
            totals = totals_for(spec, claim, known)
        except SpecError as error:
            raise error.through("for this claim", claim.mark) from None
        computed = metric(totals, claim)
        verdict, reason = claim.verdict(computed)
        assert verdict in VERDICTS
        yield Finding(spec.name, claim, computed, verdict, reason)


def totals_for(spec: Spec, claim: Claim, known: dict[tuple[object, ...], Tally]) -> Tally:
    for name in claim.settings:
        if name not in spec.variables:
            raise SpecError(
                f"{spec.name} has no variable {name!r}", claim.settings[name].mark, spec.variables_text()
            )
        spec.variables[name].accept(claim.settings[name], claim.settings[name].mark)
    key = (claim.variant, *sorted((name, bound.value) for name, bound in claim.settings.items()))
    if key not in known:
        bound = {**spec.bind({}, claim.variant), **claim.settings}
        known[key] = total(row.tally for row in walk(expand(spec, bound)))
    return known[key]


def metric(totals: Tally, claim: Claim) -> int:
    """The figure that a claim is about: the sum of the totals its kind names, times its factor."""
    rule = METRICS[claim.metric]
    summed: int = sum(getattr(totals, key) for key in rule.kinds[claim.kind])
    return rule.factor * summed


def counted(findings: Iterable[Finding]) -> dict[str, int]:
    """How many findings have each verdict."""
    counts = dict.fromkeys(VERDICTS, 0)
    for finding in findings:
        counts[finding.verdict] += 1
    return counts
