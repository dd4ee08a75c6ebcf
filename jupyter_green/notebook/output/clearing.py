"""Notices when a cell calls ``clear_output()``, and the output that ``wait=True`` waits for.

What an Output widget of ipywidgets captures meanwhile is not the cell's: not its outputs, nor
what it clears. Such a widget tells the front end whose messages it takes by its trait ``msg_id``
(ipywidgets, "Model State", OutputModel).
"""

from __future__ import annotations

import threading
from typing import Any, Protocol

_OUTPUTS = frozenset({"stream", "display_data", "execute_result", "error"})
"""What takes the place of an output that was cleared with ``wait=True``."""

_COMMS = frozenset({"comm_open", "comm_msg"})


class Listener(Protocol):
    """Is notified about the cells of a kernel, from any thread."""

    def on_clear(self, request: str | None, *, wait: bool) -> None:
        """Take note that a cell cleared its output."""

    def on_output(self, request: str | None) -> None:
        """Take note of an output of a cell."""


def request_of(publisher: Any) -> str | None:
    """Return the id of the request whose cell this thread is running."""
    try:
        found: str | None = publisher.parent_header.get("msg_id")
    except (AttributeError, LookupError):  # not a kernel's, or a thread of no cell
        return None
    return found


def watch(publisher: Any, listener: Listener) -> None:
    """Notify a listener from now on."""
    session = getattr(publisher, "session", None)
    if session is None:
        return
    with _lock:
        watched = next((one for one in _watched if one.session is session), None)
        if watched is None:
            watched = _Watched(session)
            _watched.append(watched)
        watched.listeners.append(listener)


def unwatch(listener: Listener) -> None:
    """Stop notifying a listener."""
    with _lock:
        for watched in [one for one in _watched if listener in one.listeners]:
            watched.listeners.remove(listener)
            if not watched.listeners:
                watched.stop()
                _watched.remove(watched)


class _Watched:
    """Replaces the ``msg`` of a kernel's session while there are listeners.

    All that a kernel sends is made by one session. IPython has no hook for
    clearing, and ipykernel's hooks see neither what other threads clear nor the
    output of streams. A function in place of ``clear_output``, or of the session's
    ``send``, would be seen in the tracebacks of their errors.
    """

    def __init__(self, session: Any) -> None:
        self.session = session
        self.listeners: list[Listener] = []
        self._captures: dict[str, str] = {}
        """Of each widget that captures, whose output."""
        self._own = vars(session).get("msg")  # another program's replacement, if any
        self._original = session.msg
        session.msg = self

    def stop(self) -> None:
        """Restore the session, unless another replacement has been put in place since."""
        if vars(self.session).get("msg") is not self:
            return
        del self.session.msg
        if self._own is not None:
            self.session.msg = self._own

    def __call__(self, msg_type: str, *args: Any, **kwargs: Any) -> Any:
        message = self._original(msg_type, *args, **kwargs)
        if msg_type in _COMMS:
            self._note_capture(message["content"])
        elif msg_type == "clear_output" or msg_type in _OUTPUTS:
            request = message["parent_header"].get("msg_id")
            if request not in self._captures.values():
                self._tell(msg_type, request, message["content"])
        return message

    def _note_capture(self, content: dict[str, Any]) -> None:
        """Take note that a widget begins to capture the output of a request, or ends it."""
        data = content.get("data")
        state = data.get("state") if isinstance(data, dict) else None
        if isinstance(state, dict) and "msg_id" in state:
            if state["msg_id"]:
                self._captures[content["comm_id"]] = state["msg_id"]
            else:
                self._captures.pop(content["comm_id"], None)

    def _tell(self, msg_type: str, request: str | None, content: dict[str, Any]) -> None:
        for listener in list(self.listeners):
            if msg_type == "clear_output":
                listener.on_clear(request, wait=bool(content.get("wait")))
            else:
                listener.on_output(request)


_lock = threading.RLock()
_watched: list[_Watched] = []
