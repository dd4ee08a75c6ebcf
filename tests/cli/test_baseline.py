"""``jupyter green baseline``, and who reads what it keeps."""

import json

import pytest

from jupyter_green.cli import baseline as command
from jupyter_green.cli.baseline import idle_power
from jupyter_green.cli.errors import InputError
from jupyter_green.cli.main import main
from jupyter_green.meter.baseline import Baseline
from jupyter_green.meter.idle import NotIdle

FOUND = Baseline("2026-01-01T00:00:00Z", 10.0, {"cpu:0/package": 20.0}, {"cpu:0/package": 0.5})


@pytest.fixture
def measured(monkeypatch):
    """Return what sets what is measured."""

    def is_(found):
        def measure(meter, seconds):
            if isinstance(found, Exception):
                raise found
            return found

        monkeypatch.setattr(command, "measure_baseline", measure)

    return is_


def test_it_is_printed_and_kept_for_the_service(measured, tmp_path, capsys):
    measured(FOUND)
    path = tmp_path / "etc" / "baseline.json"
    assert main(["baseline", "--seconds", "10", "--output", str(path)]) == 0
    assert "cpu:0/package: 20" in capsys.readouterr().out
    assert idle_power(path) == FOUND
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_machine_that_is_not_idle_has_none(measured, tmp_path, capsys):
    measured(NotIdle("the CPU was 40 % busy"))
    assert main(["baseline", "--output", str(tmp_path / "x")]) == 1
    assert "No baseline: the CPU was 40 % busy" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps(FOUND.to_dict() | {"spread_w": {}})])
def test_a_file_that_holds_none_is_refused(tmp_path, text):
    path = tmp_path / "x"
    path.write_text(text)
    with pytest.raises(InputError, match="holds no baseline"):
        idle_power(path)


def test_the_service_says_that_the_file_is_not_there(tmp_path, capsys):
    missing = tmp_path / "none"
    assert main(["serve", "--socket", str(tmp_path / "s"), "--baseline", str(missing)]) == 2
    assert "cannot be read" in capsys.readouterr().err
