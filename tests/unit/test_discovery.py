"""Which reader reads, what is said of the others, and probes that fail or hang."""

import os
import subprocess
import sys
import threading
import time

import pytest

from jupyter_green.sources import perf_event, rapl
from jupyter_green.sources.base import Discovery, Domain, Found, Missing, Provenance, Reading
from jupyter_green.sources.discovery import READERS, fingerprint, open_sources, probe_rapl
from jupyter_green.sources.variables import (
    PMU_VARIABLE,
    POWERCAP_VARIABLE,
    READER_NAMES,
    READER_VARIABLE,
)
from tests.testbench.powercap import Zone

LATER_S = 10.0


@pytest.fixture
def pmu(tmp_path):
    """A monitoring unit whose package is the kernel's CPU clock, wherever that may be counted."""
    folder = tmp_path / "power"
    (folder / "events").mkdir(parents=True)
    for name, text in (
        ("type", "1"),
        ("cpumask", "0"),
        ("events/energy-pkg", "event=0x00"),
        ("events/energy-pkg.scale", "1e-9"),
        ("events/energy-pkg.unit", "Joules"),
    ):
        (folder / name).write_text(f"{text}\n")
    found = perf_event.probe(folder)
    if found.source is None:
        pytest.skip(found.missing[0].reason)
    found.source.close()
    return folder


def by_reader(environ):
    """The reader in use, and what is missing by id."""
    found = probe_rapl({name: str(value) for name, value in environ.items()})
    name = None
    if found.source:
        name = found.source.name
        found.source.close()
    return name, {missing.id: missing for missing in found.missing}


# --- the readers of RAPL --------------------------------------------------------------------


def test_powercap_is_preferred(truth, powercap, pmu):
    truth.add("cpu:0/package", power_w=1.0)
    environ = {POWERCAP_VARIABLE: powercap().root, PMU_VARIABLE: pmu}
    assert by_reader(environ) == ("rapl", {})


def test_perf_reads_where_powercap_may_not_and_nothing_is_missing(truth, powercap_fuse, pmu):
    truth.add("cpu:0/package", power_w=1.0, mode=0o400)
    environ = {POWERCAP_VARIABLE: powercap_fuse().root, PMU_VARIABLE: pmu}
    assert by_reader(environ) == ("perf_event", {})


def test_perf_reads_where_there_is_no_powercap(tmp_path, pmu):
    environ = {POWERCAP_VARIABLE: tmp_path / "absent", PMU_VARIABLE: pmu}
    assert by_reader(environ) == ("perf_event", {})


def test_a_tree_named_by_hand_is_not_mixed_with_this_machines_perf(
    truth, powercap_fuse, pmu, monkeypatch
):
    monkeypatch.setattr(perf_event, "PMU_ROOT", pmu)
    truth.add("cpu:0/package", power_w=1.0, mode=0o400)
    name, missing = by_reader({POWERCAP_VARIABLE: powercap_fuse().root})
    assert name is None
    assert set(missing) == {"cpu:0/package"}


def test_a_domain_that_neither_reads_is_missing_once(truth, powercap_fuse, pmu):
    truth.add("cpu:0/package", power_w=1.0, mode=0o400)
    (pmu / "cpumask").write_text("4096\n")
    environ = {POWERCAP_VARIABLE: powercap_fuse().root, PMU_VARIABLE: pmu}
    name, missing = by_reader(environ)
    assert name is None
    assert "energy_uj" in missing["cpu:0/package"].reason


def test_what_keeps_perf_from_reading_is_said_where_there_is_no_powercap(tmp_path, pmu):
    (pmu / "cpumask").write_text("4096\n")
    environ = {POWERCAP_VARIABLE: tmp_path / "absent", PMU_VARIABLE: pmu}
    name, missing = by_reader(environ)
    assert name is None
    assert set(missing) == {"rapl", "cpu:0/package"}
    assert "perf counter" in missing["cpu:0/package"].reason


def test_memory_alone_is_read_where_no_reader_has_a_package(truth, powercap_fuse):
    package = truth.add("package", power_w=1.0, mode=0o400)
    dram = truth.add("dram", power_w=1.0)
    root = powercap_fuse([Zone("package-0", package, [Zone("dram", dram)])]).root
    name, missing = by_reader({POWERCAP_VARIABLE: root})
    assert name == "rapl"
    assert set(missing) == {"cpu:0/package"}


