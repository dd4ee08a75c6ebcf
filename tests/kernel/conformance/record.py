"""Runs the corpus in a kernel of its own and keeps every message that belongs to a cell."""

from __future__ import annotations

import ast
import json
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any

import zmq

from tests.testbench.kernel import LAB, Kernel

from .corpus import Cell, Entry

SETTLE_S = 0.05
"""How long messages are awaited that belong to a cell that has ended."""
AFTER_ERROR_S = 0.1
"""ipykernel 6 aborts what comes right after an error as well, though it was not queued."""
LONGEST_S = 60.0
LOOK_S = 0.1
"""How long nothing may come until somebody looks at the clock."""
SETUP = """
import os, sys
os.chdir({folder!r})
sys.path.insert(0, {here!r})
import probe, random
random.seed(1)
sys.path.pop(0)
del os, sys, probe, random
"""


@dataclass(frozen=True)
class Mode:
    """A way to run the corpus.

    Parameters
    ----------
    name
        What it is called.
    line
        The line above each cell.
    setup
        What is run before all, without leaving a trace in the history.
    is_live
        Whether the front end shows widgets, as it tells with each request.
    """

    name: str
    line: str = ""
    setup: tuple[str, ...] = ()
    is_live: bool = False

    def code(self, entry: Entry, cell: Cell) -> str:
        """Return a cell as it is sent."""
        if self.name == COMMENTED.name and entry.alone:
            return cell.code
        return self.line + cell.code


LOAD = "%load_ext jupyter_green"
BARE = Mode("bare")
COMMENTED = Mode("bare, a comment above", "# %%energy\n")
METERED = (
    Mode("%%energy, live", "%%energy\n", (LOAD,), is_live=True),
    Mode("%%energy, static", "%%energy\n", (LOAD,)),
    Mode("%%energy -q", "%%energy -q\n", (LOAD,), is_live=True),
    Mode("%green on, live", "", (LOAD, "%green on"), is_live=True),
    Mode("%green on, static", "", (LOAD, "%green on")),
    Mode("%green on --quiet", "", (LOAD, "%green on --quiet"), is_live=True),
)
ALL_VARIABLE = "JUPYTER_GREEN_CONFORMANCE"
"""Set to ``all``, each way is tried; else the two that have most in common with the others."""
TRIED = METERED if os.environ.get(ALL_VARIABLE) == "all" else (METERED[0], METERED[4])


def twin(mode: Mode) -> Mode:
    """Return the bare way that a metered one is compared with."""
    return COMMENTED if mode.line else BARE


@dataclass
class RanCell:
    """A cell that has run: what was received for it, in order, by channel."""

    request: str
    iopub: list[dict[str, Any]] = field(default_factory=list)
    replies: list[dict[str, Any]] = field(default_factory=list)
    stdin: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_idle(self) -> bool:
        return any(m["content"].get("execution_state") == "idle" for m in self.iopub)

    @property
    def is_ready(self) -> bool:
        streams = [m["content"] for m in self.iopub if m["msg_type"] == "stream"]
        return any("ready" in content["text"] for content in streams)


@dataclass
class RanEntry:
    """An entry that has run, and what the kernel looked like before and after."""

    cells: list[RanCell]
    before: dict[str, Any]
    after: dict[str, Any]


