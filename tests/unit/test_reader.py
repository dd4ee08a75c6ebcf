"""One source read in virtual time: what is handed on, what is left out, and nothing is lost."""

import itertools
import random
from dataclasses import dataclass, field, replace

import pytest

from jupyter_green.flags import REJECTED, RESTARTED, WRAPPED
from jupyter_green.sampler.accumulator import DomainSample
from jupyter_green.sampler.reader import STALE_S, Reader
from jupyter_green.sources.base import Provenance, Reading
from tests.testbench.virtual import NVML, RAPL, Counter, Curve, VirtualSampler, ticks

STEADY = Curve([(0.0, 200.0), (1000.0, 200.0)])


@dataclass
class Faulty(Counter):
    """A counter that does things at certain times: each is done once, by the next reading."""

    slow: dict[float, float] = field(default_factory=dict)
    """How long a call takes."""
    wild: dict[float, int] = field(default_factory=dict)
    """What it shows instead."""
    offset: int = 0
    wrap_range: int | None = None
    restarts_s: float | None = None
    polled_s: list[float] = field(default_factory=list)

    def poll(self, index):
        self.polled_s.append(self.now_s)
        if (took_s := self._once(self.slow)) is not None:
            self.now_s += took_s
        reading = super().poll(index)
        if (counter := self._once(self.wild)) is not None:
            return reading._replace(counter=counter)
        counter = reading.counter + self.offset
        if self.restarts_s is not None and self.now_s >= self.restarts_s:
            counter -= self.offset + int(self.curve.energy_j(self.restarts_s) / self.domain.unit_j)
        return reading._replace(counter=counter % self.wrap_range if self.wrap_range else counter)

    def _once(self, planned):
        due = [t for t in planned if t <= self.now_s]
        return planned.pop(due[0]) if due else None


def gpu(**changes):
    fields = {"domain": NVML, "curve": STEADY, "period_s": 0.1, "phase_s": 0.037, "now_s": 1.0}
    return Faulty(**{**fields, **changes})


def watch(counter, edges_s, ticks_s=(), seed=0):
    """Read at the times given, and polling behind the edges. Return all that is known."""
    sampler = VirtualSampler(counter, random.Random(seed), stalls=0.0)
    actions = [(t, sampler.mark) for t in edges_s] + [(t, sampler.take) for t in ticks_s]
    sampler.run(actions)
    return sampler.readings


def brackets_s(readings):
    """Return how long before each new figure the figure before it was last seen."""
    return {
        b.energy_j: (b.t_ns - a.t_ns) * 1e-9
        for a, b in itertools.pairwise(readings)
        if b.energy_j != a.energy_j
    }


def following(counter, edge_s, count=2):
    """The joules of the refreshes that follow an edge."""
    first = int((edge_s - counter.phase_s) / counter.period_s) + 1
    times = [counter.phase_s + (first + k) * counter.period_s for k in range(count)]
    start_s = counter.phase_s + int((1.0 - counter.phase_s) / counter.period_s) * counter.period_s
    return [200.0 * (t - start_s) for t in times]


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("sampled", [False, True], ids=["edges alone", "while sampling"])
def test_both_refreshes_behind_each_edge_are_bracketed(seed, sampled):
    """Also where it is a plain sample that happens to see the refresh first."""
    rng = random.Random(seed)
    counter = gpu(phase_s=rng.uniform(0.0, 0.1))
    # Not so close before a refresh that the edge's own reading, a little late, shows it.
    edges_s = [counter.phase_s + 0.1 * k + rng.uniform(0.0, 0.09) for k in (20, 25)]
    readings = watch(counter, [1.0, *edges_s], ticks(*edges_s) if sampled else (), seed)
    found = {round(joules, 2): width for joules, width in brackets_s(readings).items()}
    for edge_s in edges_s:
        coarse, fine = (found[round(joules, 2)] for joules in following(counter, edge_s))
        assert coarse < 0.0055 + 0.006  # one step, and a thread that is late
        assert fine < 0.0015 + 0.006


def test_polls_are_few_and_stop():
    counter = gpu()
    watch(counter, [2.0])
    assert len(counter.polled_s) < 50
    assert counter.polled_s[-1] < 2.0 + 0.25


def test_integrated_power_is_not_polled():
    counter = gpu(domain=replace(NVML, provenance=Provenance.POWER))
    reader = Reader(counter, counter.clock_ns)
    reader.take()
    reader.poll_edges()
    assert reader.due_s is None


