"""The expression language: what each text is worth, what is refused and at which character, and exactness."""

from __future__ import annotations

import warnings
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcost import SpecError
from convcost.errors import Mark, Source
from convcost.expr import (
    RESERVED,
    WORDS,
    Bound,
    Names,
    Scope,
    Value,
    Word,
    decimal,
    literal,
    parse,
    show,
    two_places,
)
from convcost.expr.names import Joined
from convcost.limits import DEFAULT, Limits, Meter
from convcost.machine import Ints
from convcost.num import make_divisible
from convcost.reader import Scalar
from specs import PLACE, place_of, said, unmarked


def evaluate(text: str, limits: Limits = DEFAULT, **names: Value) -> Value:
    """What a text is worth where these names have these values."""
    mark, meter = Mark(Source("text", text), 1, 1), Meter(limits)
    expr = Names(frozenset(names), {}).check(parse(Scalar(text, mark), meter))
    return expr.evaluate(Scope(Ints(meter), {name: Bound(value, mark) for name, value in names.items()}))


# ------------------------------------------------------------------------------ values

NUMBERS: list[tuple[str, int | Fraction]] = [
    ("0", 0),
    ("32", 32),
    ("0.75", Fraction(3, 4)),
    ("1.0", 1),
    ("1 + 2 * 3", 1 + 6),
    ("(1 + 2) * 3", 9),
    ("10 - 3 - 2", 5),
    ("-3", -3),
    ("- -3", 3),
    ("-3 + 5", 2),
    ("2 * -3", -6),
    ("7 / 2", Fraction(7, 2)),
    ("8 / 2", 4),
    ("8 / 2 / 2", 2),
    ("7 // 2", 3),
    ("-7 // 2", -4),
    ("7.5 // 2", 3),
    ("7 % 3", 1),
    ("-7 % 3", 2),
    ("7.5 % 2", Fraction(3, 2)),
    ("1 / 3 * 3", 1),
    ("0.1 + 0.2", Fraction(3, 10)),
    ("0.1 * 3", Fraction(3, 10)),
    ("1.1 * 1.1", Fraction(121, 100)),
    ("9007199254740993", 2**53 + 1),
    ("9007199254740993 / 1", 2**53 + 1),
    ("9007199254740993 * 2 // 2", 2**53 + 1),
    ("floor(2.5)", 2),
    ("floor(-2.5)", -3),
    ("ceil(2.5)", 3),
    ("ceil(-2.5)", -2),
    ("floor(3)", 3),
    ("max(2, 3)", 3),
    ("max(1, 5, 2, 4, 3, 0, 2, 1)", 5),
    ("min(2, 1 / 3)", Fraction(1, 3)),
    ("max (1, 3)", 3),
    ("make_divisible(30)", 32),
    ("make_divisible(30, 4)", 32),
    ("make_divisible(3)", 8),
    ("make_divisible(12)", 16),
    ("make_divisible(11)", 16),
    ("make_divisible(80 / 9)", 8),  # 90 % of it, and no less
    ("make_divisible(80 / 9 + 0.001)", 16),
    ("make_divisible(0.35 * 32, 8)", 16),
    ("make_divisible(33)", 32),
    ("n", 5),
    ("n * n - 1", 24),
    ("  n + 1  ", 6),
    ("half_ + 1", Fraction(3, 2)),
    ("4 if n > 3 else 8", 4),
    ("1 if n < 3 else 2 if n < 9 else 3", 2),
    ("(4)", 4),
]


@pytest.mark.parametrize(("text", "value"), NUMBERS, ids=[text for text, _ in NUMBERS])
def test_numbers(text: str, value: int | Fraction) -> None:
    found = evaluate(text, n=5, half_=Fraction(1, 2))
    assert found == value
    assert type(found) is type(value), "what is whole is an int"


SWITCHES = [
    ("true", True),
    ("false", False),
    ("not true", False),
    ("not not true", True),
    ("1 < 2", True),
    ("2 <= 2", True),
    ("3 > 4", False),
    ("4 >= 4", True),
    ("n == 5", True),
    ("n != 5", False),
    ("0.5 == 1 / 2", True),
    ("1 / 3 == 0.3333333333333333", False),
    ("0.1 + 0.2 == 0.3", True),
    ("relu == relu", True),
    ("relu == relu6", False),
    ("relu != relu6", True),
    ("act == swish", True),
    ("true == (1 < 2)", True),
    ("true and false", False),
    ("true or false", True),
    ("true or true and false", True),
    ("not false and true", True),
    ("n > 3 and n < 9 and n != 7", True),
    ("flag", True),
    ("relu == relu if flag else false", True),
]


