"""Which domains make up a total, which lie inside those, and in which order they are shown.

The live view has the same rules (``chart/members.ts``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal, Protocol, TypeVar

Kind = Literal["cpu", "dram", "gpu", "other"]

KINDS: tuple[Kind, ...] = ("cpu", "dram", "gpu", "other")
"""Kinds of hardware, in the order in which they are shown."""
KIND_NAMES: dict[Kind, str] = {"cpu": "CPU", "dram": "DRAM", "gpu": "GPU", "other": "Other"}

# A whole part of an id: a host may be called gpu-node.
_DRAM = re.compile(r"(?:^|/)dram(?=[:/@]|$)")
_DEVICE = re.compile(r"(?:^|/)(cpu|gpu)(?=[:/@]|$)[^/]*")


class _Domain(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def counted(self) -> bool: ...


D = TypeVar("D", bound=_Domain)


def kind_of(id_: str) -> Kind:
    """Return the kind of hardware that a domain's id names, such as ``cpu:0/dram``."""
    if _DRAM.search(id_):
        return "dram"
    device = _DEVICE.search(id_)
    return "other" if device is None else "gpu" if device[1] == "gpu" else "cpu"


def device_of(id_: str) -> str:
    """Return the device that a domain is of, such as ``cpu:0`` of ``cpu:0/dram``, host included."""
    device = _DEVICE.search(id_)
    return id_.partition("/")[0] if device is None else id_[: device.end()]


def members(domains: Iterable[D]) -> list[D]:
    """Return the domains that a total is the sum of."""
    return [domain for domain in domains if domain.counted]


def parent_of(domain: D, domains: Iterable[D]) -> D | None:
    """Return the member that an uncounted domain lies inside, ``None`` where there is no one.

    A core lies inside its package, a board's memory inside the board; a platform
    domain holds the packages and lies inside none.
    """
    if domain.counted:
        return None
    device = device_of(domain.id)
    own = [m for m in members(domains) if device in (m.id, device_of(m.id))]
    own.sort(key=lambda member: kind_of(member.id) == "dram")  # a core is no part of the memory
    return next((member for member in own if kind_of(member.id) == kind_of(domain.id)), None)


def about(domain: D, domains: Iterable[D]) -> str:
    """Say how a domain stands to the total: empty for a member, else where it lies."""
    if domain.counted:
        return ""
    parent = parent_of(domain, domains)
    return f"inside {parent.id}" if parent else "not in the total"


def in_order(domains: Sequence[D]) -> list[D]:
    """Return the members first, each in its place, then what is not in the total."""
    return [*members(domains), *(domain for domain in domains if not domain.counted)]
