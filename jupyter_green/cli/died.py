"""A notebook whose kernel died: what its sampler has left becomes the reports of its cells."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..meter.died import as_lower_bound, report_of_died
from ..meter.summary import Subject
from ..notebook.live.messages import LIVE_MIME_TYPE
from ..notebook.output import compact
from ..report.report import Report
from ..sampler.kept import read_kept
from ..sampler.last_sample import cut_short, with_last_sample

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
    until_s = time.monotonic() + PATIENCE_S
    with contextlib.suppress(Exception):  # the notebook is to be written all the same
        while any(_waiting(notebook)) and time.monotonic() < until_s:
            _write(notebook, with_last_sample(read_kept(folder)), name, lambda report: report)
            if any(_waiting(notebook)):
                time.sleep(_LOOK_S)
        # Of what a service has said there is all but the end, where it is gone as well.
        _write(notebook, cut_short(read_kept(folder)), name, as_lower_bound)


def _write(
    notebook: NotebookNode,
    kept: list[list[Any]],
    name: str,
    as_known: Callable[[Report], Report],
) -> None:
    """Write the reports that can be made of some messages, each as it is known."""
    for cell, output in _waiting(notebook):
        report = None
        with contextlib.suppress(Exception):  # the others may be known
            report = _report(kept, cell, output.data[LIVE_MIME_TYPE], name)
        if report is not None:
            output.data = compact.bundle(as_known(report))
            output.metadata = dict(compact.METADATA)


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
