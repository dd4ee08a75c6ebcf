"""What the stand-ins show is what was laid down, whoever lays it down."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.testbench import build
from tests.testbench.truth import RAPL_WRAP_RANGE_UJ, Truth

CHECKOUT = Path(__file__).parents[2]
S = 1_000_000_000  # in ns


def test_energy_of_a_window_is_power_times_time(truth: Truth) -> None:
    device = truth.add("cpu:0/package", power_w=20.0)
    first, second = device.schedule([(0.5, 40.0), (1.0, 90.0)])
    assert second - first == S // 2
    assert device.energy_j(first - 1000, first) == pytest.approx(20.0 * 1e-6, rel=1e-12)
    assert device.energy_j(first, second) == 20.0
    assert device.energy_j(first, second + 2 * S) == 200.0
    assert device.energy_j(first - 10 * S, first - 9 * S) == 20.0  # it drew 20 W before, too
    assert device.power_w(first - 1) == 20.0
    assert device.power_w(first) == 40.0


def test_a_step_now_replaces_the_schedule(truth: Truth) -> None:
    device = truth.add("cpu:0/package", power_w=20.0)
    device.schedule([(1.0, 500.0), (2.0, 700.0)])
    now = device.set_power(10.0)
    assert device.energy_j(now, now + 10 * S) == 100.0
    with pytest.raises(ValueError, match="order of time"):
        device.schedule([(2.0, 1.0), (1.0, 2.0)])
    assert device.energy_j(now, now + 10 * S) == 100.0


def test_counter_shows_the_last_refresh_in_whole_quanta(truth: Truth) -> None:
    device = truth.add("cpu:0/package", power_w=10.0, refresh_s=0.1, phase_s=0.03, quantum_j=0.25)
    start = device.reset_counter()
    t = start + 10 * S
    refreshed = device.refreshed_ns(t)
    assert refreshed % (S // 10) == 3 * S // 100
    assert 0 <= t - refreshed < S // 10
    quanta = int(device.energy_j(start, refreshed) / 0.25)
    assert device.counter(refreshed) == quanta * 250_000
    assert device.counter(refreshed + S // 10 - 1) == quanta * 250_000
    assert device.counter(refreshed + S // 10) == (quanta + 4) * 250_000


def test_counter_refreshes_at_the_times_given_and_repeats_them(truth: Truth) -> None:
    device = truth.add("cpu:0/package", power_w=10.0, refreshes_s=[0.0, 0.001, 0.004, 0.005])
    ms = S // 1000
    start = device.reset_counter() // (5 * ms) * (5 * ms) + S  # the phase is 0
    for at_ms, refreshed_ms in [(0.5, 0), (1, 1), (3.9, 1), (4, 4), (5, 5), (6.5, 6), (9.9, 9)]:
        t = start + round(at_ms * ms)
        assert device.refreshed_ns(t) == start + refreshed_ms * ms
        assert device.counter(t) - device.counter(start) == refreshed_ms * 10_000
    device.set(refreshes_s=[])
    assert device.refreshed_ns(start + 2 * ms) == start + 2 * ms


def test_counter_starts_at_its_offset(truth: Truth) -> None:
    device = truth.add("gpu:0", power_w=0.0, offset=4711)
    assert device.counter(time.monotonic_ns()) == 4711
    assert device.counter(device.set_power(5.0) + S) in range(4711 + 4400, 4711 + 5001)


def test_counter_wraps_resets_and_has_a_gain(truth: Truth) -> None:
    device = truth.add("cpu:0/package", power_w=100.0, refresh_s=0.0, offset=RAPL_WRAP_RANGE_UJ - 5)
    start = device.set_power(100.0)
    before, after = device.counter(start), device.counter(start + S)
    assert (after - before) % RAPL_WRAP_RANGE_UJ == 100_000_000
    assert after < 200_000_000
    device.set(gain=1.05)
    shown = (device.counter(start + 10 * S) - device.counter(start)) % RAPL_WRAP_RANGE_UJ
    assert shown == pytest.approx(1_050_000_000, abs=1)
    device.set(gain=1.0)
    reset = device.reset_counter()
    assert device.counter(reset - S) != 0
    assert device.counter(reset) == 0
    assert device.counter(reset + 3 * S) == 300_000_000


def test_turning_the_refresh_never_shows_less_than_before(truth: Truth) -> None:
    device = truth.add("gpu:0", power_w=300.0, refresh_s=0.001)
    shown = device.counter(time.monotonic_ns())
    for refresh_s, phase_s in [(5.0, 0.1), (0.02, 0.0), (60.0, 59.0), (0.0, 0.0)]:
        device.set(refresh_s=refresh_s, phase_s=phase_s)
        assert device.counter(time.monotonic_ns()) >= shown
        shown = device.counter(time.monotonic_ns())


def test_power_reading_is_the_mean_over_its_window(truth: Truth) -> None:
    device = truth.add("gpu:0", power_w=100.0, refresh_s=0.0, power_window_s=1.0)
    step = device.schedule([(1.0, 300.0)])[0]
    assert device.shown_power_mw(step) == 100_000
    assert device.shown_power_mw(step + S // 4) == 150_000
    assert device.shown_power_mw(step + S) == 300_000
    device.set(power_window_s=0.0)
    assert device.shown_power_mw(step + 1) == 300_000


def test_mistakes_are_named(truth: Truth) -> None:
    device = truth.add("gpu:0", power_w=1.0)
    with pytest.raises(TypeError, match="refresh_ms"):
        device.set(refresh_ms=100)
    for mistaken in ([0.0], [0.001, 0.002], [0.0, 0.002, 0.001]):
        with pytest.raises(ValueError, match="refreshes"):
            device.set(refreshes_s=mistaken)
    with pytest.raises(ValueError, match="already"):
        truth.add("gpu:0", power_w=1.0)
    with pytest.raises(KeyError):
        truth["gpu:1"]


def test_another_process_steers_the_same_truth(truth: Truth) -> None:
    device = truth.add("cpu:0/package", power_w=20.0)
    code = (
        "import sys; from tests.testbench.truth import Truth\n"
        "with Truth.open(sys.argv[1]) as truth: print(truth['cpu:0/package'].set_power(60.0))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, truth.path],
        cwd=CHECKOUT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    step = int(done.stdout)
    assert device.energy_j(step - S, step + S) == 80.0


def test_without_a_compiler_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(build.BuildError, match="C compiler") as error:
        build.powercapd()
    assert "\n" not in str(error.value)
