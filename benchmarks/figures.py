"""Figures that are kept from one version to the next, and when one of them is lost.

Absolute times are those of one machine. What is kept is a ratio: a time over that of the same work
without a meter, or of a fixed piece of work (`yardstick`) on the same machine; an error over the
truth.
"""

from __future__ import annotations

import json
import os
import platform
import re
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal

from jupyter_green._version import __version__

SCHEMA = "jupyter-green.benchmarks.v1"
DEVIATIONS = 3.0
"""A run of the same code is off by more standard deviations than these in one of some 400."""
OTHER_HARDWARE = 0.5
"""How much of a ratio of times may differ on another kind of machine."""


@dataclass(frozen=True)
class Kept:
    """What is kept of one measurement: which way is better, and how small a change matters."""

    title: str
    unit: str
    better: Literal["lower", "higher"] = "lower"
    is_time: bool = True
    """Whether it depends on the machine; what is measured in virtual time does not."""
    share: float = 0.15
    """The least noise as a share of the ratio: a few runs may happen to agree."""
    least: float = 0.0
    """A change below this is none that anyone would notice, in the unit."""


@dataclass(frozen=True)
class Measured:
    """One measurement: the ratio, and what it is here in usual units."""

    ratio: float
    here: str


@dataclass(frozen=True)
class Figure:
    """A ratio that is kept, and by how much runs of the same code differ from it."""

    name: str
    title: str
    unit: str
    better: Literal["lower", "higher"]
    is_time: bool
    ratio: float
    noise: float
    here: str


@dataclass(frozen=True)
class Figures:
    """What is committed: the figures, when and on what they were measured."""

    when: str
    version: str
    hardware: str
    python: str
    runs: int
    figures: Sequence[Figure]

    def __iter__(self) -> Iterator[Figure]:
        return iter(self.figures)


def figure(name: str, kept: Kept, runs: Sequence[Measured]) -> Figure:
    """Return the median of some runs, and their noise."""
    ratios = [run.ratio for run in runs]
    ratio = statistics.median(ratios)
    scatter = DEVIATIONS * statistics.stdev(ratios) if len(ratios) > 1 else 0.0
    noise = max(scatter, kept.share * abs(ratio), kept.least)
    here = min(runs, key=lambda run: abs(run.ratio - ratio)).here
    return Figure(
        name, kept.title, kept.unit, kept.better, kept.is_time, _rounded(ratio), _rounded(noise),
        here,
    )  # fmt: skip


def figures(kept: Mapping[str, Kept], runs: Sequence[Mapping[str, Measured]]) -> Figures:
    """Return what some runs of all measurements have found."""
    return Figures(
        f"{datetime.now(timezone.utc):%Y-%m-%d}",
        __version__,
        hardware(),
        platform.python_version(),
        len(runs),
        [
            figure(name, kept[name], [run[name] for run in runs if name in run])
            for name in kept
            if any(name in run for run in runs)
        ],
    )


def most_worse(committed: Figure, *, is_same_hardware: bool) -> float:
    """Return by how much a ratio may be worse than the committed one, in its unit."""
    if is_same_hardware or not committed.is_time:
        return committed.noise
    return committed.noise + OTHER_HARDWARE * abs(committed.ratio)


def is_lost(committed: Figure, now: Measured, *, is_same_hardware: bool) -> bool:
    """Whether a ratio is worse than the committed one beyond noise."""
    worse = now.ratio - committed.ratio
    if committed.better == "higher":
        worse = -worse
    return worse > most_worse(committed, is_same_hardware=is_same_hardware)


def write(found: Figures, path: Path) -> None:
    """Write figures as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    record = {"schema": SCHEMA, **asdict(found)}
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read(path: Path) -> Figures:
    """Read figures.

    Raises
    ------
    ValueError
        For a file of another schema.
    """
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if record.pop("schema", None) != SCHEMA:
        raise ValueError(f"{path} is no {SCHEMA}")
    listed: Iterable[Any] = record.pop("figures")
    return Figures(**record, figures=[Figure(**each) for each in listed])


def hardware() -> str:
    """Return the kind of this machine, without naming it."""
    model = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return f"{os.cpu_count()} cores of {model[1] if model else platform.machine()}"


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