class Recorder:
    """A kernel and the client that records it."""

    def __init__(self, mode: Mode, folder: Path) -> None:
        self.mode = mode
        self.folder = folder
        folder.mkdir(parents=True)
        env = os.environ | {
            "IPYTHONDIR": str(folder / "ipython"),
            "MPLCONFIGDIR": str(folder.parent.parent / "matplotlib"),
            "COLUMNS": "80",
        }
        env.pop("PYTEST_CURRENT_TEST", None)  # ipykernel captures less where it finds that
        self.kernel = Kernel(env)
        client = self.kernel.client
        self._channels = {
            client.iopub_channel.socket: (client.iopub_channel, "iopub"),
            client.shell_channel.socket: (client.shell_channel, "replies"),
            client.stdin_channel.socket: (client.stdin_channel, "stdin"),
        }
        self._poller = zmq.Poller()
        for socket in self._channels:
            self._poller.register(socket, zmq.POLLIN)
        self._cells: dict[str, RanCell] = {}
        self._silently(SETUP.format(folder=str(folder), here=str(Path(__file__).parent)))
        for code in mode.setup:
            self._silently(code)
        self._before = self._state()

    def run(self, entry: Entry) -> RanEntry:
        """Run an entry."""
        self._cells = {}
        cells = [cell if isinstance(cell, Cell) else Cell(cell) for cell in entry.cells]
        ran: list[RanCell] = []
        if entry.queued:
            ran = [self._send(entry, cell) for cell in cells]
            for one, cell in zip(ran, cells, strict=True):
                self._finish(one, cell)
        else:
            for cell in cells:
                ran.append(self._send(entry, cell))
                self._finish(ran[-1], cell)
                if ran[-1].replies[0]["content"]["status"] == "error":
                    self._receive(AFTER_ERROR_S)
        before, self._before = self._before, {} if entry.last else self._state()
        self._receive(SETTLE_S)
        return RanEntry(ran, before, self._before)

    def close(self) -> None:
        self.kernel.close()

    def _send(self, entry: Entry, cell: Cell) -> RanCell:
        client = self.kernel.client
        content = {
            "code": self.mode.code(entry, cell),
            "silent": False,
            "store_history": True,
            "user_expressions": cell.expressions,
            "allow_stdin": True,
            "stop_on_error": True,
        }
        metadata = LAB if self.mode.is_live else {}
        message = client.session.msg("execute_request", content, metadata=metadata)
        ran = RanCell(message["header"]["msg_id"])
        self._cells[ran.request] = ran
        client.shell_channel.send(message)
        return ran

    def _finish(self, ran: RanCell, cell: Cell) -> None:
        answers = list(cell.answers)
        asked = 0
        interrupted = not cell.interrupt
        end = time.monotonic() + LONGEST_S
        while not (ran.replies and ran.is_idle):
            assert time.monotonic() < end, f"{self.mode.name}: does not end: {cell.code[:200]}"
            self._take(LOOK_S)
            if not interrupted and ran.is_ready:
                time.sleep(0.15)
                self.kernel.manager.interrupt_kernel()
                interrupted = True
            if len(ran.stdin) > asked and answers:
                asked += 1
                self.kernel.client.input(answers.pop(0))

    def _receive(self, for_s: float) -> None:
        """Take all that comes within a time."""
        end = time.monotonic() + for_s
        while (left_s := end - time.monotonic()) > 0:
            self._take(left_s)

    def _take(self, within_s: float) -> None:
        """Sort what has come, or else comes next, into the cells that it belongs to."""
        for socket, _ in self._poller.poll(1000 * within_s):
            channel, where = self._channels[socket]
            while channel.msg_ready():
                try:
                    message = channel.get_msg(timeout=0)
                except Empty:
                    break
                ran = self._cells.get(message["parent_header"].get("msg_id"))
                if ran is not None:
                    getattr(ran, where).append(message)

    def _state(self) -> dict[str, Any]:
        expression = "__import__('sys').modules['probe'].state()"
        reply = self._silently("", {"state": expression})["user_expressions"]["state"]
        assert reply["status"] == "ok", reply
        found: dict[str, Any] = json.loads(ast.literal_eval(reply["data"]["text/plain"]))
        return found

    def _silently(self, code: str, expressions: dict[str, str] | None = None) -> dict[str, Any]:
        """Run code that leaves no trace and is not metered."""
        request = self.kernel.client.execute(
            code, silent=True, store_history=False, user_expressions=expressions or {}
        )
        ran = self._cells[request] = RanCell(request)
        end = time.monotonic() + LONGEST_S
        while not ran.replies:
            assert time.monotonic() < end
            self._take(LOOK_S)
        del self._cells[request]
        content: dict[str, Any] = ran.replies[0]["content"]
        assert content["status"] == "ok", content
        return content


def record(mode: Mode, corpus: Iterable[Entry], folder: Path) -> dict[str, RanEntry]:
    """Run the corpus in a new kernel; return what came of each entry by its name."""
    recorder = Recorder(mode, folder)
    try:
        return {entry.name: recorder.run(entry) for entry in corpus}
    finally:
        recorder.close()
