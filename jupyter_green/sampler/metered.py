"""When a sampler had windows open: what it publishes, as the few bytes of a file."""

from __future__ import annotations

import contextlib
import struct
import zlib
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from .lineage import Program

MOST_BYTES = 8192
_MOST_STRETCHES = 256
_MOST_WITHIN = 48
_SAME_STRETCH_NS = 2_000_000
"""Windows that follow each other so closely are one stretch: 256 of them last half a second."""

_MAGIC = b"jgreen2\n"
_FRONT = struct.Struct("<8sI")
"""The form, and a checksum of the rest: what is read while it is written is not believed."""
_HEAD = struct.Struct("<16s5Q2H")
_PAIR = struct.Struct("<2Q")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boot() -> bytes:
    """Return what tells this boot of the machine from another, whose clock was another one.

    Nothing but zeros where the system does not say.
    """
    with contextlib.suppress(OSError, ValueError):
        return bytes.fromhex(_BOOT_ID.read_text().strip().replace("-", ""))[:16].ljust(16, b"\0")
    return bytes(16)


class Metered(NamedTuple):
    """When a program had windows open. Times are CLOCK_MONOTONIC in nanoseconds."""

    boot: bytes
    program: Program
    within: tuple[Program, ...] = ()
    """The programs that it was started by."""
    open_windows: int = 0
    open_since_ns: int = 0
    """Without a break; 0 while none is open."""
    seen_ns: int = 0
    """When it was last at work, as it said itself."""
    past: tuple[tuple[int, int], ...] = ()
    """The stretches before, each with its begin and end, the latest last."""

    @property
    def last_ns(self) -> int:
        """When a window was last open, as far as is known of one that has died."""
        if self.open_windows:
            return max(self.seen_ns, self.open_since_ns)
        return self.past[-1][1] if self.past else 0

    def is_kin_of(self, program: Program, within: tuple[Program, ...]) -> bool:
        """Whether it is the same program, one that it has started, or one that has started it."""
        return program == self.program or program in self.within or self.program in within

    def overlaps(self, begin_ns: int, end_ns: int, *, lives: bool) -> bool:
        """Whether a window was open at any time in between."""
        if self.open_windows and self.open_since_ns < end_ns and (lives or begin_ns < self.last_ns):
            return True
        return any(begin < end_ns and begin_ns < end for begin, end in self.past)

    def marked(self, open_windows: int, now_ns: int) -> Metered:
        """Return what is so from `now_ns` on."""
        since_ns, past = self.open_since_ns, self.past
        if open_windows and not self.open_windows:
            since_ns = now_ns
            if past and now_ns - past[-1][1] < _SAME_STRETCH_NS:
                since_ns, past = past[-1][0], past[:-1]
        elif self.open_windows and not open_windows:
            since_ns, past = 0, (*past, (since_ns, now_ns))[-_MOST_STRETCHES:]
        return self._replace(
            open_windows=open_windows, open_since_ns=since_ns, seen_ns=now_ns, past=past
        )

    def pack(self) -> bytes:
        """Return it as bytes."""
        within = self.within[:_MOST_WITHIN]
        numbers = (*self.program, self.open_windows, self.open_since_ns, self.seen_ns)
        head = _HEAD.pack(self.boot, *numbers, len(within), len(self.past))
        pairs = [*chain.from_iterable(within), *chain.from_iterable(self.past)]
        body = head + struct.pack(f"<{len(pairs)}Q", *pairs)
        return _FRONT.pack(_MAGIC, zlib.crc32(body)) + body


def unpack(data: bytes) -> Metered | None:
    """Read :meth:`Metered.pack` back, ``None`` where it is something else."""
    if len(data) < _FRONT.size + _HEAD.size or len(data) > MOST_BYTES:
        return None
    magic, checksum = _FRONT.unpack_from(data)
    body = data[_FRONT.size :]
    if magic != _MAGIC or checksum != zlib.crc32(body):
        return None
    boot_id, pid, start, open_windows, since_ns, seen_ns, n_within, n_past = _HEAD.unpack_from(body)
    rest = body[_HEAD.size :]
    if len(rest) != _PAIR.size * (n_within + n_past):
        return None
    pairs = list(_PAIR.iter_unpack(rest))
    within = tuple(Program(*pair) for pair in pairs[:n_within])
    past = tuple((begin, end) for begin, end in pairs[n_within:])
    return Metered(boot_id, Program(pid, start), within, open_windows, since_ns, seen_ns, past)
