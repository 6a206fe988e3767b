"""Numbers a + b x: an expansion at a point or beside it, and the interval in which it stays the same."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from convcost import num
from convcost.binding import op_arguments
from convcost.errors import Mark
from convcost.expand import Expansion
from convcost.expr import Bound, Expr, Scope, Value, compare, show
from convcost.expr.tree import Const
from convcost.limits import Meter
from convcost.machine import Ints
from convcost.num import Num
from convcost.ops import Op
from convcost.spec import Argument, Block


class Interval(NamedTuple):
    """Values that cost the same; an end of None is infinite."""

    low: Fraction | None
    low_closed: bool
    high: Fraction | None
    high_closed: bool

    def __contains__(self, x: object) -> bool:
        assert isinstance(x, (int, Fraction))
        above = self.low is None or x > self.low or (self.low_closed and x == self.low)
        return above and (self.high is None or x < self.high or (self.high_closed and x == self.high))

    @property
    def value(self) -> Fraction:
        """The left end; where it is open, the simplest fraction inside."""
        if self.low_closed:
            assert self.low is not None
            return self.low
        return simplest(self.low, self.high)


class Point:
    """A place x, or just beside it (`side` is -1 or 1), and how far its decisions hold around it."""

    def __init__(self, x: Fraction, side: int) -> None:
        self.x, self.side = x, side
        self.around = Interval(None, False, None, False)

    def sign(self, form: Form) -> int:
        here = form.a + form.b * self.x or form.b * self.side
        return (here > 0) - (here < 0)

    def holds(self, form: Form, relation: str) -> bool:
        """Whether `form relation 0` here; from now on, only the x around with the same answer count."""
        sign, root = self.sign(form), -form.a / form.b
        answer = compare(relation, sign, 0)
        rising = 1 if form.b > 0 else -1
        with_root = compare(relation, 0, 0) is answer
        right = sign == rising or (sign == 0 and compare(relation, rising, 0) is answer)
        left = sign == -rising or (sign == 0 and compare(relation, -rising, 0) is answer)
        low, low_closed, high, high_closed = self.around
        if not left and (low is None or (root, not with_root) > (low, not low_closed)):
            low, low_closed = root, with_root
        if not right and (high is None or (root, with_root) < (high, high_closed)):
            high, high_closed = root, with_root
        self.around = Interval(low, low_closed, high, high_closed)
        return answer

    def floor(self, form: Form) -> int:
        exact = form.a + form.b * self.x
        down = int(num.floor(exact))
        if exact == down and form.b * self.side < 0:
            down -= 1
        for bound, relation in ((down, ">="), (down + 1, "<")):
            self.holds(Form(self, form.a - bound, form.b), relation)
        return down

    def settled(self, value: Value) -> Value:
        """The count that a form is here, which it is at this x alone; else the fraction it may not be."""
        if isinstance(value, tuple) and any(isinstance(part, Form) for part in value):
            parts = [self.settled(part) for part in value]
            return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
        if not isinstance(value, Form):
            return value
        down = self.floor(value)
        whole = not self.holds(Form(self, value.a - down, value.b), "!=")
        return down if whole else value.a + value.b * self.x if not self.side else Fraction(2 * down + 1, 2)


class Form:
    """a + b x, b not 0, as a number of the language; what is decided about it narrows its point."""

    __slots__ = ("a", "b", "point")

    def __init__(self, point: Point, a: Fraction, b: Fraction) -> None:
        self.point, self.a, self.b = point, a, b

    def made(self, a: Fraction, b: Fraction) -> Num:
        return Form(self.point, a, b) if b else num.whole(a)

    def parts(self, other: Num) -> tuple[Fraction, Fraction]:
        return (other.a, other.b) if isinstance(other, Form) else (Fraction(other), Fraction(0))

    def __add__(self, other: Num) -> Num:
        a, b = self.parts(other)
        return self.made(self.a + a, self.b + b)

    __radd__ = __add__

    def __neg__(self) -> Num:
        return self.made(-self.a, -self.b)

    def __sub__(self, other: Num) -> Num:
        return self + -other

    def __rsub__(self, other: Num) -> Num:
        return -self + other

    def __mul__(self, other: Num) -> Num:
        if isinstance(other, Form):
            raise NotLinear
        return self.made(self.a * other, self.b * other)

    __rmul__ = __mul__

    def __truediv__(self, other: Num) -> Num:
        if isinstance(other, Form):
            raise NotLinear
        return self * (1 / Fraction(other))

    def __floordiv__(self, other: Num) -> Num:
        return self.point.floor(self / other)

    def __mod__(self, other: Num) -> Num:
        return self - self // other * other

    def __rtruediv__(self, other: Num) -> Num:
        raise NotLinear

    __rfloordiv__ = __rmod__ = __rtruediv__

    def related(self, relation: str, other: Num) -> bool:
        difference = self - other
        if isinstance(difference, Form):
            return self.point.holds(difference, relation)
        return compare(relation, difference, 0)

    def __lt__(self, other: Num) -> bool:
        return self.related("<", other)

    def __le__(self, other: Num) -> bool:
        return self.related("<=", other)

    def __gt__(self, other: Num) -> bool:
        return self.related(">", other)

    def __ge__(self, other: Num) -> bool:
        return self.related(">=", other)

    def __eq__(self, other: object) -> bool:
        return self.related("==", other)

    def __ne__(self, other: object) -> bool:
        return self.related("!=", other)

    __hash__ = object.__hash__  # to find itself again, since a comparison with others would narrow its point

    def __str__(self) -> str:
        return show(num.whole(self.a + self.b * self.point.x))


num.register(Form, None)


class NotLinear(Exception):
    """A form times or divided by a form: its steps are no fractions."""


class Forms(Ints):
    """Exact numbers, and forms among them."""

    def __init__(self, meter: Meter, point: Point) -> None:
        super().__init__(meter)
        self.point = point

    def check(self, value: Value, where: Mark) -> Value:
        if isinstance(value, Form):
            for part in (value.a, value.b):
                super().check(part, where)
            return value
        return super().check(value, where)


class Formed(Expansion):
    """An expansion that may meet forms; a count must be whole, so there a form becomes a number."""

    machine: Forms

    def settled(self, arguments: Mapping[str, Argument], bound: Mapping[str, Bound]) -> dict[str, Bound]:
        """Each argument that is a count, as one."""
        taken = dict(bound)
        for name, value in bound.items():
            kind = arguments[name].param.kind
            settled = self.machine.point.settled(value.value) if kind.least is not None else value.value
            if settled is not value.value:
                for part in settled if isinstance(settled, tuple) else (settled,):
                    kind.counted(part, value)
                taken[name] = value._replace(value=settled)
        return taken

    def emit(self, op: Op, path: str, inputs: tuple[int, ...], bound: Mapping[str, Bound], mark: Mark) -> int:
        return super().emit(op, path, inputs, self.settled(op_arguments(op.name), bound), mark)

    def entrance(self, block: Block, bound: dict[str, Bound], x: int) -> Scope:
        return super().entrance(block, self.settled(block.arguments, bound), x)

    def count(self, expr: Expr, scope: Scope) -> Value:
        """The expression's value, for `repeat` and the input's sides."""
        return self.machine.point.settled(expr.bound(scope).value)

    def side(self, expr: Expr, scope: Scope) -> Num:
        return super().side(settled_expr(expr, self.count(expr, scope)), scope)

    def times(self, expr: Expr, scope: Scope) -> int:
        return super().times(settled_expr(expr, self.count(expr, scope)), scope)


def settled_expr(expr: Expr, value: Value) -> Expr:
    return expr._replace(tree=Const(0, value))


def simplest(low: Fraction | None, high: Fraction | None) -> Fraction:
    """The fraction of the smallest denominator strictly between (Stern and Brocot)."""
    if low is None:
        return Fraction(0) if high is None else Fraction(num.ceil(high) - 1)
    down = Fraction(num.floor(low))
    if high is None or down + 1 < high:
        return down + 1
    return down + 1 / simplest(1 / (high - down), 1 / (low - down) if low != down else None)
