"""``jupyter green doctor``: what can be measured on this machine, what cannot, and what to do."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable

from ..doctor.examination import Diagnosis, examine
from ..meter.meter import Meter
from .errors import InputError


def doctor(seconds: float, render: Callable[[Diagnosis], str]) -> int:
    """Measure for some seconds and print what was seen; return the diagnosis's exit code."""
    print(f"reading every sensor for {seconds:g} s …", file=sys.stderr, flush=True)
    with Meter() as meter:
        try:
            diagnosis = examine(meter, seconds)
        except ValueError as error:
            raise InputError(str(error)) from None
    try:
        print(render(diagnosis), flush=True)
    except BrokenPipeError:  # whoever reads has seen enough; nothing more is to be written
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return diagnosis.exit_code


def as_json(diagnosis: Diagnosis) -> str:
    """Return a diagnosis as JSON."""
    return json.dumps(diagnosis.to_dict(), indent=2)
