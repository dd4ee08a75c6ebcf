"""RAPL by perf: what the monitoring unit's folder says, and the real system call.

No machine of the tests counts energy, so a folder describes a software event in its
place: the kernel's CPU clock (type 1, config 0), which counts the nanoseconds of one
processor for every process. At a scale of 1e-9 that is a domain of exactly one watt.
"""

import contextlib
import os
import shutil
import time
from pathlib import Path

import pytest

from jupyter_green.sampler.accumulator import Accumulator
from jupyter_green.sources import perf_event, remedies

JOULES_PER_COUNT = "2.3283064365386962890625e-10"
NOBODY = 65534
INTEL = "vendor_id\t: GenuineIntel\nmodel name\t: Some Xeon\n"
AMD = "vendor_id\t: AuthenticAMD\nmodel name\t: Some EPYC\n"


class Machine:
    """The folders that describe a monitoring unit and the processors."""

    def __init__(self, folder):
        self.pmu = folder / "power"
        self.cpus = folder / "cpu"
        self.cpuinfo = folder / "cpuinfo"
        self.powercap = folder / "powercap"
        (self.pmu / "events").mkdir(parents=True)
        self.describe(type=1, cpumask="0")
        self.topology(0, package=0, die=0)
        self.cpuinfo.write_text(INTEL)

    def describe(self, **files):
        for name, text in files.items():
            (self.pmu / name).write_text(f"{text}\n")

    def event(self, name, config="0x00", scale="1e-9", unit="Joules"):
        for suffix, text in (("", f"event={config}"), (".scale", scale), (".unit", unit)):
            (self.pmu / "events" / f"{name}{suffix}").write_text(f"{text}\n")

    def topology(self, cpu, package, die):
        folder = self.cpus / f"cpu{cpu}" / "topology"
        folder.mkdir(parents=True)
        (folder / "physical_package_id").write_text(f"{package}\n")
        (folder / "die_id").write_text(f"{die}\n")

    def probe(self):
        return perf_event.probe(self.pmu, self.cpus, self.cpuinfo, self.powercap)

    def counters(self):
        described = perf_event._counters(self.pmu, self.cpus, self.cpuinfo.read_text())
        counters = [(counter.domain.id, counter) for counter in described]
        assert len(dict(counters)) == len(counters)  # no domain twice
        return dict(counters)


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


@pytest.fixture
def clock(machine):
    """A machine whose package is the CPU clock of processor 0, where that may be counted."""
    machine.event("energy-pkg")
    found = machine.probe()
    if found.source is None:
        pytest.skip(found.missing[0].reason)
    found.source.close()
    return machine


# --- what the folder says -------------------------------------------------------------------


def test_events_are_domains_by_powercaps_names(machine):
    machine.describe(type=23)
    machine.event("energy-pkg", "0x02", JOULES_PER_COUNT)
    machine.event("energy-ram", "0x03", JOULES_PER_COUNT)
    machine.event("energy-cores", "0x01", JOULES_PER_COUNT)
    machine.event("energy-gpu", "0x04", JOULES_PER_COUNT)
    machine.event("energy-psys", "0x05", JOULES_PER_COUNT)
    counters = machine.counters()
    assert {id_: counter.event.config for id_, counter in counters.items()} == {
        "cpu:0/package": 2,
        "cpu:0/dram": 3,
        "cpu:0/core": 1,
        "cpu:0/uncore": 4,
        "psys": 5,
    }
    assert {c.event.type for c in counters.values()} == {23}
    assert {c.domain.unit_j for c in counters.values()} == {2**-32}
    assert {c.domain.wrap_range for c in counters.values()} == {2**64}
    assert {id_ for id_, c in counters.items() if c.domain.counted} == {
        "cpu:0/package",
        "cpu:0/dram",
    }
    assert counters["cpu:0/package"].domain.device == "Some Xeon"


@pytest.mark.parametrize("mask", ["0,28", "0,28\n", "28,0"])
def test_each_package_has_a_counter_of_its_own(machine, mask):
    machine.describe(cpumask=mask)
    machine.topology(28, package=3, die=0)
    machine.event("energy-pkg")
    machine.event("energy-psys")
    cpus = {id_: counter.event.cpu for id_, counter in machine.counters().items()}
    assert cpus == {"cpu:0/package": 0, "cpu:3/package": 28, "psys": cpus["psys"]}


def test_dies_are_told_apart_where_each_has_a_counter(machine):
    machine.describe(cpumask="0-1,8")
    machine.topology(1, package=0, die=1)
    machine.topology(8, package=1, die=0)
    machine.event("energy-pkg")
    assert set(machine.counters()) == {
        "cpu:0/die-0/package",
        "cpu:0/die-1/package",
        "cpu:1/die-0/package",
    }


def test_amd_packages_are_counted_once_however_many_processors_stand_for_them(machine):
    machine.cpuinfo.write_text(AMD)
    machine.describe(cpumask="0,1,8")
    machine.topology(1, package=0, die=1)
    machine.topology(8, package=1, die=8)
    machine.event("energy-pkg")
    cpus = {id_: counter.event.cpu for id_, counter in machine.counters().items()}
    assert cpus == {"cpu:0/package": 0, "cpu:1/package": 8}


