"""The first figure of a cell, before the counters' refreshes after its end have been seen."""

import random

IDLE_W, BUSY_W = 30.0, 250.0
WINDOWS = 150


def test_the_first_figure_of_many_boards_holds_as_often_as_it_says(machine, virtual):
    boards = [machine.truth.add(f"gpu:{n}", power_w=IDLE_W, phase_s=0.021 * n) for n in range(4)]
    virtual.discover()
    chance = random.Random(1)
    outside = 0
    for _ in range(WINDOWS):
        machine.sleep(chance.uniform(0.3, 2.0))
        window = virtual.begin()
        for board in boards:  # a cell's work starts on all of them
            board.set_power(BUSY_W)
        machine.sleep(chance.uniform(0.05, 0.24))
        window.end(wait=False)
        for board in boards:
            board.set_power(IDLE_W)
        first, final = window.provisional_report, window.report
        true_j = sum(board.energy_j(window.begin_ns, window.end_ns) for board in boards)
        outside += abs(first.energy_j - true_j) > first.uncertainty_j
        assert final.uncertainty_j < first.uncertainty_j
    assert outside <= 0.05 * WINDOWS
