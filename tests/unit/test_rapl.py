"""The powercap tree: which zones there are, what they count, and what is said of the others."""

import os
from pathlib import Path

import pytest

from jupyter_green.sources import rapl


def zone(
    root: Path, folder: str, name: str, energy_uj: int | str = 1_000_000, **files: object
) -> Path:
    path = root / folder
    path.mkdir(parents=True)
    (path / "name").write_text(name + "\n")
    (path / "energy_uj").write_text(f"{energy_uj}\n")
    (path / "max_energy_range_uj").write_text("262143328850\n")
    for file, text in files.items():
        (path / file).write_text(f"{text}\n")
    return path


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


def read(root):
    found = rapl.probe(root)
    assert found.source is not None
    try:
        return {
            domain.id: (domain, found.source.read(index))
            for index, domain in enumerate(found.source.domains)
        }
    finally:
        found.source.close()


def test_every_zone_is_a_domain_and_mirrors_are_one(server):
    domains = read(server)
    assert {id_: reading.counter for id_, (_, reading) in domains.items()} == {
        "cpu:0/package": 10,
        "cpu:0/dram": 12,
        "cpu:1/package": 20,
        "cpu:1/dram": 22,
        "cpu:0/core": 11,
        "psys": 30,
    }


def test_nothing_is_counted_twice(server):
    counted = {id_ for id_, (domain, _) in read(server).items() if domain.counted}
    assert counted == {"cpu:0/package", "cpu:0/dram", "cpu:1/package", "cpu:1/dram"}


def test_a_domain_out_of_the_total_says_why(server):
    domains = read(server)
    assert "contains the packages" in domains["psys"][0].note
    assert "part of the package" in domains["cpu:0/core"][0].note


def test_dies_of_one_socket_are_told_apart(tmp_path):
    zone(tmp_path, "intel-rapl:0", "package-0-die-0", 1)
    zone(tmp_path, "intel-rapl:0:0", "dram", 2)
    zone(tmp_path, "intel-rapl:1", "package-0-die-1", 3)
    zone(tmp_path, "intel-rapl:1:0", "dram", 4)
    assert set(read(tmp_path)) == {
        "cpu:0/die-0/package",
        "cpu:0/die-0/dram",
        "cpu:0/die-1/package",
        "cpu:0/die-1/dram",
    }


def test_the_power_limit_comes_from_the_constraints(tmp_path):
    zone(
        tmp_path,
        "intel-rapl:0",
        "package-0",
        constraint_0_power_limit_uw=270_000_000,
        constraint_1_power_limit_uw=324_000_000,
        constraint_0_max_power_uw=0,
    )
    assert read(tmp_path)["cpu:0/package"][0].power_limit_w == pytest.approx(648.0)


def test_a_failed_read_says_so_and_the_next_one_works(tmp_path):
    path = zone(tmp_path, "intel-rapl:0", "package-0", 5) / "energy_uj"
    source = rapl.probe(tmp_path).source
    path.write_text("")
    assert "does not hold a number" in source.read(0).error
    path.write_text("7\n")
    assert source.read(0).counter == 7
    path.unlink()
    source.read(0)
    source.close()


def test_no_powercap_names_the_remedy(tmp_path):
    found = rapl.probe(tmp_path / "absent")
    assert found.source is None
    assert "shows no RAPL zone" in found.missing[0].reason
    assert "modprobe" in found.missing[0].remedy


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything; the bench covers it")
def test_an_unreadable_counter_names_file_mode_and_remedy(tmp_path):
    path = zone(tmp_path, "intel-rapl:0", "package-0") / "energy_uj"
    path.chmod(0o000)
    missing = rapl.probe(tmp_path).missing[0]
    assert str(path) in missing.reason
    assert "0000" in missing.reason
    assert "tmpfiles" in missing.remedy
    assert "CVE-2020-8694" in missing.remedy
