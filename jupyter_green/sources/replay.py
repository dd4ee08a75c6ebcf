"""Replay: plays back a recorded trace, over and over, as if it were a machine's sensors.

For demonstrations and for work on views where there is no hardware. The file is a
saved report (``jupyter-green.report.v1``, as it stands in a notebook's output) or a
table ``t_s,domain,power_w``. The power between two points is linear, so energy is
the exact integral of that curve, and a replayed window's joules are those of the
curve. Nothing is measured, and every domain says so.
"""

from __future__ import annotations

import csv
import json
import math
import time
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from ..flags import REPLAYED
from .base import Domain, Found, Missing, Provenance, Reading, Scale, Source
from .variables import REPLAY_VARIABLE

SCHEMA = "jupyter-green.report.v1"
TABLE_COLUMNS = ("t_s", "domain", "power_w")
TABLE_RESOLUTION_S = 0.01

NOTE = "replayed from a recording, not measured"

REMEDY = (
    f"Set {REPLAY_VARIABLE} to a saved report ({SCHEMA}, as JSON) or to a CSV table with the "
    f"columns {','.join(TABLE_COLUMNS)}; unset it to read this machine. Then restart the kernel."
)


class RecordingError(ValueError):
    """A recording that cannot be played. The message says what is wrong with it."""


