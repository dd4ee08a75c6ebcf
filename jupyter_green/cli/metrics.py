"""``jupyter green metrics``: a host's joules as a page for Prometheus."""

from __future__ import annotations

import signal
import socket
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from ..metrics.host_watch import HostWatch
from ..metrics.place import CannotServeError, access, listening
from ..metrics.server import PAGE, MetricsServer, serve_in_thread
from ..metrics.shares import Shares
from ..printable import printable
from ..service.listening import CannotListenError, handed_on
from .baseline import idle_power
from .errors import InputError

FIRST_S = 2.0


@dataclass(frozen=True)
class Asked:
    """What the command was asked for: see its arguments."""

    listen: str
    service: str
    certificate: Path | None
    key: Path | None
    token_file: Path | None
    baseline: Path | None
    has_shares: bool


def metrics(asked: Asked) -> int:
    """Serve until a signal ends it; return the exit code.

    Raises
    ------
    InputError
        Where there is nothing to listen on, others would reach it, or no idle power is in its file.
    """
    idle = idle_power(asked.baseline)
    idle_w = idle.power_w if idle else {}
    ended = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    watch = HostWatch(asked.service, Shares(idle_w) if asked.has_shares else None)
    try:
        allowed = access(asked.certificate, asked.key, asked.token_file)
        listener = handed_on((socket.AF_INET, socket.AF_INET6)) or listening(asked.listen)
        server = MetricsServer(listener, allowed, watch.look)
    except (CannotServeError, CannotListenError) as error:
        watch.close()
        raise InputError(str(error)) from None
    host, port = listener.getsockname()[:2]
    scheme = "https" if allowed.tls else "http"
    where = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}{PAGE}"
    if not watch.wait_until_up(FIRST_S):
        say(f"no service yet at {asked.service}: {watch.why_not}")
    serve_in_thread(server)
    say(f"serving {where}")
    ended.wait()
    server.shutdown()
    server.server_close()
    watch.close()
    return 0


def say(text: str) -> None:
    """Print a line for whoever started it."""
    print(printable(text), file=sys.stderr, flush=True)
