"""On a real NVIDIA GPU: what only the real driver can show. Skipped where there is none."""

import ctypes
import time

import pytest

import jupyter_green as jg

try:
    ctypes.CDLL("libnvidia-ml.so.1")
except OSError:
    pytest.skip("no NVIDIA driver library on this machine", allow_module_level=True)


@pytest.fixture(scope="module")
def meter():
    with jg.Meter() as made:
        if not any(d.source == "nvml" for d in made.discover().domains):
            pytest.skip(f"no readable GPU: {made.discover()}")
        yield made


def gpu(report):
    return next(d for d in report.domains.values() if d.source == "nvml")


def test_an_idle_second_costs_what_an_idle_board_draws(meter):
    window = meter.begin()
    time.sleep(3)
    domain = gpu(window.end())
    assert 5 < domain.mean_power_w < 300
    assert domain.flags == ()


def test_the_counter_agrees_with_the_reported_power(meter):
    window = meter.begin()
    time.sleep(5)
    report = window.end()
    domain = gpu(report)
    powers = [p for p in report.trace.power_w[domain.id] if p is not None]
    assert domain.mean_power_w == pytest.approx(sum(powers) / len(powers), rel=0.1)


def test_work_costs_more_than_rest(meter):
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("torch sees no GPU")
    matrix = torch.randn(8192, 8192, device="cuda")

    def seconds_of(work):
        window = meter.begin()
        end = time.monotonic() + 3
        while time.monotonic() < end:
            work()
        torch.cuda.synchronize()
        return gpu(window.end()).mean_power_w

    rest_w = seconds_of(lambda: time.sleep(0.05))
    work_w = seconds_of(lambda: (matrix @ matrix, torch.cuda.synchronize()))
    assert work_w > 1.5 * rest_w
