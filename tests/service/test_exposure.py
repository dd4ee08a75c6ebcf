"""What a client without rights can learn of the machine, and who learns nothing."""

import os
import shutil
import socket
import tempfile
import threading
import time
from contextlib import suppress
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from jupyter_green.clock import now_ns
from jupyter_green.sampler.greeting import greeted
from jupyter_green.service.allowance import INTERVAL_S, MARKS_PER_S
from jupyter_green.service.quantum import QUANTUM_J

S = 1_000_000_000
CONNECTIONS = 12
FIRST_S, LOOKED_S = 1.3, 1.5
"""At first a user gets what it has not asked for in the second before."""


class Spy:
    """A connection that asks for all that it may, and keeps what it hears of one domain."""

    def __init__(self, client):
        self.client = client
        self.readings = {}
        """Joules by time."""
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self):
        with suppress(OSError):
            while (message := self.client.hear()) is not None:
                if message[0] == "sample":
                    t_ns, energy_j, _ = message[3][0]
                    self.readings[t_ns] = energy_j

    def close(self):
        self.client.socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()


def test_what_a_user_can_learn_in_a_second_through_however_many_connections(rapl, service, client):
    spies = [Spy(client()) for _ in range(CONNECTIONS)]
    begin_ns = now_ns() + int(FIRST_S * S)
    end_ns = begin_ns + int(LOOKED_S * S)
    number = 0
    while now_ns() < end_ns:
        # More marks than there may be, staggered: looks, and begins with samples from then on.
        for spy, other in zip(spies[::2], spies[1::2], strict=True):
            spy.client.say("begin", number, 0.001, True)
            time.sleep(0.023)
            other.client.say("look")
            time.sleep(0.023)
        number += 1
    for spy in spies:
        spy.close()
    readings = {t_ns: j for spy in spies for t_ns, j in spy.readings.items()}
    looked_at = sorted(j for t_ns, j in readings.items() if begin_ns <= t_ns < end_ns)
    marks = LOOKED_S * MARKS_PER_S
    assert LOOKED_S / INTERVAL_S < len(looked_at) <= LOOKED_S / (0.9 * INTERVAL_S) + marks + 2
    steps = [after - before for before, after in pairwise(looked_at)]
    assert all(
        step / QUANTUM_J == pytest.approx(round(step / QUANTUM_J), abs=1e-6) for step in steps
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize(
    ("is_member", "told"),
    [
        (True, "0.1"),
        (False, "this user may not connect to it: ask to be let into its group"),
    ],
)
def test_only_members_of_its_group_are_let_in_and_others_are_told_why(
    rapl, serving, is_member, told
):
    folder = Path(tempfile.mkdtemp(prefix="jupyter-green-served-"))
    folder.chmod(0o755)
    place = folder / "sock"
    try:
        serving(place, os.environ, "--group", "daemon")
        group = place.stat().st_gid
        assert as_nobody(group if is_member else 65534, partial(greeting, str(place))) == told
    finally:
        shutil.rmtree(folder)


def greeting(place):
    """Return how often the service at a socket gives samples, or why it does not."""
    try:
        found = greeted(place, 1.0)
    except OSError as error:
        return str(error)
    found.connection.close()
    return str(found.about.interval_s)


def as_nobody(group, ask):
    """Return what somebody without rights is told, who is in that group alone."""
    received, sent = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(group)
            os.setuid(65534)
            os.write(sent, ask().encode())
        finally:
            os._exit(0)
    os.close(sent)
    with os.fdopen(received) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return said
