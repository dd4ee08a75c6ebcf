"""``jupyter green merge``: the reports of single hosts as one."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from ..cluster.merging import MergeError, merged
from ..printable import printable
from ..report.fields import ReportError
from ..report.report import Report
from ..terminal import say
from .errors import InputError
from .running import text
from .running.output import Output


def merge(files: Sequence[Path], output: Path | None, *, as_json: bool) -> int:
    """Print one report of those in these files, or write it; return the exit code.

    Raises
    ------
    InputError
        Where a file cannot be read, or the reports cannot be one.
    """
    try:
        found = merged([(printable(str(path)), _read(path)) for path in files])
    except MergeError as error:
        raise InputError(str(error)) from None
    shown = text.as_json(found) if as_json else text.of_run(found)
    if output is None:
        say(f"{shown}\n", sys.stdout)
    else:
        Output(output).write(text.as_json(found))
    return 0


def _read(path: Path) -> Report:
    name = printable(str(path))
    try:
        record = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot read {name}: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise InputError(
            f"{name} is no JSON: it takes what `jupyter green run --json -o FILE` writes"
        ) from None
    try:
        return Report.from_dict(record)
    except ReportError as error:
        raise InputError(f"{name} has no report: {error}") from None
