"""Which GPUs of the machine are this program's: the sampler reads all of them.

What counts is what the program really uses. Where CUDA runs in this process, its driver is
asked; before that ``CUDA_VISIBLE_DEVICES`` says what it would show, as it stands by then: it
is often set in a cell, long after metering began. A board on which a process of this program
computes is its own whatever its environment says, as workers have environments of their own.
"""

from __future__ import annotations

import ctypes
import os
import time
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from ..sources import cuda_visible, hip_visible
from ..sources.base import Domain, Missing
from ..sources.cuda_visible import Shown
from ..sources.hip_visible import NOTE_PARTITION

LOOK_NS = 10_000_000
"""How soon to look again whether CUDA is loaded: to start it takes ten times as long."""
_NVIDIA = ("nvml", "dcgm-exporter")
_AMD = ("amdsmi",)
_SOURCES = (*_NVIDIA, *_AMD)
_VARIABLES = (
    *(cuda_visible.VARIABLE, cuda_visible.ORDER_VARIABLE),
    *(hip_visible.ROCR_VARIABLE, hip_visible.HIP_VARIABLE),
)
"""What an environment may choose GPUs by."""


@dataclass(frozen=True)
class OwnGpus:
    """The domains of a machine without the boards that are hidden from this program."""

    domains: tuple[Domain, ...]
    hidden: frozenset[str] = frozenset()
    """The boards that were left out."""
    in_vain: tuple[Missing, ...] = ()
    """What the choice of GPUs names that is not here, or leaves in doubt."""
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    def missing(self, all_missing: Sequence[Missing]) -> tuple[Missing, ...]:
        """Return what is missing of what is left, and what the choice of GPUs names in vain."""
        left = (each for each in all_missing if not _is_not_named(each, self.environ))
        return (*left, *self.in_vain)


def own_gpus(
    domains: Sequence[Domain],
    used: Collection[str] = (),
    environ: Mapping[str, str] = os.environ,
) -> OwnGpus:
    """Return what is this program's of all domains.

    Parameters
    ----------
    used
        The boards on which processes of this program were seen, by domain.
    environ
        This program's environment.
    """
    boards = [d for d in domains if d.source in _SOURCES and "/" not in d.id]
    if not boards:
        return OwnGpus(tuple(domains))
    has_nvidia = any(board.source in _NVIDIA for board in boards)
    uuids = cuda_uuids() if has_nvidia else None
    choice = tuple((name, environ[name]) for name in _VARIABLES if name in environ)
    return _own_of(tuple(domains), frozenset(used), None if uuids is None else tuple(uuids), choice)


@lru_cache(maxsize=8)
def _own_of(
    domains: tuple[Domain, ...],
    used: frozenset[str],
    uuids: tuple[str, ...] | None,
    choice: tuple[tuple[str, str], ...],
) -> OwnGpus:
    """Return what is this program's by what CUDA shows and an environment chooses.

    Each edge of a window asks, and the answer seldom changes.
    """
    environ = dict(choice)
    boards = [d for d in domains if d.source in _SOURCES and "/" not in d.id]
    shown = _shown(boards, uuids, environ)
    hidden = {board.id for board in boards} - shown.flags.keys() - used
    left = tuple(
        _flagged(domain, shown) for domain in domains if domain.id.partition("/")[0] not in hidden
    )
    left = tuple(_counted_once(domain, left) for domain in left)
    in_vain = shown.missing if not used else ()
    by_cuda = {name: entries for name, entries in choice if name == cuda_visible.VARIABLE}
    return OwnGpus(left, frozenset(hidden), in_vain, by_cuda)


def _shown(
    boards: Sequence[Domain], uuids: Sequence[str] | None, environ: Mapping[str, str]
) -> Shown:
    nvidia = [board for board in boards if board.source in _NVIDIA]
    shown = _shown_by_cuda(nvidia, uuids, environ) if nvidia else Shown({})
    # AMD's are numbered by HIP's numbers, after NVIDIA's.
    amd = {_number(board): board for board in boards if board.source in _AMD}
    first = max(map(_number, nvidia), default=-1) + 1
    by_hip = [amd.get(number) for number in range(first, max(amd, default=-1) + 1)]
    also = hip_visible.by_environment(by_hip, environ, is_alone=not nvidia)
    return Shown({**shown.flags, **also.flags}, (*shown.missing, *also.missing))


