"""The control group of a process, and the CPU time of all in it: of version 1 and 2.

A container has a namespace of control groups: there paths begin at its own group, and those of
others with ``/..``. Where it is handed the host's groups, its own is looked for among them.

Sources: cgroups(7), cgroup_namespaces(7); Linux's Documentation/admin-guide/cgroup-v2.rst
(``cpu.stat``) and cgroup-v1/cpuacct.rst (``cpuacct.usage``); proc(5) for ``mountinfo`` and
``cgroup``.
"""

from __future__ import annotations

import itertools
import os
import posixpath
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..sampler.load import PROC_ROOT

WHOLE = re.compile(r"(.*?/(?:job_\d+|[^/]*pod[0-9a-f]{8}[-_0-9a-f]{28}(?:\.slice)?))(?:/.*)?")
"""A job of Slurm and a pod of Kubernetes have groups below them: those belong together."""
MOST_BELOW, MOST_IN_IT = 50, 200
"""Groups below a group, and processes in one, that are looked at to find out whose they are."""
USERS_S = 10.0
"""How long it stands whose processes are in a group."""


@dataclass(frozen=True)
class ControlGroup:
    """A control group in which CPU time is counted."""

    folder: Path
    version: int

    def read_s(self) -> float:
        """Return the CPU seconds that all in it have used.

        Raises
        ------
        OSError
            Where it has gone.
        """
        if self.version == 1:
            return int((self.folder / "cpuacct.usage").read_bytes()) * 1e-9
        for line in (self.folder / "cpu.stat").read_bytes().splitlines():
            name, _, value = line.partition(b" ")
            if name == b"usage_usec":
                return int(value) * 1e-6
        raise OSError("no CPU time is counted in the control group")

    def users(self) -> set[int]:
        """Return whose processes are in it, root's left out: it starts those of others."""
        found: set[int] = set()
        below = itertools.islice(self.folder.rglob("*/"), MOST_BELOW)
        for path in (self.folder, *below):
            with suppress(OSError):
                for pid in (path / "cgroup.procs").read_text().split()[:MOST_IN_IT]:
                    with suppress(OSError):
                        found.add((PROC_ROOT / pid).stat().st_uid)
        return found - {0}


@dataclass(frozen=True)
class _Hierarchy:
    """Where control groups are shown: what is mounted, and where."""

    version: int
    root: str
    """Which group is at the mount, as seen from this program's namespace."""
    mount: Path
    own: str | None = None
    """Where that namespace begins below the mount; ``None`` where it does not."""

    def folder(self, path: str) -> str | None:
        """Return where a group is below the mount, ``None`` where it is not shown."""
        if self.own is not None:
            return posixpath.normpath(f"{self.own}/{path}")
        root = self.root.rstrip("/")
        is_shown = path.startswith(f"{root}/") and not path.startswith("/..")
        return path[len(root) :] if is_shown else None


class ControlGroups:
    """Finds the control groups of processes.

    Parameters
    ----------
    proc_root
        The procfs to read.
    """

    def __init__(self, proc_root: Path = PROC_ROOT) -> None:
        self._proc_root = proc_root
        self._hierarchies = self._mounted()
        self._own = self._paths("self")

    @property
    def roots(self) -> list[tuple[Path, int]]:
        """Where groups are shown, and of which version, 2 first."""
        return [(each.mount, each.version) for each in self._hierarchies]

    def of(self, pid: int) -> ControlGroup | None:
        """Return the group of a process, its pod's or job's where it is in one.

        ``None`` where it has none of its own: it is in the root, or in that of this program.

        Raises
        ------
        OSError
            Where there is no such process, or it is hidden.
        """
        paths = self._paths(str(pid))
        if not paths:
            raise OSError("the process shows no control group")
        for hierarchy in self._hierarchies:
            path = paths.get(hierarchy.version, "/")
            if path == self._own.get(hierarchy.version):
                continue
            group = self._shown(hierarchy, path)
            if group is not None:
                return group
        return None

    @staticmethod
    def _shown(hierarchy: _Hierarchy, path: str) -> ControlGroup | None:
        folder = hierarchy.folder(path)
        if folder is None or folder == "/":
            return None
        if found := WHOLE.fullmatch(folder):
            folder = found[1]
        group = ControlGroup(hierarchy.mount / folder[1:], hierarchy.version)
        try:
            group.read_s()
        except (OSError, ValueError):
            return None
        return group

    def _mounted(self) -> list[_Hierarchy]:
        """Return what is mounted, version 2 first."""
        found: list[_Hierarchy] = []
        text = ""
        with suppress(OSError):
            text = os.fsdecode((self._proc_root / "self/mountinfo").read_bytes())
        for line in text.split("\n"):
            front, _, back = line.partition(" - ")
            fields, (kind, *_, options) = front.split(), back.split() or ("", "")
            if len(fields) < 5:
                continue
            if kind == "cgroup2":
                found.append(_hierarchy(2, fields[3], Path(fields[4])))
            elif kind == "cgroup" and "cpuacct" in options.split(","):
                found.append(_hierarchy(1, fields[3], Path(fields[4])))
        return sorted(found, key=lambda each: -each.version)

    def _paths(self, pid: str) -> dict[int, str]:
        """Return the paths of a process's groups, by version."""
        found: dict[int, str] = {}
        # Whoever may make a group may give it a name of any bytes.
        for line in os.fsdecode((self._proc_root / pid / "cgroup").read_bytes()).split("\n"):
            number, _, rest = line.partition(":")
            controllers, _, path = rest.partition(":")
            if number == "0" and not controllers:
                found[2] = path
            elif "cpuacct" in controllers.split(","):
                found[1] = path
        return found


def _hierarchy(version: int, root: str, mount: Path) -> _Hierarchy:
    """Describe a mount; of one that begins above this program's namespace find where that is."""
    if not root.startswith("/.."):
        return _Hierarchy(version, root, mount)
    pid = f"{os.getpid()}\n"
    for procs in mount.glob("*/" * root.count("..") + "cgroup.procs"):
        with suppress(OSError):
            if pid in procs.read_text().splitlines(keepends=True):
                return _Hierarchy(version, root, mount, f"/{procs.parent.relative_to(mount)}")
    return _Hierarchy(version, root, mount)
