"""The CPU estimate: which processor, how busy, and what is ours of it."""

import csv
import itertools
import os
import statistics
from pathlib import Path

import pytest

from jupyter_green.sources import cpu_busy, cpu_estimate, cpuinfo
from jupyter_green.sources.base import Provenance

AMD = (
    "vendor_id\t: AuthenticAMD\ncpu family\t: {family}\nmodel\t\t: {model}\n"
    "model name\t: AMD EPYC\n"
)
INTEL = (
    "vendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: {model}\nmodel name\t: Intel Xeon\n"
    "stepping\t: {stepping}\n"
)
IDLE_W, FULL_W = 0.474, 1.693
"""EPYC 2nd Gen, the processor of `machine`."""
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
S = round(1 / TICK_S)


# --- which processor ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (INTEL.format(model=85, stepping=4), "Skylake"),
        (INTEL.format(model=85, stepping=7), "Cascade Lake"),
        (INTEL.format(model=106, stepping=6), "Ice Lake"),
        (INTEL.format(model=143, stepping=8), "Sapphire Rapids"),
        (INTEL.format(model=207, stepping=2), "Emerald Rapids"),
        (INTEL.format(model=63, stepping=2), "Haswell"),
        (INTEL.format(model=9999, stepping=2), None),
        (INTEL.format(model=85, stepping=4).replace(": 6", ": 15"), None),
        (AMD.format(family=23, model=1), "EPYC 1st Gen"),
        (AMD.format(family=23, model=49), "EPYC 2nd Gen"),
        (AMD.format(family=25, model=1), "EPYC 3rd Gen"),
        (AMD.format(family=25, model=17), "EPYC 4th Gen Genoa"),
        (AMD.format(family=25, model=0xA0), "EPYC 4th Gen"),
        (AMD.format(family=26, model=2), "EPYC 5th Gen"),
        (AMD.format(family=26, model=0x44), None),
        (AMD.format(family=99, model=2), None),
        ("CPU implementer\t: 0x41\nCPU part\t: 0xd0c\n", "Graviton2"),
        ("", None),
    ],
)
def test_the_processor_is_recognised(text, name):
    assert cpuinfo.architecture(text) == name


@pytest.mark.parametrize(
    ("identifier", "name"),
    [
        ("Intel64 Family 6 Model 158 Stepping 10, GenuineIntel", "Coffee Lake"),
        ("Intel64 Family 6 Model 85 Stepping 7, GenuineIntel", "Cascade Lake"),
        ("AMD64 Family 25 Model 1 Stepping 1, AuthenticAMD", "EPYC 3rd Gen"),
        ("ARMv8 (64-bit) Family 8 Model D4B Revision   0, Qualcomm", None),
        ("", None),
    ],
)
def test_windows_names_the_processor_in_a_variable(tmp_path, identifier, name):
    text = cpuinfo.text_of(tmp_path / "none", {cpuinfo.IDENTIFIER_VARIABLE: identifier})
    assert cpuinfo.architecture(text) == name


def test_every_architecture_that_is_recognised_is_in_the_table():
    for model in range(0x100):
        for text in (
            INTEL.format(model=model, stepping=4),
            INTEL.format(model=model, stepping=7),
            *(AMD.format(family=family, model=model) for family in (0x17, 0x19, 0x1A)),
        ):
            name = cpuinfo.architecture(text)
            assert name is None or cpu_estimate.coefficients(name).basis.endswith(name)


def test_an_unknown_processor_gets_the_figures_of_its_maker():
    known = cpu_estimate.coefficients("Cascade Lake", "Intel")
    intel = cpu_estimate.coefficients(None, "Intel")
    amd = cpu_estimate.coefficients(None, "AMD")
    other = cpu_estimate.coefficients(None)
    assert (known.idle_w, known.full_w) == (0.690, 4.063)
    assert amd.full_w < other.full_w < known.full_w < intel.full_w
    assert other.scale.factor >= intel.scale.factor > known.scale.factor > 1.2
    assert intel.scale.group != known.scale.group
    assert "not in the table" in intel.basis