@pytest.mark.parametrize(("text", "value"), SWITCHES, ids=[text for text, _ in SWITCHES])
def test_switches(text: str, value: bool) -> None:
    assert evaluate(text, n=5, flag=True, act=Word("swish")) is value


@pytest.mark.parametrize("word", sorted(RESERVED - {"true", "false"}))
def test_each_word_is_worth_itself(word: str) -> None:
    assert evaluate(word) == Word(word)
    assert any(word in group for group in WORDS.values())
    assert evaluate(f"{word} if 1 < 2 else none") == word


@pytest.mark.parametrize(
    "text",
    [
        "1 if true else 1 / 0",
        "1 / 0 if false else 1",
        "1 if true or 1 / 0 == 1 else 2",
        "1 if not (false and 1 / 0 == 1) else 2",
    ],
)
def test_what_is_not_chosen_is_not_worked_out(text: str) -> None:
    assert evaluate(text) == 1
    with pytest.raises(SpecError, match="division by zero"):
        evaluate("1 / 0")


# ------------------------------------------------------------------------------ refused

# The text, with the character that the error points at, and words of the message.
REFUSED = [
    # no number of this language
    ("▸1_000", "1_000"),
    ("▸0x10", "0x10"),
    ("▸0b1", "0b1"),
    ("▸1e3", "write the number out"),
    ("2 + ▸1.5e3", "1.5e3"),
    ("▸3j", "3j"),
    ("▸.5", ".5"),
    ("▸5.", "5."),
    ("010", "no leading zero"),
    ("▸00", "00 is not a number of this language"),
    ("1x", "no unit"),
    ("▸True", "write true"),
    ("▸None", "None"),
    ("▸...", "..."),
    ("▸inf", "'inf'"),
    # no part of the language
    ("▸2 ** 3", "the operators are + - * / // %"),
    ("1 + ▸2 ** 3", "2 ** 3"),
    ("▸2 ^ 3", "2 ^ 3"),
    ("▸2 << 3", "2 << 3"),
    ("▸2 & 3", "2 & 3"),
    ("▸2 @ 3", "2 @ 3"),
    ("▸+3", "+3"),
    ("▸~3", "~3"),
    ("n + ▸n.real", "no attributes"),
    ("▸n.__class__.__mro__", "no attributes"),
    ("▸n[0]", "no subscripts"),
    ("▸[1, 2][0]", "no subscripts"),
    ("▸[1, 2]", "a list stands outside"),
    ("▸(1, 2)", "(1, 2)"),
    ("▸()", "()"),
    ("▸{1: 2}", "{1: 2}"),
    ("▸{1, 2}", "{1, 2}"),
    ("▸[n for n in n]", "[n for n in n]"),
    ("max(▸(n for n in n), 2)", "for"),
    ("▸lambda: 3", "lambda"),
    ("▸(lambda: 3)()", ""),
    ("(▸n := 3)", ":="),
    ("▸'text'", "'text'"),
    ('▸"text"', '"text"'),
    ("▸'a' * 1000000", "'a'"),
    ("▸f'{n}'", ""),
    ("▸b'3'", "b'3'"),
    ("▸3 is 3", "3 is 3"),
    ("▸3 in n", "3 in n"),
    ("▸n not in n", "not in"),
    ("▸1 < n < 9", "two values at a time"),
    ("▸max(n, k=2)", "a call is a name and its arguments in order"),
    ("▸max(n, **n)", "max(n, **n)"),
    ("max(▸*n)", "*n"),
    ("▸n(3)", "'n'"),
    ("▸n.bit_length()", ""),
    ("▸max(1, 2)(3)", ""),
    ("▸await n", "await n"),
    # no expression
    ("", ""),
    ("▸ ", ""),
    ("n +", "an expression has numbers, names"),
    ("n n", "not an expression"),
    ("(n", "not an expression"),
    ("n)", "not an expression"),
    ("n = 3", "a comparison is written =="),
    ("n == 3 n", "an expression has numbers"),
    ("n != 3 n", "an expression has numbers"),
    ("n <= 3 n", "an expression has numbers"),
    ("n >= 3 n", "an expression has numbers"),
    ("n && n", "`and`"),
    ("n || n", "`or`"),
    ("n ? 1 : 2", "a if test else b"),
    ("4 if n", "not an expression"),
    ("n; n", "not an expression"),
    ("n, n", ""),
    ("import os", "not an expression"),
    ("del n", "not an expression"),
    ("yield n", "not an expression"),
    ("n\n", "one line"),
    ("▸n\n+ 1", "one line"),
    ("n # and more", ""),
    ("▸ñ", "ASCII"),
    ("▸３", "ASCII"),
    ("n\\\n+ 1", "one line"),
    # names and calls
    ("2 * ▸m", "'m'"),
    ("n + ▸alpha * 2", "it may name n; declare a variable under `variables`"),
    ("▸sigmiod", "did you mean 'sigmoid'?"),
    ("▸c_in", "c_here is the width entering this line"),
    ("▸h_in", "a height or width is no number here"),
    ("▸w_in", "a height or width is no number here"),
    ("▸h_here", "a height or width is no number here"),
    ("▸w_here", "a height or width is no number here"),
    ("▸yes", "hint: write true"),
    ("▸ON", "hint: write true"),
    ("▸TRUE", "hint: write true"),
    ("▸No", "hint: write false"),
    ("▸off", "hint: write false"),
    ("▸FALSE", "hint: write false"),
    ("n if true else ▸m", "'m'"),
    ("▸abs(n)", "there is no function 'abs'"),
    ("▸mxa(n, 2)", "did you mean 'max'?"),
    ("▸eval(n)", "'eval'"),
    ("▸__import__(n)", "'__import__'"),
    ("1 + ▸round(n)", "'round'"),
    ("▸max(n)", "max takes 2 to 8 arguments, not 1"),
    ("▸max(1, 2, 3, 4, 5, 6, 7, 8, 9)", "max takes 2 to 8 arguments, not 9"),
    ("▸floor()", "floor takes 1 argument, not 0"),
    ("▸floor(1, 2)", "floor takes 1 argument, not 2"),
    ("▸make_divisible(1, 2, 3)", "make_divisible takes 1 to 2 arguments, not 3"),
    ("▸max", "write max(...)"),
    # values
    ("1 + ▸3 / 0", "division by zero"),
    ("▸3 // 0", "division by zero"),
    ("▸3 % (n - 5)", "division by zero"),
    ("▸make_divisible(3, 0)", "make_divisible by zero"),
    ("▸make_divisible(3, -8)", "make_divisible by zero"),
    ("▸n + true", "true is a switch; `+` needs a number"),
    ("▸relu * 2", "relu is a word; `*` needs a number"),
    ("▸-relu", "relu is a word; a sign needs a number"),
    ("▸-true", "true is a switch; a sign needs a number"),
    ("▸floor(true)", "true is a switch; floor() needs a number"),
    ("▸max(n, relu)", "relu is a word; max() needs a number"),
    ("▸relu == 3", "relu is a word and 3 is a number: they cannot be compared"),
    ("▸true == 1", "true is a switch and 1 is a number: they cannot be compared"),
    ("▸relu < relu6", "a word has no order; compare with == or !="),
    ("▸true < false", "a switch has no order; compare with == or !="),
    ("▸n and true", "5 is a number; `and` needs true or false"),
    ("true and ▸n", "needs true or false"),
    ("false or ▸relu", "relu is a word; `or` needs true or false"),
    ("▸not n", "5 is a number; `not` needs true or false"),
    ("1 if ▸n else 2", "5 is a number; `if` needs true or false"),
    ("1 if ▸relu else 2", "hint: write a comparison, such as n > 0"),
]


