"""Whether a cell waits for what somebody types."""

from __future__ import annotations

import sys

_KERNEL = "ipykernel.kernelbase"
_WAITING = "_input_request"
_DEEPEST = 40
"""What waits stands within so many calls of the innermost one."""


def waits_for_input(thread_id: int) -> bool:
    """Whether a thread stands in the kernel's own request for a line of input.

    Nothing of the kernel is replaced for that: its calls are looked at from outside.
    """
    frame = sys._current_frames().get(thread_id)  # noqa: SLF001  (the documented way)
    for _ in range(_DEEPEST):
        if frame is None:
            return False
        is_kernel = frame.f_globals.get("__name__") == _KERNEL
        if is_kernel and frame.f_code.co_name == _WAITING:
            return True
        frame = frame.f_back
    return False
