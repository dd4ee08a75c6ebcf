"""One entry as a line: eight hexadecimal digits of its CRC-32, a space, and JSON.

What was torn by a full disk or a power cut does not fit its checksum.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

MOST_BYTES = 1 << 20
"""Of a line. The longest that is written, a report, has 16 KiB, and 128 sensors have 64."""

SENSORS = "sensors"
OPENED = "opened"
MARK = "mark"
CLOSED = "closed"
FORGOTTEN = "forgotten"
"""The kinds of entries: what a sampler reads, what a window's begin was given, the joules so far,
a window's report, and what was in the place of one that the user had forgotten."""

_AROUND = len(b"00000000 \n")
_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def pack(kind: str, **fields: Any) -> bytes:
    """Return an entry as a line.

    Raises
    ------
    ValueError, TypeError
        For what is no JSON, NaN among it.
    """
    return _line(_encode({"kind": kind, **fields}).encode())


def pack_as_long(length: int, kind: str, **fields: Any) -> bytes:
    """Return an entry as a line of that length, to stand in the place of another one.

    Raises
    ------
    ValueError
        Where it needs a longer one.
    """
    body = _encode({"kind": kind, **fields}).encode().ljust(length - _AROUND)
    if len(body) + _AROUND != length:
        raise ValueError(f"an entry of {len(body)} bytes does not fit into a line of {length}")
    return _line(body)


def _line(body: bytes) -> bytes:
    return b"%08x %s\n" % (zlib.crc32(body), body)


def unpack(line: bytes) -> Mapping[str, Any] | None:
    """Return the entry in a line; ``None`` for one that is torn, too long, or foreign."""
    checksum, _, body = line.rstrip(b"\n").partition(b" ")
    if len(checksum) != 8 or len(line) > MOST_BYTES:
        return None
    try:
        if int(checksum, 16) != zlib.crc32(body):
            return None
        entry = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) and isinstance(entry.get("kind"), str) else None


def complete(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file that are whole, from where it stands; stop before a torn one.

    The file then stands behind the last whole line. Of a line that is too long comes its begin.
    """
    while True:
        place = stream.tell()
        line = stream.readline(MOST_BYTES + 1)
        if not line.endswith(b"\n"):
            begin = line
            while line and not line.endswith(b"\n"):
                line = stream.readline(MOST_BYTES)
            if not line:
                stream.seek(place)
                return
            line = begin
        yield line
