"""What may be different where a figure was counted: the network, the way to count, the rounding.

Each change has a cost; an explanation is as simple as the sum of its changes is low.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from convcost.conventions import Convention, names, shipped
from convcost.errors import SpecError
from convcost.expr import Value, Word, show
from convcost.ops import OPS
from convcost.printed import ROUNDINGS, Printed
from convcost.spec import Settings, Spec, Variable

# What a change costs: a switch that the spec has is nearer at hand than a number that it could have.
SWITCH, NUMBER, FAR, WAY, ROUND = 2, 3, 4, 2, 1

# Numbers that networks are published with, tried for a variable that multiplies widths or sizes an input.
MULTIPLIERS = tuple(map(Fraction, ("0.25", "0.35", "0.5", "0.75", "1", "1.25", "1.3", "1.4", "1.5", "2")))
FEW = 4
SIDES = (128, 160, 192, 224, 227, 256, 299, 320, 331, 384, 512)


class Setting(NamedTuple):
    """The network with other values for some of its variables."""

    text: str
    settings: Settings
    cost: int


def other_settings(spec: Spec, now: Mapping[str, Value]) -> list[Setting]:
    """Each variant, and each other value of each variable, by itself."""
    found = []
    for name, bounds in spec.variants.items():
        values = {key: bound.value for key, bound in bounds.items() if bound.value != now[key]}
        if len(values) > 1:  # else it is a change of one variable
            found.append(Setting(f"variant {name}", values, SWITCH))
    for variable in spec.variables.values():
        for value, cost in others(spec, variable, now[variable.name]):
            found.append(Setting(f"{variable.name} = {show(value)}", {variable.name: value}, cost))
    return found


def others(spec: Spec, variable: Variable, now: Value) -> Iterator[tuple[Value, int]]:
    """Other values of one variable, each with what the change costs; those out of its range are left out."""
    assigned = [bounds[variable.name].value for bounds in spec.variants.values() if variable.name in bounds]
    tried: dict[tuple[str, Value], int] = {}
    if variable.kind == "switch":
        tried[show(not now), not now] = SWITCH
    elif variable.kind == "word":
        tried |= {(word, Word(word)): SWITCH for word in variable.words}
    else:
        tried |= {(show(value), value): SWITCH for value in (*assigned, *few(variable))}
        near = dict.fromkeys(SIDES, NUMBER) if variable.name in spec.spatial else neighbours(variable, now)
        for value, cost in near.items():
            tried.setdefault((show(value), value), cost)
    for (_, value), cost in tried.items():
        if value != now and allowed(variable, value):
            yield value, cost


def few(variable: Variable) -> range:
    """All values of a count whose range has few."""
    low, high = variable.at_least, variable.at_most
    if variable.kind != "count" or low is None or high is None or high - low > FEW:
        return range(0)
    return range(int(low), int(high) + 1)


def neighbours(variable: Variable, now: Value) -> dict[Value, int]:
    """Numbers near at hand, each with what the change costs."""
    if variable.kind == "number":
        return dict.fromkeys(MULTIPLIERS, NUMBER)
    near = {now - 1: NUMBER, now + 1: NUMBER, 2 * now: FAR}
    return near | ({now // 2: FAR} if now % 2 == 0 else {})


def allowed(variable: Variable, value: Value) -> bool:
    try:
        variable.accept(value, None)
    except SpecError:
        return False
    return True


# ------------------------------------------------------------------------------ ways to count


class Way(NamedTuple):
    """A convention, and what is counted too or left out beside it."""

    convention: Convention
    named: str = ""  # the convention's name, and those that count the same; "" for the base
    also: Mapping[str, int] = {}  # kinds of work, each so often for each of convcost's own count
    also_text: str = ""
    without: str = ""  # "first", "last": the contraction that is left out, with what follows it
    doubled: bool = False
    cost: int = 0

    @property
    def texts(self) -> tuple[str, ...]:
        """What is different, a text a change."""
        said = (
            f"counted by {self.named}" if self.named else "",
            f"{self.also_text} counted too" if self.also else "",
            f"{LEFT_OUT[self.without]} left out" if self.without else "",
            "doubled, two operations for each" if self.doubled else "",
        )
        return tuple(filter(None, said))


LEFT_OUT = {"last": "the classifier", "first": "the first convolution"}
GROUPS = ("house", "papers", "tools", "")


def ways(base: Convention) -> list[Way]:
    """The base itself, then what somebody may have done instead; each by itself, or without a layer too."""
    others = [shipped(name, base.family) for name in names(base.family) if name != base.name]
    others.sort(key=lambda other: GROUPS.index(other.group))
    counted = [Way(base), *(Way(other, other.name, cost=WAY) for other in others)]
    found = list(counted)
    if base.family == "work":
        found += [Way(base, also=also, also_text=text, cost=WAY) for text, also in additions()]
        found.append(Way(base, doubled=True, cost=WAY))
    return found + [way._replace(without=where, cost=way.cost + WAY) for way in counted for where in LEFT_OUT]


def additions() -> list[tuple[str, dict[str, int]]]:
    """Work that papers leave out, and some counters do not."""
    sorts = {
        sort: [kind for op in OPS.values() if op.sort == sort for kind in op.kinds]
        for sort in ("norm", "activation", "pool")
    }
    return [
        ("biases", {"bias": 1}),
        ("norms, one an element,", dict.fromkeys(sorts["norm"], 1)),
        ("norms, two an element,", dict.fromkeys(sorts["norm"], 2)),
        ("activations", dict.fromkeys(sorts["activation"], 1)),
        ("pools, one a tap,", dict.fromkeys(sorts["pool"], 1)),
    ]


# ------------------------------------------------------------------------------ readings of a figure


class Reading(NamedTuple):
    """How a printed figure may have come from a count."""

    text: str
    printed: Printed
    rule: str
    cost: int

    def agrees(self, count: int | Fraction) -> bool:
        return self.printed.agrees(count, self.rule)


def readings(printed: Printed) -> list[Reading]:
    """By each rule; by fewer digits, where the last are zeros; as twice a figure that was rounded before."""
    words = {"nearest": "to the nearest", "floor": "rounded down", "ceil": "rounded up"}
    found = [Reading(words[rule], printed, rule, ROUND * (rule != "nearest")) for rule in ROUNDINGS]
    if not printed.decimals and printed.digits % 10 == 0 and printed.suffix:
        count = len(str(printed.digits).rstrip("0"))
        few = printed.significant(count)
        if few is not None:
            digits = f"{count} digit{'s' if count > 1 else ''}"
            found += [Reading(f"to {digits}, {r.text}", few, r.rule, r.cost + WAY) for r in found[:3]]
    if printed.digits % 2 == 0:
        half = printed._replace(digits=printed.digits // 2)
        found += [
            Reading(f"{r.text} {half.written(half.digits)}, then doubled", half, r.rule, r.cost + WAY)
            for r in found[:3]
        ]
    return found