def test_the_variable_chooses_the_reader(truth, powercap, pmu):
    truth.add("cpu:0/package", power_w=1.0)
    environ = {POWERCAP_VARIABLE: powercap().root, PMU_VARIABLE: pmu}
    assert by_reader(environ | {READER_VARIABLE: "perf_event"}) == ("perf_event", {})
    assert by_reader(environ | {READER_VARIABLE: "powercap"}) == ("rapl", {})
    assert by_reader(environ | {READER_VARIABLE: ""}) == ("rapl", {})


def test_a_reader_that_reads_nothing_gives_way_and_says_why(truth, powercap, tmp_path):
    truth.add("cpu:0/package", power_w=1.0)
    environ = {
        POWERCAP_VARIABLE: powercap().root,
        PMU_VARIABLE: tmp_path / "no-unit",
        READER_VARIABLE: "perf_event",
    }
    name, missing = by_reader(environ)
    assert name == "rapl"
    assert "; powercap is used" in missing["rapl-reader"].reason
    assert str(tmp_path / "no-unit") in missing["rapl-reader"].reason


def test_a_reader_with_memory_alone_gives_way_to_one_with_packages(truth, powercap, pmu):
    truth.add("cpu:0/package", power_w=1.0)
    for name in ("", ".scale", ".unit"):
        (pmu / "events" / f"energy-pkg{name}").rename(pmu / "events" / f"energy-ram{name}")
    environ = {POWERCAP_VARIABLE: powercap().root, PMU_VARIABLE: pmu}
    name, missing = by_reader(environ | {READER_VARIABLE: "perf_event"})
    assert name == "rapl"
    assert set(missing) == {"rapl-reader"}


def test_where_pyrapl_has_no_tree_the_remedy_is_not_another_reader(tmp_path):
    if rapl.describe():
        pytest.skip("this machine has RAPL zones, and pyRAPL looks at no other place")
    environ = {POWERCAP_VARIABLE: tmp_path / "absent", READER_VARIABLE: "pyrapl"}
    name, missing = by_reader(environ)
    assert name is None
    assert "has no RAPL zone" in missing["rapl-reader"].reason
    assert "modprobe" in missing["rapl-reader"].remedy


def test_an_unknown_reader_is_refused_with_the_names_that_there_are(truth, powercap):
    truth.add("cpu:0/package", power_w=1.0)
    name, missing = by_reader({POWERCAP_VARIABLE: powercap().root, READER_VARIABLE: "msr"})
    assert name == "rapl"
    assert set(missing) == {"rapl-reader"}
    assert "'msr'" in missing["rapl-reader"].reason
    assert all(reader in missing["rapl-reader"].remedy for reader in READERS)


# --- all sources ----------------------------------------------------------------------------


class Sensor:
    """A source that a test's probe finds."""

    name = "sensor"

    def __init__(self, id_):
        self.domains = [Domain(id_, "a device", self.name, Provenance.COUNTER, 0.001)]
        self.closed = threading.Event()

    def read(self, index):
        return Reading(1, counter=1)

    def poll(self, index):
        return self.read(index)

    def conditions(self, index):
        return None

    def close(self):
        self.closed.set()


def broken(environ):
    raise RuntimeError("no idea")


def test_a_probe_that_fails_costs_only_its_own_source():
    gpu = Sensor("gpu:0")
    sources, missing = open_sources({}, [("broken", broken), ("gpu", lambda _: Found(gpu))])
    assert gpu in sources
    assert [m.id for m in missing] == ["broken"]
    assert "RuntimeError: no idea" in missing[0].reason
    assert missing[0].remedy


def test_a_probe_that_hangs_is_given_up_and_what_it_finds_late_is_read_next_time():
    goes_on = threading.Event()
    late, gpu = Sensor("late"), Sensor("gpu:0")

    def hanging(environ):
        goes_on.wait(LATER_S)
        return Found(late)

    probes = [("hanging", hanging), ("gpu", lambda _: Found(gpu))]
    sources, missing = open_sources({}, probes, give_up_s=0.5)
    assert gpu in sources
    assert late not in sources
    assert [m.id for m in missing] == ["hanging"]
    assert "did not answer within" in missing[0].reason
    before = fingerprint({})
    goes_on.set()
    deadline_s = time.monotonic() + LATER_S
    while fingerprint({}) == before:
        assert time.monotonic() < deadline_s
        time.sleep(0.01)
    goes_on.clear()  # a slow driver would be given up again
    sources, missing = open_sources({}, probes, give_up_s=0.5)
    assert late in sources
    assert missing == ()
    assert not late.closed.is_set()


def test_a_probe_that_hangs_does_not_keep_the_process():
    hanging = [t for t in threading.enumerate() if t.name == "probe forever"]
    assert not hanging
    goes_on = threading.Event()
    open_sources({}, [("forever", lambda _: goes_on.wait() and Found())], give_up_s=0.05)
    (thread,) = [t for t in threading.enumerate() if t.name == "probe forever"]
    goes_on.set()
    assert thread.daemon


