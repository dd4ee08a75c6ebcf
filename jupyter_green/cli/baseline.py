"""``jupyter green baseline``: what this machine draws while nothing runs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ..meter.baseline import Baseline, BaselineError
from ..meter.baseline_file import baseline_file
from ..meter.idle import NotIdle, measure_baseline
from ..meter.machine_baseline import read_baseline
from ..meter.meter import Meter
from ..printable import printable_lines
from .errors import InputError

NOT_IDLE = 1
"""Exit code."""


def baseline(seconds: float, output: Path | None) -> int:
    """Measure the idle power, print it, and keep it in a file; return the exit code.

    Raises
    ------
    InputError
        For a time that is too short, and where the file cannot be written.
    """
    print(f"reading every sensor for {seconds:g} s …", file=sys.stderr, flush=True)
    with Meter() as meter:
        try:
            found = measure_baseline(meter, seconds)
        except ValueError as error:
            raise InputError(str(error)) from None
        except (NotIdle, RuntimeError) as error:
            print(printable_lines(f"No baseline: {error}"), file=sys.stderr)
            return NOT_IDLE
    if output is not None:
        _write(found, output)
    print(printable_lines(str(found)))
    return 0


def idle_power(named: Path | None) -> Baseline | None:
    """Return the baseline in a file, or in the one where this machine's is kept, if any is.

    Raises
    ------
    InputError
        Where the file has none.
    """
    path = named or baseline_file()
    if path is None:
        return None
    try:
        return read_baseline(path)
    except BaselineError as error:
        raise InputError(str(error)) from None


def _write(found: Baseline, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found.to_dict(), indent=2) + "\n")
        path.chmod(0o644)  # the service is another user
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from None