@pytest.mark.parametrize(
    "wrong",
    [{"unit": "Watts"}, {"scale": "much"}, {"config": "2,umask=1"}],
    ids=["not energy", "no number", "an event of another form"],
)
def test_an_event_that_is_not_understood_is_not_read(machine, wrong):
    machine.event("energy-pkg", **wrong)
    found = machine.probe()
    assert found.source is None
    assert "lists no energy counter" in found.missing[0].reason


def test_no_monitoring_unit_is_missing(tmp_path):
    found = perf_event.probe(tmp_path / "power")
    assert found.source is None
    assert str(tmp_path / "power") in found.missing[0].reason


# --- the real system call -------------------------------------------------------------------


def test_a_counter_counts_what_the_kernel_counts(clock):
    """One watt by definition: joules are the seconds of one processor."""
    source = clock.probe().source
    (domain,) = source.domains
    accumulator = Accumulator(domain)
    before = time.monotonic()
    assert accumulator.add(source.read(0)) is None
    inner = time.monotonic()
    time.sleep(0.1)
    inner = time.monotonic() - inner
    assert accumulator.add(source.read(0)) is None
    outer = time.monotonic() - before
    source.close()
    assert domain.source == "perf_event"
    # The kernel's clocks differ by parts in a thousand; a stolen processor does not stop them.
    assert 0.95 * inner <= accumulator.energy_j <= 1.05 * outer


def test_each_domain_is_read_by_itself(clock):
    clock.event("energy-ram")
    source = clock.probe().source
    assert [domain.id for domain in source.domains] == ["cpu:0/package", "cpu:0/dram"]
    assert [source.read(1).error, source.read(0).error] == [None, None]
    source.close()


def test_a_lost_counter_is_opened_anew_and_taken_for_restarted(clock):
    source = clock.probe().source
    accumulator = Accumulator(source.domains[0])
    time.sleep(0.05)
    accumulator.add(source.read(0))
    empty = os.open(os.devnull, os.O_RDONLY)  # reads as an event does that has no processor
    os.dup2(empty, source._counters[0].fd)
    os.close(empty)
    lost = source.read(0)
    assert lost.counter is None
    assert "given the event up" in lost.error
    again = source.read(0)
    assert again.error is None
    assert accumulator.add(lost) is None
    assert accumulator.add(again) == "counter-restarted"
    assert accumulator.energy_j < 1.0
    source.close()


def test_the_power_limit_is_powercaps_which_tells_everyone(clock):
    package = clock.powercap / "intel-rapl:0"
    package.mkdir(parents=True)
    for file, text in (("name", "package-0"), ("constraint_0_power_limit_uw", "95000000")):
        (package / file).write_text(f"{text}\n")
    (package / "energy_uj").touch(mode=0o400)
    with contextlib.closing(clock.probe().source) as source:
        assert source.has_conditions
        assert source.conditions(0).power_limit_w == 95.0
    shutil.rmtree(package)
    with contextlib.closing(clock.probe().source) as source:
        assert (source.has_conditions, source.conditions(0)) == (False, None)


def test_descriptors_are_closed_and_not_handed_to_children(clock):
    before = events()
    source = clock.probe().source
    (opened,) = events() - before
    assert not os.get_inheritable(int(opened))
    source.close()
    assert events() == before


def events():
    """Return this process's descriptors of events: others come and go with its threads."""
    found = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # it was the folder's own
            if str(descriptor.readlink()) == "anon_inode:[perf_event]":
                found.add(descriptor.name)
    return found


def test_a_processor_that_is_not_there_is_missing_and_the_others_are_read(clock):
    clock.describe(cpumask="0,4096")
    clock.topology(4096, package=1, die=0)
    found = clock.probe()
    assert [domain.id for domain in found.source.domains] == ["cpu:0/package"]
    assert [missing.id for missing in found.missing] == ["cpu:1/package"]
    assert "cannot be opened" in found.missing[0].reason
    found.source.close()


def test_without_the_privilege_the_remedies_are_named(machine):
    """In a child, because a process that gives its privileges away has them no more."""
    paranoid = int(perf_event.PARANOID.read_text())
    if os.geteuid() == 0 and paranoid <= 0:
        pytest.skip(f"kernel.perf_event_paranoid is {paranoid}: everybody may")
    machine.event("energy-pkg")
    (counter,) = machine.counters().values()  # nobody else may look into the test's folder
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setresgid(NOBODY, NOBODY, NOBODY)
                os.setresuid(NOBODY, NOBODY, NOBODY)
            try:
                counter.open()
                told = "it may"
            except OSError as error:
                missing = perf_event._missing(counter.domain.id, error)
                told = f"{missing.id}\0{missing.reason}\0{missing.remedy}"
            os.write(writing, told.encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    if told == "it may":
        pytest.skip("this user holds CAP_PERFMON")
    id_, reason, remedy = told.split("\0")
    assert id_ == "cpu:0/package"
    assert f"kernel.perf_event_paranoid {paranoid}" in reason
    assert remedies.of(remedy) == remedies.PERF_FORBIDDEN
