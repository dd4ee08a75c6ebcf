"""Whatever happens to the page or the kernel in mid-cell, the cell ends with what is right."""

import os
import signal

import nbformat
import pytest

from jupyter_green.report.report import Report

from .lab import PICTURES, TIMEOUT_MS, Notebook, settle
from .test_lab import (
    MIME,
    PANEL,
    ROWS,
    SETUP,
    TRAINING,
    UNTIL_ENOUGH,
    WIDGET,
    total_j,
    wait_elapsed,
    wait_rows,
)

LIVE_MIME = "application/vnd.jupyter-green.live.v1+json"
WIDGET_MIME = "application/vnd.jupyter.widget-view+json"
MANAGER = "@jupyter-widgets/jupyterlab-manager"
OURS = "jupyter-green"
PLACEHOLDER = ".jg-Placeholder"  # what our extension shows a run in, in place of the widget

SILENT = f"%%energy --label training\n{UNTIL_ENOUGH}"
NO_REPORT = "energy: no report"


@pytest.fixture
def page(tab_page):
    return tab_page


@pytest.fixture
def running(book):
    """Open a notebook, and run its metered cell until some seconds have been shown."""

    def start(source=TRAINING):
        notebook = book(SETUP, source)
        notebook.run_cell(0)
        notebook.start_cell(1)
        wait_live(notebook)
        wait_elapsed(notebook, 1, 1)
        return notebook

    return start


def wait_live(notebook, number=1, timeout_ms=TIMEOUT_MS):
    """Wait until a cell shows its run, and the run goes on."""
    view = notebook.cell(number).locator(WIDGET)
    view.filter(has_text="running").wait_for(state="visible", timeout=timeout_ms)
    return view


def wait_report(notebook, number=1):
    """Wait until a cell shows its report and the document holds it; return the report."""
    page = notebook.page
    page.wait_for_function(
        """([n, mime]) => {
            const {model} = window.jupyterapp.shell.currentWidget.content.widgets[n];
            return model.outputs.toJSON().some(({data}) => data && mime in data);
        }""",
        arg=[number, MIME],
    )
    (report,) = notebook.reports(number)
    assert_shows_report(notebook, number)
    return report


def assert_shows_report(notebook, number):
    """A cell shows joules, and nothing of its run is left."""
    assert_no_remains(notebook, number)
    shown = notebook.cell(number).locator(".jp-OutputArea").first
    shown.get_by_text("J").first.wait_for(state="visible")
    assert "running" not in shown.inner_text()


def assert_no_remains(notebook, number):
    """Nothing in the cell needs a kernel or a widget that may be gone."""
    for output in notebook.outputs(number):
        assert not {LIVE_MIME, WIDGET_MIME} & set(output.get("data", {}))
    assert_no_error(notebook)


def assert_no_error(notebook):
    text = notebook.page.locator(".jp-Notebook").first.text_content()
    for words in ("Error displaying widget", "Loading widget", "Javascript Error"):
        assert words not in text


def reload(notebook):
    notebook.page.reload()
    notebook.wait_ready(kernel=False)  # a busy kernel says nothing of itself


def close(notebook):
    notebook.page.evaluate("() => { window.jupyterapp.shell.currentWidget.close(); }")
    notebook.page.locator(".jp-Notebook").wait_for(state="detached")


def reopen(notebook):
    notebook.page.evaluate(
        "name => { window.jupyterapp.commands.execute('docmanager:open', {path: name}); }",
        notebook.path.name,
    )
    notebook.page.locator(".jp-Notebook").wait_for()
    notebook.wait_ready(kernel=False)


def saved_mimes(notebook, number=1):
    """The MIME types that the saved notebook has for a cell."""
    notebook.save()
    outputs = nbformat.read(notebook.path, as_version=4).cells[number].outputs
    return [set(output.get("data", {})) for output in outputs]


@pytest.mark.parametrize("saved", [True, False], ids=["saved", "not saved"])
def test_a_page_reloaded_in_mid_cell_goes_on_and_keeps_the_report(lab, running, saved):
    notebook = running()
    if saved:
        notebook.save()
    notebook.page.on("dialog", lambda dialog: dialog.accept())  # unsaved changes
    reload(notebook)
    notebook.show_panel()
    running_row = notebook.page.locator(f"{ROWS}[data-status=running]")
    running_row.locator(".jg-Sparkline polyline").wait_for()
    assert "training" in running_row.text_content()
    before_j = total_j(notebook.page)
    notebook.page.wait_for_function(
        "([panel, before_j]) =>"
        " Number(document.querySelector(`${panel} .jg-Total`).dataset.energyJ) > before_j + 50",
        arg=[PANEL, before_j],
    )
    if saved:
        wait_live(notebook)
        wait_elapsed(notebook, 1, 2)
        notebook.shot("robust-reloaded")
    lab.enough.touch()
    report = wait_report(notebook)
    assert report["status"] == "ok"
    notebook.page.locator(f"{ROWS}[data-status=ok]").first.wait_for()
    assert total_j(notebook.page) == report["energy_j"] > before_j + 50
    assert MIME in saved_mimes(notebook)[0]


