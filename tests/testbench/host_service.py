"""A host's service as a process of its own, and a client that speaks the protocol word by word."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_green.clock import now_ns
from jupyter_green.sources.variables import SOCKET_VARIABLE

MAIN = "import sys; from jupyter_green.cli.main import main; sys.exit(main())"
COMMAND = (sys.executable, "-c", MAIN, "serve")
ANSWER_S = 10.0


class HostService:
    """``jupyter green serve`` on a socket, started as often as a test wants."""

    def __init__(
        self, place: Path, env: Mapping[str, str] = os.environ, prefix: Sequence[str] = ()
    ) -> None:
        self.place = place
        self._prefix = prefix
        """A command that runs it in another surrounding, and need not hand signals on."""
        self._env = {name: value for name, value in env.items() if name != SOCKET_VARIABLE}
        self.process: subprocess.Popen[str] | None = None

    def start(self, *arguments: str) -> None:
        """Start it, and wait until it serves."""
        self.process = subprocess.Popen(
            [*self._prefix, *COMMAND, "--socket", str(self.place), *arguments],
            env=self._env,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        assert line.startswith("serving"), line + self.process.stderr.read()

    @property
    def pids(self) -> list[int]:
        """Its processes: itself, and its sampler."""
        assert self.process is not None
        found = [self.process.pid]
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                try:
                    words = (folder / "cmdline").read_bytes().split(b"\0")
                except OSError:
                    continue
                if b"--host" in words and b"%d" % self.process.pid in words:
                    found.append(int(folder.name))
        return found

    def signal(self, number: int) -> None:
        """Send it a signal."""
        assert self.process is not None
        os.killpg(self.process.pid, number)

    def wait(self) -> int:
        """Wait until it has ended; return its exit code."""
        assert self.process is not None
        code = self.process.wait(ANSWER_S)
        assert self.process.stderr is not None
        self.process.stderr.close()
        self.process = None
        return code

    def kill(self) -> None:
        """End it by force, and wait until it has."""
        self.signal(signal.SIGKILL)
        self.wait()

    def close(self) -> None:
        """End it if it runs."""
        if self.process is not None:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            self.wait()


class Client:
    """A client that says exactly what it is told to."""

    def __init__(self, place: Path, *, greets: bool = True) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(ANSWER_S)
        self.socket.connect(str(place))
        self._input = b""
        self.hello: list[Any] = self.ask("hello", 1, 1) if greets else []

    def say(self, *words: object) -> None:
        """Send one request."""
        self.socket.sendall(json.dumps(words).encode() + b"\n")

    def hear(self) -> list[Any] | None:
        """Return the next message, ``None`` where the connection was closed."""
        while b"\n" not in self._input:
            try:
                received = self.socket.recv(1 << 16)
            except ConnectionResetError:
                received = b""
            if not received:
                return None
            self._input += received
        line, _, self._input = self._input.partition(b"\n")
        message: list[Any] = json.loads(line)
        return message

    def hear_until(self, kind: str) -> list[list[Any]]:
        """Return all messages up to the next of this kind."""
        found: list[list[Any]] = []
        while not found or found[-1][0] != kind:
            message = self.hear()
            assert message is not None, found
            found.append(message)
        return found

    def answered_s(self, request: bytes, answer: bytes) -> float:
        """Return how long a request takes until something has come, in s; all stays to be heard."""
        begun_ns = now_ns()
        self.socket.sendall(request)
        while answer not in self._input:
            received = self.socket.recv(1 << 16)
            assert received, "the connection was closed"
            self._input += received
        return (now_ns() - begun_ns) * 1e-9

    def ask(self, *words: object) -> list[Any]:
        """Send a request, and return the next message."""
        self.say(*words)
        answer = self.hear()
        assert answer is not None
        return answer

    def begin(self, number: int = 0, interval_s: float = 0.1, *, watched: bool = True) -> None:
        """Begin a window."""
        self.say("begin", number, interval_s, watched)

    def measure(self, seconds: float, number: int = 0, interval_s: float = 0.1) -> list[list[Any]]:
        """Open a window for so long; return all that was said until it had settled."""
        self.begin(number, interval_s)
        begun_ns = now_ns()
        time.sleep(seconds)
        self.say("end", number, begun_ns, now_ns())
        return self.hear_until("settled")

    def close(self) -> None:
        """End the connection."""
        self.socket.close()
