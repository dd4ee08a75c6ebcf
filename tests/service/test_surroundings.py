"""A service among namespaces, hidden processes, wall clocks that step, and its neighbours."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

import jupyter_green as jg
import jupyter_green.service
from jupyter_green.flags import OTHER_METERS
from jupyter_green.sampler.registry import RUNTIME_VARIABLE
from jupyter_green.sources.variables import POWERCAP_VARIABLE, SOCKET_VARIABLE
from tests.service.test_metering import check, measure
from tests.testbench.host_service import COMMAND, Client
from tests.testbench.stranger import stranger

NOBODY = 65534
needs_namespaces = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("setpriv") is None,
    reason="only root can make namespaces",
)


@pytest.fixture
def measured_by(rapl, tmp_path, monkeypatch, serving):
    """Return what measures half a second by a service whose command line begins otherwise."""

    def measured(*prefix):
        place = tmp_path / "sock"
        serving(place, os.environ, prefix=prefix)
        monkeypatch.delenv(POWERCAP_VARIABLE)
        monkeypatch.setenv(SOCKET_VARIABLE, str(place))
        with jg.Meter() as meter:
            measure(meter, 0.1)
            window, report = measure(meter, 0.5)
            assert meter.service is not None
        check(rapl, window, report)
        return report

    return measured


# --- clocks ---------------------------------------------------------------------------------


@needs_namespaces
@pytest.mark.parametrize("ahead_s", [100_000, -100])
def test_a_service_in_another_time_namespace_measures_by_the_clients_own_edges(
    measured_by, ahead_s
):
    if not Path("/proc/self/ns/time").exists():
        pytest.skip("this Linux has no time namespaces")
    report = measured_by("unshare", "--time", "--monotonic", str(ahead_s), "--fork", "--kill-child")
    assert report.duration_s == pytest.approx(0.5, abs=0.1)
    assert not report.gaps


@needs_namespaces
def test_of_a_program_in_another_process_namespace_the_joules_are_told_but_no_share(measured_by):
    """The service is in one of its own, and does not see the program: its process has no number."""
    report = measured_by("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
    assert report.share is None
    (said,) = report.notes
    assert "another namespace" in said
    assert "hostPID" in said


def test_no_figure_of_a_service_hangs_on_the_wall_clock_which_may_step():
    """Neither what it reads nor what it fits, or what it leaves to the next."""
    root = Path(jupyter_green.service.__file__).parents[1]
    wall = re.compile(r"\btime\.time(_ns)?\(|datetime\.now\(|CLOCK_REALTIME")
    rooms = ("service", "sampler", "sources", "estimator")
    found = [
        path.name
        for room in rooms
        for path in (root / room).glob("*.py")
        if wall.search(path.read_text())
    ]
    assert not found


# --- hidden processes -----------------------------------------------------------------------


@needs_namespaces
def test_where_proc_hides_the_clients_processes_the_joules_are_told_and_why_there_is_no_share(
    truth, powercap, tmp_path
):
    truth.add("cpu:0/package", power_w=50.0)
    root = powercap().root
    folder = Path(tempfile.mkdtemp(prefix="jupyter-green-served-"))
    shutil.chown(folder, NOBODY)
    tmp_path.chmod(0o700)
    hidden = 'mount -t proc -o hidepid=2 proc /proc && exec "$@"'
    right = "-all,+dac_read_search"
    nobody = (
        *("setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"),
        *("--inh-caps", right, "--ambient-caps", right, "--bounding-set", right),
    )
    process = subprocess.Popen(
        [
            *("unshare", "--mount", "--propagation", "private", "sh", "-c", hidden, "sh"),
            *nobody,
            *COMMAND,
            *("--socket", str(folder / "sock")),
        ],
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
        assert "may not see" in fitted[5]["reason"]
        assert "hidepid" in fitted[5]["remedy"]
    finally:
        process.terminate()
        process.communicate()
        shutil.rmtree(folder)


# --- who meters besides ---------------------------------------------------------------------


def test_a_neighbour_with_its_own_sampler_is_seen_also_once_it_has_ended(rapl, service, meter):
    """By the service's clients, as they are by it."""
    alone = os.environ | {SOCKET_VARIABLE: ""}
    measure(meter, 0.1)
    window = meter.begin()
    with stranger(env=alone) as neighbour:
        neighbour.ask("begin")
        assert neighbour.ask("end")[0] == "True"
        neighbour.leave()
    after = meter.begin()
    assert OTHER_METERS in window.end().flags
    assert OTHER_METERS not in after.end().flags


