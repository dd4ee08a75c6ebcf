"""The real node_exporter on the stand-in's counters, as a source."""

import statistics
import time

import pytest

import jupyter_green as jg
from jupyter_green.sources.variables import NODE_EXPORTER_VARIABLE, POWERCAP_VARIABLE
from tests.testbench import programs
from tests.testbench.powercap import fuse_missing, serve_fuse, serve_tree

POWER_W = 45.0
WINDOW_S = 0.5
WINDOWS = 5


@pytest.fixture
def exporter(truth, tmp_path, monkeypatch):
    """Start it: the port, and what starts it again."""
    program = programs.found("prometheus-node-exporter", "prometheus-node-exporter")
    truth.add("cpu:0/package", power_w=POWER_W, offset=5_000_000)
    truth.add("cpu:0/dram", power_w=8.0, offset=7_000_000)
    serve = serve_tree if fuse_missing() else serve_fuse
    port = programs.free_port()
    command = [program, f"--path.sysfs={tmp_path}/sys", f"--web.listen-address=127.0.0.1:{port}"]
    monkeypatch.setenv(POWERCAP_VARIABLE, str(tmp_path / "unreadable"))
    monkeypatch.setenv(NODE_EXPORTER_VARIABLE, f"http://127.0.0.1:{port}/metrics")
    with serve(truth, tmp_path / "sys/class/powercap"):
        yield lambda: programs.listening(command, port)


def test_windows_through_node_exporter_have_the_true_joules(truth, exporter):
    apart = []
    with exporter(), jg.Meter() as meter:
        meter.begin().end()
        for _ in range(WINDOWS):
            window = meter.begin()
            time.sleep(WINDOW_S)
            report = window.end()
            true_j = truth["cpu:0/package"].energy_j(window.begin_ns, window.end_ns)
            package = report.domains["cpu:0/package"]
            apart.append(abs(package.energy_j / true_j - 1))
            assert abs(package.energy_j - true_j) <= 2 * package.uncertainty_j
        assert package.source == "node-exporter"
        assert report.provenance == "counter"
        assert not [each for each in report.missing if each.id.startswith(("cpu", "rapl"))]
    print(f"median {statistics.median(apart):.2%} off the truth, at most {max(apart):.2%}")
    assert statistics.median(apart) < 0.03


def test_an_exporter_that_is_started_again_in_a_window_costs_no_joules(truth, exporter):
    with exporter() as first, jg.Meter() as meter:
        window = meter.begin()
        time.sleep(0.2)
        first.kill()
        first.wait()
        time.sleep(0.2)
        with exporter():
            time.sleep(0.6)
            report = window.end()
    package = report.domains["cpu:0/package"]
    true_j = truth["cpu:0/package"].energy_j(window.begin_ns, window.end_ns)
    assert abs(package.energy_j - true_j) <= 2 * package.uncertainty_j < 0.2 * true_j
