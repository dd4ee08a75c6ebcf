"""What bad clients do to a service: nothing, to the others."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

import jupyter_green as jg
from jupyter_green.clock import now_ns
from jupyter_green.service.allowance import MARKS_PER_S
from jupyter_green.sources.variables import POWERCAP_VARIABLE
from tests.service.test_metering import check, measure
from tests.testbench.host_service import COMMAND, Client

S = 1_000_000_000


@pytest.fixture
def good(rapl, meter):
    """A program that measures meanwhile: its figures are within their interval to the end."""
    measure(meter, 0.1)
    window = meter.begin()
    yield
    time.sleep(0.2)
    check(rapl, window, window.end())
    assert meter.service is not None
    check(rapl, *measure(meter, 0.3))
    assert meter.service is not None


JUNK = {
    "not UTF-8": b'["hello",1,\xff]\n',
    "no JSON": b"GET / HTTP/1.1\r\n\r\n",
    "no request": b'{"hello":1}\n',
    "deep": b"[" * 2000 + b"]" * 2000 + b"\n",
    "deep text": b'["' + b"[" * 2000 + b'"]\n',
    "a number": b"1\n",
    "empty": b"\n",
    "nothing in it": b"[]\n",
    "long": b'["hello",1,"' + b"x" * 5000 + b'"]\n',
    "infinite": b'["begin",0,1e999,true]\n',
    "not a number": b'["begin",0,NaN,true]\n',
    "huge": b'["begin",' + b"9" * 4000 + b",0.1,true]\n",
    "true as a number": b'["begin",true,0.1,true]\n',
    "a path": b'["begin","/etc/shadow",0.1,true]\n',
    "too few": b'["begin",0]\n',
    "too many": b'["prepare",1]\n',
    "unknown": b'["resume",{"cpu:0/package":[0,0,0,0]}]\n',
    "unknown, nested": b'["follow",["follow",[],[]],["begin",1,0.1,true]]\n',
    "a greeting again": b'["hello",1,1]\n',
}


@pytest.mark.parametrize("line", JUNK.values(), ids=JUNK)
def test_a_client_that_sends_junk_is_told_and_let_go(good, client, line):
    bad = client()
    bad.socket.sendall(line)
    answer = bad.hear()
    assert answer is not None
    assert answer[0] == "refused"
    assert bad.hear() is None


def test_a_line_without_an_end_is_not_read_to_it(good, client):
    bad = client()
    sent = 0
    with suppress(OSError):
        while sent < 1 << 30:
            sent += bad.socket.send(b"x" * (1 << 16))
    assert sent < 1 << 20


def test_what_speaks_other_protocols_is_told_which_are_spoken(good, client):
    answer = client(greets=False).ask("hello", 7, 9)
    assert answer[0] == "refused"
    assert "protocols 1 to 1" in answer[1]


def test_a_later_release_that_still_speaks_this_protocol_is_understood(client):
    assert client(greets=False).ask("hello", 1, 9)[:2] == ["hello", 1]


MARKS = {
    "long ago": (-20 * S, 0),
    "in the future": (0, 3600 * S),
    "backwards": (0, -S),
    "at the beginning of time": (-(10**20), 0),
}


@pytest.mark.parametrize(("begun_ns", "ended_ns"), MARKS.values(), ids=MARKS)
def test_a_forged_mark_is_refused(good, client, begun_ns, ended_ns):
    bad = client()
    bad.say("begin", 0, 0.1, True)
    bad.hear_until("sample")
    now = now_ns()
    bad.say("end", 0, max(0, now + begun_ns), now + ended_ns)
    assert bad.hear_until("refused")[-1][1] == "a mark is not of the time at which it came"


def test_windows_that_end_twice_begin_twice_or_are_too_many_are_refused(good, client):
    now = now_ns()
    for requests in (
        [("end", 0, now, now)],
        [("begin", 0, 0.1, True), ("begin", 0, 0.1, True)],
        [("end", 1, now, now), ("begin", 0, 0.1, True)],
    ):
        bad = client()
        with suppress(BrokenPipeError):  # it is let go at the first of them that is wrong
            for request in requests:
                bad.say(*request)
        assert bad.hear_until("refused")


def test_a_client_that_asks_all_the_time_waits(good, client):
    """In two seconds it gets what it may have in three, as a second's are given at once."""
    busy = client()
    until = time.monotonic() + 2.0
    answered = 0

    def read():
        nonlocal answered
        while (message := busy.hear()) is not None:
            answered += message[0] == "sample" and message[2] is not None

    reader = threading.Thread(target=read)
    reader.start()
    number = 0
    busy.socket.settimeout(0.2)
    while time.monotonic() < until:
        with suppress(TimeoutError):
            begun_ns = now_ns()
            busy.say("begin", number, 0.1, True)
            busy.say("end", number, begun_ns, now_ns())
            number += 1
    found = answered
    busy.socket.shutdown(socket.SHUT_RDWR)
    reader.join()
    assert number > 60
    assert 20 <= found <= 3.5 * MARKS_PER_S


