"""The joules of a model's layers, as a user holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...shown import Shown
from .fields import LayersFields
from .text import text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame


class Layers(LayersFields, Shown):
    """The result of :func:`jupyter_green.layers`; print it to read it.

    What it holds is documented in :class:`~.fields.LayersFields`.
    """

    def __str__(self) -> str:
        """Return a table of the layers, the totals by type, and what is left."""
        return text(self)

    def plot(self, ax: Axes | None = None, *, width_in: float = 7.0) -> Figure:
        """Return a matplotlib figure: the share of each layer, with its interval.

        Parameters
        ----------
        ax
            Axes to draw in, instead of a figure of its own.
        width_in
            Width of a figure of its own, in inches.

        Raises
        ------
        ImportError
            Without matplotlib.
        """
        from .figure import figure

        return figure(self, ax, width_in=width_in)

    def to_frame(self) -> DataFrame:
        """Return a pandas DataFrame with a row for each call, the residual and the whole.

        Raises
        ------
        ImportError
            Without pandas.
        """
        from .frame import frame

        return frame(self)
