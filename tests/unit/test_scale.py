"""What instruments have wrong in common: in figures, sums and comparisons, and whence it is."""

import math

import pytest

from jupyter_green.report import scale
from jupyter_green.report.record import from_record, to_record
from jupyter_green.report.report import Report
from jupyter_green.sources import machine, scales
from jupyter_green.sources.base import Scale
from tests.testbench.reports import domain, estimate, report

BOARD_A, BOARD_B = (Scale(1.06, f"board {name}", "a paper") for name in "AB")
MODEL = Scale(2.0, "CPU model: unknown", "a table")


def range_of(*parts):
    energy_j = sum(part_j for _, part_j in parts)
    return scale.range_of(scale.shares(parts), energy_j)


def test_one_instrument_has_its_factor():
    assert range_of((MODEL, 30.0)) == pytest.approx((0.5, 2.0))


def test_within_a_group_errors_add_up_and_between_groups_they_do_not():
    assert range_of((BOARD_A, 100.0), (BOARD_A, 300.0)).high == pytest.approx(1.06)
    assert range_of((BOARD_A, 100.0), (BOARD_B, 100.0)).high == pytest.approx(1 + 0.06 / 2**0.5)


def test_joules_without_a_scale_widen_nothing():
    assert range_of((BOARD_A, 100.0), (None, 100.0)).high == pytest.approx(1.03)
    assert range_of((None, 100.0)) == scale.EXACT
    assert range_of((BOARD_A, 0.0)) == scale.EXACT


@pytest.mark.parametrize(
    ("other", "reach"),
    [
        ([(BOARD_A, 50.0)], 0.0),
        ([(BOARD_B, 50.0)], math.hypot(0.06, 0.06)),
        ([(BOARD_A, 50.0), (None, 50.0)], 0.03),
        ([(BOARD_A, 50.0), (BOARD_B, 50.0)], math.hypot(0.03, 0.03)),
    ],
)
def test_what_both_share_drops_out_of_a_quotient(other, reach):
    def figure(parts):
        return scale.shares(parts), sum(part_j for _, part_j in parts)

    assert scale.reach_of_ratio(figure(other), figure([(BOARD_A, 80.0)])) == pytest.approx(reach)


def test_estimates_by_one_model_can_be_compared():
    before = report(estimate(32.0, 0.4, scale=MODEL), label="loop")
    after = report(estimate(19.0, 0.3, scale=MODEL), label="vectorised", at_s=9)
    said = str(before.compare(after))
    assert said.startswith(
        "vectorised uses 40.6 % (±1.2 %) less energy than loop (by the CPU model): "
        "≈ 19.0 ± 0.3 J against ≈ 32.0 ± 0.4 J by the readings alone"
    )
    assert "× ½ to 2" in str(before)


def test_other_boards_widen_a_comparison():
    same = report(domain("gpu:0", 80.0, 1.0, scale=BOARD_A), at_s=9)
    other = report(domain("gpu:0", 80.0, 1.0, scale=BOARD_B), at_s=9)
    reference = report(domain("gpu:0", 84.0, 1.0, scale=BOARD_A))
    assert reference.compare(same).energy_ratio.is_different
    assert not reference.compare(other).energy_ratio.is_different
    said = str(reference.compare(other))
    assert "sensors may disagree, and the interval includes that: ± 8.5 %" in said
    assert "may disagree" not in str(reference.compare(same))


def test_domains_that_are_not_counted_do_not_widen_the_total():
    both = report(domain(scale=BOARD_A), domain("psys", 900.0, counted=False, scale=MODEL))
    assert both.scale_range.high == pytest.approx(1.06)


def test_a_record_keeps_scales_and_reads_without_them():
    made = report(domain(scale=BOARD_A), estimate())
    read = from_record(to_record(made), Report)
    assert read.domains["cpu:0/package"].scale == BOARD_A
    assert read.domains["cpu"].scale is None
    assert read.scale_range == pytest.approx(made.scale_range)


# --- the factors ----------------------------------------------------------------------------


def test_a_board_that_looks_a_quarter_of_the_time_is_less_sure():
    uuid = "GPU-12345678-aaaa-bbbb-cccc-dddddddddddd"
    usual = scales.nvidia("NVIDIA GeForce RTX 3090", uuid)
    assert (usual.factor, usual.group) == (1.06, f"board {uuid}")
    for name in ("NVIDIA A100-SXM4-80GB", "NVIDIA H100 PCIe", "NVIDIA H200", "NVIDIA GH200 480GB"):
        assert scales.nvidia(name, uuid).factor == 1.10
    for name in ("NVIDIA A10", "NVIDIA A1000", "NVIDIA L40S", "Tesla V100-SXM2-16GB"):
        assert scales.nvidia(name, uuid).factor == 1.06


def test_memory_is_less_sure_than_the_package_and_a_group_of_its_own():
    package, core, dram = (
        scales.rapl("cpu:0", family, "Intel(R) Xeon(R)") for family in ("package", "core", "dram")
    )
    assert package.group == core.group != dram.group
    assert scales.rapl("cpu:1", "package", "Intel(R) Xeon(R)").group != package.group
    assert dram.factor > scales.rapl("cpu:0", "package", "AMD EPYC").factor > package.factor > 1


def test_a_machine_has_one_short_name_that_does_not_tell_its_id(tmp_path):
    first, second, empty = (tmp_path / name for name in ("first", "second", "empty"))
    first.write_text("0123456789abcdef0123456789abcdef\n")
    second.write_text("another\n")
    empty.write_text("")
    name = machine.machine((first, second))
    assert len(name) == 8
    assert name not in first.read_text()
    assert name == machine.machine((empty, first)) != machine.machine((second,))
