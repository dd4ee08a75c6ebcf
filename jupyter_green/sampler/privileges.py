"""How a process gives up for good all that the system lets it do beyond any other of its user's.

What it has opened stays open. Linux keeps capabilities for each thread, so this comes before a
process starts any (capabilities(7)).
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
from pathlib import Path

PR_CAPBSET_READ, PR_CAPBSET_DROP = 23, 24
PR_SET_SECUREBITS = 28
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
SECURE_BITS = 0x2F
"""Being root gives no capability again, locked: include/uapi/linux/securebits.h."""
CAPABILITY_VERSION = 0x20080522
"""include/uapi/linux/capability.h"""
MOST_CAPABILITIES = 64


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def give_up() -> None:
    """Give up every capability of this thread, and of all threads and programs that it starts.

    Raises
    ------
    OSError
        Where one of them is left.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    # The first three need a capability themselves: without it there is nothing to take away.
    for capability in range(MOST_CAPABILITIES):
        if libc.prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1:
            libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    libc.prctl(PR_SET_SECUREBITS, SECURE_BITS, 0, 0, 0)
    libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    header = _Header(CAPABILITY_VERSION, 0)
    none = (_Sets * 2)()
    if libc.capset(ctypes.byref(header), none) != 0:
        raise OSError(ctypes.get_errno(), "the capabilities cannot be given up")
    if left := permitted():
        raise OSError(f"capabilities are left: {left:x}")


def permitted(status: Path = Path("/proc/thread-self/status")) -> int:
    """Return the capabilities that a thread may use, as bits; 0 where that is not shown."""
    with contextlib.suppress(OSError):
        for line in status.read_text().splitlines():
            name, _, value = line.partition(":")
            if name == "CapPrm":
                return int(value, 16)
    return 0
