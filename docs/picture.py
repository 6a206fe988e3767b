"""docs/report.svg, the picture in the README, from the command's own output."""

from __future__ import annotations

import io

import convcost
from convcost.render import table
from convcost.terminal import Terminal

COMMAND = "convcost report mobilenet_v2"

# Rich's own template without its title bar, and without fonts fetched from elsewhere.
TEMPLATE = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width;
}}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}"
 height="{terminal_height}" /></clipPath>{lines}</defs>
<rect width="100%" height="100%" rx="8" fill="#292929" />
<g transform="translate(12, 12)" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""


def picture() -> str:
    from rich.console import Console
    from rich.text import Text

    shown = table.render(convcost.report("mobilenet_v2"), Terminal(128, color=True))
    console = Console(
        record=True, width=128, file=io.StringIO(), color_system="standard", force_terminal=True
    )
    console.print(Text.from_ansi(f"$ {COMMAND}\n{shown}"), soft_wrap=True)
    svg = console.export_svg(code_format=TEMPLATE, unique_id="convcost")
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"
