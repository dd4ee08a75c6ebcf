"""The report of a window of which nothing could be read."""

from __future__ import annotations

import uuid
from typing import Any

from .._version import __version__
from ..sources.base import Missing
from .fields import ReportTrace
from .report import Report


def unmeasured(
    missing: Missing,
    *,
    status: str,
    started_at: str,
    duration_s: float,
    interval_s: float,
    run_id: str | None = None,
    **subject: Any,
) -> Report:
    """Return a report without joules that says why there are none.

    Parameters
    ----------
    missing
        What is missing, why, and what to do about it.
    run_id
        The window's; a new one where there was no window.
    subject
        What the window was about, by the fields of a report.
    """
    return Report(
        run_id=run_id or uuid.uuid4().hex,
        status=status,
        started_at=started_at,
        duration_s=duration_s,
        energy_j=None,
        uncertainty_j=None,
        provenance=None,
        mean_power_w=None,
        peak_power_w=None,
        domains={},
        missing=(missing,),
        trace=ReportTrace(),
        gaps=(),
        meter_version=__version__,
        interval_s=interval_s,
        **subject,
    )
