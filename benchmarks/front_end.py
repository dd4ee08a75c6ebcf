"""A real kernel of this environment, driven as a notebook's front end does."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from jupyter_client.manager import KernelManager

SHOWS_WIDGETS = {"cellId": "00000000-cell"}
"""A request's metadata from a front end that shows widgets."""
TIMEOUT_S = 60.0


class CellError(RuntimeError):
    """A cell has failed; the message is its exception."""


class FrontEnd:
    """A kernel and the client of it."""

    def __init__(self) -> None:
        self._manager = KernelManager(kernel_name="python3")
        self._manager.start_kernel()
        self._client = self._manager.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=TIMEOUT_S)

    @property
    def kernel_pid(self) -> int:
        """The kernel's process id."""
        provisioner: Any = self._manager.provisioner
        return int(provisioner.pid)

    def start(self, code: str, metadata: Mapping[str, str] | None = None) -> str:
        """Send a cell; return the request's id."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        message = self._client.session.msg(
            "execute_request", content, metadata=dict(metadata or {})
        )
        self._client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def finish(self, request: str) -> str:
        """Wait until the kernel is idle and has replied; return what the cell printed.

        Raises
        ------
        CellError
            Where the cell failed.
        """
        printed = ""
        while True:
            message = self._client.get_iopub_msg(timeout=TIMEOUT_S)
            if message["parent_header"].get("msg_id") != request:
                continue
            content = message["content"]
            if message["msg_type"] == "stream" and content["name"] == "stdout":
                printed += content["text"]
            elif content.get("execution_state") == "idle":
                break
        while True:
            reply = self._client.get_shell_msg(timeout=TIMEOUT_S)
            if reply["parent_header"].get("msg_id") == request:
                break
        if reply["content"]["status"] != "ok":
            raise CellError(f"{reply['content'].get('ename')}: {reply['content'].get('evalue')}")
        return printed

    def run(self, code: str, metadata: Mapping[str, str] | None = None) -> str:
        """Run a cell to its end; return what it printed."""
        return self.finish(self.start(code, metadata))

    def timed(self, code: str, metadata: Mapping[str, str] | None = None) -> tuple[float, str]:
        """Run a cell; return the seconds until the kernel is idle again, and what was printed."""
        began = time.perf_counter()
        printed = self.run(code, metadata)
        return time.perf_counter() - began, printed

    def __enter__(self) -> FrontEnd:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)
