"""The powercap tree: which zones there are, what they count, and what is said of the others."""

import shutil
import subprocess

import pytest

from jupyter_green.sources import rapl, remedies
from tests.testbench.powercap import RAPL_MMIO, Zone

INTEL = "vendor_id\t: GenuineIntel\nmodel name\t: Some Xeon\n"
AMD = "vendor_id\t: AuthenticAMD\nmodel name\t: Some EPYC\n"


def zone(root, folder, name, energy_uj=1_000_000, **files):
    path = root / folder
    path.mkdir(parents=True)
    (path / "name").write_text(name + "\n")
    (path / "energy_uj").write_text(f"{energy_uj}\n")
    (path / "max_energy_range_uj").write_text("262143328850\n")
    for file, text in files.items():
        (path / file).write_text(f"{text}\n")
    return path


@pytest.fixture
def probe(tmp_path_factory):
    """Probe a tree on an Intel processor, or another one, and close the source in the end."""
    folder = tmp_path_factory.mktemp("proc")
    sources = []

    def probe(root, cpuinfo=INTEL):
        (folder / "cpuinfo").write_text(cpuinfo)
        found = rapl.probe(root, folder / "cpuinfo")
        sources.append(found.source)
        return found

    yield probe
    for source in filter(None, sources):
        source.close()


@pytest.fixture
def read(probe):
    """Read every domain of a tree once."""

    def read(root, cpuinfo=INTEL):
        source = probe(root, cpuinfo).source
        assert source is not None
        return {domain.id: (domain, source.read(i)) for i, domain in enumerate(source.domains)}

    return read


def counters(domains):
    return {id_: reading.counter for id_, (_, reading) in domains.items()}


def counted(domains):
    return {id_ for id_, (domain, _) in domains.items() if domain.counted}


@pytest.fixture
def server(tmp_path):
    """Two sockets with gaps in the folders' numbers, memory, cores, a platform and a mirror."""
    zone(tmp_path, "intel-rapl:0", "package-0", 10)
    zone(tmp_path, "intel-rapl:0:0", "core", 11)
    zone(tmp_path, "intel-rapl:0:1", "dram", 12)
    zone(tmp_path, "intel-rapl:2", "package-1", 20)
    zone(tmp_path, "intel-rapl:2:1", "dram", 22)
    zone(tmp_path, "intel-rapl:3", "psys", 30)
    zone(tmp_path, "intel-rapl-mmio:0", "package-0", 99)
    (tmp_path / "intel-rapl").mkdir()
    return tmp_path


# --- what a zone is held to -----------------------------------------------------------------


def limits(source):
    seen = [source.conditions(n) for n in range(len(source.domains))]
    return [each and each.power_limit_w for each in seen]


def test_the_lowest_constraint_is_the_power_limit_read_anew_each_time(tmp_path, probe):
    package = zone(
        tmp_path,
        "intel-rapl:0",
        "package-0",
        enabled=1,
        constraint_0_power_limit_uw=125_000_000,
        constraint_1_power_limit_uw=250_000_000,
        constraint_0_max_power_uw=95_000_000,  # what it is made for: nothing holds it to that
    )
    zone(tmp_path, "intel-rapl:0:0", "dram", constraint_0_power_limit_uw=0)  # none is set
    zone(tmp_path, "intel-rapl:1", "package-1", enabled=0, constraint_0_power_limit_uw=65_000_000)
    source = probe(tmp_path).source
    assert source.has_conditions
    assert [domain.id for domain in source.domains] == [
        "cpu:0/package",
        "cpu:0/dram",
        "cpu:1/package",
    ]
    assert limits(source) == [125.0, None, None]
    (package / "constraint_0_power_limit_uw").write_text("80000000\n")
    assert limits(source)[0] == 80.0
    (package / "constraint_0_power_limit_uw").unlink()
    assert limits(source)[0] == 250.0
    found = rapl.power_limits(tmp_path, tmp_path / "cpuinfo")
    assert found["cpu:0/package"].read().power_limit_w == 250.0


def test_zones_without_constraints_are_never_asked(server, probe):
    assert not probe(server).source.has_conditions
    assert rapl.power_limits(server) == {}


# --- which zones there are ------------------------------------------------------------------


