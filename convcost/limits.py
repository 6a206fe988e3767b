"""How much a spec may ask for: caps, each named in its error and raised by an option, and who counts."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from convcost.errors import Mark, SpecError


def _cap(default: int, help: str, says: str, a_layer: int = 0) -> int:
    """`a_layer`: what each layer that is allowed allows of this too, where that is more."""
    value: int = field(default=default, metadata={"help": help, "says": says, "a_layer": a_layer})
    return value


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps on one spec; a spec is somebody else's text until it is read."""

    bytes: int = _cap(1_000_000, "bytes of a spec's text", "the text is larger than {:,} bytes", a_layer=50)
    depth: int = _cap(
        40,
        "levels of nesting: of the text, of an expression, of blocks in blocks, of functions in functions",
        "this is nested more than {:,} levels deep",
    )
    chars: int = _cap(1_000, "characters of an expression", "this expression has more than {:,} characters")
    digits: int = _cap(
        30, "digits of a number, at every step of a calculation", "this number has more than {:,} digits"
    )
    nodes: int = _cap(20_000, "layers of the expanded network", "the network has more than {:,} layers")
    steps: int = _cap(
        400_000,
        "steps of reading and expanding a spec; `check` and `solve` add up those of all they expand",
        "reading and expanding this takes more than {:,} steps",
        a_layer=100,
    )

    @classmethod
    def raised(cls, **caps: int) -> Limits:
        """These caps; where `nodes` is raised, text and steps that are not named grow with it."""
        layers = caps.get("nodes", 0)
        grown = {cap.name: max(cap.default, cap.metadata["a_layer"] * layers) for cap in fields(cls)}
        return cls(**{**grown, **caps})

    def exceeded(self, name: str, where: Mark | None, says: str = "") -> SpecError:
        """The error that says which cap was hit, in words of its own or in `says`, and what raises it."""
        cap = next(f for f in fields(self) if f.name == name)
        sentence, a_layer = cap.metadata["says"], cap.metadata["a_layer"]
        grows = f", and so does --max-nodes, by {a_layer} a layer" if a_layer else ""
        return SpecError(
            says or sentence.format(getattr(self, name)), where, f"--max-{name} raises it{grows}"
        )


DEFAULT = Limits()


class Meter:
    """Counts the steps of all that is done with one text, so that it has an end, whatever it asks for.

    A step is a bounded piece of work, such as adding two numbers, comparing a row of a lookup or an
    input of a join; what takes more time or room than that takes several, reading a value two.
    """

    __slots__ = ("limits", "steps")

    def __init__(self, limits: Limits = DEFAULT, steps: int = 0) -> None:
        self.limits, self.steps = limits, steps

    @property
    def spent(self) -> bool:
        return self.steps > self.limits.steps

    def step(self, where: Mark | None, count: int = 1) -> None:
        self.steps += count
        if self.steps > self.limits.steps:
            raise self.limits.exceeded("steps", where)
