"""``%green doctor``: the diagnosis as a cell's output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..doctor.examination import Absence, Diagnosis, Sensor, examine
from ..doctor.seconds import SECONDS
from ..doctor.text import HEADS, READ, SEEN, cells, place_lines, remarks, text, verdict
from ..meter.shared import shared_meter
from ..terminal import say
from .output.end_display import display_in
from .output.latex import table_bundle
from .output.markup import markup, prose

_CELL = "padding:2px 10px 2px 0;text-align:left"


def show(shell: Any, seconds: float = SECONDS) -> None:
    """Measure for some seconds, and show what was seen."""
    waiting = f"reading every sensor for {seconds:g} s …"
    if getattr(shell, "kernel", None) is None:
        say(f"{waiting}\n")
        say(f"{text(examine(shared_meter(), seconds))}\n")
        return
    place = display_in(shell)
    place.show(_text_bundle(waiting))
    try:
        diagnosis = examine(shared_meter(), seconds)
    except KeyboardInterrupt:
        place.replace(_text_bundle("interrupted"))
        raise
    place.replace(bundle(diagnosis))


def bundle(diagnosis: Diagnosis) -> dict[str, Any]:
    """Return a diagnosis as a MIME bundle."""
    return table_bundle(text(diagnosis), html(diagnosis))


def _text_bundle(said: str) -> dict[str, Any]:
    return {"text/plain": said, "text/html": f"<p>{said}</p>"}


def html(diagnosis: Diagnosis) -> str:
    """Return a diagnosis as HTML that needs neither scripts nor styles of its own."""
    return "".join(_parts(diagnosis))


def _parts(diagnosis: Diagnosis) -> Iterator[str]:
    yield f'<div dir="ltr"><p><strong>{markup(verdict(diagnosis))}</strong></p>'
    if diagnosis.sensors:
        yield _table(diagnosis.sensors, READ) + _table(diagnosis.sensors, SEEN)
    yield _list(prose(remark) for remark in remarks(diagnosis))
    if diagnosis.missing:
        yield "<p>Not read here:</p>"
        yield _list(_absence(each) for each in diagnosis.missing)
    yield _list(prose(line) for line in place_lines(diagnosis))
    yield "</div>"


def _table(sensors: Sequence[Sensor], heads: Sequence[str]) -> str:
    """Return some columns of the table: all of them are too wide for a narrow notebook."""
    rows = (dict(zip(HEADS, cells(sensor), strict=True)) for sensor in sensors)
    body = "".join(_row("td", (row[head] for head in heads)) for row in rows)
    return f"<table><thead>{_row('th', heads)}</thead><tbody>{body}</tbody></table>"


def _row(tag: str, texts: Iterable[str]) -> str:
    parts = (f'<{tag} style="{_CELL}">{markup(each)}</{tag}>' for each in texts)
    return f"<tr>{''.join(parts)}</tr>"


def _absence(absence: Absence) -> str:
    ways = []
    for remedy in absence.remedies:
        exposes = f" ({prose(remedy.exposes)})" if remedy.exposes else ""
        command = f":<br><code>{markup(remedy.command)}</code>" if remedy.command else "."
        ways.append(f"{prose(remedy.text)}{exposes}{command}")
    reason = prose(absence.reason.rstrip("."))
    return f"<strong>{markup(absence.id)}</strong>: {reason}.{_list(ways)}"


def _list(items: Iterable[str]) -> str:
    entries = "".join(f"<li>{item}</li>" for item in items)
    return f"<ul>{entries}</ul>" if entries else ""
