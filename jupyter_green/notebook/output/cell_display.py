"""One place in a cell's output that can be replaced, also where the cell cleared its output."""

from __future__ import annotations

import contextvars
import sys
import threading
from collections import deque
from typing import Any

from IPython.display import DisplayHandle, display

from . import clearing

QUIET_S = 0.3
"""After a clearing, how long no other one comes before what was cleared is shown again."""
KEPT = 8
"""Of so many cells that have ended it is noticed when a thread or a task clears them."""


class CellDisplay:
    """Shows a MIME bundle at the top of the running cell's output and replaces it later.

    ``clear_output()`` in the cell takes the output away, after which an update
    changes nothing. So calls to it are noticed, and the last bundle is then
    shown as a new output. With ``wait=True`` the output goes when the next one
    comes, which must not be ours. What a thread or a task that the cell has left
    running clears later is shown again, when no more is cleared.
    """

    def __init__(self, shell: Any) -> None:
        self._publisher = shell.display_pub
        self._handle: DisplayHandle | None = None
        self._cleared = False
        self._clear_waits = False
        self._request = clearing.request_of(self._publisher)
        self._last: tuple[dict[str, Any], dict[str, Any] | None] | None = None
        """What stands there since the cell has ended."""
        self._again: threading.Timer | None = None

    def show(self, bundle: dict[str, Any], metadata: dict[str, Any] | None = None) -> None:
        """Show a bundle where the cell's output now ends."""
        # A thread's output belongs to the cell whose context it runs in.
        self._context = contextvars.copy_context()
        self._handle = display(bundle, raw=True, display_id=True, metadata=metadata)
        clearing.watch(self._publisher, self)

    def update(self, bundle: dict[str, Any], metadata: dict[str, Any] | None = None) -> None:
        """Put a bundle there that is not the last one; also from another thread."""
        if self._handle is not None and not self._cleared:
            self._publish(bundle, metadata)

    def replace(self, bundle: dict[str, Any], metadata: dict[str, Any] | None = None) -> None:
        """Put the last bundle in its place."""
        if self._clear_waits:
            sys.stdout.flush()
            sys.stderr.flush()
        self._last = bundle, metadata
        if self not in _ended:
            _ended.append(self)
        while len(_ended) > KEPT:
            clearing.unwatch(_ended.popleft())
        if self._handle is None or self._cleared:
            self._handle = display(bundle, raw=True, display_id=True, metadata=metadata)
            self._cleared = False
        else:
            self._publish(bundle, metadata)

    def _publish(self, bundle: dict[str, Any], metadata: dict[str, Any] | None) -> None:
        """Replace what stands there, not by the shell's publisher: a cell may be capturing that."""
        assert self._handle is not None
        transient = {"display_id": self._handle.display_id}
        self._publisher.publish(bundle, metadata or {}, transient=transient, update=True)

    def on_clear(self, request: str | None, *, wait: bool) -> None:
        """Take note that a cell's output was cleared, or is to be with the next output."""
        if request == self._request:
            self._clear_waits = wait
            if not wait:
                self._note_cleared()

    def on_output(self, request: str | None) -> None:
        """Take note of an output of a cell, which a clearing may have waited for."""
        if self._clear_waits and request == self._request:
            self._clear_waits = False
            self._note_cleared()

    def _note_cleared(self) -> None:
        self._cleared = True
        if self._last is not None:  # the cell has ended
            if self._again is not None:
                self._again.cancel()
            self._again = threading.Timer(QUIET_S, self._context.run, (self._show_again,))
            self._again.name = "jupyter-green shows again"
            self._again.daemon = True
            self._again.start()

    def _show_again(self) -> None:
        if self._last is not None and self._cleared:
            bundle, metadata = self._last
            self._handle = display(bundle, raw=True, display_id=True, metadata=metadata)
            self._cleared = False


def unwatch_all() -> None:
    """Let go of the cells that have ended."""
    while _ended:
        clearing.unwatch(_ended.popleft())


_ended: deque[CellDisplay] = deque()
