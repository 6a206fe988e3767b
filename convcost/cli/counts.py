"""Options that say what is counted, shared by the commands that count."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

Convention = Annotated[
    Optional[str],
    typer.Option(
        metavar="NAME", help="Whose way to count: fvcore, thop, a paper's; `conventions` lists them."
    ),
]
Params = Annotated[
    Optional[str],
    typer.Option(metavar="NAME", help="Which parameters: trainable, weights, with_stats, folded ..."),
]
Memory = Annotated[
    Optional[str], typer.Option(metavar="NAME", help="Whose memory access: every-op, paper or fused.")
]
