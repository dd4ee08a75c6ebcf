"""What the request of the running cell says of the front end that sent it."""

from __future__ import annotations

from typing import Any

EXECUTED_CELL = "jupyter-green.cell"
"""In a request's metadata: the id of a cell that ``jupyter green execute`` runs. Front ends that
show cells while they run send theirs as ``cellId``."""


def metadata_of(shell: Any) -> dict[str, Any]:
    """Return the metadata of the running request; empty where there is no kernel."""
    get_parent = getattr(shell, "get_parent", None)
    found: dict[str, Any] = get_parent().get("metadata", {}) if get_parent is not None else {}
    return found


def is_executed(shell: Any) -> bool:
    """Whether ``jupyter green execute`` runs the cell, which nobody sees run."""
    return EXECUTED_CELL in metadata_of(shell)
