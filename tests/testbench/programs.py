"""Programs that tests start where they are installed: real ones, not stand-ins."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

START_S = 20.0


def found(name: str, package: str) -> str:
    """Return where a program is; the test skips where it is not, and says what to install."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"there is no {name} here: apt-get install {package}")
    return path


def free_port() -> int:
    """Return a port of loopback on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


@contextmanager
def listening(command: Sequence[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until it is left, and wait until it listens on a port of loopback."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until_s = time.monotonic() + START_S
        while not _listens(port):
            assert process.poll() is None, f"{command[0]} has ended with {process.returncode}"
            assert time.monotonic() < until_s, f"{command[0]} does not listen"
            time.sleep(0.02)
        yield process
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1.0).close()
    except OSError:
        return False
    return True
