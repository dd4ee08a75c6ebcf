"""CSV (RFC 4180, UTF-8): a row for each window."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO

from .selection import Selection, Written
from .texts import encodable, spreadsheet_safe
from .windows import rows, types


def write(selection: Selection, out: BinaryIO) -> Written:
    """Write the windows as CSV."""
    return Written(write_rows(out, list(types(selection)), rows(selection)))


def write_rows(out: BinaryIO, columns: Sequence[str], found: Iterable[Mapping[str, Any]]) -> int:
    """Write a header and rows as they come; return how many these were."""
    text = io.TextIOWrapper(out, encoding="utf-8", newline="")
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    count = 0
    for row in found:
        writer.writerow({name: encodable(spreadsheet_safe(value)) for name, value in row.items()})
        count += 1
    text.detach()  # what is written goes on; closing it would close the file
    return count