def entry(part):
    (only,) = part.entries
    return only


def test_a_call_that_hangs_is_left_out_and_its_joules_come_later():
    counter = gpu(slow={2.0: 3.0})
    reader = Reader(counter, counter.clock_ns)
    first = entry(reader.take())
    counter.now_s = 2.0
    assert "3.0 s" in entry(reader.take())
    counter.now_s = 6.0
    last = entry(reader.take())
    assert last.energy_j - first.energy_j == pytest.approx(200.0 * 5.0, abs=200.0 * 0.1)


@pytest.mark.parametrize("late_s", [0.02, 0.06, 0.12])
def test_a_poll_that_hangs_is_left_out_and_the_polling_goes_on(late_s):
    counter = gpu(slow={2.0 + late_s: 0.08})
    readings = watch(counter, [1.0, 2.0, 3.0])
    assert not any(2.0 + late_s < r.t_ns * 1e-9 < 2.0 + late_s + 0.079 for r in readings)
    assert sum(2.0 < r.t_ns * 1e-9 < 2.3 for r in readings) >= 2
    assert counter.polled_s[-1] < 3.25
    assert readings[-1].energy_j == pytest.approx(following(counter, 3.0)[1], abs=0.01)


def test_a_wild_figure_is_no_reading():
    counter = gpu(wild={1.5: 10**15})
    reader = Reader(counter, counter.clock_ns)
    reader.take()
    counter.now_s = 1.5
    part = reader.take()
    assert isinstance(entry(part), str)
    assert part.flags == {0: REJECTED}
    counter.now_s = 2.0
    part = reader.take()
    assert entry(part).energy_j == pytest.approx(200.0, abs=0.01)
    assert part.flags == {}


def test_a_reported_power_that_cannot_be_is_none():
    class Sentinel(Counter):
        def read(self, index):
            return super().read(index)._replace(power_w=4_294_967.295)

    counter = Sentinel(NVML, STEADY, 0.1, 0.037, now_s=1.0)
    assert entry(Reader(counter, counter.clock_ns).take()).power_w is None


def test_a_wrap_while_polling_is_a_refresh_like_any_other_and_is_told():
    counter = gpu(domain=replace(NVML, wrap_range=10**9), wrap_range=10**9)
    counter.offset = 10**9 - 1 - int(200.0 * 2.05 / 1e-3)  # it wraps at about 2.05 s
    sampler = VirtualSampler(counter, random.Random(1))
    sampler.run([(1.0, sampler.mark), (2.0, sampler.mark)])
    found = {round(joules, 2) for joules in brackets_s(sampler.readings)}
    assert found >= {round(joules, 2) for joules in following(counter, 2.0)}
    assert sampler.reader.take().flags == {0: WRAPPED}
    assert sampler.reader.take().flags == {}


def test_a_restart_while_polling_is_told_by_the_next_sample():
    counter = gpu(offset=10**9, restarts_s=2.05)
    sampler = VirtualSampler(counter, random.Random(1))
    parts = []
    sampler.run(
        [
            (1.0, sampler.mark),
            (2.0, sampler.mark),
            (3.0, lambda: parts.append(sampler.reader.take())),
        ]
    )
    assert parts[0].flags == {0: RESTARTED}
    energies = [r.energy_j for r in sampler.readings]
    assert energies == sorted(energies)
    assert entry(parts[0]).energy_j == pytest.approx(200.0 * 2.0, abs=200.0 * 0.25)


def test_what_nobody_read_for_long_is_forgotten():
    counter = gpu()
    reader = Reader(counter, counter.clock_ns)
    reader.take()
    counter.now_s = 2.0
    reader.take()
    counter.now_s += STALE_S - 1
    assert not reader.has_old
    reader.rebase()
    kept = entry(reader.take())
    assert kept.energy_j == pytest.approx(200.0 * STALE_S, abs=20.1)
    counter.now_s += STALE_S + 1
    assert reader.has_old
    reader.rebase()
    assert not reader.has_old
    again = entry(reader.take())
    assert again.energy_j == kept.energy_j
    counter.now_s += 1.0
    assert entry(reader.take()).energy_j == pytest.approx(kept.energy_j + 200.0, abs=20.1)


def test_another_reader_goes_on_from_a_sample():
    counter = gpu()
    first = Reader(counter, counter.clock_ns)
    first.take()
    counter.now_s = 3.0
    stopped = entry(first.take())
    counter.now_s = 4.5
    second = Reader(counter, counter.clock_ns)
    second.resume({"gpu:0": stopped, "gpu:7": stopped})
    assert entry(second.take()).energy_j == pytest.approx(entry(first.take()).energy_j)


