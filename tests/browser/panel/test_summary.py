"""The panel's summary: the notebook's total, its split, what was spent."""

import pytest

from ..test_lab import PANEL, SETUP, total_j, wait_rows
from .helpers import TITLES, a_report, texts


def test_the_summary(page, full, settings):
    settings(co2eFactor=380, pue=1.5)
    full(kernel=False)
    wait_rows(page, 7)
    reports = [a_report(number) for number in range(7)]
    energy_j = sum(report["energy_j"] for report in reports)
    assert total_j(page) == pytest.approx(energy_j)
    summary = page.locator(f"{PANEL} .jg-Total").inner_text()
    for words in ("47.13 ± 0.11 kJ", "13.1 Wh", "net 33.0 ± 0.9 kJ", "2 min 47 s", "282 W"):
        assert words in summary
    co2e_g = energy_j / 3.6e6 * 380 * 1.5
    assert f"≈ {co2e_g:.2f} g" in summary
    assert "at 380 g/kWh × PUE 1.5" in summary
    assert "Spent" not in summary  # nothing was run
    (split,) = texts(page, ".jg-Split ul")
    assert [part.split()[0] for part in split.splitlines()] == ["CPU", "DRAM", "GPU"]
    widths = page.eval_on_selector_all(
        f"{PANEL} .jg-Split-bar span", "spans => spans.map(s => s.getBoundingClientRect().width)"
    )
    gpu_j = sum(report["domains"][2]["energy_j"] for report in reports)
    assert widths[2] / sum(widths) == pytest.approx(gpu_j / energy_j, abs=0.02)


def test_spent_is_more_than_kept(page, book):
    notebook = book(SETUP, "%%energy\nimport time; time.sleep(0.3)", "%%energy\n1/0")
    notebook.show_panel()
    for number in (0, 1, 1, 2):
        notebook.start_cell(number)
        page.wait_for_function("window.testOutcome", timeout=60_000)
    notebook.reports(2)
    spent = page.locator(f"{PANEL} .jg-Total-spent")
    spent.filter(has_text="3 runs, 1 repeated, 1 failed").wait_for()
    counter = page.locator(f"{PANEL} .jg-Total-counter")
    counter.filter(has_text="between cells").wait_for()
    assert page.locator(f"{PANEL} .jg-Total-cells").inner_text() == "2"


def test_another_extension_reads_the_energy_by_the_public_token(page, full):
    notebook = full(kernel=False)
    wait_rows(page, 7)
    notebook.start(
        """(async () => {
            const app = window.jupyterapp;
            const {IEnergyTracker} = (await window._JUPYTERLAB['jupyter-green'].get('./index'))();
            app.registerPlugin({
                id: 'another:plugin',
                requires: [IEnergyTracker],
                activate: (app, energy) => {
                    window.testEnergy = energy;
                }
            });
            await app.activatePlugin('another:plugin');
        })()"""
    )
    notebook.wait_end()
    notebook.page.evaluate("() => { window.jupyterapp.shell.collapseRight(); }")
    seen = page.evaluate(
        """() => {
            const {current} = window.testEnergy;
            current.watch(window);
            return {
                total_j: current.total.energy_j,
                titles: current.rows.map(row => row.title),
                report_j: current.reportOf('cell-3').energy_j,
                isActive: current.isActive,
            };
        }"""
    )
    reports = [a_report(number) for number in range(7)]
    assert seen == {
        "total_j": pytest.approx(sum(report["energy_j"] for report in reports)),
        "titles": list(TITLES),
        "report_j": reports[3]["energy_j"],
        "isActive": True,
    }
    page.evaluate(
        """() => {
            window.testRows = [];
            const {current} = window.testEnergy;
            current.changed.connect(() => { window.testRows.push(current.rows.length); });
            window.jupyterapp.shell.currentWidget.content.model.sharedModel.deleteCell(0);
        }"""
    )
    page.wait_for_function("window.testRows.at(-1) === 6")
