"""Kernel subshells that run cells at the same time get windows of their own."""

import time
from queue import Empty

import pytest

from .conftest import LAB


class Subshells:
    """Sends cells to a kernel's shells and collects what comes of them."""

    def __init__(self, kernel):
        self.client = kernel.client

    def create(self):
        message = self.client.session.msg("create_subshell_request", {})
        self.client.control_channel.send(message)
        while True:
            reply = self.client.get_control_msg(timeout=10)
            if reply["parent_header"]["msg_id"] == message["header"]["msg_id"]:
                return reply["content"]["subshell_id"]

    def start(self, code, subshell, cell_id):
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False,
                   "user_expressions": {}, "stop_on_error": True}  # fmt: skip
        message = self.client.session.msg(
            "execute_request", content, metadata={"cellId": cell_id} if cell_id else {}
        )
        message["header"]["subshell_id"] = subshell
        self.client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def finish(self, requests):
        """Return the messages of each request, once all are idle and a second figure has come."""
        came = {request: [] for request in requests}
        replies = {}
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                message = self.client.get_iopub_msg(timeout=0.3)
            except Empty:
                if len(replies) == len(requests):
                    break
            else:
                came.get(message["parent_header"].get("msg_id"), []).append(message)
            while self.client.shell_channel.msg_ready():
                reply = self.client.get_shell_msg(timeout=1)
                if reply["parent_header"]["msg_id"] in came:
                    replies[reply["parent_header"]["msg_id"]] = reply["content"]
        return came, replies


@pytest.fixture
def subshells(kernel):
    kernel.client.kernel_info()
    info = kernel.client.get_shell_msg(timeout=10)["content"]
    if "kernel subshells" not in info.get("supported_features", []):
        pytest.skip("this ipykernel has no subshells")
    return Subshells(kernel)


def reports(messages):
    mime = "application/vnd.jupyter-green.report.v1+json"
    data = [m["content"]["data"] for m in messages if m["msg_type"].endswith("display_data")]
    return {d[mime]["run_id"]: d[mime] for d in data if mime in d}


SLEEP = "import time\ntime.sleep({})\nprint('slept', {})"


@pytest.mark.parametrize("cell_ids", [("a", "b"), (None, None)], ids=["live", "static"])
def test_two_subshells_at_once(subshells, kernel, cell_ids):
    first, second = subshells.create(), subshells.create()
    long = subshells.start("%%energy --label long\n" + SLEEP.format(1.0, 1), first, cell_ids[0])
    time.sleep(0.3)
    short = subshells.start("%%energy --label short\n" + SLEEP.format(0.3, 2), second, cell_ids[1])
    came, replies = subshells.finish([long, short])
    assert [replies[r]["status"] for r in (long, short)] == ["ok", "ok"]
    (one,), (two,) = (reports(came[r]).values() for r in (long, short))
    assert (one["label"], two["label"]) == ("long", "short")
    assert one["run_id"] != two["run_id"]
    assert one["duration_s"] > two["duration_s"] + 0.3
    assert two["duration_s"] >= 0.3


def test_a_subshell_that_clears_does_not_touch_the_others_report(subshells, kernel):
    subshell = subshells.create()
    other = subshells.start("%%energy --label other\n" + SLEEP.format(0.8, 1), None, None)
    time.sleep(0.3)
    clear = "%%energy --label clears\nfrom IPython.display import clear_output\nclear_output()"
    clears = subshells.start(clear, subshell, None)
    came, replies = subshells.finish([other, clears])
    assert {r["status"] for r in replies.values()} == {"ok"}
    shown = [m["msg_type"] for m in came[other] if "display_data" in m["msg_type"]]
    assert shown[0] == "display_data"
    assert set(shown[1:]) == {"update_display_data"}
    again = [m["msg_type"] for m in came[clears] if "display_data" in m["msg_type"]]
    assert again == ["display_data", "display_data"]


def test_auto_mode_meters_both(subshells, kernel):
    kernel.run("%green on")
    subshell = subshells.create()
    here = subshells.start(SLEEP.format(0.6, 1), None, LAB["cellId"])
    time.sleep(0.2)
    there = subshells.start(SLEEP.format(0.2, 2), subshell, "there")
    came, _ = subshells.finish([here, there])
    kernel.run("%green off")
    assert [len(reports(came[r])) for r in (here, there)] == [1, 1]
