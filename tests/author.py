"""Writes lines of random networks that are valid, and knows what flows: see `strategies`."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any, ClassVar

from hypothesis import strategies as st
from wording import Map, Wording

Line = dict[str, Any]


class Author(Wording):
    """Writes lines one after another and knows what flows: the map, the names, the taps."""

    def __init__(self, draw: st.DrawFn, names: dict[str, int], switches: dict[str, bool], at: Map) -> None:
        super().__init__(draw, names, switches, at)
        self.taps: dict[str, Map] = {}
        self.blocks: tuple[str, ...] = ()
        self.prefix = ""
        self.copied = 0  # repeats around the line
        self.count = 0

    def new(self, stem: str = "n") -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def starting_at(self, c: int) -> Author:
        self.at = Map(c, *self.at[1:])
        return self

    # -------------------------------------------------------------------------- ops and blocks

    def flows(self, c: int | None = None, s: tuple[int, int] = (1, 1)) -> None:
        """A layer leaves a map of c channels, with `pad: same`."""
        self.at = Map(c or self.at.c, ceil(self.at.h / s[0]), ceil(self.at.w / s[1]))

    def kernel(self) -> Any:
        return self.pick(1, 2, 3, [1, 3], [3, 1], 5, self.number(3))

    def stride(self, still: bool) -> tuple[Any, tuple[int, int]]:
        if still:
            return self.number(1, 1), (1, 1)
        return self.pick((1, (1, 1)), (2, (2, 2)), ([2, 1], (2, 1)), (self.number(2), (2, 2)))  # type: ignore[no-any-return]

    def width(self) -> int:
        return int(self.pick(4, 6, 8, 12, 16))

    def act(self) -> str:
        return str(
            self.pick("relu", "relu6", "hard_swish", "sigmoid", f"relu if {self.test(True)} else gelu")
        )

    def keeping(self) -> Line:
        """An op that leaves a map as it is."""
        c = self.number(self.at.c)
        ways: list[Line] = [
            {"conv": c},
            {"conv": {"out": c, "k": self.kernel(), "bias": self.test(True)}},
            {"dwconv": self.kernel()},
            {"dwconv": {"k": 3, "d": [1, 2], "pad": self.pick("same", "half", "batched", [0, 2, 1, 3])}},
            {"act": self.act()},
            {"bn": self.pick(None, {"affine": False})},
            {"max_pool": {"k": 3, "s": 1, "pad": "same", "rounding": self.pick("down", "up", "caffe")}},
            {"layer_norm": {}}, {"lrn": self.number(5)}, {"dropout": 0.2}, {"softmax": None},
            {"select": c}, {"squeeze_excite": self.number(4)}, {"conv_bn_act": {"out": c, "k": 3}},
        ]  # fmt: skip
        if self.at.c % 2 == 0:
            ways += [{"shuffle": 2}, {"conv": {"out": c, "g": self.number(2)}}, {"shuffle_unit_v2": None}]
        return dict(self.pick(*ways))

    def changing(self, still: bool) -> Line:
        """An op or block of the library that gives another map; with `still`, of the same sides."""
        out, (s, step) = self.width(), self.stride(still)
        written = self.number(out)
        name = self.pick(
            "conv", "conv_bn", "conv_bn_act", "depthwise_separable", "dsc", "basic_block", "fire"
        )
        more = self.pick("inverted_residual", "bneck", "bottleneck", "slice", "subsample", "inception", name)
        own: dict[str, Line] = {
            "fire": {"fire": {"squeeze": self.number(2), "expand": self.number(out // 2)}},
            "inverted_residual": {
                more: {"t": self.number(2), "out": written, "s": 2 if step == (2, 2) else 1}
            },
            "bneck": {more: {"exp": 12, "out": written, "s": 1, "se": self.test(True), "act": self.act()}},
            "bottleneck": {more: {"mid": self.number(out), "s": 1, "stride_in": self.pick("conv1", "conv2")}},
            "basic_block": {name: {"out": written, "s": 2 if step == (2, 2) else 1}},
            "slice": {more: {"out": self.number(max(1, self.at.c // 2)), "start": self.number(0)}},
            "subsample": {more: {"out": self.number(self.at.c + 2), "s": s}},
            "inception": {
                more: {
                    **dict.fromkeys(("c1", "reduce3", "reduce5", "c5"), 2),
                    "c3": out,
                    "proj": self.number(2),
                }
            },
        }
        line = own.get(more, {name: {"out": written, "k": self.kernel() if name != "dsc" else 3, "s": s}})
        if more in ("inverted_residual", "basic_block") and step not in ((1, 1), (2, 2)):
            step = (1, 1)
        if more in ("bneck", "bottleneck", "slice", "inception", "fire"):
            step = (1, 1)
        outs = {
            "bottleneck": 4 * out, "slice": max(1, self.at.c // 2), "subsample": self.at.c + 2,
            "inception": out + 6, "fire": 2 * (out // 2),
        }  # fmt: skip
        self.flows(outs.get(more, out), step)
        return line

    # -------------------------------------------------------------------------- structures

    def body(
        self, least: int = 1, most: int = 2, back: bool = False, still: bool = False, deep: bool = False
    ) -> list[Any]:
        """Some lines; with `still` the sides of the map stay as they are, with `back` its width too."""
        before, still = self.at, still or back
        lines = [self.line(still, deep) for _ in range(self.draw(st.integers(least, most)))]
        if back and self.at != before:
            lines.append({"conv": self.pick(before.c, {"out": before.c, "k": 3})})
            self.at = before
        return lines

    def inside(self, name: str, work: Callable[[], Any], copied: bool = False) -> Any:
        """What is written under a name, where taps are longer, or of copies, none are made."""
        before, self.prefix = self.prefix, f"{self.prefix}{name}."
        self.copied += copied
        try:
            return work()
        finally:
            self.prefix, self.copied = before, self.copied - copied

    def structure(self, still: bool) -> Line:
        name = self.new()
        kind = self.pick(*self.STRUCTURES)
        line = self.inside(
            name, lambda: self.STRUCTURES[kind](self, still), copied=kind in ("repeat", "table")
        )
        return {**line, "name": name}

    def layers(self, still: bool) -> Line:
        return {"layers": self.body(still=still)}

    def repeated(self, still: bool) -> Line:
        return {"layers": self.body(back=True), "repeat": self.number(self.pick(1, 2, 3))}

    def residual(self, still: bool) -> Line:
        if self.pick(True, False, False):
            return {"residual": {"skip": self.test(self.pick(True, False)), "layers": self.body(back=True)}}
        return {"residual": self.body(back=True)}

    def dense(self, still: bool) -> Line:
        before = self.at
        lines = self.body(still=True)
        self.at = Map(before.c + self.at.c, before.h, before.w)
        return {"dense": ["bn", *lines]}

    def gate(self, still: bool) -> Line:
        return {
            "gate": [
                self.pick("global_avg_pool", "global_max_pool"),
                {"conv": self.number(self.at.c)},
                {"act": "sigmoid"},
            ]
        }

    def branches(self, still: bool) -> Line:
        before, join = self.at, self.pick("concat", "add", "mul")
        out, paths, c = self.width(), {}, 0
        for _ in range(self.draw(st.integers(1, 3))):
            key, self.at = self.new("p"), before
            lines = self.inside(key, lambda: self.body(still=True))
            if join != "concat":
                lines.append({"conv": self.number(out)})
            lines = [{"act": "relu", "name": self.new()}, *lines]
            paths[key] = lines if self.pick(True, True, False) else {"when": self.test(True), "layers": lines}
            c += self.at.c
        self.at = Map(c if join == "concat" else out, before.h, before.w)
        written = join if self.pick(True, False) else f"{join} if {self.test(True)} else none"
        return {"branches": {"join": written, "paths": paths}}

    def split(self, still: bool) -> Line:
        before = self.at
        if before.c < 2:
            return self.layers(still)
        first = self.draw(st.integers(1, before.c - 1))
        keys = [self.new("p"), self.new("p")]
        self.at = Map(before.c - first, before.h, before.w)
        lines = self.inside(keys[1], lambda: self.body(still=True))
        end, self.at = self.at, before
        sizes = [self.number(first), f"c_here - {first}"]
        self.at = Map(first + end.c, before.h, before.w)
        return {
            "split": {
                "sizes": sizes,
                "join": "concat",
                "paths": {keys[0]: [], keys[1]: [{"bn": {}, "name": self.new()}, *lines]},
            }
        }

    def table(self, still: bool) -> Line:
        rows, stem = [], self.new("x")
        columns = [f"{stem}o", f"{stem}n", f"{stem}s"]
        for i in range(self.draw(st.integers(1, 3))):
            out, n, s = self.width(), self.pick(1, 2), 1 if still else self.pick(1, 2)
            rows.append([f"row{i}", self.number(out), self.number(n), self.number(s)])
            self.flows(out, (s, s))
        o, n, s = columns
        unit = {self.pick("conv_bn", "depthwise_separable"): {"out": o, "k": 3, "s": s}}
        each: Line = {**unit, "repeat": n, "after_first": {"s": 1}}
        return {"table": {"columns": ["name", *columns], "rows": rows, "each": self.pick(each, [each, "bn"])}}

    STRUCTURES: ClassVar[dict[str, Callable[[Author, bool], Line]]] = {
        "layers": layers, "repeat": repeated, "residual": residual, "dense": dense, "gate": gate,
        "branches": branches, "split": split, "table": table,
    }  # fmt: skip

    # -------------------------------------------------------------------------- lines

    def line(self, still: bool = False, deep: bool = True) -> Any:
        """Any line; with `still` one that leaves the sides of the map as they are."""
        ways = ["op"] * 4 + ["structure"] * (4 if deep else 1) + ["off", "tap", "own"]
        kind = self.pick(*ways, *([] if self.copied else ["aside", "share"]))
        if kind == "structure":
            return self.structure(still)
        if kind == "off":
            return {**self.beside(), "when": self.test(False)}
        if kind == "aside":
            return {**self.aside(), "aside": self.pick(True, "true")}
        if kind == "share":
            return self.sharing()
        if kind == "tap" and (tapped := self.tapping(still)) is not None:
            return tapped
        if kind == "own" and self.blocks:
            return self.own()
        return self.named(self.keeping() if self.pick(True, False) else self.changing(still))

    def beside(self) -> Line:
        """A line that the flow goes on without."""
        before = self.at
        line = {**self.changing(False), "name": self.new()}
        self.at = before
        return line

    def aside(self) -> Line:
        if self.taps and self.pick(True, False):
            return {"global_avg_pool": {}, "from": self.pick(*self.taps), "name": self.new()}
        return self.beside()

    def sharing(self) -> Line:
        name, conv = self.new(), {"conv": {"out": self.at.c, "k": 3}}
        again = {**conv, "name": "two", "share": f"{self.prefix}{name}.one"}
        return {"layers": [{**conv, "name": "one"}, again], "name": name}

    def own(self) -> Line:
        out = self.width()
        arguments = {"out": self.number(out), "k": self.pick(1, 3, [3, 1])}
        self.flows(out)
        return {self.pick(*self.blocks): arguments, "name": self.new()}

    def named(self, line: Line) -> Any:
        """With a name, so that it can be tapped; or without, perhaps as a bare word."""
        if self.pick(True, False):
            name = self.new()
            if not self.copied:
                self.taps[self.prefix + name] = self.at
            return {**line, "name": name}
        (subject, value), *more = line.items()
        return subject if value is None and not more else line

    def tapping(self, still: bool) -> Line | None:
        """A line that reads an earlier map too."""
        alike = [path for path, at in self.taps.items() if at == self.at]
        sides = [path for path, at in self.taps.items() if at[1:] == self.at[1:]]
        name = self.new()
        if alike and self.pick(True, False):
            return {"add": self.pick(*alike), "name": name}
        if sides:
            path = self.pick(*sides)
            self.at = Map(self.at.c + self.taps[path].c, *self.at[1:])
            return {"concat": [path], "name": name}
        if self.taps and not still:
            path = self.pick(*self.taps)
            self.at = Map(self.at.c, *self.taps[path][1:])
            return {"resize": {"like": path, "mode": self.pick("nearest", "bilinear")}, "name": name}
        return None
