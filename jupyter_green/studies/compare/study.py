"""A comparison as a user holds it: the data, and what can be made of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...shown import Shown
from . import tables, text
from .fields import StudyFields
from .record import from_record, to_record

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


class Study(StudyFields, Shown):
    """A comparison of variants that took turns, as :func:`jupyter_green.compare` returns it.

    Printed, it says its verdicts in a sentence each. What it holds is documented in
    :class:`~.fields.StudyFields`.
    """

    @property
    def verdicts(self) -> tuple[str, ...]:
        """What each pair shows, as a sentence; or why nothing can be compared."""
        return text.verdicts(self)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What stands out about the rounds and how they were run, as sentences."""
        return text.remarks(self)

    def __str__(self) -> str:
        """Return the verdicts, and each remark in a line of its own."""
        return "\n".join((*self.verdicts, *self.remarks))

    def table(self) -> str:
        """Return the verdicts and below them a row for each variant and for each pair, as text."""
        return tables.table(self)

    def to_latex(self) -> str:
        """Return the same rows as a LaTeX table, for the package ``booktabs``; texts escaped."""
        return tables.latex(self)

    def to_frame(self) -> DataFrame:
        """Return a pandas DataFrame with a row for each run; seed and margin in its ``attrs``.

        Raises
        ------
        ImportError
            Without pandas.
        """
        return tables.frame(self)

    def plot(self, *, width_in: float = 7.0) -> Figure:
        """Return a matplotlib figure: the paired rounds, and the ratios with their intervals.

        Nothing of ``pyplot`` is touched.

        Parameters
        ----------
        width_in
            Width of the figure in inches; 3.5 is a column of a paper.

        Raises
        ------
        ImportError
            Without matplotlib.
        """
        from .figure import figure

        return figure(self, width_in=width_in)

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON types, schema ``jupyter-green.study.v1``."""
        return to_record(self)

    @classmethod
    def from_dict(cls, record: Any) -> Study:
        """Read a record back.

        Raises
        ------
        ValueError
            Where the record is of another schema, or does not fit it.
        """
        return from_record(record, cls)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the record to a JSON file: seed, order and every run's report."""
        record = json.dumps(self.to_dict(), ensure_ascii=False, indent=1, allow_nan=False)
        Path(path).write_text(record + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Study:
        """Read a study from a file that :meth:`save` has written.

        Raises
        ------
        ValueError
            Where it is no JSON, or no record of a study.
        """
        return cls.from_dict(json.loads(Path(path).read_text(encoding="utf-8")))
