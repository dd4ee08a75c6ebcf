"""Cells whose widgets capture and clear outputs: the same outputs as bare, and one report each."""

import functools
import itertools
import json
import re

import nbclient
import nbformat
import pytest

from tests.testbench.outputs import joined

from .conftest import LAB
from .widget_cells import GUIDES, cells_of

MIME = "application/vnd.jupyter-green.report.v1+json"
LIVE = "application/vnd.jupyter-green.live.v1+json"


def run(*cells):
    """Run cells in nbclient, which keeps widgets' outputs as a front end does.

    It sometimes overlooks the reply to a cell whose widgets it has answered, bare cells as
    well, and finds it when the cell's time is up: so that time is short.
    """
    cells = [nbformat.v4.new_code_cell(code) for code in cells]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    client = nbclient.NotebookClient(book, allow_errors=True)
    client.timeout_func = lambda cell: 60 if "import" in cell.source else 5
    return client.execute()


@functools.cache
def bare(guide):
    return run("'as many'", *cells_of(guide, "# %%energy"))


def is_ours(output):
    data = output.get("data", {})
    return MIME in data or LIVE in data or "measuring" in data.get("text/plain", "")


def plain(outputs):
    """Outputs without what differs from kernel to kernel."""
    others = joined([output for output in outputs if not is_ours(output)])
    text = json.dumps(others, sort_keys=True)
    text = re.sub(r'"execution_count": \d+', '"execution_count": 0', text)
    text = re.sub(r"In\[\d+\]|Cell In\[\d+\]|0x[0-9a-f]+|[0-9a-f]{32}|<stdin>", "…", text)
    return json.loads(text)


def captured(book):
    """What the Output widgets of a notebook hold."""
    kept = book.metadata.get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {})
    models = [m for m in kept.get("state", {}).values() if m["model_name"] == "OutputModel"]
    return sorted(json.dumps(plain(m["state"].get("outputs", []))) for m in models)


@pytest.mark.parametrize("mode", ["%%energy", "%green on"])
@pytest.mark.parametrize("guide", GUIDES)
def test_outputs_are_as_bare_and_each_cell_has_one_report(guide, mode):
    line, load = ("%%energy", "") if mode == "%%energy" else ("# %%energy", mode)
    metered = run(f"%load_ext jupyter_green\n{load}", *cells_of(guide, line))
    for one, other in zip(bare(guide).cells[2:], metered.cells[2:], strict=True):
        code = other.source
        assert plain(other.outputs) == plain(one.outputs), code
        reports = [output for output in other.outputs if is_ours(output)]
        expected = 0 if mode == "%%energy" and "%%energy" not in code else 1
        assert [MIME in output["data"] for output in reports] == [True] * expected, code
    assert captured(metered) == captured(bare(guide))


LATE = """%%energy
import threading, time
from IPython.display import clear_output
def wipe():
    time.sleep(0.4)
    for step in range(3):
        clear_output(wait=True)
        print('step', step)
threading.Thread(target=wipe).start()
"""


def test_what_a_thread_clears_after_the_cell_is_shown_again(kernel):
    request = kernel.start(LATE, LAB)
    kernel.finish(request)
    came = []
    while not any(kind == "display_data" for kind, _ in came):
        message = kernel.client.get_iopub_msg(timeout=10)
        if message["parent_header"].get("msg_id") == request:
            came.append((message["msg_type"], message["content"]))
    kinds = [kind for kind, _ in came if kind in {"clear_output", "stream", "display_data"}]
    kinds = [kind for kind, _ in itertools.groupby(kinds)]  # a line may come in two messages
    assert kinds == [*["clear_output", "stream"] * 3, "display_data"]
    assert MIME in came[-1][1]["data"]