def test_a_notebook_closed_and_reopened_in_mid_cell(lab, running):
    notebook = running()
    notebook.save()
    close(notebook)
    reopen(notebook)
    wait_live(notebook)
    lab.enough.touch()
    assert wait_report(notebook)["status"] == "ok"


def test_a_notebook_that_was_closed_when_its_cell_ended(lab, running):
    notebook = running()
    notebook.save()
    close(notebook)
    lab.enough.touch()
    notebook.page.wait_for_timeout(1500)
    reopen(notebook)
    assert wait_report(notebook)["status"] == "ok"


def test_two_tabs_on_one_notebook(lab, running, new_page):
    notebook = running()
    other = Notebook(new_page(), lab, notebook.path)
    other.page.goto(f"{lab.url}/doc/tree/{notebook.path.name}")
    other.wait_ready(kernel=False)
    other.show_panel()
    other.page.locator(f"{ROWS}[data-status=running]").wait_for()
    lab.enough.touch()
    notebook.wait_end()
    report = wait_report(notebook)
    wait_rows(other.page, 1, "ok")
    notebook.save()
    other.start("window.jupyterapp.shell.currentWidget.context.revert()")
    other.wait_end()
    assert wait_report(other)["run_id"] == report["run_id"]


def test_a_kernel_restarted_in_mid_cell_leaves_a_sentence(lab, running):
    notebook = running()
    notebook.restart_kernel()
    notebook.cell(1).locator(WIDGET).filter(has_text="the kernel stopped").wait_for()
    assert saved_mimes(notebook) == [{LIVE_MIME, "text/html", "text/plain"}]
    reload(notebook)
    notebook.cell(1).get_by_text(NO_REPORT).wait_for()
    assert_no_error(notebook)
    notebook.shot("robust-restarted")


def test_a_kernel_that_dies_in_mid_cell_leaves_its_joules(page, running):
    notebook = running(
        TRAINING.replace("while", "import os; Path('pid').write_text(str(os.getpid()))\nwhile")
    )
    notebook.show_panel()
    os.kill(int((notebook.path.parent / "pid").read_text()), signal.SIGKILL)
    report = wait_report(notebook)
    assert (report["status"], report["label"]) == ("died", "training")
    assert report["energy_j"] > 0
    assert report["duration_s"] > 0.5
    Report.from_dict(report)
    page.locator(f"{ROWS}[data-status=died]").wait_for()
    notebook.save()
    assert saved_mimes(notebook) == [{MIME, "text/plain"}]


