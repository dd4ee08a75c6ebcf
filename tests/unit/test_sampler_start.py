"""The sampler starts and is understood whatever is installed, set or printed around it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import jupyter_green
from jupyter_green.sampler import client as client_module
from jupyter_green.sampler.client import MOST_STARTS, STARTS_WITHIN_S, SamplerClient

ZONE = {"name": "package-0", "max_energy_range_uj": "262143328850", "energy_uj": "1000000"}
ROOT = Path(jupyter_green.__file__).parent


@pytest.fixture
def surroundings(tmp_path):
    """The environment of a machine with one package, whose counter does not move."""
    folder = tmp_path / "powercap" / "intel-rapl:0"
    folder.mkdir(parents=True)
    for name, text in ZONE.items():
        (folder / name).write_text(text)
    return os.environ | {"JUPYTER_GREEN_POWERCAP": str(folder.parent)}


def ran(code, env, *options, executable=sys.executable):
    done = subprocess.run(
        [executable, *options, "-c", code], capture_output=True, text=True, env=env, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


SEEN = """
import jupyter_green as jg
with jg.measure() as measured:
    pass
report = measured.report
print(bool(report.domains), [m.reason for m in report.missing if m.id == "sampler"])
"""
METERED = "True []\n"


def installed_beside(tmp_path, name, text):
    """A site-packages folder with this package, in which another takes the name of one of
    Python's."""
    site = tmp_path / "site-packages"
    unneeded = shutil.ignore_patterns("labextension", "__pycache__", "static")
    shutil.copytree(ROOT, site / "jupyter_green", ignore=unneeded)
    module = site / name
    module.parent.mkdir(exist_ok=True)
    module.write_text(text)
    return site


@pytest.mark.parametrize(
    "name", ["pathlib.py", "dataclasses.py", "typing.py", "enum/__init__.py", "queue.py"]
)
def test_a_package_named_like_one_of_pythons_does_not_take_its_place(tmp_path, surroundings, name):
    """As PyPI's `pathlib`, `dataclasses`, `typing` and `enum34` do, once installed."""
    site = installed_beside(tmp_path, name, "raise ImportError('an old copy for Python 2')\n")
    # After Python's own folders, as site-packages is; other copies of this package come later.
    code = f"import sys; sys.path.append({str(site)!r})\n" + SEEN
    seen = ran(code, surroundings, "-I", "-S")
    assert seen == METERED


@pytest.mark.parametrize(
    "setting", ["PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONWARNINGS", "PYTHONVERBOSE"]
)
def test_what_a_notebook_sets_for_other_pythons_does_not_reach_it(tmp_path, surroundings, setting):
    (tmp_path / "json.py").write_text("raise ImportError('not the json you wanted')\n")
    value = {"PYTHONWARNINGS": "error", "PYTHONVERBOSE": "1"}.get(setting, str(tmp_path))
    code = f"import os; os.environ[{setting!r}] = {value!r}\n" + SEEN
    assert ran(code, surroundings) == METERED


def test_a_sitecustomize_that_prints_is_no_message(tmp_path, surroundings):
    (tmp_path / "sitecustomize.py").write_text("print('welcome to this server')\n")
    env = surroundings | {"PYTHONPATH": str(tmp_path)}
    assert ran(SEEN, env) == "welcome to this server\n" + METERED


