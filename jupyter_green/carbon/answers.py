"""What providers have answered and when they failed, kept in a file between commands."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .intensity import Intensity

NAME = "intensity.json"
FIRST_WAIT_S = 30.0
LONGEST_WAIT_S = 3600.0
RECENT_S = 86400.0
"""Figures of the last day may still be put right by who publishes them."""
LASTS_RECENT_S = 300.0
LASTS_S = 30 * 86400.0
_MOST = 200


class NoAnswer(Exception):  # noqa: N818  (what it is, not an error of ours)
    """A provider gives no figure. The message is one line that says why."""


class NotAsked(NoAnswer):
    """A provider has no figure for what it is asked, so no server was: it is not let alone."""


class Answers:
    """The answers of one ledger's folder; where it cannot be read or written there are none.

    Parameters
    ----------
    folder
        The ledger's. The file is for nobody but the user.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / NAME
        self._kept = self._read()

    def of(self, key: str, end_s: float, now_s: float) -> tuple[Intensity, float] | None:
        """Return an answer that still holds, and its age in seconds."""
        lasts_s = LASTS_RECENT_S if end_s > now_s - RECENT_S else LASTS_S
        with contextlib.suppress(KeyError, TypeError, ValueError):
            kept = self._kept["answers"][key]
            age_s = now_s - kept["at_s"]
            if 0 <= age_s < lasts_s:
                return Intensity(**kept["intensity"]), age_s
        return None

    def wait_s(self, provider: str, now_s: float) -> float:
        """Return for how long a provider that failed is not asked, 0 for one that may be."""
        with contextlib.suppress(KeyError, TypeError, ValueError):
            left_s = float(self._kept["faults"][provider]["until_s"]) - now_s
            if 0 < left_s <= LONGEST_WAIT_S:  # else a clock was set
                return left_s
        return 0.0

    def keep(self, key: str, provider: str, intensity: Intensity, now_s: float) -> None:
        """Keep an answer, and forget that the provider failed."""
        answers = self._part("answers")
        answers.pop(key, None)
        answers[key] = {"at_s": now_s, "intensity": asdict(intensity)}
        for oldest in list(answers)[:-_MOST]:
            del answers[oldest]
        self._part("faults").pop(provider, None)
        self._write()

    def failed(self, provider: str, now_s: float) -> float:
        """Keep that a provider failed; return for how long it is not asked: twice the last time."""
        faults = self._part("faults")
        wait_s = FIRST_WAIT_S
        with contextlib.suppress(KeyError, TypeError, ValueError):
            wait_s = min(max(2 * float(faults[provider]["wait_s"]), FIRST_WAIT_S), LONGEST_WAIT_S)
        faults[provider] = {"until_s": now_s + wait_s, "wait_s": wait_s}
        self._write()
        return wait_s

    def _part(self, name: str) -> dict[str, Any]:
        part = self._kept.get(name)
        if not isinstance(part, dict):
            part = self._kept[name] = {}
        return part

    def _read(self) -> dict[str, Any]:
        try:
            kept = json.loads(self._file.read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        return kept if isinstance(kept, dict) else {}

    def _write(self) -> None:
        with contextlib.suppress(OSError):
            handle, path = tempfile.mkstemp(dir=self._file.parent, prefix=f".{NAME}-")  # 0600
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump(self._kept, file)
                Path(path).replace(self._file)
            except OSError:
                Path(path).unlink(missing_ok=True)
                raise
