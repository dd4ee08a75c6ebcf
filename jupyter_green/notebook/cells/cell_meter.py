"""Which cells are metered: IPython's hooks begin a window before a cell and end it after."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError

from ...meter.budget import Budget
from ...meter.measure import status_of
from ...meter.shared import shared_meter
from ...meter.summary import Subject
from ...meter.window import Window
from ...printable import message_of
from ...report.report import Report
from ...report.stages import hint, new_hint
from ..live.debugger import pass_by
from ..live.refines import Refines
from ..live.view import View, choose_view
from . import magic_line
from .cell_subject import subject_of
from .cluster_flag import elsewhere
from .interrupts import InterruptedCell, held_back, interrupt
from .magic_line import MagicLine, Options
from .silent import is_silent_cell, is_within_silent_cell

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


SETTLES_SOON_S = 0.02
"""Counters that are refreshed each millisecond have settled by then: one figure is enough."""


class _Thread(threading.local):
    """What is known of the cells of one thread."""

    def __init__(self) -> None:
        # What the transformers saw of the cell that was transformed last.
        self.line: MagicLine | None = None
        self.lines: Sequence[str] = ()
        self.above: Sequence[str] = ()
        # The options of a cell that IPython runs silently, until the magic runs it.
        self.silent: Options | None = None
        # The cells that have begun and not ended, metered or not, the inner ones last.
        self.entered: list[Any] = []


@dataclass(frozen=True)
class _Running:
    """A metered cell that has not ended yet."""

    info: Any
    window: Window
    view: View
    options: Options
    execution_count: int | None
    covers_nested: bool
    thread: int

    @property
    def needs_final(self) -> bool:
        """Whether the figure has to be final before the cell has ended."""
        wanted = self.options.variable or self.options.as_output or self.options.cluster
        return bool(wanted) or self.view.refines is Refines.NEVER


@dataclass(frozen=True, eq=False)
class _SilentCell:
    """Stands for a cell of which IPython tells nothing."""

    store_history: bool = False
    cell_id: str | None = None


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
        self._thread = _Thread()
        self._running: dict[int, _Running] = {}
        self._interrupted: InterruptedCell | None = None
        self.auto: Options | None = None
        """The options for cells without ``%%energy``; ``None`` leaves these alone."""
        self.on_end: Callable[[Window], None] = lambda _: None
        """Called with the window of each cell that has ended."""

    def transform(self, lines: list[str]) -> list[str]:
        """Remove the ``%%energy`` line, unless its flags are wrong (then the magic says so).

        It stays, too, where no hooks are called for the cell: then the magic meters it.
        """
        line = magic_line.find(lines)
        seen = self._thread
        seen.line, seen.lines, seen.above, seen.silent = line, lines, (), None
        if line is None or not line.first:
            lines = lines[magic_line.repeated_at(lines) or 0 :]
            if line is None and self._meters_silently(lines) and is_silent_cell():
                seen.silent = self.auto
                return [f"{magic_line.MAGIC}\n", *lines]
            return lines
        try:
            options = self._parse(line.flags)
        except UsageError:
            return [*lines[line.number :]]
        if is_within_silent_cell():
            seen.silent = options
            return [*lines[line.number :]]
        body = magic_line.body_below(lines, line)
        above = magic_line.lines_above(lines, line, body)
        if len(body) > 1:
            return [*above, *body]
        seen.above = above
        return body

    # IPython then leaves it out when it asks whether a cell is complete. A cell
    # with %%energy is as other cell magics are, with an empty line at its end.
    transform.has_side_effects = True  # type: ignore[attr-defined]

    def number(self, lines: list[str]) -> list[str]:
        """Put a comment above a body of one line as well, so that it has its number.

        Last of all: IPython treats cells of one line in a way of their own
        (automagic, macros, ``exit``).
        """
        above, self._thread.above = self._thread.above, ()
        return [*above, *lines]

    def pre_run_cell(self, info: Any) -> None:
        """Begin a window if this cell is to be metered."""
        try:
            self._thread.entered.append(info)
            pass_by(self._shell)
            self._begin(info)
        except KeyboardInterrupt:
            self._interrupted = InterruptedCell(self._shell)
            if (running := self._running.get(id(info))) is not None:
                running.window.begin()  # it may not have come to that
        except Exception as error:  # noqa: BLE001  (the cell must run whatever happens here)
            _say_broken(error)

    def post_run_cell(self, result: Any) -> None:
        """End the window of the cell that has just run."""
        try:
            if self._interrupted is not None:
                self._interrupted.over()
                self._interrupted = None
            running = self._take(result)
            if running is None:
                return
            try:
                self._end(running, result)
            except KeyboardInterrupt:
                # The cell has ended and has its status: only the report is still due.
                self._end(running, result)
        except Exception as error:  # noqa: BLE001  (the cell's result must stand)
            _say_broken(error)

    def run_silent(self, cell: str) -> Any:
        """Run the cell that was transformed last, where IPython runs it silently, and meter it.

        Returns
        -------
        ExecutionResult
            What came of the cell, as IPython's ``run_cell`` returns it; ``None`` where the
            cell that was transformed last is none of these.
        """
        options, self._thread.silent = self._thread.silent, None
        if options is None:
            return None
        info = _SilentCell()
        try:
            self._meter(info, options, cell.splitlines(keepends=True), covers_nested=False)
        except KeyboardInterrupt:
            if (running := self._running.pop(id(info), None)) is not None:
                running.view.end(running.window.end("interrupted"))
            raise
        except Exception as error:  # noqa: BLE001  (the cell must run whatever happens here)
            _say_broken(error)
        result = self._shell.run_cell(magic_line.with_its_numbers(cell), silent=True)
        running = self._running.pop(id(info), None)
        try:
            if running is not None:
                self._end(running, result)
        except Exception as error:  # noqa: BLE001  (the cell's result must stand)
            _say_broken(error)
        return result

    def subject(self, options: Options) -> Subject | None:
        """Return what a window is about that a magic opens in the cell that runs.

        ``None`` where the cell is metered itself, whose window then holds the magic's joules.
        """
        if not self._thread.entered or self._around():
            return None
        info = self._thread.entered[-1]
        return subject_of(self._shell, info, options, [info.raw_cell or ""])

    def end_all(self) -> None:
        """End every window that is still open."""
        while self._running:
            _, running = self._running.popitem()
            running.view.end(running.window.end("interrupted"))

    def _begin(self, info: Any) -> None:
        line, lines = self._take_transformed()
        options = self.auto
        outer = self._around()
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
        body = list(lines)
        if line is not None:
            body[line.number :] = magic_line.body_below(lines, line)
        self._meter(info, options, body, covers_nested=line is not None and not line.first)

    def _meter(
        self, info: Any, options: Options, body: Sequence[str], *, covers_nested: bool
    ) -> None:
        """Begin the window of a cell."""
        subject = subject_of(self._shell, info, options, body)
        view = choose_view(
            self._shell,
            subject,
            quiet=options.quiet,
            compact=options.compact,
            least_s=options.least_s,
        )
        window = shared_meter().announced(
            subject,
            on_point=view.point if view.watches else None,
            budget=_budget(options),
            elsewhere=elsewhere(options.cluster, self._shell.user_ns),
        )
        with held_back():
            view.begin(window)
            self._running[id(info)] = _Running(
                info,
                window,
                view,
                options,
                subject.execution_count,
                covers_nested,
                threading.get_ident(),
            )
        window.begin()

    def _around(self) -> list[_Running]:
        """Return the metered cells that this thread is running."""
        thread = threading.get_ident()
        return [running for running in self._running.values() if running.thread == thread]

    def _meters_silently(self, lines: Sequence[str]) -> bool:
        """Whether a cell without ``%%energy`` is to be metered if no hooks will tell of it."""
        return self.auto is not None and not self._around() and not _only_manages(lines)

    def _take(self, result: Any) -> _Running | None:
        """Return the metered cell that has ended, if it was one."""
        entered = self._thread.entered
        info = _ended(entered, result)
        running = None
        while entered and info is not None:
            cell = entered.pop()
            running = self._running.pop(id(cell), None)
            if cell is info:
                break
            if running is not None:  # an inner cell whose end was not announced
                self._end(running, None)
        return running

    def _end(self, running: _Running, result: Any) -> None:
        window, view = running.window, running.view
        window.end(_status(result), wait=False)  # before all else, which would be in the window
        running.options.asked.tell(window, self._shell.user_ns)
        _tell_hint(window, running.options)
        self.on_end(window)
        if running.options.quiet and not running.needs_final:
            return
        final = running.needs_final or _settles_soon(window)
        try:
            report = window.report if final else window.provisional_report
        except Exception as error:
            view.abandon(message_of(error))
            raise
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

    def _take_transformed(self) -> tuple[MagicLine | None, Sequence[str]]:
        """Return the ``%%energy`` line of the cell that is about to run, and all its lines.

        They are remembered from its transformation, which has just been done in
        this thread: another one would call the user's own transformers once more.
        """
        seen = self._thread
        line, lines = seen.line, seen.lines
        seen.line, seen.lines = None, ()
        return line, lines


def _tell_hint(window: Window, options: Options) -> None:
    """Say what stage may have been meant: in the report, and once in the life of the kernel below.

    A short cell's report is folded to a line.
    """
    if (sentence := hint(options.stage)) is not None:
        window.note(sentence)
    if not options.quiet and (sentence := new_hint(options.stage)) is not None:
        sys.stderr.write(f"jupyter-green: {sentence}\n")


def _budget(options: Options) -> Budget | None:
    """Return what the cell that begins may use."""
    if options.budget_j is None:
        return None
    is_within_reach = threading.current_thread() is threading.main_thread()
    if options.stops and not is_within_reach:
        sys.stderr.write(
            "jupyter-green: --stop does nothing in a subshell, which cannot be interrupted.\n"
        )
    return Budget(options.budget_j, interrupt if options.stops and is_within_reach else None)


def _settles_soon(window: Window) -> bool:
    """Wait for the final figure where it comes in some milliseconds; return whether it has come."""
    return window.settles_soon and window.wait_until_settled(SETTLES_SOON_S)


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


def _ended(entered: Sequence[Any], result: Any) -> Any:
    """Return which of the cells that have begun a result belongs to, ``None`` for none of them.

    ipykernel passes no result if an interrupt cancelled its cell. IPython
    makes a new `info` where its own code fails after the cell, as with an
    exception whose ``str`` fails.
    """
    if result is None:
        return entered[0] if entered else None
    if any(info is result.info for info in entered):
        return result.info
    last = entered[-1] if entered else None
    return last if last is not None and last.raw_cell == result.info.raw_cell else None


def _status(result: Any) -> str:
    if result is None:
        return "interrupted"
    error = result.error_before_exec or result.error_in_exec
    return "interrupted" if isinstance(error, asyncio.CancelledError) else status_of(error)


def _only_manages(lines: Sequence[str]) -> bool:
    """Whether a cell does nothing but manage the meter."""
    code = [text for line in lines if (text := line.strip()) and not text.startswith("#")]
    return all(text.startswith(("%green", "%load_ext", "%reload_ext")) for text in code)


def _say_broken(error: Exception) -> None:
    sys.stderr.write(
        f"jupyter-green could not meter this cell ({message_of(error)}). "
        "The cell itself is not affected; `%reload_ext jupyter_green` restarts the meter.\n"
    )
