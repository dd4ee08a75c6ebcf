"""Why this program does not use the host's service, and what a person can do about it."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Collection
from pathlib import Path

from ..printable import printable, shortened
from ..sources.base import MAX_REASON, Missing
from .greeting import SERVICE, RefusedError, StrangerError

_AGAIN = "then restart this program or kernel"
_NOT_LISTENING = "nobody listens there: it has been stopped, or has ended"
_NOT_SINCE = "this user was let into its group only after this program's session had begun"
_LOG_IN = "log in again (on JupyterHub: stop your server and start it)"
_ROOT_ALONE = (
    "Root alone may. Whoever runs it names a group that may, with you in it: `jupyter green serve "
    "--group NAME`."
)
_START = (
    "Whoever runs this machine can start it: `sudo systemctl start jupyter-green.socket`; "
    f"{_AGAIN}."
)
_NAME_IT = (
    "Start it there, or correct what names it (JUPYTER_GREEN_SOCKET, or `socket` of EnergyMagics "
    f"or Meter); {_AGAIN}."
)
_MAKE_ROOM = (
    "If it is full, shut down kernels that are not needed; if it is of another release, install "
    f"the same one; {_AGAIN}."
)
_OWN = (
    "Use one that root runs, or start one of your own: `jupyter green serve --socket PATH`, and "
    "name it by JUPYTER_GREEN_SOCKET."
)
_LOOK = (
    "Whoever runs this machine can look at it and start it again: `systemctl status "
    f"jupyter-green`, `sudo systemctl restart jupyter-green`; {_AGAIN}."
)
_FIRST_PRIVATE_ID = 1000
"""From here on ids are of people: login.defs(5)."""


def not_used(path: str, error: OSError) -> Missing:
    """Return what a report says of a service that is not used.

    Parameters
    ----------
    path
        Its socket.
    error
        What came of connecting to it.
    """
    why, remedy = _told(path, error)
    reason = shortened(printable(f"the service at {path} is not used: {why}"), MAX_REASON)
    return Missing(SERVICE, reason, remedy)


def _told(path: str, error: OSError) -> tuple[str, str]:
    why = error.strerror or str(error)
    if isinstance(error, ConnectionRefusedError):
        return _NOT_LISTENING, _START
    if isinstance(error, FileNotFoundError):
        return why, _NAME_IT
    if isinstance(error, PermissionError):
        return not_let_in(_group(path), _groups(), why)
    if isinstance(error, RefusedError):
        return why, _MAKE_ROOM
    if isinstance(error, StrangerError):
        return why, _OWN
    return why, _LOOK


def not_let_in(group: int | None, groups: Collection[int], why: str) -> tuple[str, str]:
    """Return why a user may not connect, and what helps.

    Of people's own groups no name is told: it is a person's.

    Parameters
    ----------
    group
        The socket's, ``None`` where it cannot be seen.
    groups
        Those in which the system's lists have this user, whatever this process has.
    why
        What else is to be said.
    """
    if group is None:
        return why, _LOOK
    if group == 0:
        return why, _ROOT_ALONE
    if group in groups:
        return _NOT_SINCE, f"Just {_LOG_IN}."
    name = _name(group)
    told = str(group) if name is None or group >= _FIRST_PRIVATE_ID else name
    way = f"`sudo usermod --append --groups {told} YOU`; then {_LOG_IN}"
    if name is None:  # as in containers
        pod, container = f"`supplementalGroups: [{told}]`", f"`--group-add {told}`"
        way = f"a pod by {pod}, a container by {container}, a user by {way}"
    return why, f"Whoever runs this machine can let you in: {way}."


def _name(group: int) -> str | None:
    try:
        return grp.getgrgid(group).gr_name
    except KeyError:
        return None


def _group(path: str) -> int | None:
    try:
        return Path(path).stat().st_gid
    except OSError:  # in a folder that this user may not enter
        return None


def _groups() -> Collection[int]:
    try:
        user = pwd.getpwuid(os.geteuid())
        return os.getgrouplist(user.pw_name, user.pw_gid)
    except (KeyError, OSError):
        return ()