@pytest.mark.parametrize(
    ("row", "makers"),
    [("unknown Intel", "Intel"), ("unknown AMD", "AMD"), ("unknown", "AMD Intel")],
)
def test_the_rows_for_unknown_processors_are_the_median_of_the_measured_ones(row, makers):
    folder = Path(cpu_estimate.__file__).parent / "data"
    with (folder / "cpu_watts_per_vcpu.csv").open(newline="") as file:
        table = {line["architecture"]: line for line in csv.DictReader(file)}
    measured = [
        line
        for name, line in table.items()
        if int(line["results"]) and ("AMD" if name.startswith("EPYC") else "Intel") in makers
    ]
    for column in ("min_w_per_vcpu", "max_w_per_vcpu"):
        median_w = statistics.median(float(line[column]) for line in measured)
        assert float(table[row][column]) == pytest.approx(median_w, abs=1.1e-3)


# --- how busy: a machine of a known architecture that the test makes busy --------------------


class Machine:
    def __init__(self, root, cpus=2):
        self.proc, self.cgroup, self.possible = root / "proc", root / "cgroup", root / "possible"
        self.cpus = cpus
        (self.proc / "self").mkdir(parents=True)
        (self.proc / "cpuinfo").write_text(AMD.format(family=23, model=49))
        self.possible.write_text(f"0-{cpus - 1}\n")
        self.busy()

    def busy(self, user=0, nice=0, system=0, idle=0, iowait=0, irq=0, softirq=0, steal=0, guest=0):
        values = (user, nice, system, idle, iowait, irq, softirq, steal, guest, 0)
        lines = "".join(f"cpu{n} 0 0 0 0\n" for n in range(self.cpus))
        (self.proc / "stat").write_text(
            f"cpu  {' '.join(str(v * S) for v in values)}\n{lines}intr 0\nctxt 12\n"
        )

    def in_group(self, lines):
        (self.proc / "self/cgroup").write_text(lines)

    def group(self, path, **files):
        """Write files of a control group; ``__`` in a name stands for a dot."""
        folder = self.cgroup / path
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name.replace("__", ".")).write_text(f"{text}\n")

    def used_s(self, path, seconds):
        self.group(path, cpu__stat=f"usage_usec {round(seconds * 1e6)}\nuser_usec 4")

    def probe(self):
        found = cpu_estimate.probe(self.proc, self.cgroup, self.possible)
        assert found.source is not None
        return found.source

    def vcpus(self):
        return self.find().vcpus

    def find(self):
        return cpu_busy.find(self.proc, self.cgroup, self.possible)


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


@pytest.fixture
def large(tmp_path):
    return Machine(tmp_path, cpus=64)


def busy_s(source, change, vcpus=2):
    """Return the busy seconds that `change` adds, from the joules less the idle energy."""
    before, _, after = source.read(0), change(), source.read(0)
    idle_j = vcpus * IDLE_W * (after.t_ns - before.t_ns) * 1e-9
    return ((after.counter - before.counter) * 1e-6 - idle_j) / (FULL_W - IDLE_W)


def test_busy_time_is_charged_between_idle_and_full(machine):
    source = machine.probe()
    assert busy_s(source, lambda: machine.busy(user=2, system=1)) == pytest.approx(3, abs=1e-3)


def test_time_in_interrupts_is_busy(machine):
    source = machine.probe()
    seconds = busy_s(source, lambda: machine.busy(nice=1, irq=2, softirq=4))
    assert seconds == pytest.approx(7, abs=1e-3)


def test_idle_iowait_and_steal_are_not_ours(machine):
    source = machine.probe()
    change = lambda: machine.busy(idle=5, iowait=3, steal=2)  # noqa: E731
    assert busy_s(source, change) == pytest.approx(0, abs=1e-3)


def test_the_time_of_guests_is_in_user_already(machine):
    source = machine.probe()
    assert busy_s(source, lambda: machine.busy(user=3, guest=3)) == pytest.approx(3, abs=1e-3)