def test_an_edge_in_the_middle_of_edge_polling_keeps_what_was_seen():
    """The edge's own reading shows the refresh; the poll before it bounds its time."""
    counter = gpu(phase_s=0.0505)
    sampler = VirtualSampler(counter, random.Random(3))
    edges = [(2.0 + 0.001 * k, sampler.mark) for k in (0, 52)]  # the refresh is at 2.0505 s
    sampler.run([(1.0, sampler.mark), *edges])
    (width,) = [
        width
        for joules, width in brackets_s(sampler.readings).items()
        if joules == pytest.approx(following(counter, 2.0)[0], abs=0.01)
    ]
    assert width < 0.008


def test_the_counters_of_one_source_are_watched_each_by_itself():
    class Two(Counter):
        """A quick counter and a slow one."""

        @property
        def domains(self):
            return [RAPL, NVML]

        def poll(self, index):
            self.period_s = self.domains[index].resolution_s
            self.domain = self.domains[index]
            return super().poll(index)

    counter = Two(NVML, STEADY, 0.1, 0.0371, now_s=1.0)
    reader = Reader(counter, counter.clock_ns)
    reader.take()
    reader.poll_edges()
    polls = []
    while reader.due_s is not None:
        counter.now_s = max(counter.now_s, reader.due_s + 1e-6)
        polls += reader.poll()
    quick = [p.t_ns * 1e-9 for p in polls if p.index == 0]
    slow = [p.t_ns * 1e-9 for p in polls if p.index == 1]
    assert quick
    assert max(quick) < 1.003
    assert 1.1 < max(slow) < 1.25


def test_a_failed_read_is_an_error_and_no_zero():
    class Broken(Counter):
        def read(self, index):
            return Reading(self.clock_ns(), error="EIO")

        poll = read

    counter = Broken(NVML, STEADY, 0.1, 0.0, now_s=1.0)
    reader = Reader(counter, counter.clock_ns)
    assert entry(reader.take()) == "EIO"
    reader.poll_edges()
    while (due_s := reader.due_s) is not None:
        counter.now_s = max(counter.now_s, due_s) + 1e-6
        assert reader.poll() == []
    assert reader.due_s is None


def test_readings_of_a_day_never_fall():
    """Failed reads aside: what a window's end shows is never less than at its begin."""
    counter = gpu(domain=replace(NVML, wrap_range=10**6), wrap_range=10**6)  # a turn in 5 s
    readings = watch(counter, [1.0 + 0.71 * k for k in range(100)])
    assert all(isinstance(r, DomainSample) for r in readings)
    energies = [r.energy_j for r in readings]
    assert energies == sorted(energies)
    assert energies[-1] == pytest.approx(200.0 * (readings[-1].t_ns * 1e-9 - 1.0), abs=20.1)


@dataclass
class HeldUp(Counter):
    """A counter whose first calls are interrupted right after the figure was had."""

    held_up_s: list[float] = field(default_factory=list)
    may_hang: bool = False
    calls: int = 0

    def read(self, index):
        self.calls += 1
        before_s = self.now_s
        reading = super().read(index)
        self.now_s += self.held_up_s.pop(0) if self.held_up_s else 0.0
        return reading._replace(t_ns=round((before_s + self.now_s) / 2 * 1e9))


def held_up(*held_up_s, **changes):
    fields = {"domain": RAPL, "curve": STEADY, "period_s": 0.001, "phase_s": 0.0, "now_s": 1.0}
    counter = HeldUp(**{**fields, **changes}, held_up_s=list(held_up_s))
    (entry,) = Reader(counter, counter.clock_ns).take().entries
    return counter, entry


@pytest.mark.parametrize("delays_s", [(0.003,), (0.06,), (0.002, 0.004)])
def test_a_file_whose_reading_was_held_up_is_read_again(delays_s):
    counter, entry = held_up(*delays_s)
    assert isinstance(entry, DomainSample)  # 0.06 s by itself would belong to no time
    assert entry.t_ns * 1e-9 == pytest.approx(counter.now_s, abs=1e-5)


def test_a_driver_that_takes_long_is_not_asked_again():
    counter, entry = held_up(0.003, may_hang=True)
    assert counter.calls == 1
    assert isinstance(entry, DomainSample)
