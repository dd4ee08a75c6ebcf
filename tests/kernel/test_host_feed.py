"""What the machine draws now, for a panel that shows it: a comm with a lease."""

import os
import time
from queue import Empty

import pytest

from jupyter_green.notebook.live.host_feed import SCHEMA
from jupyter_green.sources.variables import POWERCAP_VARIABLE
from tests.testbench.powercap import fuse_missing


@pytest.fixture
def machine(truth, request, kernel_with):
    """A kernel on a machine with a socket of 50 W and memory of 10 W."""
    serve = request.getfixturevalue("powercap" if fuse_missing() else "powercap_fuse")
    truth.add("cpu:0/package", power_w=50.0)
    truth.add("cpu:0/dram", power_w=10.0)
    kernel = kernel_with(os.environ | {POWERCAP_VARIABLE: str(serve().root)})
    kernel.run("%load_ext jupyter_green")
    return kernel


def send(kernel, kind, **content):
    content = {"comm_id": "panel", "target_name": "jupyter-green.host", **content}
    kernel.client.shell_channel.send(kernel.client.session.msg(kind, content))


def heard(kernel, seconds):
    """What the kernel says to the panel in that time."""
    end, came = time.monotonic() + seconds, []
    while time.monotonic() < end:
        try:
            message = kernel.client.get_iopub_msg(timeout=0.2)
        except Empty:
            continue
        if message["msg_type"].startswith("comm_"):
            came.append((message["msg_type"], message["content"]["data"]))
    return came


def test_watts_come_while_no_cell_runs_and_only_as_long_as_the_lease(machine):
    send(machine, "comm_open", data={"schema": SCHEMA, "lease_s": 5})
    came = heard(machine, 5)
    assert {kind for kind, _ in came} == {"comm_msg"}
    data = came[-1][1]
    assert data["schema"] == SCHEMA
    assert data["provenance"] == {"cpu": "counter", "dram": "counter"}
    assert data["power_w"]["cpu"] == pytest.approx(50.0, rel=0.05)
    assert data["power_w"]["dram"] == pytest.approx(10.0, rel=0.05)
    assert data["share"] is None or 0 <= data["share"] <= 1
    assert abs(data["at_s"] - time.time()) < 10
    heard(machine, 2.2)
    assert heard(machine, 2.2) == []
    # The machine's watts are nobody's joules.
    assert "nothing has been metered" in machine.run("%green report").text
    send(machine, "comm_msg", data={"lease_s": 6})
    assert heard(machine, 3)
    send(machine, "comm_close", data={})
    assert heard(machine, 2.2)[1:] == []


def test_without_the_meter_the_comm_is_closed(kernel_with):
    kernel = kernel_with(dict(os.environ))
    send(kernel, "comm_open", data={"schema": SCHEMA, "lease_s": 7})
    assert [kind for kind, _ in heard(kernel, 1)] == ["comm_close"]
