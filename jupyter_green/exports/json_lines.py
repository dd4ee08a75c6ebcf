"""JSON lines: for each window its columns, and the report with its curve."""

from __future__ import annotations

import json
from typing import BinaryIO

from ..ledger.metered import Metered
from .selection import Selection, Written
from .texts import encodable
from .windows import whole_row


def write(selection: Selection, out: BinaryIO) -> Written:
    """Write the windows as JSON, one a line, in UTF-8."""
    count = 0
    for metered, report in selection.windows():
        line = {
            **whole_row(selection, metered, report),
            "metrics": dict(report.metric),
            **_edges(metered),
            "report": report.to_dict(),
        }
        out.write(json.dumps(encodable(line), ensure_ascii=False, allow_nan=False).encode())
        out.write(b"\n")
        count += 1
    return Written(count)


def _edges(metered: Metered) -> dict[str, int | None]:
    """Return both edges by the clock of the host's boot, by which windows are at the same time."""
    _, begin_ns, end_ns = metered.span or (None, None, None)
    return {"begin_ns": begin_ns, "end_ns": end_ns}
