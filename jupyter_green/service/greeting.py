"""The first words between the service and a client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._version import __version__
from ..sampler import wire


class Greeting:
    """Answers a client's first line.

    Parameters
    ----------
    about
        What each client is told of the service.
    """

    def __init__(self, about: Mapping[str, Any]) -> None:
        self._answers = {
            protocol: wire.encode([wire.HELLO, protocol, {"version": __version__, **about}])
            for protocol in range(wire.OLDEST, wire.NEWEST + 1)
        }

    def answer(self, line: bytes) -> bytes:
        """Return the answer to a greeting.

        Raises
        ------
        BadRequestError
            For another line, and for protocols that are not spoken.
        """
        request = wire.request(line)
        if request[0] != wire.HELLO:
            raise wire.BadRequestError("the first word is no greeting")
        return self._answers[self._chosen(request)]

    @staticmethod
    def _chosen(request: Sequence[Any]) -> int:
        protocol = wire.chosen(*request[1:])
        if protocol is None:
            ours = f"it speaks the protocols {wire.OLDEST} to {wire.NEWEST}"
            raise wire.BadRequestError(f"{ours} (jupyter-green {__version__}), this program others")
        return protocol
