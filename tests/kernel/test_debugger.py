"""Jupyter's debugger, over ipykernel's debug protocol: a step never ends in the meter."""

import time
from queue import Empty

import pytest

from .conftest import LAB

CELL = "%%energy\nx = 1\ny = 2"
NEXT = "%%energy --label next\nz = x + y"


class Debugger:
    """What a front end asks a kernel's debugger."""

    def __init__(self, kernel):
        self.kernel = kernel
        self.client = kernel.client
        self.asked = 0

    def ask(self, command, **arguments):
        self.asked += 1
        content = {
            "type": "request", "seq": self.asked, "command": command, "arguments": arguments,
        }  # fmt: skip
        message = self.client.session.msg("debug_request", content)
        self.client.control_channel.send(message)
        while True:
            reply = self.client.get_control_msg(timeout=20)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                assert reply["content"]["success"], reply["content"]
                return reply["content"].get("body")

    def attach(self):
        self.ask("initialize", clientID="test", adapterID="", linesStartAt1=True)
        self.ask("attach")

    def break_at(self, code, line):
        """Break at a cell's line; return the file that stands for the cell."""
        path = self.ask("dumpCell", code=code)["sourcePath"]
        self.ask("setBreakpoints", source={"path": path}, breakpoints=[{"line": line}])
        self.ask("configurationDone")
        return path

    def run(self, code, step, timeout_s=30.0):
        """Run a cell, and step wherever it stops; return these places."""
        stops = []
        request = self.kernel.start(code, LAB)
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except Empty:
                continue
            content = message["content"]
            if content.get("event") == "stopped":
                thread = content["body"]["threadId"]
                (top, *_) = self.ask("stackTrace", threadId=thread)["stackFrames"]
                stops.append((top["source"]["path"], top["line"]))
                self.ask(step if len(stops) < 20 else "continue", threadId=thread)
            is_own = message["parent_header"].get("msg_id") == request
            if is_own and content.get("execution_state") == "idle":
                return stops
        raise AssertionError(f"the cell did not end: {stops}")


@pytest.mark.parametrize(
    ("attached", "step"),
    [("before loading", "next"), ("after loading", "next"), ("after a metered cell", "stepIn")],
)
def test_a_step_from_the_last_line_ends_the_cell(kernel_with, attached, step):
    kernel = kernel_with()
    debugger = Debugger(kernel)
    if attached == "before loading":
        debugger.attach()
    kernel.run("%load_ext jupyter_green")
    if attached == "after a metered cell":
        kernel.run("%%energy\n1", LAB)
    if attached != "before loading":
        debugger.attach()
    path = debugger.break_at(CELL, 2)
    assert debugger.run(CELL, step) == [(path, 2), (path, 3)]
    # The step goes on in the next cell, behind what IPython itself has loaded late.
    places = [place for place, _ in debugger.run(NEXT, "next")]
    assert places
    assert [place for place in places if "ipykernel_" not in place and "IPython" not in place] == []
    assert "ipykernel_" in places[-1]


def test_a_cell_is_metered_under_a_debugger_which_passes_the_meter_by_while_it_is_loaded(
    kernel_with,
):
    kernel = kernel_with()
    Debugger(kernel).attach()
    filters = "import pydevd\nlen(pydevd.get_global_debugger()._files_filtering._exclude_filters)"
    before = kernel.run(filters).value
    kernel.run("%load_ext jupyter_green")
    (report,) = kernel.run("%%energy\n1", LAB).reports
    assert report["domains"]
    assert "sampler" not in [each["id"] for each in report["missing"]]
    assert kernel.run(filters).value != before
    kernel.run("%unload_ext jupyter_green")
    assert kernel.run(filters).value == before
