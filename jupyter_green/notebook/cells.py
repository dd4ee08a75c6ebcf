"""Which cells are metered: IPython's hooks begin a window before a cell and end it after."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import hashlib
import os
import re
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError

from ..meter.meter import Window, shared_meter, status_of
from ..meter.summary import Subject
from . import magic_line
from .magic_line import Options
from .view import View, choose_view

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from ..meter.report import Report


SETTLES_SOON_S = 0.02
"""Counters that are refreshed each millisecond are done by then: no second figure is shown."""


@dataclass(frozen=True)
class _Running:
    """A metered cell that has not ended yet."""

    window: Window
    view: View
    options: Options
    execution_count: int | None
    covers_nested: bool
    thread: int

    @property
    def needs_final(self) -> bool:
        """Whether the figure has to be final before the cell has ended."""
        wanted = self.options.variable or self.options.as_output
        return bool(wanted) or not self.view.refinable


class CellMeter:
    """Begins and ends the windows of cells. Never raises into a cell.

    Parameters
    ----------
    shell
        The IPython shell.
    parse
        Turns the flags of a ``%%energy`` line into options.
    """

    def __init__(self, shell: InteractiveShell, parse: Callable[[str], Options]) -> None:
        self._shell = shell
        self._parse = parse
        self._running: dict[int, _Running] = {}
        self.auto: Options | None = None
        """The options for cells without ``%%energy``; ``None`` leaves these alone."""

    def transform(self, lines: list[str]) -> list[str]:
        """Take the ``%%energy`` line away, unless its flags are wrong (then the magic says so)."""
        line = magic_line.find(lines)
        if line is None or not line.first:
            return lines[magic_line.repeated_at(lines) or 0 :]
        try:
            self._parse(line.flags)
        except UsageError:
            return [*lines[line.number :]]
        return magic_line.without(lines, line)

    def pre_run_cell(self, info: Any) -> None:
        """Begin a window if this cell is to be metered."""
        try:
            self._begin(info)
        except Exception as error:  # noqa: BLE001  (the cell must run whatever happens here)
            _say_broken(error)

    def post_run_cell(self, result: Any) -> None:
        """End the window of the cell that has just run."""
        try:
            running = self._take(result)
            if running is not None:
                try:
                    self._end(running, result)
                except KeyboardInterrupt:
                    # The cell has ended and has its status: only the report is still due.
                    self._end(running, result)
        except Exception as error:  # noqa: BLE001  (the cell's result must stand)
            _say_broken(error)

    def end_all(self) -> None:
        """End every window that is still open."""
        while self._running:
            _, running = self._running.popitem()
            running.view.end(running.window.end("interrupted"))

    def _begin(self, info: Any) -> None:
        lines = self._cleaned(info.raw_cell)
        line = magic_line.find(lines)
        options = self.auto
        thread = threading.get_ident()
        outer = [running for running in self._running.values() if running.thread == thread]
        if line is not None:
            if any(running.covers_nested for running in outer):
                return
            try:
                options = self._parse(line.flags)
            except UsageError:
                return
        elif options is None or outer or _only_manages(lines):
            return
        assert options is not None
        body = lines if line is None else magic_line.without(lines, line)
        # IPython counts up before the hooks since 9.16 and after the cell before
        # that; its display hook knows the number that the cell has.
        count = self._shell.displayhook.prompt_count if info.store_history else None
        subject = Subject(
            label=options.label,
            stage=options.stage,
            cell_id=_cell_id(self._shell, info),
            cell_hash=hashlib.sha256("".join(body).strip().encode()).hexdigest()[:16],
            execution_count=count,
            notebook=_notebook(),
        )
        view = choose_view(self._shell, subject, quiet=options.quiet)
        window = shared_meter().window(subject, on_point=view.point if view.watches else None)
        view.begin(window)
        self._running[id(info)] = _Running(
            window, view, options, count, line is not None and not line.first, thread
        )
        window.begin()

    def _take(self, result: Any) -> _Running | None:
        """Return the cell that has ended: the result's own, or this thread's last if it has none.

        ipykernel hands on ``None`` where an interrupt cancelled the cell.
        """
        if result is not None:
            return self._running.pop(id(result.info), None)
        mine = [key for key, r in self._running.items() if r.thread == threading.get_ident()]
        return self._running.pop(mine[-1]) if mine else None

    def _end(self, running: _Running, result: Any) -> None:
        window, view = running.window, running.view
        window.end(_status(result), wait=False)
        if running.options.quiet and not running.needs_final:
            return
        final = running.needs_final or (
            window.settles_soon and window.wait_until_settled(SETTLES_SOON_S)
        )
        report = window.report if final else window.provisional_report
        if running.options.variable:
            self._shell.user_ns[running.options.variable] = report
        if running.options.as_output and report.status == "ok":
            self._put_out(report, running.execution_count)
        view.end(report)
        if not final:
            _refine_later(window, view)

    def _put_out(self, report: Report, count: int | None) -> None:
        """Make the report the cell's value, as IPython's display hook would have."""
        namespace = self._shell.user_ns
        if count is None:
            return
        outputs = namespace["_oh"]
        if count not in outputs:
            namespace["___"], namespace["__"] = namespace.get("__"), namespace.get("_")
        outputs[count] = namespace[f"_{count}"] = namespace["_"] = report

    def _cleaned(self, cell: str) -> list[str]:
        """Return the cell's lines as our transformer gets them."""
        lines = cell.splitlines(keepends=True)
        for transform in self._shell.input_transformers_cleanup:
            if transform == self.transform:
                break
            lines = transform(lines)
        return list(lines)


