"""Raw values of Windows' performance counters, by ``pdh.dll``.

Microsoft's reference of pdh.h: ``PdhOpenQueryW``, ``PdhAddEnglishCounterW`` (counters have other
names in each language), ``PdhCollectQueryData``, ``PdhGetRawCounterArrayW``, ``PDH_RAW_COUNTER``.
No right is needed for what any user may see in the Performance Monitor.
"""

from __future__ import annotations

import ctypes
from typing import Any

_MORE_DATA = 0x800007D2
_VALID = (0, 1)
"""Of ``CStatus``: ``PDH_CSTATUS_VALID_DATA`` and ``PDH_CSTATUS_NEW_DATA``."""
_DWORD = ctypes.c_uint32
_HANDLE = ctypes.c_void_p


class PdhError(OSError):
    """A counter cannot be read; the text has the code that PDH returned."""


class _Raw(ctypes.Structure):
    _fields_ = (
        ("status", _DWORD),
        ("time_low", _DWORD),
        ("time_high", _DWORD),
        ("first_value", ctypes.c_int64),
        ("second_value", ctypes.c_int64),
        ("multi_count", _DWORD),
    )


class _Item(ctypes.Structure):
    _fields_ = (("name", ctypes.c_wchar_p), ("raw", _Raw))


class RawCounters:
    r"""One counter of all instances, such as ``\Energy Meter(*)\Energy``.

    Raises
    ------
    PdhError
        If there is no such counter here, or no ``pdh.dll``.
    """

    def __init__(self, path: str) -> None:
        self._query = _HANDLE()
        self._counter = _HANDLE()
        self._pdh = _library()
        _check(self._pdh.PdhOpenQueryW(None, 0, ctypes.byref(self._query)))
        try:
            added = self._pdh.PdhAddEnglishCounterW(
                self._query, path, 0, ctypes.byref(self._counter)
            )
            _check(added)
        except PdhError:
            self.close()
            raise

    def read(self) -> dict[str, int]:
        """Return the value of each instance that has one now.

        Raises
        ------
        PdhError
            If nothing can be read.
        """
        _check(self._pdh.PdhCollectQueryData(self._query))
        size, count = _DWORD(), _DWORD()
        get = self._pdh.PdhGetRawCounterArrayW
        sizes = (self._counter, ctypes.byref(size), ctypes.byref(count))
        if (code := get(*sizes, None)) & 0xFFFFFFFF != _MORE_DATA:
            _check(code)
            return {}
        # The names that the items point to stand behind them, in the same memory.
        memory = ctypes.create_string_buffer(size.value)
        _check(get(*sizes, memory))
        items = (_Item * count.value).from_buffer(memory)
        return {item.name: item.raw.first_value for item in items if item.raw.status in _VALID}

    def close(self) -> None:
        """Let the query and its counter go."""
        self._pdh.PdhCloseQuery(self._query)


def _library() -> Any:
    try:
        library = ctypes.WinDLL("pdh")  # type: ignore[attr-defined,unused-ignore]
    except (AttributeError, OSError) as failure:
        raise PdhError(f"pdh.dll cannot be loaded: {failure}") from failure
    library.PdhOpenQueryW.argtypes = [ctypes.c_wchar_p, ctypes.c_size_t, ctypes.c_void_p]
    library.PdhAddEnglishCounterW.argtypes = [
        _HANDLE,
        ctypes.c_wchar_p,
        ctypes.c_size_t,
        ctypes.c_void_p,
    ]
    library.PdhCollectQueryData.argtypes = [_HANDLE]
    library.PdhGetRawCounterArrayW.argtypes = [_HANDLE, *[ctypes.c_void_p] * 3]
    library.PdhCloseQuery.argtypes = [_HANDLE]
    return library


def _check(code: int) -> None:
    if code:
        raise PdhError(f"PDH returns {code & 0xFFFFFFFF:#010x}")
