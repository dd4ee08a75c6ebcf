"""A notebook whose kernel died: what its sampler has left becomes the reports of its cells."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..meter.died import report_of_died
from ..meter.summary import Subject
from ..notebook.live.messages import LIVE_MIME_TYPE
from ..notebook.output import compact
from ..report.report import Report
from ..sampler.kept import read_kept

if TYPE_CHECKING:
    from nbformat import NotebookNode

PATIENCE_S = 3.0
"""How long the sampler may take to notice, to read once more, and to write."""
_LOOK_S = 0.05


def write_reports(notebook: NotebookNode, folder: Path, name: str) -> None:
    """Put reports in place of the outputs that still wait for theirs, as far as they are known.

    Parameters
    ----------
    notebook
        Of which a kernel has run some cells, and died.
    folder
        Where its samplers leave what they read, as ``JUPYTER_GREEN_KEPT`` says.
    name
        The notebook's file name.
    """
    waiting = list(_waiting(notebook))
    until_s = time.monotonic() + PATIENCE_S
    while waiting and time.monotonic() < until_s:
        kept = read_kept(folder)
        for cell, output in waiting:
            report = None
            with contextlib.suppress(Exception):  # the notebook is to be written all the same
                report = _report(kept, cell, output.data[LIVE_MIME_TYPE], name)
            if report is not None:
                output.data, output.metadata = compact.bundle(report), dict(compact.METADATA)
        waiting = list(_waiting(notebook))
        if waiting:
            time.sleep(_LOOK_S)


def _waiting(notebook: NotebookNode) -> Iterator[tuple[NotebookNode, NotebookNode]]:
    """Yield the outputs that hold the place of a report, with their cells."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if LIVE_MIME_TYPE in output.get("data", {}):
                yield cell, output


def _report(
    kept: list[list[Any]], cell: NotebookNode, place: dict[str, Any], name: str
) -> Report | None:
    subject = Subject(
        label=place["label"],
        stage=place["stage"],
        cell_id=cell.get("id"),
        execution_count=place["execution_count"],
        notebook=name,
    )
    return report_of_died(kept, place["run_id"], subject, place["started_at"], place["interval_s"])
