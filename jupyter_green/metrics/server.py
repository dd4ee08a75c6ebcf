"""Serves the page by HTTP: to a few at once, none of whom can hold it up."""

from __future__ import annotations

import hmac
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from socketserver import BaseServer, TCPServer, ThreadingMixIn

from .._version import __version__
from .figures import Figures
from .place import Access
from .text import CONTENT_TYPE, page

PAGE, HEALTH = "/metrics", "/health"
MOST_AT_ONCE = 16
LONGEST_S = 10.0
"""How long one request may take."""
TURN_S = 0.5
"""How often it is looked whether one takes too long."""


class MetricsServer(ThreadingMixIn, TCPServer):
    """Answers requests for the page until it is shut down.

    Parameters
    ----------
    listener
        The socket.
    access
        Who gets the page.
    look
        Returns the host's figures.

    Raises
    ------
    CannotServeError
        Where others reach the socket than may have the page.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(
        self, listener: socket.socket, access: Access, look: Callable[[], Figures]
    ) -> None:
        access.check(listener)
        # Not TCPServer's own, which opens a socket: systemd lets this program open none.
        BaseServer.__init__(self, listener.getsockname()[:2], Handler)
        self.socket = listener
        self.access = access
        self.look = look
        self._served: dict[socket.socket, float] = {}
        """Until when each may take."""
        self._lock = threading.Lock()

    def get_request(self) -> tuple[socket.socket, object]:
        """Accept one; its handshake is made in its own thread."""
        connected, where = self.socket.accept()
        connected.settimeout(LONGEST_S)
        if self.access.tls is None:
            return connected, where
        return self._encrypted(connected, self.access.tls), where

    def verify_request(self, request: object, _: object) -> bool:
        """Return whether there is room for one more."""
        assert isinstance(request, socket.socket)
        with self._lock:
            if len(self._served) >= MOST_AT_ONCE:
                return False
            self._served[request] = time.monotonic() + LONGEST_S
            return True

    def service_actions(self) -> None:
        """End those that take too long."""
        now_s = time.monotonic()
        with self._lock:
            late = [each for each, until_s in self._served.items() if until_s < now_s]
        for each in late:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def shutdown_request(self, request: object) -> None:
        """Forget one, whether it was served or not."""
        assert isinstance(request, socket.socket)
        with self._lock:
            self._served.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: whoever asked speaks something else, or has gone."""

    @staticmethod
    def _encrypted(connected: socket.socket, tls: ssl.SSLContext) -> socket.socket:
        try:
            return tls.wrap_socket(connected, server_side=True, do_handshake_on_connect=False)
        except (OSError, ValueError):
            connected.close()
            raise OSError("it has gone") from None


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: MetricsServer
    timeout = LONGEST_S
    server_version = f"jupyter-green/{__version__}"
    sys_version = ""

    def setup(self) -> None:
        """Shake hands where that is to be done."""
        if isinstance(self.request, ssl.SSLSocket):
            self.request.do_handshake()
        super().setup()

    def do_GET(self) -> None:
        """Answer with the page, or say whether there is something to show."""
        if not self._is_let_in():
            return
        path = self.path.partition("?")[0]
        if path == PAGE:
            self._answer(200, page(self.server.look()), CONTENT_TYPE)
        elif path == HEALTH:
            is_up = self.server.look().is_up
            self._answer(200 if is_up else 503, "up\n" if is_up else "no service\n")
        else:
            self._answer(404, f"There is {PAGE} and {HEALTH}.\n")

    do_HEAD = do_GET  # noqa: N815  (a name of the base class)

    def log_message(self, *_: object) -> None:
        """Keep no log of who asks."""

    def _is_let_in(self) -> bool:
        token = self.server.access.token
        shown = self.headers.get("Authorization", "").encode()
        if token and not hmac.compare_digest(shown, f"Bearer {token}".encode()):
            self._answer(401, "The token is missing or wrong.\n")
            return False
        if not token and not _is_named_plainly(self.headers.get("Host", "")):
            self._answer(403, "This host is not known by that name.\n")
            return False
        return True

    def _answer(self, status: int, text: str, kind: str = "text/plain; charset=utf-8") -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if status == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _is_named_plainly(host: str) -> bool:
    """Whether a server is asked for by its number: a page of the web could name it otherwise."""
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    name = name.removeprefix("[").removesuffix("]")
    if name in ("", "localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def serve_in_thread(server: BaseServer, turn_s: float = TURN_S) -> threading.Thread:
    """Have it serve in a thread of its own, which looks after itself each `turn_s`; return that."""
    thread = threading.Thread(
        target=server.serve_forever, args=(turn_s,), name="metrics", daemon=True
    )
    thread.start()
    return thread