@pytest.mark.parametrize(("text", "words"), REFUSED, ids=[text.replace(PLACE, "") for text, _ in REFUSED])
def test_refused(text: str, words: str) -> None:
    """The error points at the characters that are not part of the language."""
    plain, place = unmarked(text)
    with pytest.raises(SpecError) as caught:
        evaluate(plain, n=5)
    said(caught.value, words)
    found = place_of(caught.value)
    assert found == place if place else found[0] == 1


@pytest.mark.parametrize(
    "text",
    [
        "1 + ▸999 * 999",
        "1 + ▸0.12 * 0.12",
        "2 * ▸make_divisible(990, 100)",
        "▸999 + 1",
        "▸0 - 999 - 1",
        "▸1 / 999 / 2",
        "▸1 / 500 / 2",
        "2 * ▸1000",
    ],
)
def test_a_number_of_too_many_digits_is_refused_where_it_comes_out(text: str) -> None:
    plain, place = unmarked(text)
    with pytest.raises(SpecError, match="this number has more than 3 digits") as caught:
        evaluate(plain, Limits(digits=3))
    assert place_of(caught.value) == place
    assert evaluate("999 * 999 // 999 - 999") == 0


def test_a_cap_is_the_last_that_is_allowed() -> None:
    """Five characters; signs below signs, two levels down."""
    assert evaluate("1 + 1", Limits(chars=5)) == 2
    with pytest.raises(SpecError, match="more than 5 characters"):
        evaluate("1 + 11", Limits(chars=5))
    assert evaluate("- -1", Limits(depth=2)) == 1
    with pytest.raises(SpecError, match="more than 2 levels deep"):
        evaluate("- - -1", Limits(depth=2))


