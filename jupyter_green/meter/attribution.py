"""The kernel's own share of what was measured: an estimate beside the measurement.

RAPL and NVML meter a processor or a board, whoever uses it, and the CPU estimate is that
of a whole machine or container. The kernel's share of the processor's joules follows from
CPU time: that of its process tree, divided by that of the whole host in the same window
(or of the container, where the estimate counts that). Its share of a GPU's joules follows
from the driver's accounting of each process. ``docs/attribution.md`` explains this
convention, idle power included, and its limits.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Protocol

from ..report.fields import Share
from ..sampler.load import PROC_ROOT, TICK_S, Load
from ..sources.base import Provenance

_MOST_UNCERTAIN = 0.1
"""A share that may be off by more than ten points is not reported."""
_OTHERS_MOST = 0.5
"""Share of the host's busy CPU time above which other programs did most of the work."""
_OTHERS_NOTABLE = 0.05
"""Share of the whole machine below which other programs are background noise."""
_UNCLEAR_NOTABLE = 0.05
"""Share of the host's busy CPU time above which it is said that its origin is not known."""
_EARLIER_LEAST = 0.9
"""Share of the kernel's CPU time above which what was there before a window did its work."""
_EARLIER_NOTABLE = 0.1
"""CPUs, on the mean, below which that is background noise."""

_DIFFERENCE_S = TICK_S / math.sqrt(6)
"""Standard deviation of a difference of two times that are each cut to a tick."""


class MeasuredDomain(Protocol):
    """What is needed of a domain; :class:`~jupyter_green.report.fields.DomainReport` has it."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def provenance(self) -> Provenance: ...  # noqa: D102
    @property
    def energy_j(self) -> float: ...  # noqa: D102
    @property
    def uncertainty_j(self) -> float: ...  # noqa: D102
    @property
    def counted(self) -> bool: ...  # noqa: D102


def is_estimated(domains: Iterable[MeasuredDomain]) -> bool:
    """Whether the processor's joules are an estimate, which may be of a container alone."""
    return any(
        domain.counted and domain.id.startswith("cpu") and domain.provenance is Provenance.ESTIMATE
        for domain in domains
    )


def attribute(
    begin: Load,
    end: Load,
    domains: Iterable[MeasuredDomain],
    gpu_shares: Mapping[str, float],
) -> Share | None:
    """Return the kernel's own share of a window.

    Parameters
    ----------
    begin, end
        CPU time at the window's two edges: of the container where the processor's joules
        are those of a container.
    domains
        The window's joules. Those of the processor and its memory (``cpu…``) and
        the GPUs named in `gpu_shares` are divided, if they are counted.
    gpu_shares
        For each GPU whose driver keeps account of processes, the kernel's part of
        its busy time, 0 to 1.

    Returns
    -------
    Share | None
        ``None`` if the window is too short, or the host was too idle, to be divided
        by ticks of 10 ms, or if no domain can be divided.
    """
    share = cpu_share(begin, end)
    if share is None:
        return None
    known = {id_: _clamp(s) for id_, s in gpu_shares.items() if math.isfinite(s)}
    energy_j = cpu_j = 0.0
    errors_j: list[float] = []
    for domain in domains:
        of_cpu = domain.id.startswith("cpu")
        part = share[0] if of_cpu else known.get(domain.id)
        if part is None or not domain.counted:
            continue
        energy_j += part * domain.energy_j
        errors_j.append(part * domain.uncertainty_j)
        cpu_j += domain.energy_j if of_cpu else 0.0
    if not errors_j:
        return None
    # One share divides all of the processor's domains, so its error adds up over them.
    uncertainty_j = math.hypot(share[1] * cpu_j, *errors_j)
    return Share(*share, energy_j, uncertainty_j, known)


def cpu_share(begin: Load, end: Load) -> tuple[float, float] | None:
    """Return the tree's part of the host's busy CPU time, and the half-width of its 95 % interval.

    What may be the tree's or not makes it wider. ``None`` if it is too wide to be of use.
    """
    host_s = end.host_busy_s - begin.host_busy_s
    if host_s <= 0:
        return None
    tree_s = end.tree_busy_s - begin.tree_busy_s
    least = _clamp(tree_s / host_s)
    most = _clamp((tree_s + unclear_s(begin, end)) / host_s)
    share = (least + most) / 2
    # The clocks of live processes have no ticks, what ended children have used has.
    deviation_s = math.hypot(share * _host_deviation_s(begin, end), _DIFFERENCE_S)
    error = 1.96 * deviation_s / host_s + (most - least) / 2
    return None if error > _MOST_UNCERTAIN else (share, error)


def unclear_s(begin: Load, end: Load) -> float:
    """Return the CPU seconds of processes that may come from the tree or not."""
    return max(0.0, end.unclear_busy_s - begin.unclear_busy_s)