def test_clients_that_say_nothing_are_let_go_and_those_that_read_nothing_wait(good, client):
    silent = [client(greets=False) for _ in range(20)]
    deaf = [client() for _ in range(20)]
    for number, each in enumerate(deaf):
        each.say("begin", number, 0.1, True)
    time.sleep(2.5)
    for each in silent:
        assert each.hear()[0] == "refused"
        assert each.hear() is None
    for each in deaf:
        assert each.hear_until("sample")


def test_five_thousand_connections_leave_room_for_others(good, service):
    opened = []
    for _ in range(5000):
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.settimeout(1.0)
        with suppress(OSError):
            made.connect(str(service.place))
        opened.append(made)
        if len(opened) > 600:  # this process has no room for more
            opened.pop(0).close()
    for each in opened:
        each.close()
    time.sleep(0.3)
    Client(service.place).close()


def test_a_client_that_is_killed_leaves_nothing_open(good, service, client):
    code = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "from pathlib import Path\n"
        "from tests.testbench.host_service import Client\n"
        "made = Client(Path(sys.argv[1])); made.say('begin', 0, 0.1, True)\n"
        "made.hear_until('sample'); print('open', flush=True); input()\n"
    )
    root = str(Path(__file__).parents[2])
    killed = subprocess.Popen(
        [sys.executable, "-c", code, str(service.place), root],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert killed.stdout.readline() == b"open\n"
    beside = client().measure(0.2)
    assert beside[-1] == ["settled", 0, 2]  # the good one and this
    killed.kill()
    killed.communicate()
    time.sleep(0.2)
    assert client().measure(0.2)[-1] == ["settled", 0, 1]


# --- rights ---------------------------------------------------------------------------------


def test_no_thread_of_it_has_a_capability(service, client):
    client().measure(0.2)
    assert len(service.pids) == 2
    seen = 0
    for pid in service.pids:
        for path in Path(f"/proc/{pid}/task").glob("*/status"):
            status = dict(line.split(":", 1) for line in path.read_text().splitlines())
            for name in ("CapPrm", "CapEff", "CapInh", "CapAmb"):
                assert int(status[name], 16) == 0, (name, path)
            assert status["NoNewPrivs"].strip() == "1"
            seen += 1
    assert seen >= 4


@pytest.mark.skipif(os.geteuid() != 0, reason="who is not root has none to give up")
def test_being_root_gives_none_back(service):
    assert service.pids
    for pid in service.pids:
        status = Path(f"/proc/{pid}/status").read_text()
        assert "CapBnd:\t0000000000000000" in status


def test_it_asks_to_be_started_again_where_its_sampler_has_ended(service):
    (sampler,) = set(service.pids) - {service.process.pid}
    os.kill(sampler, signal.SIGKILL)
    assert service.wait() == 75


def test_it_asks_to_be_started_again_where_sensors_have_changed(truth, powercap, tmp_path, serving):
    truth.add("cpu:0/package", power_w=50.0)
    root = powercap().root
    service = serving(tmp_path / "sock", os.environ | {POWERCAP_VARIABLE: str(root)})
    client = Client(service.place)
    client.measure(0.2)
    shutil.copytree(root / "intel-rapl:0", root / "intel-rapl:1", symlinks=True)
    (root / "intel-rapl:1" / "name").write_text("package-1")
    client.say("prepare")  # when nobody measures there is time to look
    assert service.wait() == 75
    client.close()
    service.start()
    client = Client(service.place)
    assert client.hello[2]["domains"][0]["id"] == "cpu:0/package"
    client.close()


def test_a_second_service_on_the_socket_says_so(service):
    ran = subprocess.run(
        [*COMMAND, "--socket", str(service.place)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    assert "another service is listening there" in ran.stderr
    with jg.Meter() as meter:
        measure(meter, 0.1)
        assert meter.service == str(service.place)


def test_it_takes_the_place_of_one_that_was_killed_and_leaves_none(service):
    service.kill()
    assert service.place.exists()
    service.start()
    service.signal(signal.SIGTERM)
    assert service.wait() == 0
    assert not service.place.exists()