@pytest.mark.parametrize("text", ["1if true else 2", "0x1for n", "1or 2", "[1,2][1]if 1else 2"])
def test_a_number_does_not_run_into_a_word(text: str) -> None:
    """Python still reads some of these, with a warning on the way; nobody is to see one."""
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        with pytest.raises(SpecError):
            evaluate(text, n=5)
    assert [str(warning.message) for warning in shown] == []


def test_an_error_shows_the_values_of_its_names() -> None:
    """Six of them, in order, each with its place."""
    with pytest.raises(SpecError) as caught:
        evaluate("(b + a) / (c - c)", a=1, b=Fraction(1, 2), c=3)
    assert caught.value.hint == "here a = 1 (text:1:1), b = 0.5 (text:1:1), c = 3 (text:1:1)"
    with pytest.raises(SpecError) as caught:
        evaluate("(a + b + c + d + e + f + g) / 0", a=1, b=1, c=1, d=1, e=1, f=1, g=1)
    assert caught.value.hint.count(" = 1 (") == 6
    assert "g = " not in caught.value.hint


def test_a_text_of_unknown_origin_runs_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """No call but to the few functions of the language, so nothing is imported, opened or printed."""
    for text in ("print(1)", "__import__('os').system('echo ran')", "exec('print(1)')", "open(0)"):
        with pytest.raises(SpecError):
            evaluate(text)
    assert capfd.readouterr().out == ""


# ------------------------------------------------------------------------------ values on their own


def alone(text: str) -> Value:
    return literal(Scalar(text, Mark(Source("text", text), 1, 1)), Meter()).value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.75", Fraction(3, 4)),
        ("2 * 3", 6),
        ("max(1, 2)", 2),
        ("true", True),
        ("1 < 2", True),
        ("2 <= 1", False),
        ("3 if 1 / 2 == 0.5 else 4", 3),
        ("paper", Word("paper")),
        ("relu", Word("relu")),
        ("relu == relu6", False),
    ],
)
def test_a_value_that_nothing_is_known_to(text: str, value: Value) -> None:
    """Of a setting or a claim: arithmetic, comparisons, any one word."""
    assert alone(text) == value
    assert type(alone(text)) is type(value)


@pytest.mark.parametrize("text", ["paper + 1", "paper == other", "f(1)", "10 ** 3", "paper other"])
def test_a_word_alone_is_all_that_it_is(text: str) -> None:
    with pytest.raises(SpecError):
        alone(text)


def test_the_names_of_several_places_are_one_set() -> None:
    names = Joined(frozenset({"a", "b"}), {"c": 1}.keys())
    assert sorted(names) == ["a", "b", "c"]
    assert len(names) == 3
    assert "c" in names
    assert "d" not in names


# ------------------------------------------------------------------------------ exactness

DECIMALS = st.decimals(min_value=0, max_value=9999, places=4, allow_nan=False)
WHOLE = st.integers(min_value=1, max_value=4096)


