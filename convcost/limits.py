"""How much a spec may ask for. Every cap is named in its error and raised by an option."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from convcost.errors import Mark, SpecError


def _cap(default: int, help: str, a_layer: int = 0) -> int:
    """`a_layer`: what each layer that is allowed allows of this too, where that is more."""
    value: int = field(default=default, metadata={"help": help, "a_layer": a_layer})
    return value


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps on one spec; a spec is somebody else's text until it is read."""

    bytes: int = _cap(1_000_000, "bytes of a spec's text", a_layer=50)
    depth: int = _cap(40, "nesting: of the text, of expressions, of blocks in blocks, of defined functions")
    chars: int = _cap(1_000, "characters of one expression")
    digits: int = _cap(30, "digits of any number, at every step of a calculation")
    nodes: int = _cap(20_000, "layers of the expanded graph")
    steps: int = _cap(1_000_000, "evaluations while a spec is expanded", a_layer=50)

    @classmethod
    def raised(cls, **caps: int) -> Limits:
        """These caps; where `nodes` is raised, text and evaluations that are not named grow with it."""
        layers = caps.get("nodes", 0)
        grown = {cap.name: max(cap.default, cap.metadata["a_layer"] * layers) for cap in fields(cls)}
        return cls(**{**grown, **caps})

    def exceeded(self, name: str, where: Mark | None, what: str = "") -> SpecError:
        """The error that says which cap was hit and how to raise it."""
        cap = next(f for f in fields(self) if f.name == name)
        about, a_layer = cap.metadata["help"], cap.metadata["a_layer"]
        grows = f", and so does --max-nodes, by {a_layer} a layer" if a_layer else ""
        return SpecError(
            what or f"more than {getattr(self, name):,} {about}",
            where,
            f"the cap on {about} is {getattr(self, name):,}; --max-{name} raises it{grows}",
        )


DEFAULT = Limits()
