"""The users, pods and jobs of a host, by their control groups, and the CPU time of each.

What names them are the folders that systemd (systemd.special(7), pam_systemd(8)), SystemdSpawner,
the kubelet with either of its drivers, and Slurm (cgroup.conf(5), of version 1 and 2) make. None
of these lies within another one. Control groups may be read by anyone.
"""

from __future__ import annotations

import pwd
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ..service.control_groups import ControlGroup, ControlGroups

_FOLDERS = (
    "user.slice/user-*.slice",
    "system.slice/jupyter-*-singleuser.service",
    "kubepods.slice/kubepods-pod*.slice",
    "kubepods.slice/kubepods-*.slice/kubepods-*-pod*.slice",
    "kubepods/pod*",
    "kubepods/*/pod*",
    "system.slice/slurmstepd.scope/job_*",
    "slurm/uid_*/job_*",
)
_NAMES = (
    ("uid", re.compile(r"user-(\d+)\.slice")),
    ("user", re.compile(r"jupyter-(.+)-singleuser\.service")),
    ("pod", re.compile(r"(?:.*-)?pod([0-9a-f]{8}[-_0-9a-f]{24,28})(?:\.slice)?")),
    ("job", re.compile(r"job_(\d+)")),
)


class HostUnits:
    """Finds what runs on a host.

    Parameters
    ----------
    roots
        Where control groups are shown, and of which version they are; those of this host.
    """

    def __init__(self, roots: Sequence[tuple[Path, int]] | None = None) -> None:
        self._roots = ControlGroups().roots if roots is None else roots

    def used_s(self) -> Mapping[str, float]:
        """Return the CPU seconds that each has used: ``user:ada``, ``pod:UID``, ``job:17``.

        A user's session and server are two control groups of one unit.
        """
        found: dict[str, float] = {}
        for name, group in self._groups():
            with suppress(OSError, ValueError):  # it has just gone
                found[name] = found.get(name, 0.0) + group.read_s()
        return found

    def _groups(self) -> Iterator[tuple[str, ControlGroup]]:
        """Yield each control group once, though both versions may show it."""
        seen: set[str] = set()
        for root, version in self._roots:
            for folder in _folders(root):
                name, place = _name(folder.name), str(folder.relative_to(root))
                if name and place not in seen:
                    seen.add(place)
                    yield name, ControlGroup(folder, version)


def _folders(root: Path) -> Iterator[Path]:
    for pattern in _FOLDERS:
        yield from root.glob(pattern)


def _name(folder: str) -> str:
    """Return what a control group's unit is called, nothing where it is none."""
    for kind, pattern in _NAMES:
        found = pattern.fullmatch(folder)
        if found is None:
            continue
        if kind == "uid":
            return f"user:{_user(int(found[1]))}"
        return f"{kind}:{found[1].replace('_', '-') if kind == 'pod' else found[1]}"
    return ""


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except (KeyError, OverflowError):
        return str(number)
