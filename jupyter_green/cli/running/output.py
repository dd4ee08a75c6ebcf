"""Where our line goes: standard error, or a file that is opened before anything runs."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from pathlib import Path

from ...sources.machine import host
from ...terminal import say
from ..errors import InputError


class Output:
    """A place for one text.

    Parameters
    ----------
    path
        A file, which keeps what it holds until there is something new; ``None`` for standard error.
        ``%h`` in its name stands for this host, as a report's ``host`` does.

    Raises
    ------
    InputError
        Where the file cannot be written.
    """

    def __init__(self, path: Path | None) -> None:
        self._fd: int | None = None
        if path is None:
            return
        self._path = path = path.with_name(path.name.replace("%h", host()))
        try:
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
        except OSError as error:
            raise InputError(
                f"cannot write to {path}: {error.strerror}; give another file with -o"
            ) from None
        self._is_shared = False
        for stream in (1, 2):  # /dev/stdout, or a file that both go to: what is there stays
            with contextlib.suppress(OSError):
                if os.path.samestat(os.fstat(self._fd), os.fstat(stream)):
                    os.dup2(stream, self._fd, inheritable=False)
                    self._is_shared = True

    def write(self, text: str) -> None:
        """Write the text; where the file cannot take it, it goes to standard error, and why."""
        if self._fd is not None:
            try:
                with os.fdopen(self._fd, "wb") as file:
                    if stat.S_ISREG(os.fstat(self._fd).st_mode) and not self._is_shared:
                        file.truncate(0)
                    file.write(f"{text}\n".encode("utf-8", "replace"))
                return  # noqa: TRY300  (closing it may fail, too)
            except OSError as error:
                text = f"{text}\njupyter green: cannot write to {self._path}: {error.strerror}"
        with contextlib.suppress(OSError, ValueError):  # nobody reads it any more
            say(f"{text}\n", sys.stderr)
            sys.stderr.flush()