@pytest.fixture
def constant(tmp_path):
    """A tree whose package shows one figure for ever, as those of some virtual machines do."""
    folder = tmp_path / "constant" / "intel-rapl:0"
    folder.mkdir(parents=True)
    for name, text in (("name", "package-0"), ("energy_uj", "0"), ("max_energy_range_uj", "9")):
        (folder / name).write_text(text)
    return folder.parent


def test_the_estimate_stands_in_for_a_counter_that_stands_still(constant):
    sources, missing = open_sources({POWERCAP_VARIABLE: str(constant)})
    assert "cpu" in [domain.id for source in sources for domain in source.domains]
    assert "cpu:0/package" not in [domain.id for source in sources for domain in source.domains]
    (stuck,) = [each for each in missing if each.id == "cpu:0/package"]
    assert "stands still" in stuck.reason
    assert "CPU estimate" in stuck.remedy
    for source in sources:
        source.close()


def test_a_report_has_the_estimate_where_the_counter_stands_still(constant):
    code = (
        "import jupyter_green as jg, time\n"
        "with jg.measure() as m:\n    time.sleep(0.3)\n"
        "r = m.report; print(r.provenance, r.energy_j > 0, *(d.id for d in r.domains.values()),"
        " *(f'missing={x.id}' for x in r.missing if 'stands still' in x.reason))"
    )
    env = os.environ | {POWERCAP_VARIABLE: str(constant)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.stdout.split() == ["estimate", "True", "cpu", "missing=cpu:0/package"], done.stderr


def test_the_estimate_stands_in_where_nothing_measures_the_processor():
    def ids(*sensors):
        probes = [(s.domains[0].id, lambda _, s=s: Found(s)) for s in sensors]
        return [domain.id for source in open_sources({}, probes)[0] for domain in source.domains]

    assert ids(Sensor("cpu:0/dram"), Sensor("gpu:0")) == ["cpu:0/dram", "cpu", "gpu:0"]
    assert ids(Sensor("gpu:0")) == ["gpu:0", "cpu"]
    assert ids(Sensor("gpu:0"), Sensor("cpu:0/package")) == ["gpu:0", "cpu:0/package"]


def test_one_remedy_for_many_is_written_once():
    found = Found(missing=tuple(Missing(id_, "it is broken", "Mend it.") for id_ in "abc"))
    _, missing = open_sources({}, [("many", lambda _: found)])
    assert [m.remedy for m in missing] == [
        "Mend it.",
        "Same remedy as for a.",
        "Same remedy as for a.",
    ]
    assert "b                missing: it is broken. Same remedy as for a." in str(
        Discovery((), missing)
    )


# --- what could be read now -----------------------------------------------------------------


@pytest.mark.parametrize("folder", ["intel-rapl:0", "intel-rapl/intel-rapl:0"])
def test_the_fingerprint_changes_as_zones_come_and_go(tmp_path, folder):
    environ = {POWERCAP_VARIABLE: str(tmp_path)}
    seen = [fingerprint(environ)]
    zone = tmp_path / folder
    zone.mkdir(parents=True)
    (zone / "energy_uj").write_text("1\n")
    seen.append(fingerprint(environ))
    assert fingerprint(environ) == seen[-1]
    (zone / "energy_uj").write_text("2\n")
    assert fingerprint(environ) == seen[-1]
    (zone / "energy_uj").unlink()
    seen.append(fingerprint(environ))
    assert len(set(seen)) == 3


def test_the_fingerprint_changes_when_a_zone_becomes_readable(truth, powercap_fuse):
    device = truth.add("cpu:0/package", power_w=1.0, mode=0o400)
    environ = {POWERCAP_VARIABLE: str(powercap_fuse().root)}
    before = fingerprint(environ)
    device.set(mode=0o444)
    assert fingerprint(environ) != before


def test_the_fingerprint_changes_with_perf_and_with_the_variables(tmp_path):
    environ = {POWERCAP_VARIABLE: str(tmp_path / "a"), PMU_VARIABLE: str(tmp_path / "b")}
    before = fingerprint(environ)
    assert fingerprint(environ | {"PATH": os.defpath}) == before
    assert fingerprint(environ | {READER_VARIABLE: "pyrapl"}) != before
    (tmp_path / "b").mkdir()
    assert fingerprint(environ) != before


def test_the_readers_that_a_user_may_name_are_those_that_there_are():
    assert set(READER_NAMES) == set(READERS)
