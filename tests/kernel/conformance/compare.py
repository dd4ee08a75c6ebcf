"""What two runs of the same cells are compared by, and what of a metered run is ours.

Ours are, and nothing else is left out:

- displays whose id belongs to a bundle with a report's MIME type, or to one of our widgets;
- the comm of an ``EnergyWidget`` (it opens with our messages' schema) and of its layout;
- the ``%%energy`` line, where a bare cell has a comment that says the same, or nothing.

What depends on the run is replaced on both sides: ids by the order in which they come,
addresses, names of temporary files, the folder; what depends on the clock by an entry's masks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from jupyter_green.notebook.output import bundle as output
from jupyter_green.notebook.output import compact

from .corpus import Entry
from .record import RanCell, RanEntry

REPORT = "application/vnd.jupyter-green.report.v1+json"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
LIVE = "jupyter-green.live.v1"
PLACE = f"application/vnd.{LIVE}+json"

_LINE = re.compile(r"(?m)(?:^|(?<=['\"]))(# )?%%energy( -q)?(\\n|\n|$)")
_NUMBERED_LINE = re.compile(r"(?m)^(\x1b\[[\d;]*m|\s)*1(\x1b\[[\d;]*m|\s)*# %%energy.*\n")
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")
_PROCESS = re.compile(r"pid=\d+")
_CELL_FILE = re.compile(r"(ipykernel_\d+/)?\b\d{4,}\.py\b")
_ID = re.compile(
    r"(?<![0-9a-f])([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|[0-9a-f]{8}-[0-9a-f]{24}_\d+_\d+)(?![0-9a-f])"
)

_OF_HISTORY = re.compile(
    r"ERROR! Session/line number was not unique in"
    r"|( in)? database\. History logging moved to new session \d+\n"
)
"""What IPython's history thread prints, at any time, where a number was used twice."""

_PLACES = (output.placeholder(None), compact.running("measuring …"))
"""What we show before there is a report, or a widget."""

Message = dict[str, Any]


def messages(entry: Entry, ran: RanEntry, ours: Ours, folder: Path) -> dict[str, Any]:
    """Return all that is compared of an entry that has run."""
    normal = _Normal(entry, folder)
    return {
        "cells": normal([_cell(cell, ours) for cell in ran.cells]),
        "shown": normal(rendered(ran.cells, ours)),
        "state": changes(normal(ran.before), normal(ran.after)),
    }


def differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Yield where two values differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            yield from differences(one.get(key, "—"), other.get(key, "—"), f"{path}/{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (a, b) in enumerate(zip(one, other, strict=True)):
            yield from differences(a, b, f"{path}/{number}")
    elif one != other:
        yield f"{path}:\n  bare    {json.dumps(one)[:1500]}\n  metered {json.dumps(other)[:1500]}"


def changes(before: Any, after: Any) -> Any:
    """Return what is new or gone in a state: of dictionaries by key, of lists their new end."""
    if isinstance(before, dict) and isinstance(after, dict):
        return {
            key: changes(before.get(key), after.get(key, "gone"))
            for key in {*before, *after}
            if before.get(key) != after.get(key, "gone")
        }
    if isinstance(before, list) and isinstance(after, list) and after[: len(before)] == before:
        return after[len(before) :]
    return after


class Ours:
    """Which messages are ours, of all entries that ran in one kernel."""

    def __init__(self, entries: Iterable[RanEntry]) -> None:
        iopub = [m for entry in entries for cell in entry.cells for m in cell.iopub]
        self._comms: set[str] = set()
        for message in iopub:
            state = message["content"].get("data", {}).get("state", {})
            if message["msg_type"] == "comm_open" and _is_our_begin(state.get("begin")):
                self._comms.add(message["content"]["comm_id"])
                self._comms.add(state["layout"].removeprefix("IPY_MODEL_"))
        self._displays = {
            message["content"]["transient"]["display_id"]
            for message in iopub
            if message["content"].get("transient", {}).get("display_id")
            and self._is_our_bundle(message["content"]["data"])
        }

    def __contains__(self, message: Message) -> bool:
        content = message["content"]
        if message["msg_type"] in ("display_data", "update_display_data"):
            return content["transient"].get("display_id") in self._displays
        return message["msg_type"].startswith("comm_") and content["comm_id"] in self._comms

    def _is_our_bundle(self, data: dict[str, Any]) -> bool:
        view = data.get(WIDGET_VIEW, {})
        is_place = PLACE in data or data in _PLACES
        return REPORT in data or is_place or view.get("model_id") in self._comms


def _is_our_begin(trait: Any) -> bool:
    return isinstance(trait, dict) and trait.get("schema") == LIVE


def _cell(ran: RanCell, ours: Ours) -> dict[str, Any]:
    return {
        "iopub": list(_grouped(_plain(m) for m in ran.iopub if m not in ours)),
        "replies": [
            {"type": m["msg_type"], "content": m["content"], "metadata": sorted(m["metadata"])}
            for m in ran.replies
        ],
        "stdin": [{"type": m["msg_type"], "content": m["content"]} for m in ran.stdin],
    }


def _plain(message: Message) -> Message:
    return {"type": message["msg_type"], "content": message["content"]}


def _grouped(sent: Iterable[Message]) -> Iterator[Message]:
    """Put streams together as front ends do: how text is cut into messages is up to the clock.

    So is the order of the two streams between two other messages.
    """
    texts: dict[str, str] = {}
    for message in sent:
        if message["type"] == "stream":
            name = message["content"]["name"]
            text = _OF_HISTORY.sub("", message["content"]["text"])
            if text:
                texts[name] = texts.get(name, "") + text
            continue
        if texts:
            yield {"type": "streams", "content": dict(sorted(texts.items()))}
            texts = {}
        yield message
    if texts:
        yield {"type": "streams", "content": dict(sorted(texts.items()))}


def rendered(cells: Sequence[RanCell], ours: Ours) -> list[list[Message]]:
    """Return the outputs that a notebook shows in the end, cleared and updated, without ours.

    The rules are those of JupyterLab's output area: a clearing that waits is
    done by the next output, and not by an update of an earlier one.
    """
    areas: list[list[dict[str, Any]]] = []
    places: dict[str, list[dict[str, Any]]] = {}
    for cell in cells:
        area: list[dict[str, Any]] = []
        clear_next = False
        for message in cell.iopub:
            kind, content = message["msg_type"], message["content"]
            if kind == "clear_output":
                clear_next = content["wait"]
                if not clear_next:
                    area.clear()
            elif kind in ("stream", "display_data", "execute_result", "error"):
                if clear_next:
                    area.clear()
                    clear_next = False
                shown = {"type": kind, "content": content, "ours": message in ours}
                area.append(shown)
                if id_ := content.get("transient", {}).get("display_id"):
                    places.setdefault(id_, []).append(shown)
            elif kind == "update_display_data":
                for shown in places.get(content["transient"]["display_id"], []):
                    shown["content"] = content
        areas.append(area)
    return [
        list(_grouped({"type": o["type"], "content": o["content"]} for o in area if not o["ours"]))
        for area in areas
    ]


class _Normal:
    """Replaces what cannot be the same in two runs."""

    def __init__(self, entry: Entry, folder: Path) -> None:
        self._masks = [re.compile(mask) for mask in entry.masks]
        self._folder = str(folder)
        self._ids: dict[str, str] = {}

    def __call__(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, list):
            return [self(one) for one in value]
        if isinstance(value, dict):
            return {self._text(key): self(one) for key, one in value.items()}
        return value

    def _text(self, text: str) -> str:
        if self._folder:
            text = text.replace(self._folder, "FOLDER")
        text = _NUMBERED_LINE.sub("", text)
        text = _LINE.sub("", text)
        text = _ADDRESS.sub("0x", _PROCESS.sub("pid", text))
        text = _CELL_FILE.sub("CELL", text)
        text = _ID.sub(lambda m: self._ids.setdefault(m.group(), f"id{len(self._ids)}"), text)
        for mask in self._masks:
            text = mask.sub("…", text)
        return text
