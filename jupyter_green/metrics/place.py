"""Where the page is served, and to whom: not beyond loopback without TLS and a token."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

LEAST_TOKEN = 16
"""Characters of a token that nobody guesses."""


class CannotServeError(ValueError):
    """The page is not served there; the message says why."""


@dataclass(frozen=True)
class Access:
    """Who gets the page.

    Parameters
    ----------
    tls
        With which the connection is encrypted, ``None`` for none.
    token
        What has to be shown for it, empty for nothing.
    """

    tls: ssl.SSLContext | None = None
    token: str = ""

    def check(self, listener: socket.socket) -> None:
        """Refuse a socket that others than this host reach without TLS and a token.

        Raises
        ------
        CannotServeError
            For such a one.
        """
        host = listener.getsockname()[0]
        if not ipaddress.ip_address(host.partition("%")[0]).is_loopback and not (
            self.tls and self.token
        ):
            raise CannotServeError(
                f"others reach {host}: that needs --tls-cert, --tls-key and --token-file"
            )


def access(certificate: Path | None, key: Path | None, token_file: Path | None) -> Access:
    """Return who gets the page, from the files that say so.

    Raises
    ------
    CannotServeError
        Where one cannot be used.
    """
    token = ""
    if token_file is not None:
        try:
            token = token_file.read_text("ascii").strip()
        except (OSError, ValueError) as error:
            raise CannotServeError(f"{token_file}: {_why(error)}") from None
        if len(token) < LEAST_TOKEN:
            raise CannotServeError(f"{token_file} has no token of {LEAST_TOKEN} characters or more")
    if (certificate is None) != (key is None):
        raise CannotServeError("--tls-cert and --tls-key are given together")
    if certificate is None:
        return Access(token=token)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        tls.load_cert_chain(certificate, key)
    except (OSError, ValueError) as error:
        raise CannotServeError(f"{certificate}, {key}: {_why(error)}") from None
    return Access(tls, token)


def listening(text: str) -> socket.socket:
    """Return a new socket at ``HOST:PORT``.

    Raises
    ------
    CannotServeError
        Where that is not possible.
    """
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isascii() or not port.isdecimal() or int(port) > 65535:
        raise CannotServeError(f"{text} is no address such as 127.0.0.1:9532")
    try:
        (family, *_, address), *_ = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        raise CannotServeError(f"{text}: {_why(error)}") from None


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else "") or str(error)
