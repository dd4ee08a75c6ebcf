"""JSON lines: for each window its columns, and the report with its curve."""

from __future__ import annotations

import json
from typing import BinaryIO

from .selection import Selection, Written
from .texts import encodable
from .windows import rows_with_reports


def write(selection: Selection, out: BinaryIO) -> Written:
    """Write the windows as JSON, one a line, in UTF-8."""
    count = 0
    for row, report in rows_with_reports(selection):
        line = {**row, "metrics": dict(report.metric), "report": report.to_dict()}
        out.write(json.dumps(encodable(line), ensure_ascii=False, allow_nan=False).encode())
        out.write(b"\n")
        count += 1
    return Written(count)
