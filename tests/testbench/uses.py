"""What is done with a report that was read: it is printed, written, added up, compared, plotted.

Each use raises or fails an assertion where something is wrong; what was printed is returned.
"""

from __future__ import annotations

import io
import json
import math
import re
import unicodedata
import warnings
from collections.abc import Iterator
from typing import Any

from jupyter_green.notebook.output import bundle, compact, summary
from jupyter_green.report.addition import sum_of
from jupyter_green.report.fields import ReportError
from jupyter_green.report.report import Report

LONGEST_LINE = 2000
_DIRECTIONS = frozenset(
    map(chr, (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
)
_ASCII = re.compile("[ -~\n]*")


def unfit(text: str) -> list[str]:
    """Return the characters that no terminal and no page should get, line breaks excepted."""
    if _ASCII.fullmatch(text):
        return []
    return [
        character
        for character in dict.fromkeys(text)
        if character in _DIRECTIONS
        or (character != "\n" and unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"))
    ]


def printed(report: Report) -> Iterator[str]:
    """Yield a report as each view shows it."""
    line = str(report)
    assert "\n" not in line
    assert len(line) <= LONGEST_LINE
    yield line
    yield report.table()
    yield bundle.html(report)
    yield compact.html(report)
    yield summary.line(report)


def used(report: Report, beside: Report) -> None:
    """Print, write, add up and compare a report."""
    written = report.to_dict()
    json.dumps(written, allow_nan=False)
    assert Report.from_dict(written).to_dict() == written
    for text in printed(report):
        assert not unfit(text), unfit(text)
    twice = sum_of([report, report], Report)
    assert not unfit(str(twice))
    _added(report, beside)
    for comparison in (report.compare(report), beside.compare(report), report.compare(beside)):
        assert not unfit(str(comparison))
    _reread(twice)


def _added(report: Report, beside: Report) -> None:
    said = ""
    try:
        both = report + beside
    except ValueError as error:
        said = str(error)
    if said:  # the same window, or the same time
        assert "count twice" in said
        assert not unfit(said)
    else:
        _reread(both)
        assert not unfit(str(both))


def _reread(report: Report) -> None:
    """Read a sum back; what is above all limits is refused for that alone."""
    said = ""
    try:
        Report.from_dict(report.to_dict())
    except ReportError as error:
        said = str(error)
    assert not said or "too large" in said, said


def framed(report: Report) -> None:
    """Make the frames, and print them."""
    for frame in (report.to_frame(), report.trace_frame()):
        assert not unfit(repr(frame))
        assert not unfit(repr(frame.attrs)), frame.attrs


def plotted(report: Report) -> None:
    """Draw the figure as a picture."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of glyphs that the font lacks, of axes without height
        report.plot().savefig(io.BytesIO(), format="svg")


def lost(record: Any, written: Any) -> list[str]:
    """Return what a record does not get back when it was read and written again.

    Names that the schema does not know are left out, numbers rounded to what their
    uncertainty supports, curves thinned where the record would be too large.
    """
    domains_j = (domain["uncertainty_j"] for domain in record["domains"])
    most_j = max((record["uncertainty_j"] or 0.0, *domains_j))
    return [place for place in _lost(record, written, "", most_j) if not place.startswith(".trace")]


def _lost(before: Any, after: Any, place: str, most_j: float) -> Iterator[str]:
    if isinstance(after, dict) and isinstance(before, dict):
        for name in after:
            if name not in before:
                yield f"{place}.{name}"
            else:
                yield from _lost(before[name], after[name], f"{place}.{name}", most_j)
    elif isinstance(after, list) and isinstance(before, list):
        if len(after) != len(before):
            yield place
        for index, (a, b) in enumerate(zip(before, after, strict=False)):
            yield from _lost(a, b, f"{place}[{index}]", most_j)
    elif isinstance(after, (int, float)) and isinstance(before, (int, float)):
        if not math.isclose(before, after, rel_tol=0.06, abs_tol=max(5e-5, most_j / 100)):
            yield place
    elif after != before:
        yield place
