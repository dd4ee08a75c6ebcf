"""The idle power that is known of this machine."""

import json

import pytest

from jupyter_green.meter import baseline_file as module
from jupyter_green.meter.baseline import Baseline
from jupyter_green.meter.machine_baseline import machine_baseline
from jupyter_green.sources.variables import BASELINE_VARIABLE

KNOWN = Baseline("2026-01-01T00:00:00Z", 60.0, {"cpu:0/package": 20.0}, {"cpu:0/package": 0.5})


@pytest.fixture
def usual(tmp_path, monkeypatch):
    """Where it is looked for."""
    path = tmp_path / "usual.json"
    monkeypatch.setattr(module, "USUAL_BASELINE", str(path))
    return path


def test_it_is_read_at_the_usual_place(usual):
    assert machine_baseline({}) is None
    usual.write_text(json.dumps(KNOWN.to_dict()))
    assert machine_baseline({}) == KNOWN


def test_a_file_that_is_named_comes_first(usual, tmp_path):
    usual.write_text("{}")
    named = tmp_path / "named.json"
    named.write_text(json.dumps(KNOWN.to_dict()))
    assert machine_baseline({BASELINE_VARIABLE: str(named)}) == KNOWN
    assert machine_baseline({BASELINE_VARIABLE: ""}) is None


@pytest.mark.parametrize("text", ["", "{}", "no JSON"])
def test_a_file_that_holds_none_is_as_good_as_none(usual, text):
    usual.write_text(text)
    assert machine_baseline({}) is None
