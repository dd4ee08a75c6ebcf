"""What of a ledger is exported, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from ..carbon.emissions import J_PER_KWH
from ..ledger.emitted import Factor
from ..ledger.metered import Metered
from ..ledger.questions import book_what_waits, read
from ..ledger.reports import reports
from ..ledger.slices import slices
from ..report.report import Report


@dataclass(frozen=True)
class Selection:
    """Windows of a ledger.

    Parameters
    ----------
    ledger
        Its folder.
    since_s, until_s
        Seconds since 1970 between which they began; ``None`` for no limit.
    project
        The project's folder, or the last part of it; ``None`` for all.
    factor
        For CO2e; without it there are no grams.
    replaces
        The file whose place the export takes.
    """

    ledger: Path
    since_s: float | None = None
    until_s: float | None = None
    project: str | None = None
    factor: Factor | None = None
    replaces: Path | None = None

    def windows(self) -> Iterator[tuple[Metered, Report]]:
        """Yield each window with its report, in the order of their begins.

        They are read some at a time, however many there are.
        """
        book_what_waits(self.ledger)
        for since_s, until_s in slices(self.ledger, self.since_s, self.until_s):
            yield from reports(self.ledger, since_s, until_s, self.project)

    def metered(self) -> list[Metered]:
        """Return the windows without their reports, in the order of their begins."""
        return read(self.ledger, self.since_s, self.until_s, self.project)


class Written(NamedTuple):
    """What was written: how many windows, and what their reader should know."""

    windows: int
    notes: tuple[str, ...] = ()


class Write(Protocol):
    """A form: a function that writes windows as bytes, the same ones for the same windows."""

    def __call__(self, selection: Selection, out: BinaryIO) -> Written:
        """Write what was chosen.

        Raises
        ------
        ValueError
            Where the form has no room for it. The message names the remedy.
        ImportError
            Where a package is missing that the form needs.
        """
        ...


def kwh(energy_j: float) -> float:
    """Return joules as kilowatt-hours, with the nine digits that no sensor exceeds."""
    return float(f"{energy_j / J_PER_KWH:.9g}")