def test_every_zone_is_a_domain_and_mirrors_are_one(server, read):
    assert counters(read(server)) == {
        "cpu:0/package": 10,
        "cpu:0/dram": 12,
        "cpu:1/package": 20,
        "cpu:1/dram": 22,
        "cpu:0/core": 11,
        "psys": 30,
    }


def test_nothing_is_counted_twice(server, read):
    domains = read(server)
    assert counted(domains) == {"cpu:0/package", "cpu:0/dram", "cpu:1/package", "cpu:1/dram"}
    assert "contains the packages" in domains["psys"][0].note
    assert "part of the package" in domains["cpu:0/core"][0].note


def test_the_nested_folders_of_a_container_are_read_like_the_flat_links(tmp_path, read):
    """A bind mount of /sys/devices/virtual/powercap has no links beside the control types."""
    zone(tmp_path, "intel-rapl/intel-rapl:0", "package-0", 1)
    zone(tmp_path, "intel-rapl/intel-rapl:0/intel-rapl:0:0", "dram", 2)
    zone(tmp_path, "intel-rapl/intel-rapl:1", "package-1", 3)
    zone(tmp_path, "intel-rapl-mmio/intel-rapl-mmio:0", "package-0", 9)
    assert counters(read(tmp_path)) == {"cpu:0/package": 1, "cpu:0/dram": 2, "cpu:1/package": 3}


def test_links_and_nested_folders_of_one_tree_are_the_same_zones(truth, powercap, read):
    truth.add("cpu:0/package", power_w=0.0, offset=1)
    truth.add("cpu:0/dram", power_w=0.0, offset=2)
    assert counters(read(powercap().root)) == {"cpu:0/package": 1, "cpu:0/dram": 2}


def test_gaps_in_sockets_and_dies_stay_and_the_order_is_that_of_numbers(tmp_path, read):
    for number, (socket, die) in enumerate([(10, 2), (10, 0), (3, 0)]):
        zone(tmp_path, f"intel-rapl:{number * 5}", f"package-{socket}-die-{die}", number)
        zone(tmp_path, f"intel-rapl:{number * 5}:0", "dram", 100 + number)
    domains = read(tmp_path)
    assert list(counters(domains).items()) == [
        ("cpu:3/die-0/package", 2),
        ("cpu:3/die-0/dram", 102),
        ("cpu:10/die-0/package", 1),
        ("cpu:10/die-0/dram", 101),
        ("cpu:10/die-2/package", 0),
        ("cpu:10/die-2/dram", 100),
    ]
    assert counted(domains) == set(domains)


def test_amd_core_complexes_that_a_kernel_takes_for_dies_are_one_package(tmp_path, read):
    for die in range(3):
        zone(tmp_path, f"intel-rapl:{die}", f"package-0-die-{die}", 7)
        zone(tmp_path, f"intel-rapl:{die}:0", "core", 5)
    zone(tmp_path, "intel-rapl:3", "package-1-die-3", 8)
    domains = read(tmp_path, AMD)
    assert counters(domains) == {"cpu:0/package": 7, "cpu:1/package": 8, "cpu:0/core": 5}
    assert counted(domains) == {"cpu:0/package", "cpu:1/package"}
    assert domains["cpu:0/package"][0].device == "Some EPYC"


def test_dies_beside_their_whole_package_are_shown_but_not_counted(tmp_path, read):
    zone(tmp_path, "intel-rapl:0", "package-0-die-0")
    zone(tmp_path, "intel-rapl:0:0", "dram")
    zone(tmp_path, "intel-rapl:1", "package-0")
    domains = read(tmp_path)
    assert counted(domains) == {"cpu:0/package", "cpu:0/die-0/dram"}
    assert domains["cpu:0/die-0/package"][0].note == "part of cpu:0/package"


def test_dies_are_counted_where_their_package_cannot_be_read(truth, powercap_fuse, read):
    whole = truth.add("whole", power_w=1.0, mode=0o400)
    die = truth.add("die", power_w=1.0)
    root = powercap_fuse([Zone("package-0", whole), Zone("package-0-die-0", die)]).root
    assert counted(read(root)) == {"cpu:0/die-0/package"}


def test_memory_at_top_level_is_counted_once(tmp_path, read):
    zone(tmp_path, "intel-rapl:0", "package-0")
    zone(tmp_path, "intel-rapl:1", "dram")
    assert counted(read(tmp_path)) == {"cpu:0/package", "dram"}
    zone(tmp_path, "intel-rapl:0:0", "dram")
    domains = read(tmp_path)
    assert counted(domains) == {"cpu:0/package", "cpu:0/dram"}
    assert "in the total" in domains["dram"][0].note


