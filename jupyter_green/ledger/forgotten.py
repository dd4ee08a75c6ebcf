"""Which windows a store was told to forget, so that none of them comes back.

A program may hand in a window's report once more, as after ``m.log(acc=0.9)``. What is kept of
the window is a hash of its id, which was drawn at random and says nothing.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable

from sqlalchemy import Connection, delete, insert, select

from .database import AT_ONCE
from .schema import meta

KEPT_S = 30 * 86_400.0
"""How long it is kept. A program that runs longer may bring back a window of its begin."""
_NAME = "forgotten "


def remember(connection: Connection, run_ids: Iterable[str]) -> None:
    """Keep that windows were forgotten, and no more what was forgotten long ago."""
    now_s = time.time()
    ours = meta.c.name.startswith(_NAME)
    kept = connection.execute(select(meta.c.name, meta.c.value).where(ours)).all()
    old = [row.name for row in kept if float(row.value) < now_s - KEPT_S]
    new = {_name(run_id) for run_id in run_ids} - {row.name for row in kept}
    for begin in range(0, len(old), AT_ONCE):
        connection.execute(delete(meta).where(meta.c.name.in_(old[begin : begin + AT_ONCE])))
    if new:
        rows = [{"name": name, "value": f"{now_s:.0f}"} for name in sorted(new)]
        connection.execute(insert(meta), rows)


def forgotten(connection: Connection, run_ids: Iterable[str]) -> set[str]:
    """Return those of some windows that were forgotten."""
    if connection.scalar(select(meta.c.name).where(meta.c.name.startswith(_NAME)).limit(1)) is None:
        return set()  # as nearly always
    names = {_name(run_id): run_id for run_id in run_ids}
    ordered, found = list(names), set()
    for begin in range(0, len(ordered), AT_ONCE):
        some = meta.c.name.in_(ordered[begin : begin + AT_ONCE])
        found |= {names[name] for name in connection.scalars(select(meta.c.name).where(some))}
    return found


def _name(run_id: str) -> str:
    return _NAME + hashlib.sha256(run_id.encode("utf-8", "replace")).hexdigest()[:24]