def _refine_later(window: Window, view: View) -> None:
    """Show the final figures when they are known, without holding the kernel."""

    def refine() -> None:
        with contextlib.suppress(Exception):  # the first figures stand, with their wider interval
            view.refine(window.report)

    # A thread's output belongs to the cell whose context it runs in.
    context = contextvars.copy_context()
    threading.Thread(
        target=context.run, args=(refine,), name="jupyter-green refine", daemon=True
    ).start()


def _status(result: Any) -> str:
    if result is None:
        return "interrupted"
    error = result.error_before_exec or result.error_in_exec
    return "interrupted" if isinstance(error, asyncio.CancelledError) else status_of(error)


def _only_manages(lines: list[str]) -> bool:
    """Whether a cell does nothing but manage the meter."""
    code = [text for line in lines if (text := line.strip()) and not text.startswith("#")]
    return all(text.startswith(("%green", "%load_ext", "%reload_ext")) for text in code)


def _cell_id(shell: Any, info: Any) -> str | None:
    """Return the notebook's id of the running cell, where the front end tells it.

    What is not an id as notebooks have them (nbformat, cell ids) may be an
    address with a person's folders in it, as VS Code sends: of that, a hash.
    """
    found = getattr(info, "cell_id", None)
    if not found and (get_parent := getattr(shell, "get_parent", None)):
        found = get_parent().get("metadata", {}).get("cellId")
    if not found:
        return None
    plain = re.fullmatch(r"[\w-]{1,64}", str(found), flags=re.ASCII)
    return str(found) if plain else hashlib.sha256(str(found).encode()).hexdigest()[:32]


def _notebook() -> str | None:
    """Return the notebook's file name, without its folder, which may name a person."""
    path = os.environ.get("JPY_SESSION_NAME")
    return PurePosixPath(PureWindowsPath(path).as_posix()).name if path else None


def _say_broken(error: Exception) -> None:
    sys.stderr.write(
        f"jupyter-green could not meter this cell ({type(error).__name__}: {error}). "
        "The cell itself is not affected; `%reload_ext jupyter_green` starts the meter anew.\n"
    )
