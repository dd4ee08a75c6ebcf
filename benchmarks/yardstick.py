"""A fixed piece of work, in Python and in a page's JavaScript: what times are divided by."""

from __future__ import annotations

import statistics
import time

TIMES = 9
ITERATIONS = 60_000

SCRIPT = """() => {
    const times = [];
    for (let n = 0; n < 9; n++) {
        const began = performance.now();
        let sum = 0;
        for (let i = 0; i < 3e6; i++) {
            sum += i * i % 7;
        }
        times.push(performance.now() - began + 0 * sum);
    }
    return times.sort((a, b) => a - b)[4] / 1000;
}"""
"""The same in a page: returns its seconds."""


def work_s() -> float:
    """Return the seconds that the work takes here and now: the median of some times."""
    took_s = []
    for _ in range(TIMES):
        began = time.perf_counter()
        sum(i * i % 7 for i in range(ITERATIONS))
        took_s.append(time.perf_counter() - began)
    return statistics.median(took_s)
