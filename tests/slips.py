"""Texts that are nearly valid: `slips(texts)` draws one of them, or a valid spec, with a few edits."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import strategies as st
from strategies import specs

PIECES = [
    *"{}[]:,-'\"#&*!|>%@`()+/=<>.~?\\ \n\t\0é\x85",
    *(
        "- ",
        ": ",
        "[]",
        "{}",
        "''",
        "---\n",
        "<<: ",
        "  ",
        "\n\n",
        "\u202e",
        "\x1b[31m",
        "::error::",
        "&a ",
        "*a",
    ),
    *(
        "0",
        "-1",
        "0.5",
        "9999999999999",
        "9" * 31,
        "null",
        "true",
        "not",
        "if",
        "relu",
        "same",
        "none",
        "1/0",
    ),
    *(
        "c_in",
        "c_here",
        "n",
        "s",
        "pad",
        "unit",
        "stem",
        "required",
        "with",
        "like",
        "first",
        "alpha",
        "input",
    ),
    *(
        "when",
        "repeat",
        "from",
        "share",
        "aside",
        "name",
        "layers",
        "conv",
        "add",
        "concat",
        "resize",
        "skip",
    ),
    *(
        "after_first",
        "table",
        "columns",
        "rows",
        "each",
        "branches",
        "split",
        "sizes",
        "join",
        "paths",
        "gate",
    ),
    *(
        "madds",
        "%",
        "source",
        "erratum",
        "instead",
        "part",
        "sum",
        "times",
        "spec",
        "../x",
        "ch(",
        "=cmd|' /C x'!A0",
    ),
]
WORD = re.compile(r"[\w.]+")
PLACES = st.floats(min_value=0, max_value=1, exclude_max=True)
EDITS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["drop line", "copy line", "swap lines", "swap words"]), PLACES, PLACES),
        st.tuples(st.sampled_from(["drop", "put"]), PLACES, st.sampled_from(PIECES)),
        st.tuples(st.just("put word"), PLACES, st.sampled_from(PIECES)),
    ),
    min_size=1,
    max_size=4,
)
Edit = tuple[str, float, float | str]


def slips(texts: list[str]) -> st.SearchStrategy[str]:
    """A text, or a valid spec, with a few edits."""
    good = st.one_of(st.sampled_from(texts), specs().map(lambda written: written.text))
    return st.builds(edited, good, EDITS)


def edited(text: str, edits: list[Edit]) -> str:
    for what, place, other in edits:
        edit = edit_lines if what.endswith(("line", "lines")) else edit_words
        text = edit(text, what, place, other)
    return text


def edit_lines(text: str, what: str, place: float, other: Any) -> str:
    lines = text.split("\n")
    i, j = int(place * len(lines)), int(other * len(lines))
    if what == "drop line":
        del lines[i]
    elif what == "copy line":
        lines.insert(j, lines[i])
    else:
        lines[i], lines[j] = lines[j], lines[i]
    return "\n".join(lines)


def edit_words(text: str, what: str, place: float, other: Any) -> str:
    words = [match.span() for match in WORD.finditer(text)] or [(0, 0)]
    start, end = words[int(place * len(words))]
    if what == "put word":
        return text[:start] + str(other) + text[end:]
    if what == "swap words":
        (a, b), (c, d) = sorted(((start, end), words[int(other * len(words))]))
        return text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:] if b <= c else text
    at = int(place * len(text))
    return text[:at] + str(other) + text[at:] if what == "put" else text[:at] + text[at + len(other) :]
