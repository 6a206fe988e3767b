"""The public functions: load, report, compare, check. The command line calls nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from convcost import library
from convcost.conventions import conventions, find, read_dtypes
from convcost.errors import Mark, Source, SpecError, nearest
from convcost.expr import Value, Word, literal
from convcost.limits import DEFAULT, Limits, Meter
from convcost.loader import load as load_text
from convcost.metrics import METRICS
from convcost.num import whole
from convcost.ops import Shape
from convcost.printed import read_printed
from convcost.reader import Scalar, read_source
from convcost.reports import SHARED, Report, make_report
from convcost.spec import Spec

if TYPE_CHECKING:
    from convcost.checking import Outcome
    from convcost.comparing.results import Comparison
    from convcost.gaps.search import Found


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
    convention: str | None = None,
    params: str | None = None,
    memory: str | None = None,
    dtype: str | None = None,
    depth: int = 1,
    top: int | None = None,
    by: str = "count",
    lines: int | None = None,
    limits: Limits = DEFAULT,
) -> Report:
    """What a network costs.

    `settings` assigns the spec's variables: an int, a Fraction, a bool, or the text a spec would
    have (`"0.75"`; a float is refused, since it is not the number it prints). `variant` names one
    of the spec's assignments. `input` is (channels, height, width) in place of the spec's own.
    `convention`, `params` and `memory` name what is counted (`convcost conventions`). `dtype` adds
    memory access in bytes: `fp16`, or `fp16,weights=int8`. `depth` and `top` choose the lines, `by` what
    `top` ranks; of more than `lines` under one heading, those in the middle are folded into one.

    >>> report("squeezenet_1_0").totals.params
    1248424
    """
    spec = load(spec, limits=limits) if isinstance(spec, str) else spec
    if by not in SHARED:
        raise SpecError(f"there is nothing to rank by called {by!r}", hint=nearest(by, SHARED))
    counted = conventions(convention, params, memory, limits)
    dtypes = read_dtypes(dtype) if dtype is not None else None
    for name, count in (("batch", batch), ("depth", depth), ("top", top), ("lines", lines)):
        if count is not None and not is_count(count):
            least = "at least 1" if isinstance(count, int) and count < 1 else "a whole number below 10^9"
            raise SpecError(f"{name} is {least}, not {count!r}")
    exact = {name: _exact(name, value) for name, value in (settings or {}).items()}
    shape = _shape(input) if input is not None else None
    if shape is not None and (twice := sorted(spec.spatial & set(exact))):
        raise SpecError(f"the input's shape is given twice: by input and by {', '.join(twice)}")
    return make_report(spec, exact, variant, shape, batch, counted, dtypes, depth, top, by, lines)


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


def compare(
    *sides: str,
    k: int | None = None,
    m: int | None = None,
    n: int | None = None,
    df: int | None = None,
    settings: Mapping[str, object] | None = None,
    assume: Sequence[str] = (),
    convention: str | None = None,
    params: str | None = None,
    memory: str | None = None,
    limits: Limits = DEFAULT,
) -> Comparison:
    """Blocks of the library on one map, or networks, side by side; each as `name:argument=value,...`.

    Blocks share k x k kernels, m channels in, n out and a map of side df; a size that is not given stays
    a letter, and so does an argument that a block requires. `settings` are values of such letters, or
    variables of networks; `assume` are relations of letters ("M != N") that decide what a block is made of.
    `convention`, `params` and `memory` name what is counted.

    >>> comparison = compare("standard", "dsc", k=3, m=32, n=64)
    >>> print(comparison.ratio("count").formula)
    1/N + 1/D_K^2
    """
    from convcost.comparing.sides import are_blocks, check_sizes, read_side

    written = [read_side(side) for side in sides]
    sizes = check_sizes({"k": k, "m": m, "n": n, "df": df})
    exact = {name: _exact(name, value) for name, value in (settings or {}).items()}
    by = conventions(convention, params, memory, limits)
    if are_blocks(written):
        from convcost.comparing.blocks import compare_blocks

        return compare_blocks(written, sizes, exact, assume, by, Meter(limits))
    from convcost.comparing.networks import compare_networks

    for name in (*sizes, *(["assume"] if assume else [])):
        raise SpecError(
            f"--{name} is about blocks", hint="a network's sizes are its variables: --set, name:alpha=0.5"
        )
    return compare_networks(written, exact, by, Meter(limits))


def why(
    spec: Spec | str,
    settings: Mapping[str, object] | None = None,
    *,
    madds: str | None = None,
    flops: str | None = None,
    params: str | None = None,
    variant: str | None = None,
    convention: str | None = None,
    limits: Limits = DEFAULT,
) -> Found:
    """The fewest changes to a network, or to the way it is counted, that give a figure as it was printed.

    One of `madds`, `flops` and `params` is the figure, with its digits and unit. `settings` and `variant`
    are the network as it is thought to be, `convention` the way to count that is thought to be meant.

    >>> why("mobilenet_v2", madds="313.6M").fits[0].text
    'expand_always = true'
    """
    from convcost.gaps.search import search

    figures = {"madds": madds, "flops": flops, "params": params}
    asked = [(metric, figure) for metric, figure in figures.items() if figure is not None]
    if len(asked) != 1:
        said = " and ".join(metric for metric, _ in asked) or "none"
        raise SpecError(f"why is about one figure, not {said}", hint="why mobilenet_v2 --madds 313.6M")
    ((metric, figure),) = asked
    if convention is not None and metric == "params":
        raise SpecError("a convention is of madds and flops", hint="--madds 313.6M --convention fvcore")
    mark = Mark(Source(f"--{metric}", figure), 1, 1)
    printed = read_printed(Scalar(figure, mark), {})
    if printed.share or not printed.digits:
        raise SpecError(f"{figure} is no count of a network", mark, "313.6M")
    spec = load(spec, limits=limits) if isinstance(spec, str) else spec
    family, usual = METRICS[metric].family, METRICS[metric].usual
    base = find(convention or usual, family, limits)
    exact = {name: _exact(name, value) for name, value in (settings or {}).items()}
    return search(spec, metric, printed, base, exact, variant)


def check(paths: Iterable[str], *, convention: str | None = None, limits: Limits = DEFAULT) -> Outcome:
    """Every claim in the specs of these files, directories or names, held against what is computed.

    `convention` counts the claims of work that name none of their own.

    >>> outcome = check(["mobilenet_v2"])
    >>> outcome.ok, outcome.findings[0].verdict
    (True, 'holds')
    """
    from convcost.checking import check_paths

    by = find(convention, limits=limits) if convention is not None else None
    return check_paths(paths, limits, convention=by)
