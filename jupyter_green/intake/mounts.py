"""Whether a folder is on a disk of this host or beyond a network (proc(5), mountinfo)."""

from __future__ import annotations

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
_KINDS = """
    9p acfs afs beegfs ceph cifs coda fhgfs fuse.cephfs fuse.davfs fuse.gcsfuse fuse.glusterfs
    fuse.juicefs fuse.mfs fuse.rclone fuse.s3fs fuse.sshfs gfs2 glusterfs gpfs lustre moosefs nfs
    nfs4 ocfs2 orangefs panfs pvfs2 smb smb2 smb3 smbfs virtiofs wekafs
"""
NETWORK = frozenset(_KINDS.split())
"""Kinds of file systems on which SQLite's write-ahead log does not work (sqlite.org/wal.html)."""


def is_on_network(path: Path, mounts: Path = MOUNTS) -> bool:
    """Whether a path is on a file system that several hosts may share; not where unknown."""
    return file_system(path, mounts) in NETWORK


def file_system(path: Path, mounts: Path = MOUNTS) -> str | None:
    """Return the kind of the file system that a path is on, or is to be on."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        real = path.resolve()
    except (OSError, RuntimeError):
        return None
    best: tuple[int, str | None] = (-1, None)
    for line in lines:
        place, _, rest = line.partition(" - ")
        fields = place.split()
        if len(fields) < 5 or not rest:
            continue
        point = Path(_unescaped(fields[4]))
        # The last mount of a place is the one that is seen, hence the equals.
        if (point == real or point in real.parents) and len(point.parts) >= best[0]:
            best = (len(point.parts), rest.split()[0])
    return best[1]


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
