"""The shipped specs: what each is called, and what can be set."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from convcost import __version__
from convcost.expr import show
from convcost.render.compare import aligned
from convcost.render.record import SCHEMA_VERSION, plain

if TYPE_CHECKING:
    from convcost.spec import Spec


def render_text(specs: Mapping[str, Spec]) -> str:
    """One line a spec: its name, its title, its variables and variants."""
    rows = [("name", "network", "variables", "variants")]
    for name, spec in specs.items():
        variables = " ".join(f"{v.name}={show(v.default.value)}" for v in spec.variables.values())
        rows.append((name, spec.name, variables, " ".join(spec.variants)))
    return "\n".join(line.rstrip() for line in aligned(rows)) + "\n"


def render_json(specs: Mapping[str, Spec]) -> str:
    listed = [
        {
            "name": name,
            "title": spec.name,
            "cite": spec.cite,
            "variables": {v.name: plain(v.default.value) for v in spec.variables.values()},
            "variants": list(spec.variants),
        }
        for name, spec in specs.items()
    ]
    return (
        json.dumps(
            {"schema_version": SCHEMA_VERSION, "convcost_version": __version__, "specs": listed},
            indent=2,
            ensure_ascii=False,
        )
        + "\n"
    )
