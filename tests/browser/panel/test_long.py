"""The panel beside a long notebook: the running row is followed, runs compare, `%energy` counts."""

import pytest

from ..lab import PICTURES, picture
from ..test_lab import PANEL, ROWS, SETUP, total_j, wait_rows
from .helpers import RUNNING, a_cell, a_report, write

CONTENT = f"{PANEL} .jg-TabContent"

IS_SEEN = """
([content, row]) => {
    const [frame, box] = [content, row].map(
        selector => document.querySelector(selector)?.getBoundingClientRect()
    );
    return box !== undefined && box.top >= frame.top - 1 && box.bottom <= frame.bottom + 1;
}
"""

REPEATED = "%energy -r 3 -n 50 sum(range(10_000))\n%energy -r 2 -n 50 sum(range(20_000))"


def test_the_running_row_of_45_cells_is_followed_until_the_user_scrolls(page, lab, full):
    reports = [a_report(number % 40, run_id=f"r{number}") for number in range(45)]
    again = RUNNING.replace("fit again", "and again")
    notebook = full(SETUP, RUNNING, again, reports=reports)
    wait_rows(page, 45)
    notebook.run_cell(45)
    page.locator(CONTENT).evaluate("part => part.scrollTo(0, 0)")
    running = f"{ROWS}[data-status=running]"
    notebook.start_cell(46)
    page.wait_for_function(IS_SEEN, arg=[CONTENT, running])
    assert page.locator(f"{PANEL} .jg-Total-energy").is_visible()

    page.locator(CONTENT).hover()
    page.mouse.wheel(0, -5000)
    page.wait_for_function(
        "content => document.querySelector(content).scrollTop === 0", arg=CONTENT
    )
    lab.enough.touch()
    notebook.wait_end()
    wait_rows(page, 46, "ok")
    assert page.locator(CONTENT).evaluate("part => part.scrollTop") == 0
    lab.enough.unlink()
    notebook.start_cell(47)  # another one is followed again
    page.wait_for_function(IS_SEEN, arg=[CONTENT, running])
    lab.enough.touch()
    notebook.wait_end()


def test_repeated_statements_count_and_two_runs_compare(page, book):
    notebook = book(SETUP, REPEATED, "%%energy\nimport time; time.sleep(1.2)")
    notebook.show_panel()
    for number in (0, 1, 2, 2):
        notebook.run_cell(number)
    wait_rows(page, 2)
    spent = page.locator(f"{PANEL} .jg-Total-spent")
    spent.filter(has_text="in 3 runs, 1 repeated").wait_for()  # a cell's statements are one run
    repeated = page.locator(ROWS).first
    assert repeated.locator("[data-repeats]").inner_text() == "2 repeated statements"
    assert repeated.locator(".jg-Row-loop").count() == 2
    energies = page.locator(f"{ROWS} [data-energy-j]").evaluate_all(
        "nodes => nodes.map(node => Number(node.dataset.energyJ))"
    )
    assert energies[0] > 0
    assert total_j(page) == pytest.approx(sum(energies))
    page.locator(f"{ROWS} .jg-Row-toggle").last.click()
    page.locator(f"{ROWS} .jg-Details").get_by_role("button", name="Compare").click()
    change = page.locator(f"{PANEL} .jg-Compare-change")
    assert "95 %" in change.inner_text()
    assert page.locator(f"{PANEL} .jg-Overlay path").count() == 2
    for theme in ("Light", "Dark") if PICTURES else ():
        notebook.theme(f"JupyterLab {theme}")
        picture(page.locator(PANEL), f"panel-compare-{theme.lower()}")


def test_open_notebooks_add_up_each_once(page, lab, full):
    notebook = full(kernel=False)
    wait_rows(page, 7)
    assert page.locator(f"{PANEL} [data-tab=session]").count() == 0
    other = write(lab, "another-one.ipynb", [a_cell(0, a_report(0, scale=2.0, run_id="other"))])
    notebook.start(
        f"""(async () => {{
            const {{commands, shell}} = window.jupyterapp;
            const widget = await commands.execute('docmanager:open', {{
                path: {other.name!r}, kernelPreference: {{shouldStart: false}}
            }});
            await widget.context.ready;
            shell.activateById(widget.id);
            await commands.execute('docmanager:clone');  // a second view of it
        }})()"""
    )
    notebook.wait_end()
    page.locator(f"{PANEL} [data-tab=session]").click()
    session = page.locator(f"{PANEL} .jg-Session")
    session.get_by_text("in 2 open notebooks").wait_for()
    names = page.locator(f"{PANEL} .jg-Session .jg-Stage-name").all_inner_texts()
    assert names == [notebook.path.name, "another-one.ipynb"]
    for theme in ("Light", "Dark") if PICTURES else ():
        notebook.theme(f"JupyterLab {theme}")
        picture(page.locator(PANEL), f"panel-session-{theme.lower()}")
    session.locator(".jg-Stage").first.click()
    page.wait_for_function(
        "name => window.jupyterapp.shell.currentWidget.context.path === name",
        arg=notebook.path.name,
    )
