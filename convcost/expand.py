"""A Spec and values for its variables become a Graph: tables, repeats, branches and blocks unrolled.

The same lines run on ints and, replaying an int run's decisions, on symbols: what differs is the
machine, which counts the steps, caps the sizes and answers comparisons.
"""

from __future__ import annotations

from collections.abc import Mapping

from convcost.binding import accept, bind, evaluated, op_arguments, switch
from convcost.draft import Draft, join
from convcost.errors import Mark, SpecError
from convcost.expr import Bound, Expr, Function, Scope, Word, show
from convcost.graph import Called, Graph, Group
from convcost.limits import Meter
from convcost.machine import Ints, Machine
from convcost.num import Num
from convcost.ops import OPS, Op, Shape
from convcost.params import COUNT, Kind
from convcost.spec import (
    Arg,
    Block,
    Body,
    Branches,
    Call,
    Item,
    Layers,
    Line,
    Manner,
    Path,
    PathsArg,
    Spec,
    Table,
)


def expand(
    spec: Spec, bound: Mapping[str, Bound], shape: Shape | None = None, meter: Meter | None = None
) -> Graph:
    """The graph of a spec with its variables bound (`Spec.bind`), at another input shape if given.

    Steps are counted on from those of reading the spec, or by `meter` for several graphs together.
    """
    return Expansion(Ints(meter or spec.meter())).network(spec, bound, shape)


# What a copy takes, in steps, of the variables or of the columns of the tables that a line stands in.
COPIED = 16

SPLIT = "slice"  # the op that takes one path's share of a split


