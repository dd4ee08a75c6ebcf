"""JupyterHub, and a user who runs a cell in a kernel of a server of their own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from jupyter_green.sources.variables import SOCKET_VARIABLE

GROUP = "jg-test-meter"
INSIDE = ("jg-test-ada", "jg-test-ben")
OUTSIDE = "jg-test-eve"
START_S = 90.0
_CONFIG = """
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub_port}
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allowed_users = {users}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.Spawner.environment = {environment}
c.Spawner.notebook_dir = "~"
c.JupyterHub.services = [{{"name": "test", "api_token": "{token}"}}]
c.JupyterHub.load_roles = [
    {{
        "name": "test",
        "scopes": ["admin:users", "admin:servers", "access:servers"],
        "services": ["test"],
    }}
]
"""


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


class Hub:
    """A hub that has just been started; ask it for users' kernels.

    Parameters
    ----------
    folder
        Where it keeps its files.
    place
        The socket of the host's service.
    """

    def __init__(self, folder: Path, place: Path) -> None:
        self._token = secrets.token_hex(16)
        port = _free_port()
        self._url = f"http://127.0.0.1:{port}"
        (folder / "jupyterhub_config.py").write_text(
            _CONFIG.format(
                port=port,
                hub_port=_free_port(),
                proxy_port=_free_port(),
                users={*INSIDE, OUTSIDE},
                environment={SOCKET_VARIABLE: str(place)},
                token=self._token,
            )
        )
        self._log = (folder / "log").open("w")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub"],
            cwd=folder,
            env=os.environ | {"CONFIGPROXY_AUTH_TOKEN": secrets.token_hex(16)},
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            self._wait(lambda: self._ask("GET", "/hub/api/"))
        except BaseException:
            self.close()
            sys.stderr.write((folder / "log").read_text())
            raise

    def run_cells(self, user: str, *cells: str) -> list[str]:
        """Run cells in a new kernel of a user's server; return the text of each."""
        self._ask("POST", f"/hub/api/users/{user}/server")
        self._wait(lambda: self._ask("GET", f"/user/{user}/api/status"))
        kernel = self._ask("POST", f"/user/{user}/api/kernels", {"name": "python3"})["id"]
        return asyncio.run(self._run(f"/user/{user}/api/kernels/{kernel}/channels", cells))

    async def _run(self, path: str, cells: tuple[str, ...]) -> list[str]:
        url = f"{self._url}{path}".replace("http", "ws", 1)
        headers = {"Authorization": f"token {self._token}"}
        channels = await websocket_connect(HTTPRequest(url, headers=headers))
        texts = []
        for cell in cells:
            id_ = uuid.uuid4().hex
            header = {
                "msg_id": id_,
                "msg_type": "execute_request",
                "session": "test",
                "username": "",
                "version": "5.3",
                "date": "2026-01-01T00:00:00Z",
            }
            content = {"code": cell, "silent": False, "store_history": True, "stop_on_error": True}
            request = {
                "header": header,
                "parent_header": {},
                "metadata": {},
                "content": content,
                "channel": "shell",
                "buffers": [],
            }
            await channels.write_message(json.dumps(request))
            text = ""
            while True:
                said = await asyncio.wait_for(channels.read_message(), START_S)
                assert said is not None
                message = json.loads(said) if isinstance(said, str) else {}
                if message.get("parent_header", {}).get("msg_id") != id_:
                    continue
                content = message["content"]
                text += content.get("text", "") + "\n".join(content.get("traceback", ()))
                text += content.get("data", {}).get("text/plain", "")
                if message["msg_type"] == "status" and content["execution_state"] == "idle":
                    break
            texts.append(text)
        channels.close()
        return texts

    def _ask(self, method: str, path: str, content: object = None) -> Any:
        request = urllib.request.Request(
            self._url + path,
            method=method,
            data=None if content is None else json.dumps(content).encode(),
            headers={"Authorization": f"token {self._token}"},
        )
        with urllib.request.urlopen(request, timeout=START_S) as answer:
            return json.loads(answer.read() or "null")

    def _wait(self, ask: Callable[[], object]) -> None:
        until_s = time.monotonic() + START_S
        while True:
            try:
                ask()
            except (OSError, ValueError):
                if time.monotonic() > until_s or self._process.poll() is not None:
                    raise
                time.sleep(0.3)
            else:
                return

    def close(self) -> None:
        """End it, and the users' servers with it."""
        for user in (*INSIDE, OUTSIDE):
            with contextlib.suppress(OSError):
                self._ask("DELETE", f"/hub/api/users/{user}/server")
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(START_S)
        self._log.close()
