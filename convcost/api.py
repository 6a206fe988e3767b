"""The public functions: load, report, compare, check. The command line calls nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from convcost import library
from convcost.conventions import DTYPES
from convcost.errors import Mark, Source, SpecError, nearest
from convcost.expr import Value, Word, literal
from convcost.limits import DEFAULT, Limits, Meter
from convcost.loader import load as load_text
from convcost.num import whole
from convcost.ops import Shape
from convcost.reader import Scalar, read_source
from convcost.reports import SHARED, Report, make_report
from convcost.spec import Spec

if TYPE_CHECKING:
    from convcost.checking import Outcome
    from convcost.comparison import Comparison


def load(spec: str, *, limits: Limits = DEFAULT) -> Spec:
    """The spec in a file, or a shipped one by name (`convcost list`); `-` reads standard input.

    Raises SpecError where there is no such file or it is no spec; the error says what and where.
    """
    source = read_source(spec if spec == "-" else library.spec_path(spec), limits)
    return loads(source.text, source.name, limits=limits)


def loads(text: str, name: str = "<text>", *, limits: Limits = DEFAULT) -> Spec:
    """The spec in a text; errors call it by `name`."""
    return load_text(text, name, Meter(limits))


def report(
    spec: Spec | str,
    settings: Mapping[str, object] | None = None,
    *,
    variant: str | None = None,
    input: tuple[int, int, int] | None = None,
    batch: int = 1,
    dtype: str | None = None,
    depth: int = 1,
    top: int | None = None,
    by: str = "madds",
    limits: Limits = DEFAULT,
) -> Report:
    """What a network costs.

    `settings` assigns the spec's variables: an int, a Fraction, a bool, or the text a spec would
    have (`"0.75"`; a float is refused, since it is not the number it prints). `variant` names one
    of the spec's assignments. `input` is (channels, height, width) in place of the spec's own.
    `dtype` adds memory access in bytes. `depth` and `top` choose the lines, `by` what `top` ranks.

    >>> report("squeezenet_1_0").totals.params
    1248424
    """
    spec = load(spec, limits=limits) if isinstance(spec, str) else spec
    for name, value, known in (("dtype", dtype, set(DTYPES)), ("by", by, set(SHARED))):
        if value is not None and value not in known:
            raise SpecError(f"there is no {name} {value!r}", hint=nearest(value, known))
    for name, count in (("batch", batch), ("depth", depth), ("top", top)):
        if count is not None and not is_count(count):
            least = "at least 1" if isinstance(count, int) and count < 1 else "a whole number below 10^9"
            raise SpecError(f"{name} is {least}, not {count!r}")
    exact = {name: _exact(name, value) for name, value in (settings or {}).items()}
    shape = _shape(input) if input is not None else None
    if shape is not None and (twice := sorted(spec.spatial & set(exact))):
        raise SpecError(f"the input's shape is given twice: by input and by {', '.join(twice)}")
    return make_report(spec, exact, variant, shape, batch, dtype, depth, top, by)


def _exact(name: str, value: object) -> Value:
    if isinstance(value, Fraction):
        return whole(value)
    if isinstance(value, (bool, int, Word)):
        return value
    if isinstance(value, str):
        mark = Mark(Source("settings", f"{name}={value}"), 1, len(name) + 2)
        return literal(Scalar(value, mark), Meter()).value
    raise SpecError(
        f"{name} = {value!r} is a {type(value).__name__}, not an exact number",
        hint=f'write it as text ("{value}") or as a Fraction',
    )


def is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value < 10**9


def _shape(sides: tuple[int, int, int]) -> Shape:
    if len(sides) != 3 or not all(map(is_count, sides)):
        raise SpecError("an input is (channels, height, width), each at least 1", hint="3x224x160")
    return Shape(*sides)


def compare(a: str, b: str, *, k: int = 3, m: int = 32, n: int = 64, df: int = 112) -> Comparison:
    """Two blocks of the library on one map: k x k kernels, m channels in, n out, a map of side df.

    >>> comparison = compare("standard", "dsc", k=3, m=32, n=64)
    >>> print(comparison.madds.formula)
    1/N + 1/D_K^2
    """
    from convcost.comparison import compare_blocks

    return compare_blocks(a, b, k=k, m=m, n=n, df=df)


def check(paths: Iterable[str], *, limits: Limits = DEFAULT) -> Outcome:
    """Every claim in the specs of these files, directories or names, held against what is computed.

    >>> outcome = check(["mobilenet_v2"])
    >>> outcome.ok, outcome.findings[0].verdict
    (True, 'holds')
    """
    from convcost.checking import check_paths

    return check_paths(paths, limits)
