"""A page of another program on this host, by one GET: bounded in time and in bytes.

HTTP/1.0 (RFC 1945), as nothing else is needed: the page ends where the connection does. No
redirect is followed, as the user has named one address and no other.
"""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

ANSWER_S = 1.0
"""How long a page may take as a whole."""
MOST_BYTES = 4 << 20
_RECEIVED = 1 << 16
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?: |\r?\n)")
_HEAD_END = re.compile(rb"\r?\n\r?\n")


class PageError(Exception):
    """There is no page; the message says why."""


@dataclass(frozen=True)
class Address:
    """Where a page is: a host and a port, or the path of a Unix socket, and the page's own path."""

    host: str
    port: int
    path: str
    socket_path: str = ""

    def __str__(self) -> str:
        if self.socket_path:
            return self.socket_path
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}{self.path}"


def address(text: str) -> Address:
    """Return the address in a text: ``http://HOST[:PORT][/PATH]``, or the path of a socket.

    Raises
    ------
    PageError
        For anything else.
    """
    if text.startswith("/"):
        return Address("localhost", 0, "", socket_path=text)
    try:
        parts = urlsplit(text)
        port = parts.port or 80
    except ValueError:
        raise PageError("it is no address") from None
    if parts.scheme != "http" or not parts.hostname or parts.username is not None:
        raise PageError("it is no address such as http://127.0.0.1:9100/metrics")
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    if not path.isascii() or any(c.isspace() or not c.isprintable() for c in path):
        raise PageError("its path has characters that no address has")
    return Address(parts.hostname, port, path)


def get(place: Address, path: str, token: str = "") -> bytes:
    """Return the page at a path of this place.

    Parameters
    ----------
    token
        Is sent along as a bearer's, unless it is empty.

    Raises
    ------
    PageError
        Where no page comes in time, or something else than a page.
    """
    until_s = time.monotonic() + ANSWER_S
    try:
        with _connected(place) as connection:
            _wait(connection, until_s)
            connection.sendall(_request(place, path, token))
            return _body(_received(connection, until_s))
    except TimeoutError:
        raise PageError(f"{place} does not answer within {ANSWER_S:g} s") from None
    except OSError as error:
        raise PageError(f"{place}: {error.strerror or error}") from None
    except PageError as error:
        raise PageError(f"{place} {error}") from None


def _connected(place: Address) -> socket.socket:
    if not place.socket_path:
        return socket.create_connection((place.host, place.port), ANSWER_S)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(ANSWER_S)
        connection.connect(place.socket_path)
    except BaseException:
        connection.close()
        raise
    return connection


def _request(place: Address, path: str, token: str) -> bytes:
    host = f"[{place.host}]" if ":" in place.host else place.host
    lines = [f"GET {path} HTTP/1.0", f"Host: {host}", "Accept: */*"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii", "replace")


def _wait(connection: socket.socket, until_s: float) -> None:
    left_s = until_s - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    connection.settimeout(left_s)


def _received(connection: socket.socket, until_s: float) -> bytes:
    """Return all that is said, however slowly: until the end, or its time is over."""
    found = bytearray()
    while True:
        _wait(connection, until_s)
        more = connection.recv(_RECEIVED)
        if not more:
            return bytes(found)
        found += more
        if len(found) > MOST_BYTES:
            raise PageError(f"answers with more than {MOST_BYTES >> 20} MiB")


def _body(answer: bytes) -> bytes:
    status = _STATUS.match(answer)
    end = _HEAD_END.search(answer)
    if status is None or end is None:
        raise PageError("does not answer as a web server does")
    if status[1] != b"200":
        raise PageError(f"answers with the status {status[1].decode()}")
    head = answer[: end.start()].lower()
    length = re.search(rb"\ncontent-length:[ \t]*(\d+)", head)
    body = answer[end.end() :]
    if b"\ntransfer-encoding:" in head or (length and len(body) < int(length[1][:9])):
        raise PageError("answers with half a page")
    return body
