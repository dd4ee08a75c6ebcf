"""The units for systemd, and the dashboard: what can be checked where neither runs."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from jupyter_green.cli.arguments.metrics import USUAL_LISTEN
from jupyter_green.metrics import text

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted(path.name for path in DEPLOY.glob("*.service"))
ANALYZE = shutil.which("systemd-analyze")
MOST_EXPOSED = {"jupyter-green.service": 1.5, "jupyter-green-metrics.service": 1.5}


@pytest.fixture
def units(tmp_path):
    """The units, whose programs are there."""
    for path in (*DEPLOY.glob("*.service"), *DEPLOY.glob("*.socket")):
        said = re.sub(r"(?m)^ExecStart=/\S+", "ExecStart=/bin/true", path.read_text())
        (tmp_path / path.name).write_text(said)
    return tmp_path


@pytest.mark.skipif(ANALYZE is None, reason="there is no systemd-analyze")
def test_systemd_takes_the_units(units):
    paths = sorted(map(str, units.iterdir()))
    found = subprocess.run([ANALYZE, "verify", *paths], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (0, "")


@pytest.mark.skipif(ANALYZE is None, reason="there is no systemd-analyze")
@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_exposed_as_little_as_can_be(units, unit):
    command = [ANALYZE, "security", "--offline=true", "--no-pager", str(units / unit)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    level = re.search(r"Overall exposure level for \S+: ([\d.]+)", found.stdout)
    assert level, found.stdout + found.stderr
    assert float(level[1]) <= MOST_EXPOSED[unit]


def test_the_port_is_the_one_that_the_command_has():
    assert f"ListenStream={USUAL_LISTEN}\n" in (DEPLOY / "jupyter-green-metrics.socket").read_text()


def test_the_dashboard_asks_for_what_the_page_has():
    said = (DEPLOY / "grafana" / "jupyter-green.json").read_text()
    json.loads(said)
    known = {f"jupyter_green_{each.name}" for each in vars(text).values() if _is_metric(each)}
    asked = set(re.findall(r"jupyter_green_[a-z_]+", said))
    assert asked
    assert asked <= known


def _is_metric(each):
    return isinstance(each, text.Metric)
