"""The report as a user holds it: the data, and what can be made of it.

It is a frozen value. ``to_dict`` gives the JSON that stands in a notebook's
output; ``from_dict`` reads it back and refuses what does not fit: see `record.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..printable import shortened
from ..shown import Shown
from .addition import add
from .fields import ReportFields
from .words import line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from ..carbon.places import Place
    from .comparison import Comparison
    from .emitted import Emitted


class Report(ReportFields, Shown):
    """The result of one window, or of several that were added up.

    What it holds is documented in :class:`~.fields.ReportFields`.
    """

    def __str__(self) -> str:
        """Return the report as one line of text."""
        return line(self)

    def table(self) -> str:
        """Return the line and below it a table with a row for each domain, as text."""
        from .table import domain_table

        return domain_table(self)

    def plot(self, ax: Axes | None = None, *, width_in: float = 7.0) -> Figure:
        """Return a matplotlib figure: watts of each domain, and the joules so far.

        Nothing of ``pyplot`` is touched: ``report.plot().savefig("energy.pdf")`` works
        in any program, and a notebook shows the figure where it is a cell's value.

        Parameters
        ----------
        ax
            Axes to draw in, instead of a figure of its own.
        width_in
            Width of a figure of its own, in inches; 3.5 is a column of a paper.

        Raises
        ------
        ImportError
            Without matplotlib.
        """
        from .figure import figure

        return figure(self, ax, width_in=width_in)

    def to_frame(self) -> DataFrame:
        """Return a pandas DataFrame with a row for each domain, the totals in its ``attrs``.

        Raises
        ------
        ImportError
            Without pandas.
        """
        from .frames import domain_frame

        return domain_frame(self)

    def trace_frame(self) -> DataFrame:
        """Return the curve as a pandas DataFrame: watts by seconds since the begin, by domain.

        Raises
        ------
        ImportError
            Without pandas.
        """
        from .frames import trace_frame

        return trace_frame(self)

    def compare(self, other: ReportFields) -> Comparison:
        """Return how much more or less energy `other` used than this; print it to read it.

        Raises
        ------
        TypeError
            For anything but another report.
        """
        if not isinstance(other, ReportFields):
            raise TypeError(f"a report is compared with a report, not with {_described(other)}")
        from .comparison import Comparison

        return Comparison(reference=self, other=other)

    def emissions(self, place: Place | None = None, *, pue: float | None = None) -> Emitted | None:
        """Return the grams of CO2e of its joules, gross; print them to read what they rest on.

        ``kWh × PUE × grams per kWh``, with the joules' uncertainty carried through; that of the
        intensity is not known. Nothing of it is kept in the report.

        Parameters
        ----------
        place
            Where the machine stands: ``"DE"`` or ``"DEU"``, ``"US-CA"``, grams of CO2e per kWh,
            or a function that returns these; see :func:`jupyter_green.carbon.intensity`. Without
            one, what is set by ``%green place`` or in ``JUPYTER_GREEN_PLACE``. None is guessed.
        pue
            What the building draws for each watt of its computers, 1 or more. Without one, what
            is set beside the place, else 1.0.

        Returns
        -------
        Emitted or None
            ``None`` where no joules could be read.

        Raises
        ------
        TypeError, ValueError
            For a place or a PUE that cannot be one, and where no place is given or set.
        """
        from .emitted import emitted

        return emitted(self, place, pue)

    def __add__(self, other: object) -> Report:
        """Return the report of both together; windows that overlap are refused."""
        if not isinstance(other, Report):
            return NotImplemented
        return add(self, other, Report)

    def __radd__(self, other: object) -> Report:
        """Let ``sum(reports)`` begin with its 0."""
        return self if other == 0 else NotImplemented

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON types, at most 16 KiB when dumped.

        Floats are rounded to what the uncertainty supports; the trace is
        thinned further where many domains would make the record too large.
        """
        from .record import to_record

        return to_record(self)

    @classmethod
    def from_dict(cls, record: Any) -> Report:
        """Read a record back.

        Raises
        ------
        ReportError
            Where the record is of another schema, lacks a field, has a value of the
            wrong type or beyond its limits, or fields that contradict each other. It
            names the field in one short line. Nothing is guessed, and nothing else is
            raised, whatever the record is.
        """
        from .record import from_record

        return from_record(record, cls)


def _described(value: object) -> str:
    """Return a value as an error shows it."""
    return f"{shortened(repr(value), 80)} ({type(value).__name__})"