def test_twenty_cells_queued_by_run_all(page, lab, book):
    cell = "%%energy --label step-{}\nimport time; time.sleep(0.05)\n{}"
    notebook = book(SETUP, *(cell.format(n, n) for n in range(1, 21)))
    notebook.show_panel()
    notebook.start("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    notebook.wait_end()
    wait_rows(page, 20, "ok")
    wait_report(notebook, 20)  # the last one to be final
    for number in range(1, 21):
        outputs = [output.get("data", {}) for output in notebook.outputs(number)]
        assert [data[MIME]["label"] for data in outputs if MIME in data] == [f"step-{number}"]
        assert outputs[-1]["text/plain"] == str(number)
        assert_shows_report(notebook, number)
    notebook.shot("robust-run-all")


def test_output_shown_in_a_view_of_its_own(page, lab, running):
    notebook = running()
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:create-output-view'); }")
    view = page.locator(".jp-LinkedOutputView")
    view.locator(WIDGET).filter(has_text="running").wait_for(state="visible")
    notebook.shot("robust-output-view")
    lab.enough.touch()
    view.locator(WIDGET).filter(has_text="running").wait_for(state="detached")
    page.evaluate(
        """name => {
            const {shell} = window.jupyterapp;
            const book = [...shell.widgets('main')].find(w => w.context?.path === name);
            shell.activateById(book.id);
        }""",
        notebook.path.name,
    )
    wait_report(notebook)
    view.get_by_text("J").first.wait_for(state="visible")
    assert "Error" not in view.inner_text()


def test_without_a_widget_manager(lab, without, running):
    without(MANAGER)
    notebook = running()
    notebook.cell(1).locator(f"{PLACEHOLDER} {WIDGET}").wait_for(state="visible")
    notebook.shot("robust-no-manager")
    lab.enough.touch()
    notebook.wait_end()
    wait_report(notebook)


def test_without_our_extension_the_widget_stands_in(lab, without, running):
    """As where it is installed for the kernel only."""
    without(OURS)
    notebook = running()
    assert notebook.cell(1).locator(PLACEHOLDER).count() == 0
    notebook.shot("robust-widget")
    lab.enough.touch()
    notebook.wait_end()
    wait_report(notebook)


def test_without_extension_and_manager_the_result_comes_at_the_end(lab, without, book):
    without(OURS, MANAGER)
    notebook = book(SETUP, TRAINING)
    notebook.run_cell(0)
    notebook.start_cell(1)
    notebook.cell(1).get_by_text("measuring").wait_for(state="visible")
    lab.enough.touch()
    notebook.wait_end()
    wait_report(notebook)


SAMPLE_LAYOUT = """
n => {
    const cells = document.querySelectorAll('.jp-Notebook .jp-Cell');
    const output = cells[n].querySelector('.jp-OutputArea');
    const seen = (window.testLayout = []);
    const look = () => {
        const height = output.getBoundingClientRect().height;
        const below = cells[n + 1].getBoundingClientRect().top;
        const last = seen.at(-1);
        if (output.innerText.includes(' J')) {
            if (last === undefined || last.height !== height || last.below !== below) {
                seen.push({height, below, text: output.innerText.slice(0, 80)});
            }
        }
        requestAnimationFrame(look);
    };
    look();
}
"""
JUMP_PX = 4


def test_nothing_jumps_from_the_first_paint_to_the_refined_result(page, lab, book):
    notebook = book(SETUP, SILENT, "1", *["# further down\n" * 12] * 4)
    notebook.run_cell(0)
    notebook.start_cell(1)
    wait_live(notebook)
    page.evaluate(SAMPLE_LAYOUT, 1)
    wait_elapsed(notebook, 1, 2)
    lab.enough.touch()
    notebook.wait_end()
    wait_report(notebook)
    layout = page.evaluate("window.testLayout")
    for of in ("height", "below"):
        values = [seen[of] for seen in layout]
        assert max(values) - min(values) <= JUMP_PX, layout


OBSERVE_ANNOUNCEMENTS = """
() => {
    const LIVE = '[aria-live=polite], [aria-live=assertive], [role=status], [role=alert]';
    const said = (window.testSaid = []);
    const look = new MutationObserver(changes => {
        for (const {target, type} of changes) {
            const element = target.nodeType === Node.TEXT_NODE ? target.parentElement : target;
            const region = element?.closest(`.jp-Notebook :is(${LIVE})`);
            if (region && region.textContent.trim()) {
                said.push({region, text: region.textContent.trim()});
            }
        }
    });
    look.observe(document.body, {subtree: true, childList: true, characterData: true});
}
"""


def test_the_result_is_announced_once_and_nothing_before(page, lab, book):
    notebook = book(SETUP, SILENT)
    notebook.run_cell(0)
    page.evaluate(OBSERVE_ANNOUNCEMENTS)
    notebook.start_cell(1)
    wait_live(notebook)
    wait_elapsed(notebook, 1, 1)
    assert page.evaluate("window.testSaid.length") == 0
    lab.enough.touch()
    notebook.wait_end()
    wait_report(notebook)
    page.wait_for_timeout(1500)
    said = page.evaluate("window.testSaid.map(({text, region}) => [text, region.isConnected])")
    # What is taken out of the page at once is not read aloud.
    assert [(text.split(":")[0], stays) for text, stays in said] == [("done", True)]


def test_pictures_at_three_widths(page, lab, running):
    notebook = running()
    page.evaluate("() => { window.jupyterapp.shell.collapseLeft(); }")

    def pictures(name):
        for theme in ("Light", "Dark") if PICTURES else ("Light",):
            notebook.theme(f"JupyterLab {theme}")
            for width in (500, 800, 1200):
                page.set_viewport_size({"width": width, "height": 640})
                settle(page)
                notebook.cell(1).scroll_into_view_if_needed()
                box = notebook.cell(1).locator(".jp-OutputArea").first.bounding_box()
                assert box["x"] + box["width"] <= width
                notebook.shot(f"cell-{name}-{theme.lower()}-{width}")

    pictures("live")
    lab.enough.touch()
    wait_report(notebook)
    pictures("result")
