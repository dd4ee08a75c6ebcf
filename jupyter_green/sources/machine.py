"""Which machine this is, and which boot of it, as short names that say nothing else about it."""

from __future__ import annotations

import functools
import hashlib
import hmac
import os
import platform
from pathlib import Path

from . import sysfs
from .variables import BOOT_ID_VARIABLE

_IDS = (Path("/etc/machine-id"), Path("/proc/sys/kernel/random/boot_id"))
"""The second one lasts until the next boot; containers often lack the first."""


@functools.cache
def machine(ids: tuple[Path, ...] = _IDS) -> str:
    """Return eight letters that are the same for all that is measured on this machine.

    They are a keyed hash: machine-id(5) asks for one where the id itself is not to be
    known. Without an id it is that of the host's name.
    """
    secret = next((text for path in ids if (text := sysfs.text(path))), platform.node())
    return _hashed(secret)


def host(boot_id: Path | None = None) -> str:
    """Return eight letters that all programs, containers and users of one boot have in common.

    Containers of one machine may have machine ids of their own, and those of several the
    image's. Where there is no boot id it is the machine's name.
    """
    return _host(boot_id or Path(os.environ.get(BOOT_ID_VARIABLE) or _IDS[1]))


@functools.cache
def _host(boot_id: Path) -> str:
    return _hashed(sysfs.text(boot_id)) if boot_id.exists() else machine()


def _hashed(secret: str) -> str:
    return hmac.new(secret.encode(), b"jupyter_green", hashlib.sha256).hexdigest()[:8]
