"""What is left of windows whose program dies: the sampler's messages, in a file.

The program is gone, and with it whoever would have made the report. Who ran it names a folder
in :data:`FOLDER_VARIABLE`, and finds there what its sampler would have sent, up to its end; or,
where a host's service reads, what it has sent, and how to ask for the rest: a claim.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from ..clock import now_ns
from . import messages
from .last_sample import CLAIM, Claim
from .outbox import Outbox

FOLDER_VARIABLE = "JUPYTER_GREEN_KEPT"
"""Names the folder in which a sampler leaves what it read of a program that died. Set for a kernel
by `jupyter green execute`."""
SUFFIX = ".messages"
MOST_KEPT = 4000
"""Messages; beyond it they are thinned. Joules are cumulative, so none are lost."""
AT_REST = 8
"""How many messages of before a window are kept."""


def kept_folder(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return where to leave what was read, ``None`` where nobody asks for it."""
    chosen = environ.get(FOLDER_VARIABLE)
    return Path(chosen) if chosen else None


class Kept:
    """The messages that open windows are made of."""

    def __init__(self) -> None:
        self.hello: list[Any] = []
        self.messages: list[list[Any]] = []
        self.renewed = 0
        """How often some of them were left out, not only others added."""
        self._open: dict[str, None] = {}
        self._unsettled: set[str] = set()
        self._stride = 1
        """Of so many messages one is kept, so that a long window stays evenly covered."""
        self._passed = 0

    @property
    def open_windows(self) -> Sequence[str]:
        """The windows that have begun and not ended."""
        return tuple(self._open)

    @property
    def is_complete(self) -> bool:
        """Whether all windows have ended, and no more readings come for them."""
        return not (self._open or self._unsettled)

    def take(self, message: list[Any]) -> None:
        """Take in what the sampler sends."""
        for one in message[1] if message[0] == messages.BATCH else [message]:
            self._keep(one)

    def _keep(self, message: list[Any]) -> None:
        if message[0] == messages.HELLO:
            # What was read before is of other sensors, or counted from elsewhere.
            self.hello, self.messages = message, []
            self.renewed += 1
            return
        self._follow(message)
        self._passed = (self._passed + 1) % self._stride
        if self._passed == 0 or self._is_edge(message):
            self.messages.append(message)
        if len(self.messages) > MOST_KEPT:
            self._stride *= 2
            self.messages = [
                each for n, each in enumerate(self.messages) if n % 2 or self._is_edge(each)
            ]
            self.renewed += 1

    def _follow(self, message: list[Any]) -> None:
        """Take note of windows that begin and end."""
        if message[0] == messages.SETTLED:
            self._unsettled.discard(message[1])
        elif message[0] == messages.SAMPLE and message[2]:
            kind, window = message[2]
            if kind == messages.BEGIN:
                if self.is_complete:
                    del self.messages[:-AT_REST]
                    self._stride = 1
                    self.renewed += 1
                self._open[window] = None
            elif kind == messages.END and window in self._open:
                del self._open[window]
                self._unsettled.add(window)

    def _is_edge(self, message: list[Any]) -> bool:
        """Whether it is a sample at an edge of a window that is not over."""
        if message[0] != messages.SAMPLE or not message[2]:
            return False
        return message[2][1] in self._open or message[2][1] in self._unsettled


class KeepingOutbox(Outbox):
    """An outbox that also keeps the messages that open windows are made of."""

    def __init__(self, stream: BinaryIO, on_hang_up: Callable[[], None], folder: Path) -> None:
        super().__init__(stream, on_hang_up)
        self._path = folder / f"{os.getpid()}{SUFFIX}"
        self.kept = Kept()

    @property
    def open_windows(self) -> Sequence[str]:
        """The windows that have begun and not ended."""
        return self.kept.open_windows

    @property
    def is_complete(self) -> bool:
        """Whether all windows have ended, and no more readings come for them."""
        return self.kept.is_complete

    def put(self, message: list[Any]) -> None:
        """Queue a message, and keep it."""
        super().put(message)
        self.kept.take(message)

    def leave(self) -> None:
        """Write what was kept, for nobody but this user.

        Raises
        ------
        OSError
            Where the folder is gone, or cannot be written to.
        """
        _write(self._path, [self.kept.hello, *self.kept.messages])


class KeptByClient:
    """Keeps what a service has sent in a file, message by message: its client may be killed.

    Parameters
    ----------
    folder
        Where the file is to be.
    claim
        Returns the client's claim, as far as it is known.
    """

    def __init__(self, folder: Path, claim: Callable[[], Claim]) -> None:
        self._path = folder / f"{os.getpid()}-{now_ns()}{SUFFIX}"
        self._claim = claim
        self._kept = Kept()
        self._written = 0
        self._renewed = 0
        self._is_resumed = False

    def takes(self, request: Sequence[Any]) -> None:
        """Look at a request: whether another connection has kept what was before."""
        if request[0] == messages.RESUME and request[1]:
            self._is_resumed = True

    def hear(self, message: list[Any]) -> None:
        """Keep what the service has sent; a folder that is gone is nobody's any more."""
        self._kept.take(message)
        if self._kept.is_complete:
            return
        with suppress(OSError):
            if self._renewed != self._kept.renewed:
                self._write_anew()
            else:
                with self._path.open("ab") as file:
                    file.writelines(map(messages.encode, self._kept.messages[self._written :]))
            self._written, self._renewed = len(self._kept.messages), self._kept.renewed

    def _write_anew(self) -> None:
        before = [[messages.RESUME]] if self._is_resumed else []
        claim = [CLAIM, self._claim().to_record()]
        _write(self._path, [*before, self._kept.hello, claim, *self._kept.messages])


def _write(path: Path, found: Sequence[list[Any]]) -> None:
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_bytes(b"".join(map(messages.encode, found)))
    draft.rename(path)


def may_be_thinned(kept: Sequence[list[Any]]) -> bool:
    """Whether some messages may be missing among these, as there were too many."""
    return len(kept) >= MOST_KEPT // 2


def read_kept(folder: Path) -> list[list[Any]]:
    """Return the messages that the samplers of a program have left; none where there are none."""
    found: list[list[Any]] = []
    for path in sorted(folder.glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime):
        found += map(messages.decode, path.read_bytes().splitlines())
    return found
