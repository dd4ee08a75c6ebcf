"""What a service leaves to the one that takes its place: from where its counters go on.

The next one counts what was used in between, and so a window goes on over a restart. It is for
nobody but the service's user: it has what the counters showed.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..sampler.accumulator import DomainSample
from ..sources.machine import host

YOUNG_S = 60.0
"""What is older says nothing that a client still needs."""
FOLDER_VARIABLE = "RUNTIME_DIRECTORY"
"""Where systemd lets a service keep what outlives its process."""


class Left:
    """Reads what the service before has left, and leaves the same for the next.

    Parameters
    ----------
    path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.scale = uuid.uuid4().hex
        """What the cumulative joules are counted from: another one wherever they begin anew."""
        self.latest: Mapping[str, DomainSample] = {}
        """The last sample of each domain; empty where the counting begins anew."""
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            self._take(json.loads(path.read_text()))

    def _take(self, found: Mapping[str, Any]) -> None:
        if found["host"] != host() or self._path.stat().st_uid != os.geteuid():
            return
        if not 0 <= time.monotonic_ns() - found["t_ns"] < YOUNG_S * 1e9:
            return
        self.latest = {id_: DomainSample(*each) for id_, each in found["latest"].items()}
        if self.latest:  # else the counting begins anew
            self.scale = str(found["scale"])

    def leave(self, latest: Mapping[str, DomainSample]) -> None:
        """Leave the last samples. A disk that takes nothing costs no more than a restart's gap."""
        record = {
            "host": host(),
            "scale": self.scale,
            "t_ns": time.monotonic_ns(),
            "latest": {id_: list(each) for id_, each in latest.items()},
        }
        draft = self._path.with_suffix(".draft")
        with suppress(OSError):
            draft.touch(mode=0o600)
            draft.write_text(json.dumps(record))
            draft.rename(self._path)


def left_path(socket: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """Return where the service of a socket leaves it."""
    folder = environ.get(FOLDER_VARIABLE, "").partition(":")[0]
    return Path(folder) / "left" if folder else socket.with_name(f"{socket.name}.left")
