"""One domain's energy, added up from every reading: wraps, restarts and failed reads in one place.

Counter differences are added as integers in the hardware's unit. A failed read
changes nothing, so that the next good one brings the energy of both intervals.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from ..flags import REJECTED, RESTARTED, WRAPPED, WRAPS_MISSED
from ..sources.base import Domain, Provenance, Reading

COMPARED_S = 5.0
"""After so long a time with both, a counter that reported power disagrees with is trusted alone."""
MOST_DISAGREEMENT = 0.05
SLACK_S = 0.1
"""Added to the time in which a difference may have come about: a refresh may be late."""


class DomainSample(NamedTuple):
    """One domain at one time: joules since the sampler began, watts where the hardware says.

    ``counter`` is the hardware's own figure at ``t_ns``: with it another process can
    continue from here, and the energy used in between is not lost. ``took_s`` is how long
    a slow driver took to show it: of a counter that had moved ``t_ns`` is the end of that
    call, of one that had not its begin, so that it always bounds when the counter moved.
    """

    t_ns: int
    energy_j: float
    power_w: float | None
    counter: int | None
    took_s: float = 0.0


class UnseenWraps(NamedTuple):
    """How often a counter may have wrapped without anybody seeing it: most likely, and at most."""

    likely: int
    most: int


def unseen_wraps(domain: Domain, delta: int, seconds: float, power_w: float) -> UnseenWraps | None:
    """Return how many wraps two readings may be apart beside their difference, ``None`` for none.

    Parameters
    ----------
    delta
        By how much the second reading is ahead, in the counter's unit, wrapped at most once.
    seconds
        The time between the two. With the power limit it bounds what was used.
    power_w
        The last known power, from which the likely number follows.
    """
    if not domain.wrap_range or domain.power_limit_w is None:
        return None
    most_units = domain.power_limit_w * seconds / domain.unit_j
    most = math.floor((most_units - delta) / domain.wrap_range)
    if most < 1:
        return None
    likely_units = power_w * seconds / domain.unit_j
    likely = round((likely_units - delta) / domain.wrap_range)
    return UnseenWraps(min(max(likely, 0), most), most)


class Accumulator:
    """Adds up one domain.

    Parameters
    ----------
    domain
        Gives the unit, the wrap range and the power limit.
    """

    def __init__(self, domain: Domain) -> None:
        self._domain = domain
        self._wraps_after_s = _wraps_after_s(domain)
        self._units = 0
        self._power_energy_j = 0.0
        self._counter: int | None = None
        self._power_w: float | None = None
        """The last known power: reported, else the mean between the last two readings."""
        self._t_ns = 0
        self._suspect: Reading | None = None
        self._reports_power = False
        self._powered: tuple[int, int, float] | None = None
        """The last reading with a power: its time, the units until then, and that power."""
        self._counted_j = self._reported_j = self._compared_s = 0.0
        """What the counter and the reported power say of the same time."""

    @property
    def energy_j(self) -> float:
        """Joules since this accumulator began."""
        return self._units * self._domain.unit_j + self._power_energy_j

    @property
    def last_ns(self) -> int:
        """When the last good reading was taken; 0 before the first."""
        return self._t_ns

    @property
    def latest(self) -> DomainSample | None:
        """The last good reading, from which to go on; ``None`` before the first."""
        if not self._t_ns:
            return None
        return DomainSample(self._t_ns, self.energy_j, self._power_w, self._counter)

    def resume(self, latest: DomainSample) -> None:
        """Go on from where another process stopped."""
        self._t_ns = latest.t_ns
        self._counter = latest.counter
        self._power_w = latest.power_w
        self._suspect = self._powered = None
        if self._domain.provenance is Provenance.POWER:
            self._power_energy_j = latest.energy_j
        else:
            self._units = round(latest.energy_j / self._domain.unit_j)

    def rebase(self) -> None:
        """Take the next reading as a new start: the energy until then is not needed."""
        self._counter = self._power_w = self._suspect = self._powered = None
        self._t_ns = 0

    def add(self, reading: Reading) -> str | None:
        """Book one reading; return a flag where something out of the ordinary happened."""
        if self._domain.provenance is Provenance.POWER:
            return self._add_power(reading)
        if reading.counter is None:
            return None
        power_w = reading.power_w if self.can_draw(reading.power_w) else None
        self._reports_power |= power_w is not None
        if self._counter is None:
            self._power_w = power_w
            self._keep(reading)
            return None
        delta, flag = self._difference(self._counter, reading.counter)
        if self._possible(delta, self._t_ns, reading.t_ns):
            if unseen := self._likely_wraps(delta, reading.t_ns):
                delta += unseen.likely * (self._domain.wrap_range or 0)
                flag = WRAPS_MISSED
            self._units += delta
            self._know_power(reading.t_ns, power_w, delta)
            self._keep(reading)
            return flag
        return self._doubt(reading)

    def _know_power(self, t_ns: int, power_w: float | None, delta: int) -> None:
        """Remember the power, reported or else the mean, in case the counter restarts."""
        seconds = (t_ns - self._t_ns) * 1e-9
        if power_w is not None:
            self._power_w = power_w
            self._compare(t_ns, power_w)
        elif not self._reports_power and seconds >= self._domain.resolution_s:
            self._power_w = delta * self._domain.unit_j / seconds

    def _compare(self, t_ns: int, power_w: float) -> None:
        """Compare the counter with the reported power since the last reading that had one."""
        last, self._powered = self._powered, (t_ns, self._units, power_w)
        if last is None:
            return
        before_ns, units, before_w = last
        seconds = (t_ns - before_ns) * 1e-9
        self._counted_j += (self._units - units) * self._domain.unit_j
        self._reported_j += (before_w + power_w) / 2 * seconds
        self._compared_s += seconds

    @property
    def _carried_w(self) -> float:
        """The last known power, on the counter's own scale where the two disagree."""
        power_w = self._power_w or 0.0
        apart_j = abs(self._counted_j - self._reported_j)
        disagree = apart_j > MOST_DISAGREEMENT * max(self._counted_j, self._reported_j)
        if not (disagree and self._compared_s >= COMPARED_S and self._reported_j > 0):
            return power_w
        return power_w * self._counted_j / self._reported_j

    def can_draw(self, power_w: float | None) -> bool:
        """Whether a reported power is possible, and not the driver's value for "unknown"."""
        if power_w is None or not math.isfinite(power_w):
            return False
        limit_w = self._domain.power_limit_w
        return power_w >= 0 and (limit_w is None or power_w <= limit_w)

    def _add_power(self, reading: Reading) -> str | None:
        """Integrate by the trapezoid rule; a constant power gives exactly P x t."""
        if reading.power_w is None:
            return None
        if not self.can_draw(reading.power_w):
            return REJECTED
        if self._power_w is not None:
            dt_s = (reading.t_ns - self._t_ns) * 1e-9
            self._power_energy_j += (self._power_w + reading.power_w) / 2 * dt_s
        self._power_w = reading.power_w
        self._t_ns = reading.t_ns
        return None

    def _difference(self, before: int, after: int) -> tuple[int, str | None]:
        delta = after - before
        if delta >= 0:
            return delta, None
        if self._domain.wrap_range and delta + self._domain.wrap_range >= 0:
            return delta + self._domain.wrap_range, WRAPPED
        return -1, None

    def _possible(self, delta: int, t0_ns: int, t1_ns: int) -> bool:
        """Whether the domain could have used this much since then.

        A refresh may bring the energy of a whole period at once, and late. The errors
        to be caught are thousands of times larger.
        """
        if delta < 0:
            return False
        limit_w = self._domain.power_limit_w
        if limit_w is None:
            return True
        seconds = (t1_ns - t0_ns) * 1e-9 + self._domain.resolution_s + SLACK_S
        return delta * self._domain.unit_j <= limit_w * seconds

    def _likely_wraps(self, delta: int, t_ns: int) -> UnseenWraps | None:
        """Return how often the counter may have wrapped unseen, if nobody read it for so long."""
        seconds = (t_ns - self._t_ns) * 1e-9
        if seconds < self._wraps_after_s:
            return None
        return unseen_wraps(self._domain, delta, seconds, self._carried_w)

    def _doubt(self, reading: Reading) -> str:
        """Book nothing. A second reading in line with the first doubtful one makes it the base.

        A single wild figure thus costs nothing. Between the last good reading of
        a counter that restarted and the first one after it the last known power
        is carried over; the flag says so.
        """
        assert reading.counter is not None
        assert self._counter is not None
        suspect, self._suspect = self._suspect, reading
        flag = RESTARTED if reading.counter < self._counter else REJECTED
        if suspect is not None and suspect.counter is not None:
            delta = reading.counter - suspect.counter
            if self._possible(delta, suspect.t_ns, reading.t_ns):
                unread_s = (suspect.t_ns - self._t_ns) * 1e-9
                carried = self._carried_w * unread_s / self._domain.unit_j
                self._units += delta + round(carried)
                self._powered = None
                self._keep(reading)
        return flag

    def _keep(self, reading: Reading) -> None:
        self._counter = reading.counter
        self._t_ns = reading.t_ns
        self._suspect = None


def _wraps_after_s(domain: Domain) -> float:
    """Return in what time, in s, a counter can wrap at the earliest."""
    if not domain.wrap_range or not domain.power_limit_w:
        return math.inf
    return domain.wrap_range * domain.unit_j / domain.power_limit_w
