"""What a program says that it achieved in a window, until the window's report is made."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from ..report.report import Report
from .recording import Recording


class Achieving(ABC):
    """A window as the program tells it what its joules were for."""

    recording: Recording
    _report: Report | None = None
    """Once it is made, it stays as it is."""

    def log(self, metrics: Mapping[str, object] | None = None, /, **named: object) -> None:
        """Keep what was achieved beside the joules: ``log(acc=0.9)``.

        It may be called from the begin until the report is made, which :attr:`report` does;
        a later value of a metric takes the place of the earlier one.

        Parameters
        ----------
        metrics, named
            Finite numbers by name, also as scalars of numpy or torch.

        Raises
        ------
        TypeError, ValueError
            For what is no finite number, and for a name without letters.
        RuntimeError
            Once the report was made.
        """
        self._require_no_report("log")
        self.recording.outcome.log({**(metrics or {}), **named})
        self._book()

    def count(self, number: object, unit: object) -> None:
        """Count units of work that were done, for joules per unit: ``count(512, "token")``.

        It may be called as long as :meth:`log`; the numbers add up.

        Raises
        ------
        TypeError, ValueError
            For a number that is not above 0, a unit without letters, and for a second unit.
        RuntimeError
            Once the report was made.
        """
        self._require_no_report("count")
        self.recording.outcome.count(number, unit)
        self._book()

    def note(self, sentence: str) -> None:
        """Keep a sentence on what could not be told; once the report was made it does nothing."""
        if self._report is None:
            self.recording.outcome.note(sentence)
            self._book()

    @abstractmethod
    def _book(self) -> None:
        """Hand the report in again, if the window has ended."""

    def _require_no_report(self, what: str) -> None:
        if self._report is not None:
            raise RuntimeError(
                f"the report of this window is made and stays as it is: call {what}() in the "
                "block, or before the report is asked for"
            )