def _shown_by_cuda(
    boards: Sequence[Domain], uuids: Sequence[str] | None, environ: Mapping[str, str]
) -> Shown:
    if uuids is None:
        return cuda_visible.by_environment(boards, environ)
    return cuda_visible.by_uuids(boards, uuids)


def _number(board: Domain) -> int:
    return int(board.id.removeprefix("gpu:"))


def _counted_once(domain: Domain, domains: Sequence[Domain]) -> Domain:
    """Count a partition of a board if the one that stands for the board is hidden."""
    if domain.note != NOTE_PARTITION:
        return domain
    is_there = any(other.counted and other.board == domain.board for other in domains)
    siblings = [other for other in domains if other.board == domain.board]
    if is_there or siblings[0].id != domain.id:
        return domain
    return replace(domain, counted=True, note="")


def _flagged(domain: Domain, shown: Shown) -> Domain:
    added = [f for f in shown.flags.get(domain.id, ()) if f not in domain.flags]
    if not added:
        return domain
    notes = "; ".join(filter(None, (domain.note, *(cuda_visible.NOTES[f] for f in added))))
    return replace(domain, flags=(*domain.flags, *added), note=notes)


def _is_not_named(missing: Missing, environ: Mapping[str, str]) -> bool:
    """Whether what is missing is a board that an environment does not name, by indices alone."""
    kind, _, index = missing.id.partition(":")
    if kind != "gpu" or not index.isdecimal() or cuda_visible.VARIABLE not in environ:
        return False
    entries = [entry.strip() for entry in environ[cuda_visible.VARIABLE].split(",")]
    return all(entry.isdecimal() or entry == "-1" for entry in entries) and index not in entries


def cuda_uuids() -> list[str] | None:
    """Return the UUIDs of the devices that CUDA shows in this process, ``None`` before it runs.

    The driver is asked if it is loaded already (CUDA driver API, cuDeviceGetUuid_v2: of a MIG
    device it is that device's own). Nothing is started here.
    """
    try:
        driver = _loaded_driver()
        count = ctypes.c_int()
        result = driver.cuDeviceGetCount(ctypes.byref(count))
    except (OSError, AttributeError):
        return None
    if result == _NO_DEVICE:
        return []
    if result != 0:  # it is not initialised
        return None
    found = (_cuda_uuid(driver, index) for index in range(count.value))
    uuids = [each for each in found if each is not None]
    return uuids if len(uuids) == count.value else None


def _loaded_driver() -> ctypes.CDLL:
    """Return CUDA's driver; an OSError says that it is not loaded, or was not just before.

    To look takes as long as all else about an edge, and each edge would look some times.
    """
    global _driver, _looked_ns  # noqa: PLW0603  (a process loads it once)
    if _driver is None:
        now_ns = time.monotonic_ns()
        if now_ns - _looked_ns < LOOK_NS:
            raise OSError("CUDA was not loaded just before")
        try:
            _driver = ctypes.CDLL("libcuda.so.1", mode=os.RTLD_NOLOAD)
        finally:
            _looked_ns = now_ns
    return _driver


_driver: ctypes.CDLL | None = None
_looked_ns = -(1 << 62)
_NO_DEVICE = 100  # CUDA_ERROR_NO_DEVICE


def _cuda_uuid(driver: ctypes.CDLL, index: int) -> str | None:
    device, raw = ctypes.c_int(), ctypes.create_string_buffer(16)
    if driver.cuDeviceGet(ctypes.byref(device), index) != 0:
        return None
    get_uuid = getattr(driver, "cuDeviceGetUuid_v2", None) or driver.cuDeviceGetUuid
    return str(uuid.UUID(bytes=raw.raw)) if get_uuid(raw, device) == 0 else None
