"""Several hosts in JupyterLab: who used what, while the cell runs and in its report, and one lost.

Pictures to look at: `hosts-*.png`.
"""

import os
import signal
from dataclasses import replace

import nbformat
import pytest

from jupyter_green.cluster.hosts import HostPart
from jupyter_green.cluster.joining import report_of_hosts
from tests.testbench.cluster_hosts import ROOT, agents_of, cluster_hosts

from .fits import CUT_OFF
from .lab import KERNEL_TIMEOUT_MS, WITHOUT_BOARDS, picture, settle
from .saved import saved
from .tab import open_notebook
from .test_lab import PANEL, ROWS
from .test_view_fits import SIDEBARS, machine

NOON = "2026-01-01T12:00:00.000Z"


def of_hosts(count: int, packages: int, boards: int, **more):
    """A cell on some hosts, the last of which was lost."""
    parts = []
    for number in range(1, count + 1):
        own = machine(packages, boards, duration_s=12.0)
        known = replace(own, host=f"boot{number}", run_id=f"{count}-{number}")
        offset = {"offset_s": 0.0012 * number, "offset_uncertainty_s": 0.0004}
        parts.append(HostPart(f"host-{number}", known, **offset))
    parts[-1] = replace(parts[-1], lost_at_s=8.3, reason="its agent was killed")
    return report_of_hosts(parts, started_at=NOON, duration_s=12.0, run_id=f"all-{count}", **more)


def test_each_host_has_its_row_and_the_total_says_at_least(tab_page, lab):
    book = saved(of_hosts(2, 1, 1, label="fit on two", ranks=8), of_hosts(12, 2, 8))
    path = lab.notebook("hosts.ipynb")
    nbformat.write(book, path)
    page = tab_page
    notebook = open_notebook(page, lab, path, kernel=False)
    page.set_viewport_size({"width": 1400, "height": 1700})
    page.locator(".jpg-fitted").nth(1).wait_for(state="visible")
    page.evaluate(SIDEBARS, False)
    for button in page.get_by_role("button", name="Details").all():
        button.click()
    settle(page)
    two, twelve = page.locator(".jpg-fitted").all()
    for view in (two, twelve):
        assert "at least, in total" in view.inner_text()
        assert "lost after 8.30 s" in view.inner_text()
    rows = ".jpg-domain"
    assert two.locator(rows).count() == 6  # a package, its memory and a board on each
    assert twelve.locator(rows).count() == 12
    assert page.evaluate(CUT_OFF) == []
    picture(page, "hosts-light")
    notebook.theme("JupyterLab Dark")
    picture(page, "hosts-dark")
    page.set_viewport_size({"width": 700, "height": 1700})
    settle(page)
    assert page.evaluate(CUT_OFF) == []
    picture(page, "hosts-narrow")


def test_the_panel_says_so_too(tab_page, lab):
    path = lab.notebook("panel-hosts.ipynb")
    nbformat.write(saved(of_hosts(2, 1, 1, label="fit on two", ranks=8)), path)
    page = tab_page
    page.set_viewport_size({"width": 1200, "height": 1100})
    open_notebook(page, lab, path, kernel=False)
    page.evaluate("() => window.jupyterapp.shell.activateById('jupyter-green-panel')")
    page.locator(f"{ROWS} .jg-Row-toggle").click()
    panel = page.locator(PANEL)
    assert "≥ 4.500 kJ" in page.locator(f"{PANEL} .jg-Total").inner_text()
    assert "host-2: at least 2.250 kJ" in panel.inner_text()
    assert "Of 8 ranks on 2 hosts." in panel.inner_text()
    picture(page, "hosts-panel")


CLUSTER = """
%load_ext jupyter_green
import logging, time
from pathlib import Path
from tests.testbench.cluster_hosts import ClusterHost
from tests.testbench.dask_cluster import dask_cluster
logging.getLogger("distributed").setLevel(50)
running = dask_cluster([ClusterHost(Path({folder!r}), None)])
client = running.__enter__()
"""
LEFT = "running.__exit__(None, None, None)"
METERED = """
%%energy --cluster client --label wait
while not Path("enough").exists():
    time.sleep(0.1)
"""


def test_while_a_cell_runs_each_host_has_its_line(tab_page, lab, tmp_path):
    """And the figures of view, panel and status bar are those of all."""
    pytest.importorskip("distributed", reason="Dask is not installed: pip install distributed")
    with cluster_hosts(tmp_path, 20.0, 80.0) as (own, other):
        page = tab_page
        lab.offer_kernel("on-host-1", env=own.env | WITHOUT_BOARDS | {"PYTHONPATH": str(ROOT)})
        cells = CLUSTER.format(folder=str(other.folder)).strip(), METERED.strip()
        path = lab.notebook("cluster.ipynb", *cells, LEFT, kernel="on-host-1")
        notebook = open_notebook(page, lab, path)
        page.evaluate("() => window.jupyterapp.shell.activateById('jupyter-green-panel')")
        notebook.run_cell(0)
        notebook.start_cell(1)
        view = page.locator(".jpg-run.jpg-live")
        hosts = view.locator(".jpg-hosts > li")
        hosts.nth(1).filter(has_text="80").wait_for(timeout=KERNEL_TIMEOUT_MS)
        assert "host-1 the notebook" in hosts.nth(0).inner_text().replace("\n", " ")
        assert "so far, of 2 hosts" in view.inner_text()
        view.locator(".jpg-figure b").filter(has_text="100 W").wait_for()
        page.get_by_role("tab", name="Cells").click()
        page.locator(ROWS).get_by_text("100 W").wait_for()
        settle(page)
        assert page.evaluate(CUT_OFF) == []
        picture(page, "hosts-live-light")
        for agent in agents_of(other):
            os.kill(agent, signal.SIGKILL)
        hosts.nth(1).filter(has_text="lost after").wait_for()
        view.locator(".jpg-figure").filter(has_text="≥").wait_for()
        page.locator(f"{PANEL} .jg-Total").filter(has_text="≥").wait_for()
        notebook.theme("JupyterLab Dark")
        picture(page, "hosts-live-dark")
        lab.enough.touch()
        notebook.wait_end()
        page.locator(".jpg-run.jpg-result").filter(has_text="at least, in total").wait_for()
        notebook.run_cell(2)
