"""How far off an estimate may be, as a live message has it."""

from __future__ import annotations

from typing import Any

from ...sources.base import Scale


def scale_field(scale: Scale | None) -> dict[str, Any]:
    """Return the field ``scale`` without its source, which only the report has.

    Nothing where there is none.
    """
    return {} if scale is None else {"scale": {"factor": scale.factor, "group": scale.group}}
