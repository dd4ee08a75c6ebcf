"""The machine's watts now: seen without a cell that runs, and read only while somebody looks."""

from ..lab import KERNEL_TIMEOUT_MS
from ..tab import open_notebook
from ..test_lab import PANEL, wait_rows
from .helpers import a_cell, a_report, write

NOW = f"{PANEL} .jg-HostNow"
LIVE = f"{NOW}[data-state=live]"

NOTE_COMMS = """() => {
    const {kernel} = window.jupyterapp.shell.currentWidget.sessionContext.session;
    window.testComms = [];
    kernel.anyMessage.connect((_, {msg, direction}) => {
        if (direction === 'send' && msg.header.msg_type.startsWith('comm_')) {
            window.testComms.push(msg.header.msg_type);
        }
    });
}"""


def test_the_host_tab_shows_watts_without_a_cell_and_asks_for_them_only_in_sight(page, lab):
    cells = [a_cell(number, a_report(number)) for number in range(2)]
    notebook = open_notebook(page, lab, write(lab, "host-now.ipynb", cells))
    notebook.show_panel()
    wait_rows(page, 2)
    page.evaluate(NOTE_COMMS)
    page.locator(f"{PANEL} [data-tab=host]").click()

    page.locator(f"{NOW}[data-state=unloaded]").wait_for()
    page.locator(NOW).get_by_role("button", name="Load the meter").click()
    page.locator(LIVE).wait_for(timeout=KERNEL_TIMEOUT_MS)
    page.locator(f"{NOW} [data-device=gpu] >> nth=0").wait_for()
    shown = page.locator(NOW).inner_text()
    total_w = float(page.locator(f"{NOW} .jg-HostNow-total").inner_text().removesuffix(" W"))
    assert 150 < total_w < 600, shown
    assert "CPU" in shown
    assert "DRAM" in shown
    page.wait_for_function(
        "line => /L/.test(document.querySelector(line)?.getAttribute('d'))",
        arg=f"{NOW} path[data-device=cpu]",
    )
    assert "of the busy CPU time" in page.locator(NOW).inner_text()

    page.locator(f"{PANEL} [data-tab=cells]").click()
    sent = page.evaluate("window.testComms")
    assert sent[0] == "comm_open"
    assert sent[-1] == "comm_close"
    page.locator(f"{PANEL} [data-tab=host]").click()
    page.wait_for_function("window.testComms.at(-1) === 'comm_open'")
    page.evaluate("window.jupyterapp.shell.collapseRight()")
    page.wait_for_function("window.testComms.at(-1) === 'comm_close'")