def test_the_domain_is_marked_as_an_estimate(machine):
    (domain,) = machine.probe().domains
    assert domain.provenance is Provenance.ESTIMATE
    assert domain.device == "AMD EPYC (2 vCPU)"
    assert "EPYC 2nd Gen" in domain.note
    assert "this machine" in domain.note
    assert domain.scale.factor == 1.45
    assert domain.scale.group == "CPU model: EPYC 2nd Gen"
    assert domain.power_limit_w == pytest.approx(2 * FULL_W)


class Clock:
    t_ns = 1000 * 10**9

    def __call__(self):
        return self.t_ns


def test_a_cpu_that_is_plugged_in_idles_from_then_on(machine):
    machine.possible.write_text("0-7\n")
    clock, busy = Clock(), machine.find()
    watts = cpu_estimate.coefficients("EPYC 2nd Gen")
    source = cpu_estimate.CpuEstimate(busy, watts, "EPYC", clock)
    joules = []
    for cpus in (2, 2, 6, 6, 2, 2):
        machine.cpus = cpus
        machine.busy()
        joules.append(source.read(0).counter * 1e-6)
        clock.t_ns += 10 * 10**9
    steps = [b - a for a, b in itertools.pairwise(joules)]
    # Nothing jumps when the number changes, up or down.
    assert steps == pytest.approx([cpus * 10 * IDLE_W for cpus in (2, 2, 6, 6, 2)])
    assert source.domains[0].power_limit_w == pytest.approx(8 * FULL_W)


def test_another_process_goes_on_from_the_same_counter(machine):
    clock = Clock()
    watts = cpu_estimate.coefficients("EPYC 2nd Gen")
    first, second = (
        cpu_estimate.CpuEstimate(machine.find(), watts, "EPYC", clock) for _ in range(2)
    )
    first.read(0)
    clock.t_ns += 10**9
    assert first.read(0) == second.read(0)


def test_a_machine_with_many_cpus_is_read_to_the_last(large):
    large.busy(user=10**6, idle=10**9)
    assert large.find().read() == (64, 10**6)


# --- how busy: a container ------------------------------------------------------------------


def test_a_limited_container_counts_its_own_part_v2(machine):
    machine.in_group("0::/pod/app\n")
    machine.group("pod/app", cpu__max="max 100000")
    machine.group("pod", cpu__max="150000 100000")
    machine.used_s("pod", 5)
    source = machine.probe()
    assert source.domains[0].device == "AMD EPYC (1.5 vCPU)"
    assert "this container" in source.domains[0].note
    seconds = busy_s(source, lambda: machine.used_s("pod", 6), vcpus=1.5)
    assert seconds == pytest.approx(1, abs=1e-3)


def v1_group(machine, path, quota_us, usage_s):
    machine.group(
        f"cpu,cpuacct/{path}",
        cpu__cfs_quota_us=quota_us,
        cpu__cfs_period_us=100_000,
        cpuacct__usage=round(usage_s * 1e9),
    )


def test_a_limited_container_counts_its_own_part_v1(machine):
    machine.in_group("4:cpu,cpuacct:/docker/abc\n1:memory:/\n")
    v1_group(machine, "docker/abc", 50_000, usage_s=1)
    source = machine.probe()
    assert source.domains[0].device == "AMD EPYC (0.5 vCPU)"
    change = lambda: v1_group(machine, "docker/abc", 50_000, usage_s=3)  # noqa: E731
    assert busy_s(source, change, vcpus=0.5) == pytest.approx(2, abs=1e-3)


def test_controllers_may_have_hierarchies_of_their_own_v1(large):
    large.in_group("4:cpu:/k/a\n3:cpuacct:/k/a\n2:cpuset:/k/a\n0::/\n")
    large.group("cpu/k/a", cpu__cfs_quota_us=250_000, cpu__cfs_period_us=100_000)
    large.group("cpuacct/k/a", cpuacct__usage=7 * 10**9)
    large.group("cpuset/k/a", cpuset__effective_cpus="0-7")
    assert large.find().read() == (2.5, pytest.approx(7))


