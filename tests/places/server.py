"""A front end's own server, on loopback, for as long as a test looks at it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager


@contextmanager
def serving(folder, env, *command, port_flag, answers):
    """Start a Python program's server in a folder; yield its address once it answers there.

    Parameters
    ----------
    command
        The arguments of ``python -m``.
    port_flag
        Turns a port into the arguments that choose it.
    answers
        A path that is there as soon as the server is.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", *command, *port_flag(port)],
            cwd=folder,
            env=os.environ | env,
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}"
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"{url}{answers}", timeout=5).close()
            break
        except OSError:
            time.sleep(0.2)
    yield url
    server.terminate()
    server.wait(timeout=30)
