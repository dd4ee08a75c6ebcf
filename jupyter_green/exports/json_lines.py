"""JSON lines: for each window its columns, the pause before it, the report with its curve."""

from __future__ import annotations

import json
from itertools import islice
from typing import Any, BinaryIO

from ..ledger.metered import Metered, device_of
from ..ledger.questions import pauses_before
from ..report.report import Report
from .selection import Selection, Written
from .texts import encodable
from .windows import whole_row

_AT_ONCE = 500
"""Windows whose pauses are asked for together."""


def write(selection: Selection, out: BinaryIO) -> Written:
    """Write the windows as JSON, one a line, in UTF-8."""
    count = 0
    found = selection.windows()
    while some := list(islice(found, _AT_ONCE)):
        pauses = pauses_before(selection.ledger, (metered.run_id for metered, _ in some))
        for metered, report in some:
            line = {
                **whole_row(selection, metered, report),
                "metrics": dict(report.metric),
                **_edges(metered),
                **_pause(pauses.get(metered.run_id), report),
                "report": report.to_dict(),
            }
            out.write(json.dumps(encodable(line), ensure_ascii=False, allow_nan=False).encode())
            out.write(b"\n")
        count += len(some)
    return Written(count)


def _pause(pause: Metered | None, report: Report) -> dict[str, Any]:
    """Return what the session used before a window, as its meter handed it in; ``{}`` for none."""
    if pause is None or pause.span is None:
        return {}
    of_device = {part.device: [part.energy_j, part.uncertainty_j] for part in pause.parts}
    names = {domain.id: device_of(domain) for domain in report.domains.values() if domain.counted}
    used = {name: of_device[device] for name, device in names.items() if device in of_device}
    return {"pause": {"begin_ns": pause.span[1], "domains": used}}


def _edges(metered: Metered) -> dict[str, int | None]:
    """Return both edges by the clock of the host's boot, by which windows are at the same time."""
    _, begin_ns, end_ns = metered.span or (None, None, None)
    return {"begin_ns": begin_ns, "end_ns": end_ns}
