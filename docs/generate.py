"""Writes the pages that are made from the package and from the specs' claims.

python docs/generate.py            rewrite them
python docs/generate.py --check    exit 1 when one is out of step
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent


@cache
def pages() -> dict[str, str]:
    """Each generated page with the text it should have."""
    sys.path.insert(0, str(HERE))
    import everyone
    import figures
    import picture
    import reference

    return {
        "reference.md": reference.page(),
        "figures.md": figures.page(),
        "conventions.md": everyone.page(),
        "report.svg": picture.picture(),
    }


def main(arguments: list[str], where: Path = HERE) -> int:
    late = []
    for name, text in pages().items():
        path = where / name
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            late.append(name)
    if late:
        sys.stderr.write(f"out of step with the package: {', '.join(late)}; run `python docs/generate.py`\n")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
