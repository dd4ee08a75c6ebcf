"""The joules of a study's trials as user attributes of the study, and back.

Nothing can be written to a trial of Optuna once it has finished, and its joules are final a little
later. So the study has them, written beside its trials: no trial waits for a figure or a database.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import optuna

from ...report.fields import ReportTrace
from ...report.report import Report
from ...report.scale import ScaleShare
from .turns import Turn

PREFIX = "energy "
"""How the names of the attributes begin; the process that metered and a number follow."""
TURNS_EACH = 50
"""Turns in one attribute: some 20 kB, which each database takes."""

_KEPT = (
    *("run_id", "status", "label", "started_at", "duration_s", "host", "meter_version"),
    *("interval_s", "energy_j", "uncertainty_j", "provenance"),
)


@dataclass(frozen=True)
class Record:
    """What a study keeps of one turn."""

    trials: tuple[int, ...]
    """Those that ran in it: one, several side by side, or none."""
    report: Report
    """Without domains: only what sums and figures need is kept."""
    why: str | None
    """Why it has no joules."""


class Records:
    """Writes the final figures of this process's turns into a study."""

    def __init__(self) -> None:
        self._process = uuid.uuid4().hex[:8]
        """Several processes may work on a study: none writes over what is another's."""
        self._written: list[int] = []
        """How many turns each attribute holds."""

    def write(self, study: optuna.Study, turns: Sequence[Turn]) -> None:
        """Write those that are final and were not written before.

        Raises
        ------
        Exception
            What the study's storage raises; the next time tries again.
        """
        for number, first in enumerate(range(0, len(turns), TURNS_EACH)):
            if number == len(self._written):
                self._written.append(0)
            if self._written[number] == TURNS_EACH:
                continue
            final = [turn for turn in turns[first : first + TURNS_EACH] if turn.final is not None]
            if len(final) > self._written[number]:
                study.set_user_attr(f"{PREFIX}{self._process} {number}", [*map(_packed, final)])
                self._written[number] = len(final)


def read(study: optuna.Study) -> Iterator[Record]:
    """Yield what a study keeps of its turns, by whichever process; not what cannot be read."""
    for name, packed in study.user_attrs.items():
        if name.startswith(PREFIX) and isinstance(packed, Sequence):
            yield from filter(None, map(_unpacked, packed))


def record_of(turn: Turn) -> Record:
    """Return what is kept of a turn of this process; waits for its final figure."""
    report = turn.report
    return Record(tuple(turn.trials), report, turn.why_none)


def _packed(turn: Turn) -> dict[str, Any]:
    record = record_of(turn)
    report = record.report
    found: dict[str, Any] = {"trials": list(record.trials)}
    found |= {name: getattr(report, name) for name in _KEPT}
    found["scales"] = [list(share) for share in report.scales]
    return found if record.why is None else {**found, "why": record.why}


def _unpacked(packed: Mapping[str, Any]) -> Record | None:
    """Read :func:`_packed` back, ``None`` for what another version has written."""
    try:
        energy_j, duration_s = packed["energy_j"], packed["duration_s"]
        has_power = energy_j is not None and duration_s > 0
        report = Report(
            **{name: packed[name] for name in _KEPT},
            mean_power_w=energy_j / duration_s if has_power else None,
            peak_power_w=None,
            domains={},
            missing=(),
            trace=ReportTrace(),
            gaps=(),
            sum_scales=tuple(ScaleShare(*part) for part in packed["scales"]),
        )
        return Record(tuple(map(int, packed["trials"])), report, packed.get("why"))
    except (KeyError, TypeError, ValueError):
        return None
