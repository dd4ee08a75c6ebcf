"""What the machine draws now, for as long as a panel shows it (``docs/messages.md``).

The panel opens a comm and renews its lease; the samples between windows go to it. Nothing
is read or sent once the lease is over.
"""

from __future__ import annotations

import contextvars
import logging
import os
import threading
import time
from collections.abc import Mapping
from typing import Any

from ... import clock
from ...meter.meter import Meter
from ...meter.shared import shared_meter
from ...report.addition import total_provenance
from ...report.members import KINDS, kind_of, members
from ...sampler.accumulator import DomainSample
from ...sampler.host_load import HostLoad
from ...sampler.load import Load
from ...sampler.messages import Sample
from ...sources.base import Domain

SCHEMA = "jupyter-green.host.v1"
LONGEST_LEASE_S = 120.0
PERIOD_S = 1.5
"""Between two messages, at least: samples come every 2 s, and more often in windows."""
LONGEST_S = 10.0
"""Between two samples whose joules make a figure of watts."""

_log = logging.getLogger(__name__)


class HostFeed:
    """Sends one panel the machine's watts by kind of hardware.

    Parameters
    ----------
    comm
        The comm that the panel has opened.
    """

    def __init__(self, comm: Any) -> None:
        self._comm = comm
        # A thread's messages belong to the request whose context it runs in.
        self._context = contextvars.copy_context()
        self._until_s = 0.0
        self._meter: Meter | None = None
        self._before: Sample | None = None
        self._load = HostLoad(os.getpid())
        self._load_before: Load | None = None
        comm.on_msg(self.renew)
        comm.on_close(lambda _: self.close())

    def renew(self, message: Mapping[str, Any]) -> None:
        """Go on for as long as the message says, without holding the kernel."""
        lease_s = message["content"]["data"].get("lease_s")
        if isinstance(lease_s, (int, float)) and lease_s > 0:
            self._until_s = _now_s() + min(float(lease_s), LONGEST_LEASE_S)
            if self not in _open:
                _open.append(self)
            threading.Thread(target=self._watch, name="jupyter-green host", daemon=True).start()

    def close(self) -> None:
        """Send nothing more, until the lease is renewed."""
        self._until_s = 0.0
        self._leave()
        if self in _open:
            _open.remove(self)

    def _watch(self) -> None:
        meter = shared_meter()
        if meter is not self._meter:  # the first one, or one after the sensors' reader was chosen
            self._leave()
            self._meter = meter
        if self._take not in meter.on_sample:
            meter.on_sample.append(self._take)
        left_s = self._until_s - _now_s()
        if left_s > 0:
            meter.watch_host(left_s)
        if not members(meter.discover().domains):
            missing = "; ".join(f"{m.id}: {m.reason}" for m in meter.discover().missing[:3])
            self._send({}, {}, missing or "this machine shows no sensor")

    def _leave(self) -> None:
        """Take no more of the meter's samples."""
        if self._meter is not None and self._take in self._meter.on_sample:
            self._meter.on_sample.remove(self._take)

    def _take(self, sample: Sample) -> None:
        """Take a sample, in the sampler client's thread."""
        try:
            if _now_s() > self._until_s:
                self.close()
                return
            before = self._before
            if before is not None and (sample.t_ns - before.t_ns) * 1e-9 < PERIOD_S:
                return
            self._before = sample
            if before is not None and self._meter is not None:
                power_w, provenance = by_kind(self._meter.discover().domains, before, sample)
                self._send(power_w, provenance)
        except Exception:  # noqa: BLE001  (the sampler's thread serves windows as well)
            _log.debug("the host feed stopped", exc_info=True)
            self.close()

    def _send(
        self, power_w: Mapping[str, float], provenance: Mapping[str, str], reason: str = ""
    ) -> None:
        data = {
            "schema": SCHEMA,
            "at_s": round(time.time(), 3),
            "power_w": {kind: float(f"{watts:.4g}") for kind, watts in power_w.items()},
            "provenance": dict(provenance),
            "share": self._share(),
        }
        if reason:
            data["reason"] = reason
        self._context.run(self._comm.send, data)

    def _share(self) -> float | None:
        """Return this kernel's part of the CPU time since the last message, 0 to 1."""
        before, now = self._load_before, self._load.read()
        self._load_before = now
        if before is None or now is None:
            return None
        busy_s = now.host_busy_s - before.host_busy_s
        own_s = now.tree_busy_s - before.tree_busy_s
        return round(min(1.0, max(0.0, own_s / busy_s)), 3) if busy_s > 0 else None


def close_all() -> None:
    """Send nothing more to any panel."""
    for feed in tuple(_open):
        feed.close()


_open: list[HostFeed] = []


def by_kind(
    domains: tuple[Domain, ...], before: Sample, now: Sample
) -> tuple[dict[str, float], dict[str, str]]:
    """Return the watts of each kind of hardware between two samples, and how they came about.

    Kinds of which a member could not be read are left out: part of it is not its power.
    """
    power_w: dict[str, float] = {}
    provenance: dict[str, str] = {}
    for kind in KINDS:
        of_kind = [domain for domain in members(domains) if kind_of(domain.id) == kind]
        watts = [_watts(before.domains.get(d.id), now.domains.get(d.id)) for d in of_kind]
        known = [w for w in watts if w is not None]
        if of_kind and len(known) == len(of_kind):
            power_w[kind] = sum(known)
            provenance[kind] = total_provenance(d.provenance.value for d in of_kind) or "power"
    return power_w, provenance


def _watts(before: DomainSample | None, now: DomainSample | None) -> float | None:
    """Return a domain's mean watts between two samples; ``None`` where that is not known."""
    if before is None or now is None:
        return None
    seconds = (now.t_ns - before.t_ns) * 1e-9
    if not 0 < seconds <= LONGEST_S or now.energy_j < before.energy_j:
        return now.power_w
    return (now.energy_j - before.energy_j) / seconds


def _now_s() -> float:
    return clock.now_ns() * 1e-9
