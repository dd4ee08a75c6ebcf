"""A real ipykernel, driven as a notebook's front end does."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.manager import KernelManager

LAB = {"cellId": "0f0f0f0f-cell"}
"""What a front end that shows widgets sends with a request."""


@dataclass
class Ran:
    """One executed cell: the reply and every message on iopub."""

    reply: dict[str, Any]
    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def status(self) -> str:
        return self.reply["status"]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The contents of the messages of one type."""
        return [m["content"] for m in self.messages if m["msg_type"] == kind]

    @property
    def text(self) -> str:
        """What the cell printed."""
        return "".join(c["text"] for c in self.of("stream"))

    @property
    def value(self) -> str | None:
        """The cell's value, as text."""
        results = self.of("execute_result")
        return results[-1]["data"]["text/plain"] if results else None

    @property
    def shown(self) -> str:
        """All that a console would show of it: what was printed, displayed, and its value."""
        kept: dict[object, str] = {"": self.text}
        for kind in ("display_data", "update_display_data", "execute_result"):
            for content in self.of(kind):
                key = content.get("transient", {}).get("display_id", id(content))
                kept[key] = content["data"].get("text/plain", "")
        return "\n".join(kept.values())

    @property
    def traceback(self) -> list[str]:
        """The lines of the traceback."""
        return [line for c in self.of("error") for line in "\n".join(c["traceback"]).split("\n")]

    @property
    def reports(self) -> list[dict[str, Any]]:
        """The reports in the cell's outputs, as a notebook would keep them."""
        kept: dict[str, dict[str, Any]] = {}
        for kind in ("display_data", "update_display_data"):
            for content in self.of(kind):
                kept[content.get("transient", {}).get("display_id", id(content))] = content["data"]
        mime = "application/vnd.jupyter-green.report.v1+json"
        return [data[mime] for data in kept.values() if mime in data]

    @property
    def live(self) -> list[dict[str, Any]]:
        """The live messages, in order."""
        widgets = ("comm_open", "comm_msg")
        sent = [m["content"].get("data", {}) for m in self.messages if m["msg_type"] in widgets]
        found = [each for data in sent for each in _live_in(data)]
        return [m for m in found if str(m.get("schema", "")).startswith("jupyter-green.live")]


def _live_in(data: dict[str, Any]) -> list[dict[str, Any]]:
    """What of a widget's message may be a live message: the histories are none."""
    if data.get("method") == "custom":
        return [data["content"]]
    state = data.get("state") or {}
    return [state[trait] for trait in ("begin", "end") if state.get(trait)]


class Kernel:
    """A kernel of this environment, or of another's Python, and the client of it."""

    def __init__(
        self,
        env: dict[str, str] | None = None,
        folder: Path | None = None,
        python: Path | None = None,
    ) -> None:
        self.manager = KernelManager(kernel_name="python3")
        if python is not None:
            self.manager.kernel_spec.argv[0] = str(python)
        self.manager.start_kernel(**({"env": env} if env else {}), cwd=folder)
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    @property
    def pid(self) -> int:
        """The kernel's process id."""
        provisioner: Any = self.manager.provisioner
        return int(provisioner.pid)

    def start(
        self, code: str, metadata: Mapping[str, str] | None = None, *, allow_stdin: bool = False
    ) -> str:
        """Send a cell; return the id of its request. Consoles allow ``input()``."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": allow_stdin,
            "stop_on_error": True,
        }
        message = self.client.session.msg("execute_request", content, metadata=dict(metadata or {}))
        self.client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def finish(self, request: str, timeout_s: float = 60) -> Ran:
        """Collect what a cell sends until it is idle, and its reply."""
        ran = Ran({})
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except Empty:
                continue
            if message["parent_header"].get("msg_id") != request:
                continue
            ran.messages.append(message)
            if message["content"].get("execution_state") == "idle":
                break
        while ran.reply == {}:
            reply = self.client.get_shell_msg(timeout=10)
            if reply["parent_header"].get("msg_id") == request:
                ran.reply = reply["content"]
        return ran

    def run(self, code: str, metadata: Mapping[str, str] | None = None) -> Ran:
        """Run a cell to its end."""
        return self.finish(self.start(code, metadata))

    def close(self) -> None:
        """End the kernel."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