class Curve:
    """Power over time, piecewise linear, repeated for ever.

    Parameters
    ----------
    points
        (seconds, watts) in order of time, at least two, over more than no time.
    """

    def __init__(self, points: Sequence[tuple[float, float]]) -> None:
        if len(points) < 2 or points[-1][0] <= points[0][0]:
            raise RecordingError("a curve needs two points at different times")
        if any(b[0] < a[0] for a, b in pairwise(points)):
            raise RecordingError("the times of a curve do not increase")
        self._t_s = [t_s - points[0][0] for t_s, _ in points]
        self._power_w = [power_w for _, power_w in points]
        steps_j = ((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in pairwise(points))
        self._energy_j = list(accumulate(steps_j, initial=0.0))

    @property
    def duration_s(self) -> float:
        """How long one round takes."""
        return self._t_s[-1]

    def power_w(self, t_s: float) -> float:
        """Return the power at a time since the beginning."""
        at, share = self._place(t_s % self.duration_s)
        before_w, after_w = self._power_w[at : at + 2]
        return before_w + (after_w - before_w) * share

    def energy_j(self, t_s: float) -> float:
        """Return the energy since the beginning."""
        rounds, within_s = divmod(t_s, self.duration_s)
        at, share = self._place(within_s)
        before_w, after_w = self._power_w[at : at + 2]
        step_s = self._t_s[at + 1] - self._t_s[at]
        part_j = step_s * share * (before_w + (after_w - before_w) * share / 2)
        return rounds * self._energy_j[-1] + self._energy_j[at] + part_j

    def _place(self, t_s: float) -> tuple[int, float]:
        """Return the number of the step that a time falls into, and how far it is through it."""
        at = min(bisect_right(self._t_s, t_s), len(self._t_s) - 1) - 1
        return at, (t_s - self._t_s[at]) / (self._t_s[at + 1] - self._t_s[at])


@dataclass(frozen=True)
class _Track:
    domain: Domain
    curve: Curve


class Replay(Source):
    """Plays every domain of a recording from the moment it is opened."""

    name = "replay"
    may_hang = False

    def __init__(self, tracks: Sequence[_Track]) -> None:
        self._tracks = list(tracks)
        self._begin_ns = time.monotonic_ns()

    @property
    def domains(self) -> Sequence[Domain]:
        """The domains of the recording."""
        return [track.domain for track in self._tracks]

    def read(self, index: int) -> Reading:
        """Return the energy since the opening, in µJ, and the power, as of the last refresh."""
        track = self._tracks[index]
        t_ns = time.monotonic_ns()
        since_s = (t_ns - self._begin_ns) * 1e-9
        shown_s = since_s - since_s % track.domain.resolution_s
        counter_uj = round(track.curve.energy_j(shown_s) * 1e6)
        return Reading(t_ns, counter_uj, track.curve.power_w(shown_s))

    def close(self) -> None:
        """There is nothing to close."""


def probe(path: Path) -> Found:
    """Open the recording at `path`; a file that cannot be played is missing, with the remedy."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        tracks = _tracks_of_table(text) if path.suffix == ".csv" else _tracks_of_report(text)
    except OSError as error:
        reason = f"{path} cannot be read: {error.strerror}"
    except ValueError as error:  # of encoding, JSON, or ours
        reason = f"{path} cannot be played: {error}"
    else:
        return Found(Replay(tracks))
    return Found(missing=(Missing("replay", reason, REMEDY),))


# --- a table --------------------------------------------------------------------------------


def _tracks_of_table(text: str) -> list[_Track]:
    rows = csv.DictReader(text.splitlines())
    absent = [name for name in TABLE_COLUMNS if name not in (rows.fieldnames or ())]
    if absent:
        raise RecordingError(f"it has no column {', '.join(absent)}")
    points: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        try:
            t_s, power_w = _power_point(float(row["t_s"]), float(row["power_w"]))
        except (TypeError, ValueError):
            raise RecordingError(f"line {rows.line_num} has no time and power") from None
        points.setdefault(row["domain"], []).append((t_s, power_w))
    if not points:
        raise RecordingError("it has no rows")
    times_s = [t_s for curve in points.values() for t_s, _ in curve]
    return [
        _Track(
            _domain(id_, id_, Provenance.POWER, TABLE_RESOLUTION_S),
            Curve(_held(curve, min(times_s), max(times_s))),
        )
        for id_, curve in points.items()
    ]


# --- a report -------------------------------------------------------------------------------


def _tracks_of_report(text: str) -> list[_Track]:
    record = json.loads(text)
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        raise RecordingError(f"it is not a report of schema {SCHEMA}")
    try:
        times_s = [float(t_s) for t_s in record["trace"]["t_s"]]
        curves = record["trace"]["power_w"]
        tracks = [
            _track(entry, times_s, curves.get(entry["id"]), float(record["duration_s"]))
            for entry in record["domains"]
        ]
    except (AttributeError, KeyError, TypeError) as error:
        raise RecordingError(f"a field is absent or of another type: {error}") from None
    if not tracks:
        raise RecordingError("it has no domains")
    return tracks


def _track(
    entry: Mapping[str, Any],
    times_s: Sequence[float],
    powers_w: Sequence[float | None] | None,
    duration_s: float,
) -> _Track:
    """Make a track of a domain's record, at its mean power where it has no curve."""
    if powers_w is not None and len(powers_w) != len(times_s):
        raise RecordingError(f"the curve of {entry['id']} is not as long as its times")
    points = [
        _power_point(t_s, power_w)
        for t_s, power_w in zip(times_s, powers_w or (), strict=False)
        if power_w is not None
    ]
    if points:
        points = _held(points, times_s[0], times_s[-1])
    else:
        mean_w = entry["mean_power_w"]
        points = [_power_point(0.0, mean_w), _power_point(duration_s, mean_w)]
    provenance = Provenance(entry["provenance"])
    domain = _domain(
        entry["id"],
        entry["device"],
        provenance,
        entry["resolution_s"],
        counted=entry["counted"],
        scale=entry.get("scale"),
    )
    return _Track(domain, Curve(points))


def _power_point(t_s: float, power_w: float) -> tuple[float, float]:
    if not (math.isfinite(t_s) and math.isfinite(power_w)):
        raise RecordingError("a time or a power is not a finite number")
    if power_w < 0:
        raise RecordingError(f"the power at {t_s:g} s is negative")
    return t_s, power_w


def _held(
    points: Sequence[tuple[float, float]], begin_s: float, end_s: float
) -> list[tuple[float, float]]:
    """Hold a curve's first and last power to both ends, so that all domains go round together."""
    held = list(points)
    if points[0][0] > begin_s:
        held.insert(0, (begin_s, points[0][1]))
    if points[-1][0] < end_s:
        held.append((end_s, points[-1][1]))
    return held


def _domain(
    id_: str,
    device: str,
    provenance: Provenance,
    resolution_s: float,
    *,
    counted: bool = True,
    scale: Mapping[str, Any] | None = None,
) -> Domain:
    if not 0 < resolution_s < math.inf:
        raise RecordingError(f"the resolution of {id_} is {resolution_s!r}")
    return Domain(
        id=id_,
        device=device,
        source=Replay.name,
        provenance=provenance,
        resolution_s=resolution_s,
        counted=counted,
        unit_j=1e-6,
        scale=Scale(**scale) if scale else None,
        note=NOTE,
        flags=(REPLAYED,),
    )