def origin_unclear(begin: Load, end: Load) -> bool:
    """Whether it is not known of a notable part of the work whether it was the tree's."""
    host_s = end.host_busy_s - begin.host_busy_s
    part_s = unclear_s(begin, end)
    return part_s > TICK_S and part_s > _UNCLEAR_NOTABLE * host_s


def earlier_work(begin: Load, end: Load, own_thread_s: float | None) -> bool:
    """Whether what there was in the tree before a window did nearly all of the tree's work.

    Parameters
    ----------
    begin, end
        The load at the window's two edges.
    own_thread_s
        CPU seconds that the thread which opened the window has used in it, ``None`` where
        that is not known.
    """
    if own_thread_s is None:
        return False
    tree_s = end.tree_busy_s - begin.tree_busy_s
    duration_s = (end.t_ns - begin.t_ns) * 1e-9
    earlier_s = end.standing_busy_s - own_thread_s - 2 * TICK_S
    return earlier_s > max(_EARLIER_LEAST * tree_s - 2 * TICK_S, _EARLIER_NOTABLE * duration_s)


def host_busy(begin: Load, end: Load) -> bool:
    """Whether others used most of the host's busy CPU time, and enough of it to matter.

    If the ticks' error leaves it open, the answer is no.
    """
    host_s = end.host_busy_s - begin.host_busy_s
    others_s = host_s - (end.tree_busy_s - begin.tree_busy_s) - unclear_s(begin, end)
    machine_s = (end.t_ns - begin.t_ns) * 1e-9 * end.cpus
    surely_s = others_s - 1.96 * _host_deviation_s(begin, end)
    return surely_s > max(_OTHERS_MOST * host_s, _OTHERS_NOTABLE * machine_s)


def _host_deviation_s(begin: Load, end: Load) -> float:
    """Return the standard deviation of the host's busy seconds over a window.

    The kernel books a whole tick on whatever runs when the tick comes: each busy
    CPU may be cut at both edges, and so are the two sums that matter, user and
    system. What comes and goes between ticks is hit or missed by chance; the
    tree's own time is not of that kind in the main, so only the others' counts.
    """
    host_s = end.host_busy_s - begin.host_busy_s
    others_s = max(0.0, host_s - (end.tree_busy_s - begin.tree_busy_s))
    duration_s = max(TICK_S, (end.t_ns - begin.t_ns) * 1e-9)
    busy_cpus = min(end.cpus, math.ceil(host_s / duration_s))
    idle = _clamp(1 - host_s / (duration_s * end.cpus))
    edges_s = _DIFFERENCE_S * math.sqrt(2 + max(0, busy_cpus))
    return math.hypot(edges_s, math.sqrt(others_s * idle * TICK_S))


def gpu_share(
    process_percent: Collection[tuple[int, float]],
    tree_pids: Collection[int],
    proc_root: Path = PROC_ROOT,
) -> float | None:
    """Return the tree's part of what a GPU's processes used, ``None`` if it is unknown.

    Parameters
    ----------
    process_percent
        Process ids with their shares of the device's time, as the driver states them.
    tree_pids
        The kernel's process tree.
    """
    total = sum(percent for _, percent in process_percent)
    listed = [pid for pid, _ in process_percent]
    if total <= 0 or _numbered_elsewhere(listed, tree_pids, proc_root):
        return None
    return sum(percent for pid, percent in process_percent if pid in tree_pids) / total


def foreign(
    process_ids: Collection[int], tree_pids: Collection[int], proc_root: Path = PROC_ROOT
) -> frozenset[int]:
    """Return which of the processes on a GPU are not the kernel's; none if that is unknown.

    Parameters
    ----------
    process_ids
        The processes that the driver lists.
    tree_pids
        The kernel's process tree.
    """
    if _numbered_elsewhere(process_ids, tree_pids, proc_root):
        return frozenset()
    return frozenset(process_ids) - frozenset(tree_pids)


def _numbered_elsewhere(
    process_ids: Collection[int], tree_pids: Collection[int], proc_root: Path
) -> bool:
    """Whether the driver's process ids mean nothing here, so that any of them may be ours.

    In a container the driver may list processes by their ids on the host: none
    of them is found here, although the tree itself uses a GPU.
    """
    if any((proc_root / str(pid)).exists() for pid in process_ids):
        return False
    return any(_computes_on_a_gpu(pid, proc_root) for pid in tree_pids)


# Device files that a process opens to compute; one that only asks NVML does not.
_COMPUTE_DEVICES = ("/dev/nvidia-uvm", "/dev/kfd")


def _computes_on_a_gpu(pid: int, proc_root: Path) -> bool:
    try:
        links = [str(file.readlink()) for file in (proc_root / str(pid) / "fd").iterdir()]
    except OSError:
        return False
    return any(link in _COMPUTE_DEVICES for link in links)


def _clamp(share: float) -> float:
    return min(1.0, max(0.0, share))
