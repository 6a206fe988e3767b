"""What a variable must be for a budget, as text and as JSON."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from convcost import __version__
from convcost.expr import show
from convcost.num import whole
from convcost.render.compare import aligned
from convcost.render.record import SCHEMA_VERSION, named, plain
from convcost.render.text import conventions, grouped

if TYPE_CHECKING:
    from convcost.linear import Interval
    from convcost.solving import Solution
    from convcost.stepping import Step

COLUMNS = ("count", "params", "mem_access")


def render_text(solution: Solution) -> str:
    """The best interval, what stands around it, and what is known of the rest."""
    name = solution.variable.name
    heads = (solution.by.work.name, *COLUMNS[1:])
    title = f"{solution.spec.name} · {name} for {', '.join(target.text for target in solution.targets)}"
    if solution.best is None:
        closest = solution.closest
        assert closest is not None
        assert closest.totals is not None
        metrics = dict.fromkeys(target.metric for target in solution.targets)
        said = " and ".join(f"{grouped(closest.totals[metric])} {metric}" for metric in metrics)
        where = within(closest.interval, name)
        lines = [
            title,
            *conventions(solution.by),
            f"nothing fits; the closest that was found has {said}, {where}",
        ]
        return "\n".join([*lines, searched(solution)]) + "\n"
    rows: list[tuple[str, ...]] = [("", name, *heads)]
    for label, step in (
        ("best", solution.best),
        ("runner-up", solution.runner_up),
        ("just below", solution.below),
        ("just above", solution.above),
    ):
        rows.append((label, *cells(step, name)))
    lines = [
        title,
        *conventions(solution.by),
        f"{name} = {show(whole(solution.best.interval.value))}",
        "",
        *aligned(rows),
        "",
    ]
    lines.append(searched(solution))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def cells(step: Step | None, name: str) -> tuple[str, ...]:
    if step is None or step.totals is None:
        return ("none", *("" for _ in COLUMNS))
    return (within(step.interval, name), *(grouped(step.totals[key]) for key in COLUMNS))


def within(interval: Interval, name: str) -> str:
    """0.975 <= alpha < 0.9875"""
    low, low_closed, high, high_closed = interval
    if low is not None and low == high:
        return f"{name} = {show(whole(low))}"
    left = "" if low is None else f"{show(whole(low))} {'<=' if low_closed else '<'} "
    right = "" if high is None else f" {'<=' if high_closed else '<'} {show(whole(high))}"
    return f"{left}{name}{right}"


def searched(solution: Solution) -> str:
    """What the search saw, and what it took for granted."""
    name, seen = solution.variable.name, f"{grouped(solution.looked)} steps were evaluated"
    metrics = " and ".join(dict.fromkeys(target.metric for target in solution.targets))
    if solution.monotone:
        return f"{seen}; from each to the next, {metrics} never fell as {name} rose"
    return f"{seen}; {metrics} fell somewhere as {name} rose, so another interval may fit better"


def render_json(solution: Solution) -> str:
    best = solution.best
    data: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "convcost_version": __version__,
        "name": solution.spec.name,
        "convention": named(solution.by.work),
        "params_definition": named(solution.by.params),
        "memory_definition": named(solution.by.memory),
        "for": solution.variable.name,
        "targets": [
            {"metric": t.metric, "relation": t.relation, "value": plain(whole(t.value))}
            for t in solution.targets
        ],
        **record(best),
        "runner_up": record(solution.runner_up) if solution.runner_up else None,
        "below": record(solution.below) if solution.below else None,
        "above": record(solution.above) if solution.above else None,
        "closest": record(solution.closest) if solution.closest else None,
        "monotone": solution.monotone,
        "evaluated": solution.looked,
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def record(step: Step | None) -> dict[str, Any]:
    if step is None or step.totals is None:
        return {"value": None, "interval": None, "totals": None}
    low, low_closed, high, high_closed = step.interval
    return {
        "value": plain(whole(step.interval.value)),
        "interval": {
            "low": end(low),
            "low_closed": low_closed,
            "high": end(high),
            "high_closed": high_closed,
        },
        "totals": dict(step.totals),
    }


def end(x: Fraction | None) -> Any:
    return None if x is None else plain(whole(x))
