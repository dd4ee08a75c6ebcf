"""What a kernel looks like between two cells. Imported in the kernel, by a user expression."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import json
import logging
import os
import random
import signal
import sqlite3
import sys
import threading
import warnings
from contextlib import closing
from pathlib import Path
from typing import Any

LONGEST = 2000
OF_TRAITLETS = {"_trait_values", "_cross_validation_lock"}


def state() -> str:
    """Return all that a cell can leave behind, as JSON."""
    shell = sys.modules["IPython"].get_ipython()
    names = shell.user_ns
    history = shell.history_manager
    return json.dumps(
        {
            "names": {n: shown(v) for n, v in names.items() if n not in ("Out", "_oh")},
            "hidden": sorted(set(shell.user_ns_hidden)),
            "order": [n for n in names if not n.startswith("_")],
            "in": [shown(text) for text in history.input_hist_parsed],
            "raw": [shown(text) for text in history.input_hist_raw],
            "out": {str(k): shown(v) for k, v in names.get("_oh", {}).items()},
            "execution_count": shell.execution_count,
            "directories": len(names.get("_dh", ())),
            "last_error": repr(getattr(sys, "last_value", None))[:LONGEST],
            "last_result": repr(shell.last_execution_succeeded),
            "environment": dict(os.environ),
            "folder": str(Path.cwd()),
            "path": sys.path,
            "signals": {
                s.name: getattr(signal.getsignal(s), "__name__", str(signal.getsignal(s)))
                for s in (signal.SIGINT, signal.SIGCHLD, signal.SIGTERM, signal.SIGALRM)
            },
            "streams": [type(s).__name__ for s in (sys.stdout, sys.stderr, sys.stdin)],
            "hooks": [getattr(h, "__qualname__", type(h).__name__) for h in (
                sys.excepthook, sys.displayhook, sys.unraisablehook, threading.excepthook)],
            "warnings": [str(f) for f in warnings.filters],
            "logging": [logging.root.level, len(logging.root.handlers)],
            "random": hashlib.sha256(repr(random.getstate()).encode()).hexdigest(),
            "recursion": sys.getrecursionlimit(),
            "switching": sys.getswitchinterval(),
            "collecting": gc.isenabled(),
            "tracing": sys.gettrace() is not None,
            "tasks": _tasks(),
            "publisher": sorted(set(vars(shell.display_pub)) - OF_TRAITLETS),
            "session": sorted(set(vars(shell.kernel.session)) - OF_TRAITLETS - {"msg"}),
            "showtraceback": "showtraceback" in vars(shell),
            "history_file": _rows(history),
        },
        default=str,
    )  # fmt: skip


def shown(value: Any) -> str:
    """Return a value's text, long ones by their length and hash; other objects by their type."""
    if isinstance(value, str) and len(value) > LONGEST:
        # What we put in front of a cell is taken away by the reader: keep the beginning.
        first, _, rest = value.partition("\n")
        return f"{first[:80]}\n… {len(rest)} {hashlib.sha256(rest.encode()).hexdigest()}"
    plain = (str, int, float, bool, tuple, dict, set, bytes, type(None))
    if isinstance(value, plain):
        try:
            return repr(value)[:LONGEST] if not isinstance(value, str) else value
        except Exception as error:  # noqa: BLE001  (a user's `__repr__` may raise anything)
            return type(error).__name__
    return type(value).__name__


def _tasks() -> int:
    try:
        return len(asyncio.all_tasks(asyncio.get_event_loop()))
    except RuntimeError:
        return 0


def _rows(history: Any) -> list[Any]:
    """Return what the history's file has of this kernel."""
    history.writeout_cache()
    with closing(sqlite3.connect(history.hist_file)) as file:
        rows = file.execute(
            "select line, source, source_raw from history where session = ? order by line",
            (history.session_number,),
        ).fetchall()
    return [[line, shown(source), shown(raw)] for line, source, raw in rows]