@pytest.mark.parametrize(("outer", "inner", "of"), [(2, 4, "pod"), (4, 2, "pod/app")])
def test_the_tightest_of_nested_limits_holds_v2(large, outer, inner, of):
    large.in_group("0::/pod/app/kernel\n")
    for number, (path, cpus) in enumerate({"pod": outer, "pod/app": inner}.items()):
        large.group(path, cpu__max=f"{cpus * 100_000} 100000")
        large.used_s(path, 10 + number)
    busy = large.find()
    assert busy.vcpus == 2
    assert busy.read() == (2, pytest.approx(10 if of == "pod" else 11))


@pytest.mark.parametrize(("outer", "inner"), [(2, 4), (4, 2)])
def test_the_tightest_of_nested_limits_holds_v1(large, outer, inner):
    large.in_group("4:cpu,cpuacct:/pod/app\n")
    v1_group(large, "pod", outer * 100_000, usage_s=1)
    v1_group(large, "pod/app", inner * 100_000, usage_s=1)
    assert large.vcpus() == 2


def test_a_container_that_is_pinned_to_some_cpus_has_no_more_v2(large):
    large.in_group("0::/docker/abc\n")
    large.group("", cpuset__cpus__effective="0-63")
    large.group("docker", cpuset__cpus__effective="0-63")
    large.group("docker/abc", cpu__max="max 100000", cpuset__cpus__effective="0-1,8,33")
    large.used_s("docker/abc", 3)
    large.busy(user=500)
    busy = large.find()
    assert busy.read() == (4, pytest.approx(3))
    assert busy.scope == "this container"


def test_a_container_that_is_pinned_to_some_cpus_has_no_more_v1(large):
    large.in_group("5:cpuset:/docker/abc\n4:cpu,cpuacct:/docker/abc\n")
    v1_group(large, "docker/abc", -1, usage_s=3)
    large.group("cpuset/docker/abc", cpuset__cpus="4-7")
    assert large.find().read() == (4, pytest.approx(3))


def test_a_quota_below_the_pinned_cpus_holds(large):
    large.in_group("0::/a\n")
    large.group("a", cpu__max="50000 100000", cpuset__cpus__effective="0-3")
    large.used_s("a", 3)
    assert large.vcpus() == 0.5


def test_the_time_of_a_pinned_container_is_that_of_the_whole_container(large):
    # Effective CPUs pass on to the groups below: the one that set them is meant.
    large.in_group("0::/a/kernels\n")
    for path, seconds in (("a", 5), ("a/kernels", 1)):
        large.group(path, cpuset__cpus__effective="0-3")
        large.used_s(path, seconds)
    assert large.find().read() == (4, pytest.approx(5))


@pytest.mark.parametrize("quota", ["200000 100000", "6400000 100000", "max 100000"])
def test_a_quota_that_the_machine_does_not_reach_is_none(machine, quota):
    machine.in_group("0::/user.slice\n")
    machine.group("user.slice", cpu__max=quota, cpuset__cpus__effective="0-1")
    machine.used_s("user.slice", 1)
    machine.busy(user=40)
    busy = machine.find()
    assert busy.scope == "this machine"
    assert busy.read() == (2, pytest.approx(40))


def test_where_the_time_of_the_limited_group_is_hidden_a_group_inside_serves(large):
    large.in_group("0::/pod/app\n")
    large.group("pod", cpu__max="150000 100000")
    large.group("pod/app", cpu__max="max 100000")
    large.used_s("pod/app", 9)
    assert large.find().read() == (1.5, pytest.approx(9))


@pytest.mark.parametrize("stat", [None, "nr_periods 0"])
def test_where_the_time_of_every_limited_group_is_hidden_the_machine_counts(machine, stat):
    machine.in_group("0::/pod\n")
    machine.group("pod", cpu__max="50000 100000", **({"cpu__stat": stat} if stat else {}))
    machine.busy(user=4)
    source = machine.probe()
    assert "this machine" in source.domains[0].note
    assert source.read(0).error is None


def test_a_burst_of_a_limited_container_is_below_the_power_limit(large):
    large.in_group("0::/a\n")
    large.group("a", cpu__max="50000 100000")
    large.used_s("a", 3)
    assert large.probe().domains[0].power_limit_w == pytest.approx(64 * FULL_W)


# --- failures -------------------------------------------------------------------------------


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