class Expansion:
    """One run: the nodes so far, and the tensor that each path last gave."""

    def __init__(self, machine: Machine) -> None:
        self.machine, self.draft = machine, Draft(machine)
        self.asides: list[int] = []  # outputs that the flow goes on without
        self.nesting = 0

    # -------------------------------------------------------------------------- whole networks

    def network(self, spec: Spec, bound: Mapping[str, Bound], shape: Shape | None) -> Graph:
        try:
            return self.expanded(spec, bound, shape)
        except RecursionError:
            raise SpecError("blocks and functions are nested too deeply", spec.mark) from None

    def expanded(self, spec: Spec, bound: Mapping[str, Bound], shape: Shape | None) -> Graph:
        self.machine.step(spec.mark, len(bound) // COPIED)
        values = dict(bound)
        sizes = Scope(self.machine, dict(values))
        given = shape or Shape(*(self.side(side, sizes) for side in spec.input))
        for name in spec.spatial:
            del values[name]
        scope = self.scope(values, spec.let, spec.functions)
        x = self.body(spec.network, scope, "", "", self.draft.input(given))
        outputs = [*(self.draft.tap(ref, "") for ref in spec.outputs), *self.asides]
        read = {tensor for node in self.draft.nodes for tensor in node.inputs}
        if x is not None and x not in outputs and not (outputs and x in read):
            outputs.append(x)
        if not self.draft.nodes:
            raise SpecError("the network has no layers", spec.mark)
        code = {op: self.called(op, manner, scope) for op, manner in spec.code.manners.items()}
        return self.draft.graph(tuple(dict.fromkeys(outputs)))._replace(code=code)

    def called(self, op: str, manner: Manner, scope: Scope) -> Called:
        calls = OPS[op].calls
        if manner.call is None:
            return Called(calls[0], manner.once, manner.in_place)
        word = manner.call.evaluate(scope)
        if not isinstance(word, Word) or word not in calls:
            said = f"a call of {op} is {' or '.join(calls)}, not {show(word)}"
            raise SpecError(said, manner.call.mark)
        return Called(word, manner.once, manner.in_place)

    def block(self, block: Block, given: Mapping[str, Bound], shape: Shape) -> Graph:
        """The graph of one block on its own, applied to an input of that shape."""
        x = self.draft.input(shape)
        within = Scope(self.machine, {"c_in": Bound(shape.c, block.mark)})
        bound = bind(block.arguments, given, within, block.mark, block.name, Kind.keep)
        scope = self.entrance(block, bound, x)
        y = self.body(block.body, scope, "", "", x)
        if y is None:
            raise SpecError(f"nothing flows out of {block.name}", block.mark)
        return self.draft.graph((y, *self.asides))

    def side(self, expr: Expr, scope: Scope) -> Num:
        return accept(expr.bound(scope), COUNT, "input")

    def scope(
        self, values: dict[str, Bound], let: Mapping[str, Expr], functions: Mapping[str, Function]
    ) -> Scope:
        """The names at an entrance: values, then each `let` in text order."""
        scope = Scope(self.machine, values, functions)
        for name, expr in let.items():
            values[name] = Bound(expr.evaluate(scope), expr.mark)
        return scope

    # -------------------------------------------------------------------------- lines

    def body(self, body: Body, scope: Scope, base: str, prefix: str, x: int | None) -> int | None:
        """The tensor after the lines; `base` is the path of the block that they are written in."""
        scope = scope.inner({})
        self.machine.step(body[0].line.mark if body else None, len(scope.local) // COPIED)
        self.nesting += 1
        if self.nesting > self.machine.limits.depth:
            raise self.machine.limits.exceeded("depth", body[0].line.mark if body else None)
        for item in body:
            x = self.item(item, scope, base, prefix, x)
        self.nesting -= 1
        return x

    def item(self, item: Item, scope: Scope, base: str, prefix: str, x: int | None) -> int | None:
        line = item.line
        self.machine.step(line.mark)
        path = join(prefix, line.label)
        self.machine.path, self.machine.mark = path, line.mark
        start = self.draft.tap(line.source, base) if line.source is not None else x
        if start is None:
            raise SpecError(
                "nothing flows here: the paths above end without a join",
                line.mark,
                "say which one with `from`",
            )
        self.here(scope, start, line)
        if line.when is not None and not switch(line.when, scope, "when"):
            return x if line.aside else start
        made = len(self.draft.nodes)
        y = self.copies(item, scope, base, path, start)
        if line.share is not None:
            self.draft.share(made, path, line.share, base)
        if not line.aside:
            return y
        if y is not None and y != start:
            self.asides.append(y)
        return x

    def copies(self, item: Item, scope: Scope, base: str, path: str, x: int | None) -> int | None:
        """The line once, or as often as it says, each copy after the last."""
        line = item.line
        if line.repeat is None:
            assert x is not None
            return self.once(item, scope, base, path, x, first=True)
        for copy in range(1, self.times(line.repeat, scope) + 1):
            if x is None:
                raise SpecError("a copy ends without a join, so the next has no input", line.mark)
            self.machine.step(line.mark)
            self.here(scope, x, line)
            x = self.once(item, scope, base, join(path, str(copy)), x, first=copy == 1)
        return x

    def here(self, scope: Scope, x: int, line: Line) -> None:
        scope.local["c_here"] = Bound(self.draft.shapes[x].c, line.mark)

    def times(self, expr: Expr, scope: Scope) -> int:
        value = accept(expr.bound(scope), COUNT, "repeat", "to leave lines out, write `when`")
        return self.machine.times(expr.text, value)

    def once(self, item: Item, scope: Scope, base: str, path: str, x: int, first: bool) -> int | None:
        if isinstance(item, Call):
            args = item.args if first else {**item.args, **item.after_first}
            return self.call(item, args, scope, base, path, x)
        if isinstance(item, Layers):
            return self.body(item.body, scope, base, path, x)
        if isinstance(item, Table):
            return self.table(item, scope, base, path, x)
        return self.branches(item, scope, base, path, x)

    def table(self, table: Table, scope: Scope, base: str, prefix: str, x: int | None) -> int | None:
        for row in table.rows:
            cells = {name: expr.bound(scope) for name, expr in row.cells.items()}
            path = join(prefix, row.label)
            self.draft.groups[path] = Group("", {name: cell.value for name, cell in cells.items()}, row.mark)
            x = self.body(table.each, scope.inner(cells), base, path, x)
            if x is not None:
                self.here(scope, x, table.line)
        return x

    # -------------------------------------------------------------------------- ops and blocks

    def call(
        self, call: Call, args: Mapping[str, Arg], scope: Scope, base: str, path: str, x: int
    ) -> int | None:
        mark = call.line.mark
        if isinstance(call.target, Op):
            tensors = [x, *(tensor for arg in args.values() for tensor in self.tensors(arg, base))]
            self.enough(call.target, len(tensors), mark)
            given = evaluated(args, scope)
            name, within = call.target.name, Scope(self.machine, {})
            fields = bind(op_arguments(name), given, within, mark, name, Kind.accept)
            return self.emit(call.target, path, tuple(tensors), fields, mark)
        block = call.target
        try:
            within = Scope(self.machine, {"c_in": Bound(self.draft.shapes[x].c, mark)})
            bound = bind(block.arguments, evaluated(args, scope), within, mark, block.name, Kind.keep)
            values = {name: value.value for name, value in bound.items()}
            row = self.draft.groups.get(path)  # of a table, when the block is all that the row stands for
            self.draft.groups[path] = (
                row._replace(name=block.name) if row else Group(block.name, values, mark, block.defaults)
            )
            self.draft.entries[path] = x
            return self.body(block.body, self.entrance(block, bound, x), path, path, x)
        except SpecError as error:
            raise error.through(f"in {block.name}, used here", mark) from None

    def enough(self, op: Op, count: int, mark: Mark) -> None:
        fewest, most = op.inputs
        if count < fewest or (most is not None and count > most):
            takes = f"{fewest}" if fewest == most else f"at least {fewest}"
            raise SpecError(f"{op.name} takes {takes} inputs, not {count}", mark)

    def entrance(self, block: Block, bound: dict[str, Bound], x: int) -> Scope:
        c_in = Bound(self.draft.shapes[x].c, block.mark)
        return self.scope({**bound, "c_in": c_in}, block.let, block.functions)

    def emit(self, op: Op, path: str, inputs: tuple[int, ...], bound: Mapping[str, Bound], mark: Mark) -> int:
        return self.draft.emit(op, path, inputs, bound, mark)

    # -------------------------------------------------------------------------- branches and taps

    def branches(self, item: Branches, scope: Scope, base: str, prefix: str, x: int) -> int | None:
        word = item.join.evaluate(scope)
        if not (isinstance(word, Word) and (word == "none" or word in OPS)):
            raise SpecError(f"`join` is add, concat, mul or none, not {show(word)}", item.join.mark)
        starts = self.split(item, scope, prefix, x) if item.sizes is not None else [x] * len(item.paths)
        ends = []
        for path, start in zip(item.paths, starts, strict=True):
            self.here(scope, start, item.line)
            if path.when is None or switch(path.when, scope, "when"):
                end = self.body(path.body, scope, base, join(prefix, path.label), start)
                ends.append(self.ended(path, start, end, word))
        if not ends:
            raise SpecError("none of the paths exists", item.line.mark)
        if word == "none":
            return None
        if len(ends) == 1:
            return ends[0]
        label = join(prefix, f"{word}{item.join_label}")
        return self.emit(OPS[word], label, tuple(ends), {}, item.line.mark)

    def ended(self, path: Path, start: int, end: int | None, word: Word) -> int:
        if end is None:
            raise SpecError(f"nothing flows out of the path {path.label!r}", path.mark)
        if end == start and path.body and word == "concat":
            raise SpecError(
                f"every layer of the path {path.label!r} is switched off, so it would give its input again",
                path.mark,
                "[] says the identity; `when` on the path leaves it out",
            )
        return end

    def split(self, item: Branches, scope: Scope, prefix: str, x: int) -> list[int]:
        assert item.sizes is not None
        sizes = [
            Bound(accept(size.bound(scope), COUNT, f"the size of {path.label!r}"), size.mark)
            for size, path in zip(item.sizes, item.paths, strict=True)
        ]
        total = sum(size.value for size in sizes)
        whole = self.draft.shapes[x].c
        if not self.machine.decide("the sum of the sizes", "==", total, whole):
            raise SpecError(f"the sizes sum to {total}, and there are {whole} channels", sizes[0].mark)
        tensors, start = [], 0
        for size, path in zip(sizes, item.paths, strict=True):
            label = join(join(prefix, item.split_label), path.label)
            fields = {"out": size, "start": Bound(start, size.mark)}
            tensors.append(self.emit(OPS[SPLIT], label, (x,), fields, path.mark))
            start += size.value
        return tensors

    def tensors(self, arg: Arg, base: str) -> list[int]:
        return [self.draft.tap(ref, base) for ref in arg.paths] if isinstance(arg, PathsArg) else []
