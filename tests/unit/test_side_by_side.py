"""How tests are handed out to processes: a stand-in of each, which runs what it was given."""

from types import SimpleNamespace

import pytest

from tests import side_by_side

SOAK = "tests/soak/test_soak.py::test_0"
TESTS = [
    *(f"tests/unit/test_a.py::test_{n}" for n in range(7)),
    *(f"tests/kernel/test_b.py::test_{n}" for n in range(9)),
    *("tests/browser/test_c.py::test_0", "tests/browser/panel/test_d.py::test_0"),
    *(SOAK, "tests/unit/test_e.py::test_0"),
    *("tests/packaging/test_f.py::test_0", "tests/packaging/test_g.py::test_0"),
]


class Process:
    """Runs one test after the other, each once it knows whether there is another."""

    def __init__(self, number):
        self.gateway = SimpleNamespace(id=f"gw{number}")
        self.given, self.ran = [], []
        self.shutting_down = False

    def send_runtest_some(self, indices):
        self.given += indices

    def shutdown(self):
        self.shutting_down = True

    @property
    def at(self):
        """The test that it runs now, if any."""
        left = self.given[len(self.ran) :]
        return left[0] if len(left) > 1 or (left and self.shutting_down) else None


@pytest.mark.parametrize("slow", [0, 1, 2])
@pytest.mark.parametrize("processes", [1, 2, 3])
def test_the_soak_runs_last_and_beside_nothing_that_is_timed(pytestconfig, processes, slow):
    pytest.importorskip("xdist")
    tests = sorted(TESTS, key=side_by_side.rank)
    option = SimpleNamespace(tx=[f"{processes}*popen"], loadscopereorder=False)
    config = SimpleNamespace(option=option, getvalue=lambda name: getattr(option, name))
    handing_out = side_by_side.scheduling()(config)
    nodes = [Process(number) for number in range(processes)]
    for node in nodes:
        handing_out.add_node(node)
        handing_out.add_node_collection(node, tests)
    handing_out.schedule()
    ran = []
    turn = 0
    while running := [node for node in nodes if node.at is not None]:
        beside = {tests[node.at] for node in running}
        if any(node.at is None and not node.shutting_down for node in nodes):  # one waits
            assert [*handing_out.workqueue] in ([], [side_by_side.SOAK])
        if SOAK in beside:
            # A process may still do the last test of its own.
            timed = [test for test in tests if side_by_side.together(test) not in side_by_side.LAST]
            assert len(set(timed) - set(ran)) < processes
        turn += 1
        for node in running:
            is_slow = node is nodes[slow % processes] or tests[node.at] == SOAK
            if is_slow and turn % 5 and len(running) > 1:
                continue  # its test takes five times as long
            at = node.at
            node.ran.append(at)
            ran.append(tests[at])
            handing_out.mark_test_complete(node, at)
        if handing_out.tests_finished:
            for node in nodes:
                node.shutdown()
    assert sorted(ran) == sorted(tests)
    by_process = [{side_by_side.together(tests[i]) for i in node.ran} for node in nodes]
    assert sum(map(len, by_process)) == len({side_by_side.together(test) for test in tests})