def test_each_platform_zone_contains_packages(tmp_path, read):
    zone(tmp_path, "intel-rapl:0", "package-0")
    zone(tmp_path, "intel-rapl:1", "psys")
    zone(tmp_path, "intel-rapl:2", "psys-1")
    domains = read(tmp_path)
    assert counted(domains) == {"cpu:0/package"}
    assert domains["psys-1"][0].note == domains["psys"][0].note != ""


def test_a_zone_nobody_knows_is_not_counted_and_says_so(tmp_path, read):
    zone(tmp_path, "intel-rapl:0", "package-0")
    zone(tmp_path, "intel-rapl:0:0", "accelerator")
    domain, _ = read(tmp_path)["cpu:0/accelerator"]
    assert not domain.counted
    assert domain.note


@pytest.mark.parametrize("said", [None, ""])
def test_a_zone_without_a_name_costs_only_itself(server, read, probe, said):
    """It goes by its folder, is not in the total, and is listed; its parts are known."""
    name = server / "intel-rapl:2" / "name"
    name.unlink()
    if said is not None:
        name.write_text(said)
    domains = read(server)
    assert {id_: r.counter for id_, (_, r) in domains.items() if "rapl" in id_} == {
        "intel-rapl:2": 20,
        "intel-rapl:2/dram": 22,
    }
    assert counted(domains) == {"cpu:0/package", "cpu:0/dram", "intel-rapl:2/dram"}
    (missing,) = probe(server).missing
    assert missing.id == "intel-rapl:2"
    assert str(name) in missing.reason
    assert "not in the total" in missing.reason


def test_a_name_that_is_no_text_is_a_name(server, read):
    (server / "intel-rapl:2" / "name").write_bytes(b"\xff\xfe\n")
    domains = read(server)
    assert "\ufffd\ufffd" in domains
    assert counted(domains) >= {"cpu:0/package", "cpu:0/dram"}


def test_two_zones_of_one_name_are_both_shown_and_counted_once(tmp_path, read):
    zone(tmp_path, "intel-rapl:0", "package-0", 1)
    zone(tmp_path, "intel-rapl:1", "package-0", 2)
    domains = read(tmp_path)
    assert counters(domains) == {"cpu:0/package": 1, "cpu:0/package@intel-rapl:1": 2}
    assert counted(domains) == {"cpu:0/package"}
    assert "same name" in domains["cpu:0/package@intel-rapl:1"][0].note


def test_the_power_limit_comes_from_the_constraints(tmp_path, read):
    zone(
        tmp_path,
        "intel-rapl:0",
        "package-0",
        constraint_0_power_limit_uw=270_000_000,
        constraint_1_power_limit_uw=324_000_000,
        constraint_0_max_power_uw=0,
    )
    domain, _ = read(tmp_path)["cpu:0/package"]
    assert domain.power_limit_w == pytest.approx(648.0)
    assert domain.wrap_range == 262_143_328_850


# --- reading --------------------------------------------------------------------------------


def test_a_failed_read_says_so_and_the_file_is_opened_anew(tmp_path, probe):
    folder = zone(tmp_path, "intel-rapl:0", "package-0", 5)
    source = probe(tmp_path).source
    (folder / "energy_uj").write_text("")
    assert "does not hold a number" in source.read(0).error
    shutil.rmtree(folder)  # the driver is unloaded, and loaded again
    assert str(folder / "energy_uj") in source.read(0).error
    zone(tmp_path, "intel-rapl:0", "package-0", 7)
    assert source.read(0).counter == 7


def test_the_kernels_errors_are_readings_without_a_figure(truth, powercap_fuse, probe):
    device = truth.add("cpu:0/package", power_w=0.0, offset=5)
    source = probe(powercap_fuse().root).source
    device.fail()
    reading = source.read(0)
    assert (reading.counter, reading.power_w) == (None, None)
    assert "Input/output error" in reading.error
    device.set(failing=None)
    assert source.read(0).counter == 5


def test_one_failing_zone_leaves_the_others_alone(truth, powercap_fuse, probe):
    device = truth.add("cpu:0/package", power_w=0.0, offset=5)
    truth.add("cpu:0/dram", power_w=0.0, offset=6)
    source = probe(powercap_fuse().root).source
    device.fail()
    assert [source.read(i).counter for i in range(2)] == [None, 6]