DOCTOR = """
import sys
import jupyter_green as jg
from jupyter_green.doctor.examination import examine
with jg.Meter() as meter:
    for _ in sys.stdin:
        place = examine(meter, 0.5).place
        print(place.service, place.other_meters, flush=True)
"""
"""Looks around whenever it is told to. As a child of the tests it would be kin of the service."""


def test_the_doctor_takes_the_service_that_meters_for_it_for_no_other(rapl, service):
    with stranger(DOCTOR) as doctor:
        assert doctor.ask("look") == [str(service.place), "0"]


def test_the_doctor_tells_of_a_program_beside_the_service_that_meters_for_it(rapl, service):
    alone = os.environ | {SOCKET_VARIABLE: ""}
    with stranger(env=alone) as neighbour, stranger(DOCTOR) as doctor:
        neighbour.ask("begin")
        assert doctor.ask("look") == [str(service.place), "1"]


def test_the_doctor_tells_of_a_service_that_meters_for_others(rapl, service):
    alone = os.environ | {SOCKET_VARIABLE: ""}
    with stranger() as client, stranger(DOCTOR, env=alone) as doctor:
        client.ask("begin")
        assert doctor.ask("look") == ["None", "1"]


def test_neighbours_with_temporary_folders_of_their_own_see_a_services_clients_and_are_seen(
    rapl, tmp_path, monkeypatch, serving
):
    monkeypatch.delenv(RUNTIME_VARIABLE)  # the usual place, in which others may be as well

    def env(name, **more):
        (tmp_path / name).mkdir()
        return os.environ | {"TMPDIR": str(tmp_path / name), **more}

    made = serving(tmp_path / "sock", env("service"))
    client = env("client", **{SOCKET_VARIABLE: str(made.place)})
    with stranger(env=client) as first, stranger(env=env("own")) as second:
        first.ask("begin")
        second.ask("begin")
        assert second.ask("end")[0] == "True"
        second.leave()
        assert first.ask("end") == ["True", "None"]  # the service's sampler is not its own


def test_a_client_that_has_ended_is_seen_by_those_who_metered_when_it_did(
    rapl, service, client, meter
):
    measure(meter, 0.1)
    window = meter.begin()
    other = client()
    other.measure(0.1)
    other.close()
    time.sleep(0.1)
    after = meter.begin()
    assert OTHER_METERS in window.end().flags
    assert OTHER_METERS not in after.end().flags


# --- clients that hardly speak --------------------------------------------------------------


def test_a_client_that_speaks_a_letter_at_a_time_is_heard_out(service, client):
    slow = client(greets=False)
    for letter in b'["hello",1,1]\n["clock",7]\n':
        slow.socket.sendall(bytes([letter]))
        time.sleep(0.005)
    assert slow.hear()[0] == "hello"
    assert slow.hear()[:2] == ["clock", 7]


def test_a_client_that_says_no_more_but_would_still_hear_leaves_no_window_open(service, client):
    half = client()
    half.begin()
    half.hear_until("sample")
    half.socket.shutdown(1)  # its own direction alone
    assert client().measure(0.2)[-1] == ["settled", 0, 0]


def test_a_client_in_the_middle_of_a_word_holds_nobody_up(rapl, service, client, meter):
    waiting = [client() for _ in range(20)]
    for each in waiting:
        each.socket.sendall(b'["begin",0,')
    check(rapl, *measure(meter, 0.3))
    for each in waiting:
        each.socket.sendall(b"0.1,true]\n")
        while (mark := each.hear_until("sample")[-1][2]) is None:
            pass  # one that was under way
        assert mark == ["begin", 0]
