"""``%green doctor``: the diagnosis as a cell's output."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from IPython.display import display

from ..doctor.examination import SECONDS, Absence, Diagnosis, examine
from ..doctor.text import HEADS, cells, place_lines, remarks, text, verdict
from ..meter.shared import shared_meter
from .output.markup import markup

_CELL = "padding:2px 10px 2px 0;text-align:left;white-space:nowrap"
_CODE = re.compile("`([^`]+)`")


def show(seconds: float = SECONDS) -> None:
    """Measure for some seconds, and show what was seen."""
    waiting = f"reading every sensor for {seconds:g} s …"
    handle = display(
        {"text/plain": waiting, "text/html": f"<p>{waiting}</p>"}, raw=True, display_id=True
    )
    try:
        diagnosis = examine(shared_meter(), seconds)
    except KeyboardInterrupt:
        handle.update({"text/plain": "interrupted", "text/html": "<p>interrupted</p>"}, raw=True)
        raise
    handle.update(bundle(diagnosis), raw=True)


def bundle(diagnosis: Diagnosis) -> dict[str, Any]:
    """Return a diagnosis as a MIME bundle."""
    return {"text/html": html(diagnosis), "text/plain": text(diagnosis)}


def html(diagnosis: Diagnosis) -> str:
    """Return a diagnosis as HTML that needs neither scripts nor styles of its own."""
    return "".join(_parts(diagnosis))


def _parts(diagnosis: Diagnosis) -> Iterator[str]:
    yield f"<div><p><strong>{markup(verdict(diagnosis))}</strong></p>"
    if diagnosis.sensors:
        yield f"<table><thead>{_row('th', HEADS)}</thead><tbody>"
        yield from (_row("td", cells(sensor)) for sensor in diagnosis.sensors)
        yield "</tbody></table>"
    yield _list(_prose(remark) for remark in remarks(diagnosis))
    if diagnosis.missing:
        yield "<p>Not read here:</p>"
        yield _list(_absence(each) for each in diagnosis.missing)
    yield _list(_prose(line) for line in place_lines(diagnosis))
    yield "</div>"


def _row(tag: str, texts: Iterable[str]) -> str:
    parts = (f'<{tag} style="{_CELL}">{markup(each)}</{tag}>' for each in texts)
    return f"<tr>{''.join(parts)}</tr>"


def _absence(absence: Absence) -> str:
    ways = []
    for remedy in absence.remedies:
        exposes = f" ({_prose(remedy.exposes)})" if remedy.exposes else ""
        command = f":<br><code>{markup(remedy.command)}</code>" if remedy.command else "."
        ways.append(f"{_prose(remedy.text)}{exposes}{command}")
    reason = _prose(absence.reason.rstrip("."))
    return f"<strong>{markup(absence.id)}</strong>: {reason}.{_list(ways)}"


def _list(items: Iterable[str]) -> str:
    entries = "".join(f"<li>{item}</li>" for item in items)
    return f"<ul>{entries}</ul>" if entries else ""


def _prose(line: str) -> str:
    return _CODE.sub(r"<code>\1</code>", markup(line))
