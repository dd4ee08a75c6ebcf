"""The socket on which the service listens: systemd's, or one of its own."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Collection, MutableMapping
from pathlib import Path

FIRST_FD = 3
"""systemd hands on sockets from this descriptor on: sd_listen_fds(3)."""
MOST_PENDING = 512
MODE = 0o660
FOLDER_MODE = 0o755


class CannotListenError(OSError):
    """There is no socket to listen on; the message says why."""


def handed_on(
    families: Collection[socket.AddressFamily] = (socket.AF_UNIX,),
    environ: MutableMapping[str, str] = os.environ,
) -> socket.socket | None:
    """Return the socket that systemd has opened for this process, ``None`` where it has not.

    Parameters
    ----------
    families
        Of what kinds it may be.

    Raises
    ------
    CannotListenError
        For something else than one such socket.
    """
    if environ.pop("LISTEN_PID", "") != str(os.getpid()):
        return None
    count = environ.pop("LISTEN_FDS", "")
    if count != "1":
        raise CannotListenError(f"systemd has handed on {count or 'no'} sockets, expected one")
    found = socket.socket(fileno=FIRST_FD)
    if found.family not in families or found.type != socket.SOCK_STREAM:
        kinds = " or ".join(family.name.removeprefix("AF_") for family in families)
        raise CannotListenError(f"what systemd has handed on is no {kinds} stream socket")
    found.set_inheritable(False)
    return found


def listening(path: Path, group: int | None = None) -> socket.socket:
    """Return a new socket at a path, for the user and a group.

    One that nobody listens on any more is replaced.

    Raises
    ------
    CannotListenError
        Where that is not possible.
    """
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        _clear(path)
        before = os.umask(0o777 & ~MODE)
        try:
            made.bind(str(path))
        finally:
            os.umask(before)
        if group is not None:
            os.chown(path, -1, group)
        made.listen(MOST_PENDING)
    except OSError as error:
        made.close()
        raise CannotListenError(f"{path}: {error.strerror or error}") from None
    return made


def _clear(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise CannotListenError("there is something else than a socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asked:
        asked.settimeout(1.0)
        try:
            asked.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)
            return
        except (TimeoutError, BlockingIOError):
            pass
    raise CannotListenError("another service is listening there")
