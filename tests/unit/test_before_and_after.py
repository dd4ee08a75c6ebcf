"""Power before a window that differs from that after it, and how much was read of either."""

from jupyter_green.estimator.counter import counter_energy
from jupyter_green.estimator.refreshes import Period
from jupyter_green.sampler.accumulator import DomainSample
from tests.testbench.virtual import NVML

PERIOD = Period(0.1, 1e-6, observed=True)
BEGIN_S, END_S = 2.05, 2.999
BEFORE_W, WORK_W = 20.0, 200.0


def energy_j(t_s, after_w):
    before_s, work_s = min(t_s, BEGIN_S), min(max(t_s - BEGIN_S, 0.0), END_S - BEGIN_S)
    return BEFORE_W * before_s + WORK_W * work_s + after_w * max(t_s - END_S, 0.0)


def half_width_j(intervals, after_w):
    """Of a window with some whole refresh intervals read before it; it ends with a refresh."""
    readings = []
    for tenth in range(21 - intervals, 33):
        t_s, before_s = tenth / 10, (tenth - 1) / 10
        readings.append(
            DomainSample(round(t_s * 1e9) - 1000, energy_j(before_s, after_w), None, None)
        )
        readings.append(DomainSample(round(t_s * 1e9) + 1000, energy_j(t_s, after_w), None, None))
    window = round(BEGIN_S * 1e9), round(END_S * 1e9)
    return counter_energy(NVML, readings, window, (), PERIOD).uncertainty_j


def test_what_is_read_after_it_widens_a_window():
    assert half_width_j(1, after_w=60.0) > 1.5 * half_width_j(1, after_w=BEFORE_W)


def test_the_more_is_read_before_it_the_less_does_what_is_after_it_tell_of_before():
    by_one, by_four = (half_width_j(count, after_w=100.0) for count in (1, 4))
    assert by_four < 0.65 * by_one