LOUD = """
#include <stdio.h>
#include <unistd.h>
__attribute__((constructor)) static void loaded(void) {
    const char text[] = "loud library 1.0, no licence found: ";  /* and no end of the line */
    (void)!write(1, text, sizeof text - 1);
    for (int i = 0; i < 3000; i++) fputs("loud library: something to complain about\\n", stderr);
}
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="LD_PRELOAD is Linux's")
def test_a_preloaded_library_that_prints_is_no_message(tmp_path, surroundings):
    (tmp_path / "loud.c").write_text(LOUD)
    library = tmp_path / "loud.so"
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-o", library, tmp_path / "loud.c"], check=True, timeout=60
    )
    code = f"import os; os.environ['LD_PRELOAD'] = {str(library)!r}\n" + SEEN
    assert ran(code, surroundings) == METERED


def test_what_a_driver_prints_while_it_is_read_is_no_message(tmp_path, surroundings):
    """Here, what prints is the module of the driver, once it is loaded."""
    driver = (
        "import os\n"
        "os.write(1, b'driver 1.0\\n')\n"
        "for _ in range(3000):\n"
        "    try:\n"
        "        os.write(2, b'driver: a warning of forty characters or so\\n')\n"
        "    except BlockingIOError:\n"
        "        pass\n"
        "raise ImportError('no GPU here')\n"
    )
    site = installed_beside(tmp_path, "pynvml.py", driver)
    code = f"import sys; sys.path.append({str(site)!r})\n" + SEEN
    assert ran(code, surroundings, "-I", "-S") == METERED


def broken_python(tmp_path, words):
    """A Python that cannot start."""
    script = tmp_path / "python-without-a-home"
    script.write_text(f"#!/bin/sh\necho 'some words before' >&2\necho '{words}' >&2\nexit 3\n")
    script.chmod(0o755)
    return str(script)


def test_a_sampler_that_does_not_start_leaves_its_last_words(tmp_path, surroundings):
    python = broken_python(tmp_path, "no module named encodings \\033[31m")
    code = f"import sys; sys.executable = {python!r}\n" + SEEN
    seen = ran(code, surroundings)
    assert "some words" not in seen
    assert "the sampler stopped 5 times within a minute: no module named encodings" in seen
    assert "\033" not in seen


def test_the_check_that_a_remedy_names_shows_the_same_fault(tmp_path, surroundings):
    python = broken_python(tmp_path, "no module named encodings")
    code = (
        f"import sys; sys.executable = {python!r}\n"
        "from jupyter_green.sampler.check import check; print(check())"
    )
    assert "no module named encodings" in ran(code, surroundings)
    ask = (
        "import sys; sys.argv[1:] = ['--check']\n"
        "from jupyter_green.sampler.__main__ import main; main()"
    )
    assert "cpu" in ran(ask, surroundings)


def test_a_python_that_does_not_know_its_program_is_said(surroundings):
    seen = ran("import sys; sys.executable = None\n" + SEEN, surroundings)
    assert "Python does not know its own program" in seen


def test_a_sampler_that_was_given_up_is_tried_again_a_minute_later(tmp_path, monkeypatch):
    """However often it was asked for meanwhile."""
    clock_s = [1000.0]
    monkeypatch.setattr(client_module, "now_ns", lambda: int(clock_s[0] * 1e9))
    monkeypatch.setattr(sys, "executable", broken_python(tmp_path, "not now"))
    made = SamplerClient(lambda event: None)
    try:
        made.start(10.0)
        assert "not now" in made.missing[0].reason
        for _ in range(3 * MOST_STARTS):
            clock_s[0] += STARTS_WITHIN_S / MOST_STARTS / 4
            made.start(0.0)
        monkeypatch.undo()
        monkeypatch.setattr(client_module, "now_ns", lambda: int(clock_s[0] * 1e9))
        clock_s[0] += 0.6 * STARTS_WITHIN_S
        made.start(10.0)
        assert "sampler" not in {missing.id for missing in made.missing}
    finally:
        made.close()


FROZEN = """
import freezegun, time
import jupyter_green as jg
with freezegun.freeze_time("2000-01-01"):
    with jg.measure() as measured:
        time.sleep(0.05)
print(measured.report.duration_s)
"""


def test_a_clock_that_a_test_has_frozen_is_not_the_meters(surroundings):
    """freezegun replaces `time.monotonic` and all its like in every module."""
    pytest.importorskip("freezegun")
    assert 0.05 <= float(ran(FROZEN, surroundings)) < 5.0


FEW = """
import os, resource
import jupyter_green as jg
with jg.measure(): pass
resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))
with jg.measure() as measured:
    taken = []
    try:
        while True:
            taken.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        pass
report = measured.report
for fd in taken: os.close(fd)
print(bool(report.domains), [m.reason for m in report.missing if m.id == "sampler"])
"""


def test_a_window_ends_where_no_file_can_be_opened_any_more(surroundings):
    assert ran(FEW, surroundings) == METERED
