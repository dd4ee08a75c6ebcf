"""The standard input of several runs."""

from __future__ import annotations

import contextlib
import os
import stat

from ..errors import InputError


class Stdin:
    """The standard input, which each run is to find as the first did."""

    def __init__(self) -> None:
        self._mode, self._begin = 0, 0
        with contextlib.suppress(OSError):
            self._mode = os.fstat(0).st_mode
        with contextlib.suppress(OSError):
            self._begin = os.lseek(0, 0, os.SEEK_CUR)

    def require_again(self) -> None:
        """See that it can be read again.

        Raises
        ------
        InputError
            If it is a pipe.
        """
        if stat.S_ISFIFO(self._mode) or stat.S_ISSOCK(self._mode):
            raise InputError(
                "--repeat cannot give a pipe to each run: put `< FILE` behind the command, or "
                "`< /dev/null` if it reads nothing"
            )

    def rewind(self) -> None:
        """Go back to where it was."""
        if stat.S_ISREG(self._mode):
            with contextlib.suppress(OSError):
                os.lseek(0, self._begin, os.SEEK_SET)