@settings(deadline=None)
@given(DECIMALS, DECIMALS)
def test_decimals_are_the_fractions_they_print(a: object, b: object) -> None:
    """Sums, differences, products and orders are the fractions'; a quotient gives its dividend back."""
    x, y = Fraction(str(a)), Fraction(str(b))
    assert evaluate(f"{a:f} + {b:f}") == x + y
    assert evaluate(f"{a:f} - {b:f}") == x - y
    assert evaluate(f"{a:f} * {b:f}") == x * y
    assert evaluate(f"{a:f} < {b:f}") is (x < y)
    if y:
        assert evaluate(f"{a:f} / {b:f} * {b:f}") == x
        assert evaluate(f"{a:f} // {b:f} * {b:f} + {a:f} % {b:f}") == x


def slim(v: Fraction, divisor: int) -> int:
    """`_make_divisible` of the MobileNet code, on fractions in place of floats."""
    new = max(divisor, int(v + Fraction(divisor, 2)) // divisor * divisor)
    return new + divisor if new < Fraction(9, 10) * v else new


def nearest(v: Fraction, divisor: int) -> int:
    """The same by search: the nearest multiple, the larger of two; the next where that loses over a tenth."""
    multiples = range(divisor, int(v) + 2 * divisor, divisor)
    found = min(multiples, key=lambda m: (abs(m - v), -m))
    return found + divisor if 10 * found < 9 * v else found


@settings(deadline=None)
@given(st.integers(1, 4000), st.integers(1, 2000), st.sampled_from([1, 2, 3, 4, 8, 16, 32]))
def test_make_divisible_is_its_definition(thousandths: int, channels: int, divisor: int) -> None:
    v = Fraction(thousandths, 1000) * channels
    alpha = f"{thousandths // 1000}.{thousandths % 1000:03d}"
    found = evaluate(f"make_divisible({alpha} * {channels}, {divisor})")
    assert found == slim(v, divisor) == nearest(v, divisor)


@settings(deadline=None)
@given(WHOLE, st.sampled_from([4, 8, 16]))
def test_make_divisible_leaves_multiples_alone(k: int, divisor: int) -> None:
    assert make_divisible(k * divisor, divisor) == k * divisor


def test_make_divisible_where_floats_are_off() -> None:
    """Widths at which 0.7 * c and 1.4 * c in floats round to another multiple of 8 than the numbers do."""
    for alpha, c in [("0.7", 360), ("0.7", 680), ("1.4", 180), ("1.4", 700)]:
        v = float(alpha) * c
        floats = max(8, int(v + 4) // 8 * 8)
        assert evaluate(f"make_divisible({alpha} * {c}, 8)") == slim(Fraction(alpha) * c, 8) != floats


@settings(deadline=None)
@given(st.fractions(min_value=-1000, max_value=1000, max_denominator=40))
def test_a_value_is_shown_as_it_may_be_written(x: Fraction) -> None:
    """What an error shows of a number is the number: 0.35 or 1/3, never 0.3333."""
    assert evaluate(show(x).replace("-", "0 - ")) == x
    assert decimal(x) == show(x)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        (12, "12"),
        (Fraction(7, 20), "0.35"),
        (Fraction(-5, 4), "-1.25"),
        (Fraction(1, 2), "0.5"),
        (Fraction(1, 5), "0.2"),
        (Fraction(1, 16), "0.0625"),
        (Fraction(3, 125), "0.024"),
        (Fraction(1, 10**4), "0.0001"),
        (Fraction(1, 2**70), f"0.{5**70:070}"),
        (Fraction(1, 10**30), f"0.{1:030}"),
        (Fraction(1, 5**70), f"0.{2**70:070}"),
        (Fraction(20), "20"),
        (Fraction(1, 3), "1/3"),
        (Fraction(7, 6), "7/6"),
        ((3, Fraction(1, 2)), "[3, 0.5]"),
        (Word("relu"), "relu"),
    ],
)
def test_show(value: Value, text: str) -> None:
    assert show(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(789, 100), "7.89"),
        (Fraction(7886, 1000), "7.89"),
        (Fraction(2, 3), "0.67"),
        (Fraction(12), "12.00"),
        (Fraction(0), "0.00"),
        (Fraction(-1, 20), "-0.05"),
        (Fraction(-5, 2), "-2.50"),
    ],
)
def test_two_places(value: Fraction, text: str) -> None:
    assert two_places(value) == text
