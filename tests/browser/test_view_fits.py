"""The view of a run at the widths that people have: nothing is cut off, and little is large.

Pictures to look at: `view-*.png`.
"""

import math
from dataclasses import replace

import nbformat
from nbformat.v4 import new_output

from jupyter_green.notebook import doctor
from jupyter_green.notebook.session.table import session_table
from jupyter_green.report.fields import ReportTrace
from jupyter_green.report.report import Report
from jupyter_green.sources.base import Missing
from tests.testbench.reports import domain, report
from tests.unit.test_doctor import diagnosis_of, sensor
from tests.unit.test_session_table import CELL, metered, session

from .fits import CUT_OFF
from .lab import picture, settle
from .saved import saved
from .tab import leave, open_notebook

HEIGHTS = "() => [...document.querySelectorAll('.jpg-fitted')].map(node => node.offsetHeight)"
SIDEBARS = """
sides => {
    const {shell} = window.jupyterapp;
    if (sides) { shell.expandLeft(); shell.expandRight(); }
    else { shell.collapseLeft(); shell.collapseRight(); }
}
"""
MOST_PX = 246
LINE_PX = 30


def machine(packages: int, boards: int, duration_s: float = 19.9, **fields) -> Report:
    """A cell that used sockets with memory, what lies inside them, and boards, in waves."""
    t_s = tuple(duration_s * i / 239 for i in range(240))
    domains, power_w = [], {}
    ids = [f"cpu:{k}/{part}" for k in range(packages) for part in ("package", "dram", "core")]
    for place, id_ in enumerate([*ids, "psys", *(f"gpu:{k}" for k in range(boards))]):
        mean_w = {"dram": 9.5, "core": 40.0, "psys": 300.0}.get(id_.split("/")[-1], 89.0)
        device = "NVIDIA A100-SXM4-80GB" if "gpu" in id_ else "Intel Xeon Gold 6248R"
        counted = "core" not in id_ and id_ != "psys"
        joules = mean_w * duration_s
        domains.append(
            domain(id_, joules, 0.4, device=device, mean_power_w=mean_w, counted=counted)
        )
        waves = (1 + 0.5 * math.sin(i / 9 + place) for i in range(239))
        power_w[id_] = (None, *(round(mean_w * wave, 1) for wave in waves))
    known = {"duration_s": duration_s, "trace": ReportTrace(t_s, power_w)}
    made = report(*domains, at_s=1000 * packages + 100 * boards + duration_s, **known, **fields)
    mean_w = (made.energy_j or 0.0) / duration_s
    return replace(made, mean_power_w=mean_w, peak_power_w=1.4 * mean_w)


def test_nothing_is_cut_off_and_little_is_large(tab_page, lab):
    nothing = report(
        duration_s=4.0,
        missing=(Missing("rapl", "no counter can be read here", "run it on the host"),),
    )
    book = saved(
        nothing,
        machine(1, 1, label="one socket and a board"),
        machine(2, 2, flags=("host-busy", "other-meters"), net_energy_j=900.0,
                net_uncertainty_j=30.0),
        machine(2, 8),
        machine(1, 1, duration_s=0.42),
        machine(1, 1, duration_s=0.03),
    )  # fmt: skip
    path = lab.notebook("fits.ipynb")
    nbformat.write(book, path)
    page = tab_page
    leave(page)  # a test before this one may have widened the sidebar
    notebook = open_notebook(page, lab, path, kernel=False)
    page.locator(".jpg-fitted").nth(5).wait_for(state="visible")
    for width, has_sidebars in ((1400, False), (900, False), (700, False), (900, True)):
        page.set_viewport_size({"width": width, "height": 1900})
        page.evaluate(SIDEBARS, has_sidebars)
        settle(page)
        name = f"{width}{'-between-sidebars' if has_sidebars else ''}"
        picture(page, f"view-{name}")
        assert page.evaluate(CUT_OFF) == [], name
        without, one, two, eight, short, shortest = page.evaluate(HEIGHTS)
        if width > 1000:
            assert max(one, two, eight) <= MOST_PX
        if not has_sidebars:
            assert max(without, short, shortest) <= LINE_PX
    page.set_viewport_size({"width": 1400, "height": 1900})
    page.evaluate(SIDEBARS, False)
    for view in page.locator(".jpg-unfold").all():
        view.click()
    assert page.evaluate(CUT_OFF) == []
    swatches = "view => [...view.querySelectorAll('.jpg-swatch')].map(s => s.style.borderTopColor)"
    colours = page.locator(".jpg-fitted").nth(3).evaluate(swatches)
    assert len(set(colours)) == len(colours) == 15
    notebook.theme("JupyterLab Dark")
    picture(page, "view-unfolded-dark")


OUTPUTS_CUT_OFF = """
() => [...document.querySelectorAll('.jp-OutputArea-output')]
    .filter(node => node.scrollWidth > node.clientWidth)
    .map(node => `${node.scrollWidth} in ${node.clientWidth}: ${node.textContent.slice(0, 60)}`)
"""


def test_tables_have_room_in_a_narrow_notebook(tab_page, lab):
    intel = {"device": "Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz", "source": "perf_event"}
    read = diagnosis_of(
        sensor(
            "cpu:0/package", **intel, permission="group rapl", reported_power_w=71.0, agrees=True
        ),
        sensor("gpu:0", device="NVIDIA A100-SXM4-80GB", observed_period_s=0.1),
    )
    used = session(
        *(metered(9 * k, 9 * k + 8, label=f"fit the network {k}", **CELL) for k in range(3)),
        metered(40, 44, stage="training", label="score on the test set"),
    )
    named = [session_table(used, by, lambda r: r.label) for by in ("cell", "stage", "domain")]
    book = saved(*(machine(1, 1) for _ in range(4)))
    bundles = [doctor.bundle(read), *(table.bundle for table in named if table)]
    for cell, data in zip(book.cells, bundles, strict=True):
        cell.outputs = [new_output("display_data", data)]
    path = lab.notebook("tables.ipynb")
    nbformat.write(book, path)
    page = tab_page
    open_notebook(page, lab, path, kernel=False)
    page.locator(".jp-OutputArea-output table").nth(4).wait_for(state="visible")
    page.evaluate(SIDEBARS, False)
    for width in (1400, 900, 700):
        page.set_viewport_size({"width": width, "height": 1500})
        settle(page)
        picture(page, f"tables-{width}")
        assert page.evaluate(OUTPUTS_CUT_OFF) == [], f"{width} px"
