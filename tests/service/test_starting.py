"""How a service is started: by systemd's socket, and with no more rights than it needs."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from jupyter_green.sampler.registry import RUNTIME_VARIABLE
from jupyter_green.sources.variables import POWERCAP_VARIABLE
from tests.testbench import families
from tests.testbench.host_service import COMMAND, Client

ACTIVATE = shutil.which("systemd-socket-activate")
SETPRIV = shutil.which("setpriv")
NOBODY = 65534


def connected(place):
    until = time.monotonic() + 10
    while not place.exists() and time.monotonic() < until:
        time.sleep(0.02)
    return Client(place)


@pytest.mark.skipif(ACTIVATE is None, reason="there is no systemd-socket-activate")
def test_systemd_hands_it_the_socket_with_the_first_client(rapl, tmp_path):
    place = tmp_path / "sock"
    elsewhere = ("--socket", str(tmp_path / "unused"))
    as_the_unit = () if families.missing else (sys.executable, families.__file__)
    passed = [f"--setenv={name}" for name in (POWERCAP_VARIABLE, RUNTIME_VARIABLE)]
    process = subprocess.Popen(
        [ACTIVATE, "-l", str(place), *passed, *as_the_unit, *COMMAND, *elsewhere],
        stderr=subprocess.DEVNULL,
    )
    try:
        client = connected(place)
        *_, fitted, settled = client.measure(0.3)
        client.close()
        # However long a busy machine made it.
        assert fitted[2][0]["mean_power_w"] == pytest.approx(50.0, rel=0.1)
        assert settled == ["settled", 0, 0]
        assert not (tmp_path / "unused").exists()
    finally:
        process.terminate()
        assert process.wait(10) == 0
    assert place.exists()  # it is systemd's


@pytest.mark.skipif(os.geteuid() != 0 or SETPRIV is None, reason="only root can give less rights")
def test_another_user_needs_one_right_to_open_and_none_to_read(truth, powercap, tmp_path):
    truth.add("cpu:0/package", power_w=50.0)
    root = powercap().root
    folder = Path(tempfile.mkdtemp(prefix="jupyter-green-served-"))
    shutil.chown(folder, NOBODY)
    tmp_path.chmod(0o700)
    rights = ("--inh-caps", "-all,+dac_read_search", "--ambient-caps", "-all,+dac_read_search")
    user = ("--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups")
    bound = ("--bounding-set", "-all,+dac_read_search")
    process = subprocess.Popen(
        [SETPRIV, *user, *rights, *bound, *COMMAND, "--socket", str(folder / "sock")],
        env=os.environ | {POWERCAP_VARIABLE: str(root)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert "cpu:0/package" in process.stderr.readline()
        client = Client(folder / "sock")
        *_, fitted, _ = client.measure(0.3)
        client.close()
        assert fitted[2][0]["energy_j"] == pytest.approx(15.0, rel=0.15)
        status = Path(f"/proc/{process.pid}/status").read_text()
        assert "CapPrm:\t0000000000000000" in status
    finally:
        process.terminate()
        process.communicate()
        shutil.rmtree(folder)
