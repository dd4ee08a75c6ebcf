"""Whether a framework's call is still running: most tell their callbacks nothing of an error."""

from __future__ import annotations

import sys
import threading
from types import FrameType


class Caller:
    """The call that a callback was called from, such as ``model.fit``.

    Parameters
    ----------
    package
        Whose call: the outermost one of this package that the callback runs within.
    """

    def __init__(self, package: str) -> None:
        self._thread = threading.get_ident()
        self._frame = _outermost(sys._getframe(1), package)  # noqa: SLF001  (there is no other way)

    @property
    def is_running(self) -> bool:
        """Whether it has neither returned nor been left by an error; from any thread."""
        if self._frame is None:
            return True
        frame = sys._current_frames().get(self._thread)  # noqa: SLF001
        while frame is not None and frame is not self._frame:
            frame = frame.f_back
        return frame is not None


def _outermost(frame: FrameType | None, package: str) -> FrameType | None:
    """Return the last of a package's frames in a row, from a frame on outward."""
    found = None
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module == package or module.startswith(f"{package}."):
            found = frame
        elif found is not None:
            break
        frame = frame.f_back
    return found
