"""What a search used, as a user holds it: the data, and what can be made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...printable import printable
from ...shown import Shown
from . import text
from .parts import SearchParts

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


class SearchEnergy(SearchParts, Shown):
    """What a search used; print it to read it.

    What it holds is documented in :class:`~.parts.SearchParts`.
    """

    def plot(self) -> Figure:
        """Return a matplotlib figure: the best value so far against the joules so far.

        Raises
        ------
        ImportError
            Without matplotlib.
        """
        from .figure import figure

        return figure(self)

    def to_frame(self) -> DataFrame:
        """Return a pandas DataFrame with a row for each trial.

        Raises
        ------
        ImportError
            Without pandas.
        """
        from .frame import frame

        return frame(self)

    def __str__(self) -> str:
        """Return the figures, one in a line, and what is missing."""
        lines = [text.heading(self), *text.lines(self), *self.notes]
        return "\n".join(map(printable, lines))
