"""The store of all reports: the booker that fills it, and the questions it answers.

No kernel imports this room's database: what a meter hands in is in ``jupyter_green/intake/``.
`jg.ledger.query` and `jg.ledger.frame` load it when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .asked import frame, query

__all__ = ["frame", "query"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import asked

    return getattr(asked, name)
