"""What is no service for a program: it says why, and reads the sensors itself."""

import os
import signal
import socket
import threading
import time
from contextlib import contextmanager, suppress
from functools import partial

import pytest

import jupyter_green as jg
from jupyter_green.sampler import finding
from jupyter_green.sampler.greeting import SERVICE
from jupyter_green.sources.variables import POWERCAP_VARIABLE, SOCKET_VARIABLE
from tests.service.test_metering import check, measure, what_helps, why_not_used


@contextmanager
def nothing(place):
    """No socket at all."""
    yield


@contextmanager
def silence(place):
    """A socket on which nobody answers."""
    with listening(place):
        yield


@contextmanager
def saying(place, words):
    """Something that says always the same."""
    with listening(place) as listener:
        thread = threading.Thread(target=say_once, args=(listener, words), daemon=True)
        thread.start()
        yield
        listener.shutdown(socket.SHUT_RDWR)  # it waits for no other
        thread.join()


def say_once(listener, words):
    with suppress(OSError):  # who has connected has heard enough
        connected, _ = listener.accept()
        with connected:
            connected.sendall(words)
            connected.recv(1)
            connected.recv(1 << 16)


@contextmanager
def another_user(place):
    """A socket of somebody else's."""
    for folder in (place.parent, *place.parents[1:-2]):
        folder.chmod(0o755)
    place.parent.chmod(0o777)
    ready, tell = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setuid(65534)
            with listening(place):
                os.write(tell, b".")
                time.sleep(20)
        finally:
            os._exit(0)
    os.close(tell)
    try:
        assert os.read(ready, 1) == b"."
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(ready)


@contextmanager
def listening(place):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place))
        listener.listen(8)
        yield listener


NO_SERVICE = "no service of jupyter-green"
WITHOUT_STEPS = (
    b'["hello",1,{"scale":"a","interval_s":0.1,"missing":[],"domains":[{"id":"cpu:0/package",'
    b'"device":"","source":"rapl","provenance":"counter","resolution_s":0.001,"unit_j":0}]}]\n'
)
UNUSABLE = {
    "nothing": (nothing, "No such file"),
    "silence": (silence, "does not answer"),
    "an empty message": (partial(saying, words=b"[]\n"), NO_SERVICE),
    "mail": (partial(saying, words=b"220 mail.example ESMTP\n"), NO_SERVICE),
    "not UTF-8": (partial(saying, words=b"\xff\n"), NO_SERVICE),
    "no end": (partial(saying, words=b"x" * (2 << 20)), NO_SERVICE),
    "a bare greeting": (partial(saying, words=b'["hello"]\n'), NO_SERVICE),
    "a number for what it is": (partial(saying, words=b'["hello",1,7]\n'), NO_SERVICE),
    "half of what it is": (
        partial(saying, words=b'["hello",1,{"domains":[{"id":"x"}],"missing":[]}]\n'),
        NO_SERVICE,
    ),
    "a domain that cannot be": (partial(saying, words=WITHOUT_STEPS), NO_SERVICE),
    "no reason": (partial(saying, words=b'["refused"]\n'), NO_SERVICE),
    "a reason": (partial(saying, words=b'["refused","it is \\u001b[31mred"]\n'), "it is "),
    "another user": (another_user, "another user"),
}


@pytest.mark.parametrize(("there", "why"), UNUSABLE.values(), ids=UNUSABLE)
def test_what_cannot_be_used_is_said_and_the_program_reads_itself(
    rapl, monkeypatch, tmp_path, there, why
):
    if there is another_user and os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    place = tmp_path / "other" / "sock"
    place.parent.mkdir()
    monkeypatch.setenv(SOCKET_VARIABLE, str(place))
    with there(place), jg.Meter() as meter:
        window, report = measure(meter, 0.2)
    check(rapl, window, report, share=0.05)
    assert meter.service is None
    assert why in why_not_used(report)
    assert "\x1b" not in why_not_used(report)


def test_a_full_service_is_said(rapl, service, client, monkeypatch):
    for _ in range(256):
        client(greets=False)
    with jg.Meter() as meter:
        _, report = measure(meter, 0.1)
    assert meter.service is None
    assert "256 programs of this user" in why_not_used(report)
    assert "shut down kernels" in what_helps(report)
    assert report.missing[0].id == SERVICE  # it would have read what else is missing


def test_who_has_chosen_what_to_read_is_asked_for_no_service(monkeypatch):
    monkeypatch.delenv(SOCKET_VARIABLE)
    assert finding.socket_place(environ={}) == ("/run/jupyter-green/sock", False)
    assert finding.socket_place(environ={POWERCAP_VARIABLE: "/x"}) is None
    assert finding.socket_place(environ={SOCKET_VARIABLE: "", "x": ""}) is None
    assert finding.socket_place("/mine", {SOCKET_VARIABLE: "/s"}) == ("/mine", True)
    named = {SOCKET_VARIABLE: "/s", POWERCAP_VARIABLE: "/x"}
    assert finding.socket_place(environ=named) == ("/s", True)
