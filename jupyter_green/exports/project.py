"""What to call that of which the joules are."""

from __future__ import annotations

from collections.abc import Sequence

from ..ledger.metered import Metered
from .texts import encodable

_WHOLE = "jupyter-green ledger"


def name_of(metered: Metered) -> str | None:
    """Return the last part of a window's project, ``None`` where it is of none."""
    return (metered.project or "").rstrip("/").rpartition("/")[2] or None


def common_name(metered: Sequence[Metered]) -> str:
    """Return the project's name where all windows are of one."""
    names = {name_of(each) for each in metered}
    name = names.pop() if len(names) == 1 else None
    return str(encodable(name)) if name else _WHOLE


def last_ended_s(metered: Sequence[Metered]) -> float:
    """Return when the last window ended, in seconds since 1970: 0 where there is none.

    It is the time of an export, which is the same whenever it is made.
    """
    return max((each.started_s + each.duration_s for each in metered), default=0.0)
