"""Boards' rails, Intel GPUs and AMD's energy driver: what is read, and what is counted."""

import os
from pathlib import Path

import pytest

from jupyter_green.sources import hwmon
from jupyter_green.sources.base import Provenance

ORIN_NX = ("VDD_IN", "VDD_CPU_GPU_CV", "VDD_SOC")
AGX_ORIN = ("VDD_GPU_SOC", "VDD_CPU_CV", "VIN_SYS_5V0")


def chip(root: Path, number: int, name: str, **files: object) -> Path:
    folder = root / f"hwmon{number}"
    folder.mkdir(parents=True)
    (folder / "name").write_text(f"{name}\n")
    for file, value in files.items():
        (folder / file).write_text(f"{value}\n")
    return folder


def ina3221(root: Path, number: int, labels: tuple[str, ...], **files: object) -> Path:
    """A monitor of three rails of 5 V: 1 A, 2 A and 3 A; and the driver's sum channels."""
    for n, label in enumerate(labels, start=1):
        rail = {f"in{n}_label": label, f"in{n}_input": 5000, f"curr{n}_input": 1000 * n}
        files = rail | {f"in{n + 3}_input": 120} | files
    sums = {"in7_label": "sum of shunt voltages", "in7_input": 999, "curr4_input": 6000}
    return chip(root, number, "ina3221", **(sums | files))


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model"
    path.write_bytes(b"NVIDIA Jetson Orin NX\0")
    return path


def domains(root, **how):
    found = hwmon.probe(root, **({"model_path": root / "absent"} | how))
    if found.source is None:
        return {}
    readings = {d.id: (d, found.source.read(i)) for i, d in enumerate(found.source.domains)}
    found.source.close()
    return readings


def counted(readings):
    return {id_ for id_, (domain, _) in readings.items() if domain.counted}


def test_a_machine_without_such_sensors_is_told_nothing(tmp_path):
    chip(tmp_path, 0, "coretemp", temp1_input=40000)
    chip(tmp_path, 1, "nvme", temp1_input=40000)
    for root in (tmp_path, tmp_path / "absent"):
        found = hwmon.probe(root)
        assert found.source is None
        assert found.missing == ()


def test_power_is_volts_times_amperes(tmp_path):
    ina3221(tmp_path, 2, ORIN_NX)
    rails = domains(tmp_path)
    assert {id_: reading.power_w for id_, (_, reading) in rails.items()} == {
        "board": pytest.approx(5),
        "board/vdd_cpu_gpu_cv": pytest.approx(10),
        "board/vdd_soc": pytest.approx(15),
    }
    assert {domain.provenance for domain, _ in rails.values()} == {Provenance.POWER}


def test_the_rail_that_carries_the_module_is_the_total(tmp_path, model):
    ina3221(tmp_path, 0, ORIN_NX)
    rails = domains(tmp_path, model_path=model)
    assert counted(rails) == {"board"}
    assert "VDD_IN" in rails["board/vdd_soc"][0].note
    assert rails["board"][0].device == "NVIDIA Jetson Orin NX, rail VDD_IN"


def test_rails_side_by_side_are_added_and_the_memory_rail_is_left_out(tmp_path):
    ina3221(tmp_path, 0, AGX_ORIN)
    ina3221(tmp_path, 1, ("NC", "VDDQ_VDD2_1V8AO", "NC"))
    rails = domains(tmp_path)
    assert counted(rails) == {f"board/{label.lower()}" for label in AGX_ORIN}
    assert set(rails) - counted(rails) == {"board/vddq_vdd2_1v8ao"}


def test_the_5_volt_rail_alone_is_no_total(tmp_path):
    # It carries what the CPU and GPU rails do not.
    ina3221(tmp_path, 0, ("VIN_SYS_5V0",))
    assert counted(domains(tmp_path)) == set()


def test_rails_of_an_unknown_board_are_shown_and_not_counted(tmp_path):
    chip(tmp_path, 0, "ina226", in1_input=12000, curr1_input=1500, power1_input=17_900_000)
    chip(tmp_path, 1, "ina226", power1_input=2_000_000)
    rails = domains(tmp_path)
    assert {id_: reading.power_w for id_, (_, reading) in rails.items()} == {
        "board/ina226-1": pytest.approx(17.9),  # the chip's own product, not ours
        "board/ina226-1-2": pytest.approx(2),
    }
    assert counted(rails) == set()
    assert "feed one another" in rails["board/ina226-1"][0].note


def test_a_second_rail_of_the_same_name_is_not_added(tmp_path):
    ina3221(tmp_path, 0, ORIN_NX)
    ina3221(tmp_path, 1, ("VDD_IN",))
    rails = domains(tmp_path)
    assert counted(rails) == {"board"}
    assert "board-2" in rails


