"""What NVML's errors mean to a meter: a lasting no, a driver that went away, or a passing fault.

The codes are ``nvmlReturn_t`` of the NVML API reference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

NO_PERMISSION = 4

REFUSALS = frozenset({2, 3, NO_PERMISSION, 13, 25, 26})
"""INVALID_ARGUMENT (an older driver does not know the field), NOT_SUPPORTED, NO_PERMISSION,
FUNCTION_NOT_FOUND, ARGUMENT_VERSION_MISMATCH, DEPRECATED: asking again gives the same answer."""

DRIVER_GONE = frozenset({1, 9})
"""UNINITIALIZED, DRIVER_NOT_LOADED: NVML has to be started again."""


def refusal(pynvml: Any, call: Callable[[Any], object], handle: Any) -> Any | None:
    """Return the error with which the board refuses `call` for good.

    ``None`` where it answers. A passing fault does not count as a no; a `pynvml` that cannot
    make the call, as it is older, does.
    """
    try:
        call(handle)
    except pynvml.NVMLError as error:
        return error if error.value in REFUSALS else None
    except Exception as error:  # noqa: BLE001  (an older pynvml fails in ways of its own)
        return error
    return None
