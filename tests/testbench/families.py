"""Becomes a command that may open local sockets alone, as systemd has a unit be.

    python tests/testbench/families.py COMMAND...

is ``RestrictAddressFamilies=AF_UNIX`` (systemd.exec(5)): a filter of system calls, by seccomp(2).
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import socket
import struct
import sys

_SOCKET = {"x86_64": 41, "aarch64": 198}.get(platform.machine())
"""The number of socket(2)."""
_NUMBER, _FIRST_ARGUMENT = 0, 16
"""Where these lie in ``struct seccomp_data`` (<linux/seccomp.h>)."""
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
"""<linux/bpf_common.h>."""
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _MODE_FILTER = 38, 22, 2

missing = "" if _SOCKET else f"the number of socket(2) on {platform.machine()} is not known"


def _steps() -> list[tuple[int, int, int, int]]:
    """Return the filter: operation, how many steps to skip if so and if not, operand."""
    assert _SOCKET is not None
    return [
        (_LOAD, 0, 0, _NUMBER),
        (_JUMP_IF_EQUAL, 0, 2, _SOCKET),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_JUMP_IF_EQUAL, 0, 1, socket.AF_UNIX),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE | errno.EAFNOSUPPORT),
    ]


def restrict() -> None:
    """Restrict this process, and all that it becomes or starts."""
    steps = _steps()
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    for call in ((_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (_PR_SET_SECCOMP, _MODE_FILTER, program)):
        if libc.prctl(*call) != 0:
            raise OSError(ctypes.get_errno(), "no filter of system calls can be set")


if __name__ == "__main__":
    restrict()
    os.execvp(sys.argv[1], sys.argv[1:])