def test_the_board_does_not_count_beside_the_processors_own_counter(tmp_path):
    ina3221(tmp_path, 0, ORIN_NX)
    rails = domains(tmp_path, processor_metered=True)
    assert len(rails) == 3
    assert counted(rails) == set()
    assert "the processor" in rails["board/vdd_in"][0].note


def test_a_channel_that_is_switched_off_is_no_domain(tmp_path):
    ina3221(tmp_path, 0, ORIN_NX, in3_enable=0, in1_enable=1)
    assert set(domains(tmp_path)) == {"board", "board/vdd_cpu_gpu_cv"}


def test_the_resolution_is_the_monitors_update_interval(tmp_path):
    ina3221(tmp_path, 0, ORIN_NX, update_interval=7)
    chip(tmp_path, 1, "ina219", power1_input=1, label="USB")
    rails = domains(tmp_path)
    assert rails["board"][0].resolution_s == pytest.approx(0.007)
    assert rails["board/usb"][0].resolution_s == hwmon.UNKNOWN_RESOLUTION_S


def test_a_monitor_that_adds_up_energy_is_a_counter(tmp_path):
    chip(tmp_path, 0, "ina228", energy1_input=123_456_789, power1_input=4_000_000, label="VDD_IN")
    domain, reading = domains(tmp_path)["board"]
    assert domain.provenance is Provenance.COUNTER
    assert reading.counter == 123_456_789
    assert reading.power_w == pytest.approx(4)


def test_polling_a_counter_does_not_read_the_power(tmp_path):
    folder = chip(tmp_path, 0, "ina228", energy1_input=5, power1_input=4_000_000, label="VDD_IN")
    source = hwmon.probe(tmp_path).source
    (folder / "power1_input").write_text("broken")
    assert source.poll(0).error is None
    assert source.poll(0).counter == 5
    assert source.read(0).error is not None
    source.close()


def test_a_failed_read_says_so_and_the_next_one_works(tmp_path):
    folder = ina3221(tmp_path, 0, ORIN_NX)
    source = hwmon.probe(tmp_path).source
    (folder / "curr1_input").write_text("")
    reading = source.read(0)
    assert reading.power_w is None
    assert "curr1_input" in reading.error
    (folder / "curr1_input").write_text("4000\n")
    assert source.read(0).power_w == pytest.approx(20)
    source.close()


# --- Intel GPUs and AMD's energy driver -----------------------------------------------------


def test_an_intel_card_contains_its_package(tmp_path):
    files = {"energy1_label": "card", "energy1_input": 900, "power1_rated_max": 190_000_000}
    chip(tmp_path, 3, "xe", **files, energy2_label="pkg", energy2_input=700)
    gpus = domains(tmp_path, first_gpu=1)
    assert {id_: reading.counter for id_, (_, reading) in gpus.items()} == {
        "gpu:1": 900,
        "gpu:1/pkg": 700,
    }
    assert counted(gpus) == {"gpu:1"}
    assert gpus["gpu:1"][0].power_limit_w == pytest.approx(380)


def test_without_a_counter_of_the_card_the_packages_counts(tmp_path):
    chip(tmp_path, 0, "xe", energy2_label="pkg", energy2_input=700)
    chip(tmp_path, 1, "i915", energy1_input=800)
    chip(tmp_path, 2, "i915_gt0", energy1_input=1)  # a tile, part of the card
    gpus = domains(tmp_path)
    assert {id_: reading.counter for id_, (_, reading) in gpus.items()} == {
        "gpu:0": 700,
        "gpu:1": 800,
    }
    assert counted(gpus) == {"gpu:0", "gpu:1"}


def test_an_intel_gpu_counts_beside_the_processors_own_counter(tmp_path):
    chip(tmp_path, 0, "i915", energy1_input=800)
    assert counted(domains(tmp_path, processor_metered=True)) == {"gpu:0"}


def test_amds_driver_stands_in_for_rapl_and_never_beside_it(tmp_path):
    cores = {"energy1_label": "Ecore000", "energy1_input": 1}
    sockets = {"energy9_label": "Esocket0", "energy9_input": 50}
    chip(tmp_path, 0, "amd_energy", **cores, **sockets)
    packages = domains(tmp_path)
    assert {id_: reading.counter for id_, (_, reading) in packages.items()} == {"cpu:0/package": 50}
    assert domains(tmp_path, processor_metered=True) == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_counter_names_the_file_and_the_remedy(tmp_path):
    folder = chip(tmp_path, 0, "i915", energy1_input=800)
    (folder / "energy1_input").chmod(0)
    found = hwmon.probe(tmp_path)
    assert found.source is None
    assert str(folder / "energy1_input") in found.missing[0].reason
    assert "chmod a+r" in found.missing[0].remedy