# --- what cannot be read --------------------------------------------------------------------


def test_a_mirror_stands_in_for_a_zone_that_cannot_be_read(truth, powercap_fuse, probe):
    package = truth.add("msr", power_w=0.0, mode=0o400)
    mirror = truth.add("mmio", power_w=0.0, offset=7)
    zones = [Zone("package-0", package), Zone("package-0", mirror, control_type=RAPL_MMIO)]
    found = probe(powercap_fuse(zones).root)
    assert found.missing == ()
    assert [domain.id for domain in found.source.domains] == ["cpu:0/package"]
    assert found.source.read(0).counter == 7


def test_an_unreadable_counter_names_file_mode_owner_and_remedies(truth, powercap_fuse, probe):
    truth.add("cpu:0/package", power_w=1.0, mode=0o400)
    truth.add("cpu:0/dram", power_w=1.0)
    root = powercap_fuse().root
    found = probe(root)
    assert [domain.id for domain in found.source.domains] == ["cpu:0/dram"]
    (missing,) = found.missing
    assert missing.id == "cpu:0/package"
    assert str(root / "intel-rapl:0" / "energy_uj") in missing.reason
    assert "Permission denied" in missing.reason
    assert "0400" in missing.reason
    assert "root:root" in missing.reason
    group, perfmon, container = remedies.of(missing.remedy)
    assert "groupadd" in group.command
    assert "CVE-2020-8694" in group.exposes
    assert "+perfmon" in perfmon.command
    assert "JUPYTER_GREEN_POWERCAP=" in container.command


def test_no_powercap_names_the_remedy(tmp_path, probe):
    found = probe(tmp_path / "absent")
    assert found.source is None
    assert "has no RAPL zone" in found.missing[0].reason
    assert "modprobe" in found.missing[0].remedy


def test_zones_hidden_by_a_container_runtime_are_told_from_none(tmp_path, probe):
    devices = tmp_path / "devices"
    devices.mkdir()  # what an empty file system mounted over it looks like
    (tmp_path / "class").mkdir()
    for name in ("intel-rapl", "intel-rapl:0"):
        (tmp_path / "class" / name).symlink_to(devices / name)
    found = probe(tmp_path / "class")
    assert found.source is None
    assert "hidden" in found.missing[0].reason
    assert "docker run" in found.missing[0].remedy


def test_a_described_tree_has_the_same_domains_and_opens_nothing(truth, powercap_fuse, probe):
    truth.add("cpu:0/package", power_w=1.0)
    root = powercap_fuse().root
    (domain,) = probe(root).source.domains
    truth["cpu:0/package"].set(mode=0o400)
    described = rapl.describe(root)["cpu:0/package"]
    assert (described.id, described.wrap_range) == (domain.id, domain.wrap_range)


# --- the remedies ---------------------------------------------------------------------------

EVERY = [set_ for set_ in vars(remedies).values() if isinstance(set_, tuple) and set_]
EVERY = [set_ for set_ in EVERY if all(isinstance(each, remedies.Remedy) for each in set_)]


@pytest.mark.parametrize("several", EVERY, ids=lambda several: several[0].text)
def test_remedies_fit_a_report_and_are_found_again(several):
    text = remedies.compose(several)
    assert len(text) <= 1000  # as the report's schema says
    assert remedies.of(text) == several
    assert remedies.of("something else") == ()


@pytest.mark.parametrize("remedy", dict.fromkeys(r for several in EVERY for r in several), ids=str)
def test_every_command_is_one_line_that_a_shell_takes(remedy):
    assert "\n" not in remedy.command
    subprocess.run(["bash", "-n", "-c", remedy.command], check=True)


def test_the_rule_for_one_group_reaches_the_shell_whole():
    """What ``echo`` writes into the rules is one rule, its quotes and all."""
    echo = next(part for part in remedies.ONE_GROUP.command.split(" && ") if "echo" in part)
    rule = subprocess.run(
        ["bash", "-c", echo.partition(" | ")[0]], capture_output=True, text=True, check=True
    ).stdout
    assert rule.count('"') % 2 == 0
    assert 'KERNEL=="intel-rapl*:*"' in rule
    assert rule.count("/energy_uj") == 2
