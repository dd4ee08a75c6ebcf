"""What is to be run, and how."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Order(NamedTuple):
    """What is to be run, and how."""

    words: Sequence[str]
    """The command and its arguments."""
    label: str | None = None
    stage: str | None = None
    project: str | None = None
    repeats: int | None = None
    """Runs that count; ``None`` for a single one without statistics."""
    warmups: int = 0
    """Runs before them, which do not."""
    cooldown_s: float = 0.0
    """Rest before each run but the first, in s."""
    waits_for_descendants: bool = False
    as_json: bool = False
    path: Path | None = None
    """Where the result goes; ``None`` for standard error."""
