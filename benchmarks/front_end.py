"""A kernel whose cells are timed, and have to succeed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType

from tests.testbench.kernel import Kernel


class CellError(RuntimeError):
    """A cell has failed; the message is its exception."""


class FrontEnd:
    """A kernel and the client of it."""

    def __init__(self) -> None:
        self._kernel = Kernel()

    @property
    def kernel_pid(self) -> int:
        """The kernel's process id."""
        return self._kernel.pid

    def start(self, code: str, metadata: Mapping[str, str] | None = None) -> str:
        """Send a cell; return the request's id."""
        return self._kernel.start(code, metadata)

    def finish(self, request: str) -> str:
        """Wait until the kernel is idle and has replied; return what the cell printed.

        Raises
        ------
        CellError
            Where the cell failed.
        """
        ran = self._kernel.finish(request)
        if ran.status != "ok":
            raise CellError(f"{ran.reply.get('ename')}: {ran.reply.get('evalue')}")
        return "".join(c["text"] for c in ran.of("stream") if c["name"] == "stdout")

    def run(self, code: str, metadata: Mapping[str, str] | None = None) -> str:
        """Run a cell to its end; return what it printed."""
        return self.finish(self.start(code, metadata))

    def timed(self, code: str, metadata: Mapping[str, str] | None = None) -> tuple[float, str]:
        """Run a cell; return the seconds until the kernel is idle again, and what was printed."""
        began = time.perf_counter()
        printed = self.run(code, metadata)
        return time.perf_counter() - began, printed

    def __enter__(self) -> FrontEnd:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._kernel.close()
