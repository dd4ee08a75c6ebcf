"""The CPU estimate: which processor, how busy, and how sure."""

import pytest

from jupyter_green.sources import cpu_estimate
from jupyter_green.sources.base import Provenance

AMD = (
    "vendor_id\t: AuthenticAMD\ncpu family\t: {family}\nmodel\t\t: {model}\n"
    "model name\t: AMD EPYC\n"
)
INTEL = (
    "vendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: {model}\nmodel name\t: Intel Xeon\n"
    "stepping\t: {stepping}\n"
)


@pytest.mark.parametrize(
    ("cpuinfo", "name"),
    [
        (INTEL.format(model=85, stepping=4), "Skylake"),
        (INTEL.format(model=85, stepping=7), "Cascade Lake"),
        (INTEL.format(model=106, stepping=6), "Ice Lake"),
        (INTEL.format(model=143, stepping=8), "Sapphire Rapids"),
        (INTEL.format(model=207, stepping=2), "Emerald Rapids"),
        (INTEL.format(model=63, stepping=2), "Haswell"),
        (INTEL.format(model=9999, stepping=2), None),
        (AMD.format(family=23, model=1), "EPYC 1st Gen"),
        (AMD.format(family=23, model=49), "EPYC 2nd Gen"),
        (AMD.format(family=25, model=1), "EPYC 3rd Gen"),
        (AMD.format(family=25, model=17), "EPYC 4th Gen"),
        (AMD.format(family=25, model=0xA0), "EPYC 4th Gen"),
        (AMD.format(family=26, model=2), None),
        ("CPU implementer\t: 0x41\nCPU part\t: 0xd0c\n", "Graviton2"),
        ("", None),
    ],
)
def test_the_processor_is_recognised(cpuinfo, name):
    assert cpu_estimate.architecture(cpuinfo) == name


def test_an_unknown_processor_gets_the_median_and_a_wider_interval():
    known = cpu_estimate.coefficients("EPYC 4th Gen")
    unknown = cpu_estimate.coefficients(None)
    assert (known.idle_w, known.full_w) == (0.739, 2.282)
    assert unknown.idle_w == pytest.approx(0.690, abs=0.1)
    assert unknown.relative_spread > known.relative_spread > 0.2


def test_the_outlier_row_counts_as_unknown():
    assert cpu_estimate.coefficients("EPYC 5th Gen") == cpu_estimate.coefficients(None)


@pytest.fixture
def machine(tmp_path):
    """A machine with two vCPUs, of a known architecture, that the test makes busy."""

    class Machine:
        proc, cgroup = tmp_path / "proc", tmp_path / "cgroup"

        def busy(self, user=0, nice=0, system=0, idle=0, iowait=0, irq=0, softirq=0, steal=0):
            values = (user, nice, system, idle, iowait, irq, softirq, steal, 0, 0)
            (self.proc / "stat").write_text(
                f"cpu  {' '.join(map(str, values))}\ncpu0 0 0 0 0\ncpu1 0 0 0 0\nintr 0\n"
            )

        def probe(self):
            found = cpu_estimate.probe(self.proc, self.cgroup)
            assert found.source is not None
            return found.source

    made = Machine()
    (made.proc / "self").mkdir(parents=True)
    (made.proc / "cpuinfo").write_text(AMD.format(family=25, model=17))
    made.busy()
    return made


def energy_j(source, change):
    """Return the joules that `change` adds, less the idle energy of the time between."""
    before, _, after = source.read(0), change(), source.read(0)
    idle_w = 2 * 0.739
    return (after.counter - before.counter) * 1e-6 - idle_w * (after.t_ns - before.t_ns) * 1e-9


def test_busy_time_is_charged_between_idle_and_full(machine):
    source = machine.probe()
    joules = energy_j(source, lambda: machine.busy(user=200, system=100))
    assert joules == pytest.approx(3.0 * (2.282 - 0.739), abs=1e-4)


def test_idle_iowait_and_steal_are_not_busy(machine):
    source = machine.probe()
    assert energy_j(source, lambda: machine.busy(idle=500, iowait=300, steal=200)) == pytest.approx(
        0, abs=1e-4
    )


def test_the_domain_is_marked_as_an_estimate(machine):
    (domain,) = machine.probe().domains
    assert domain.provenance is Provenance.ESTIMATE
    assert domain.device == "AMD EPYC (2 vCPU)"
    assert "EPYC 4th Gen" in domain.note
    assert domain.relative_spread == pytest.approx(0.41, abs=0.01)


def test_a_limited_container_counts_its_own_part_v2(machine):
    (machine.proc / "self/cgroup").write_text("0::/pod/app\n")
    group = machine.cgroup / "pod" / "app"
    group.mkdir(parents=True)
    (group / "cpu.max").write_text("max 100000\n")
    (group.parent / "cpu.max").write_text("150000 100000\n")
    (group.parent / "cpu.stat").write_text("usage_usec 5000000\nuser_usec 4\n")
    source = machine.probe()
    assert source.domains[0].device == "AMD EPYC (1.5 vCPU)"
    assert "this container" in source.domains[0].note
    before = source.read(0)
    (group.parent / "cpu.stat").write_text("usage_usec 6000000\nuser_usec 4\n")
    after = source.read(0)
    idle_j = 1.5 * 0.739 * (after.t_ns - before.t_ns) * 1e-9
    joules = (after.counter - before.counter) * 1e-6 - idle_j
    assert joules == pytest.approx(2.282 - 0.739, abs=1e-4)


def test_a_limited_container_counts_its_own_part_v1(machine):
    (machine.proc / "self/cgroup").write_text("4:cpu,cpuacct:/docker/abc\n1:memory:/\n")
    group = machine.cgroup / "cpu,cpuacct" / "docker" / "abc"
    group.mkdir(parents=True)
    (group / "cpu.cfs_quota_us").write_text("50000\n")
    (group / "cpu.cfs_period_us").write_text("100000\n")
    (group / "cpuacct.usage").write_text("1000000000\n")
    assert machine.probe().domains[0].device == "AMD EPYC (0.5 vCPU)"


def test_an_unlimited_group_counts_the_machine(machine):
    (machine.proc / "self/cgroup").write_text("0::/user.slice\n")
    group = machine.cgroup / "user.slice"
    group.mkdir(parents=True)
    (group / "cpu.max").write_text("max 100000\n")
    assert "this machine" in machine.probe().domains[0].note


def test_a_failed_read_is_a_reading_with_an_error(machine):
    source = machine.probe()
    (machine.proc / "stat").unlink()
    reading = source.read(0)
    assert reading.counter is None
    assert "utilisation" in reading.error


def test_psutil_gives_the_busy_time_elsewhere(tmp_path):
    found = cpu_estimate.probe(tmp_path / "no-proc", tmp_path / "no-cgroup")
    assert found.source is not None
    first = found.source.read(0)
    sum(range(5_000_000))
    second = found.source.read(0)
    assert second.counter > first.counter
    assert "median" in found.source.domains[0].note
