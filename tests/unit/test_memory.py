"""What a meter remembers of readings, in whichever order they come."""

import random

from jupyter_green.meter.memory import REMEMBERED_READINGS, REMEMBERED_S, Memory
from jupyter_green.sampler.accumulator import DomainSample

MS = 1_000_000
NOW_NS = 3_600_000 * MS


def reading(t_ns):
    return DomainSample(t_ns, t_ns * 1e-9, None, t_ns)


def test_readings_are_in_time_order_and_each_is_there_once():
    rng = random.Random(1)
    times_ns = [NOW_NS + n * MS for n in range(REMEMBERED_READINGS // 2)]
    late_and_twice = sorted(times_ns * 2, key=lambda t_ns: t_ns + rng.uniform(0, 6 * MS))
    memory = Memory()
    while late_and_twice:
        count = rng.randrange(1, 5)
        memory.add("gpu:0", [reading(t_ns) for t_ns in late_and_twice[:count]])
        del late_and_twice[:count]
    kept = [each.t_ns for each in memory.readings_before(NOW_NS + 1000 * MS)["gpu:0"]]
    assert kept == times_ns


def test_what_is_too_old_is_left_out_and_the_oldest_make_room():
    memory = Memory()
    memory.add("gpu:0", [reading(NOW_NS + n * 1000 * MS) for n in range(10)])
    end_ns = NOW_NS + 9000 * MS
    kept = memory.readings_before(end_ns)["gpu:0"]
    assert [r.t_ns for r in kept] == [end_ns - n * 1000 * MS for n in range(4, -1, -1)]
    assert kept[0].t_ns > end_ns - REMEMBERED_S * 1e9

    memory.add("cpu:0", [reading(NOW_NS + n * MS) for n in range(REMEMBERED_READINGS)])
    memory.add("cpu:0", [reading(NOW_NS + REMEMBERED_READINGS * MS)])
    memory.add("cpu:0", [reading(NOW_NS + 40 * MS + 1)])
    kept = memory.readings_before(NOW_NS)["cpu:0"]
    assert len(kept) == REMEMBERED_READINGS
    assert kept[-1].t_ns == NOW_NS + REMEMBERED_READINGS * MS
