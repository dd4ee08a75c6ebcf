"""The sidebar panel in a real JupyterLab: what it shows, does and survives."""

import csv
import io
import json
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from .lab import EXTENSION, SHOTS, Notebook
from .test_axe import violations
from .test_lab import MIME, PANEL, ROWS, SETUP, UNTIL_ENOUGH, total_j, wait_rows

STAGES = ("data", None, "modeling", "training", "training", "evaluation", "plots")
TITLES = (
    "read and clean",
    "describe the data",
    "build features",
    "fit the baseline",
    "fit the network, with all the augmentation",
    "score on the test set",
    "plot",
)
RUNNING = f"%%energy --label 'fit again' --stage training\n{UNTIL_ENOUGH}    sum(range(1000))"


def a_domain(id_, energy_j, duration_s, **changes):
    return {
        "id": id_,
        "device": {"gpu": "NVIDIA H100 80GB HBM3"}.get(id_[:3], "Intel Xeon Platinum 8480+"),
        "source": "nvml" if id_.startswith("gpu") else "rapl",
        "energy_j": energy_j,
        "uncertainty_j": round(0.004 * energy_j, 4),
        "mean_power_w": round(energy_j / duration_s, 3),
        "provenance": "counter",
        "resolution_s": 0.1 if id_.startswith("gpu") else 0.001,
        "counted": True,
        "flags": [],
    } | changes


def a_report(number, *, scale=1.0, **changes):
    """Return a report as a kernel would have written it."""
    duration_s = 2.0 + 7.3 * number
    energies = {
        "cpu:0/package": scale * 52.5 * duration_s,
        "cpu:0/dram": scale * 7.25 * duration_s,
        "gpu:0": scale * (70 + 36 * number) * duration_s,
    }
    domains = [a_domain(id_, energy_j, duration_s) for id_, energy_j in energies.items()]
    energy_j = sum(energies.values())
    times = [k * duration_s / 40 for k in range(41)]
    return {
        "schema": "jupyter-green.report.v1",
        "run_id": f"run-{number}-{scale}",
        "cell_id": f"cell-{number}",
        "cell_hash": None,
        "execution_count": number + 1,
        "notebook": "full.ipynb",
        "label": TITLES[number % len(TITLES)],
        "stage": STAGES[number % len(STAGES)],
        "status": "ok",
        "started_at": f"2026-03-04T10:{number % 60:02d}:00Z",
        "duration_s": duration_s,
        "energy_j": energy_j,
        "uncertainty_j": 0.005 * energy_j,
        "provenance": "counter",
        "mean_power_w": energy_j / duration_s,
        "peak_power_w": 1.3 * energy_j / duration_s,
        "net_energy_j": 0.7 * energy_j,
        "net_uncertainty_j": 0.02 * energy_j,
        "baseline_at": "2026-03-04T09:55:00Z",
        "domains": domains,
        "missing": [
            {
                "id": "psys",
                "reason": "this processor has no counter for the platform",
                "remedy": "Let one group read the counters: `sudo groupadd -f rapl` (`chmod` no).",
            }
        ],
        "trace": {
            "t_s": times,
            "power_w": {
                d["id"]: [d["mean_power_w"] * (1 + k % 7 / 9) for k in range(41)] for d in domains
            },
        },
        "gaps": [],
        "metric": {"accuracy": 0.9132} if number == 5 else {},
        "per": None,
        "meter": {"version": "0.1.0", "interval_s": 0.1},
    } | changes


def a_cell(number, report, source=None):
    stage = report.get("stage") if isinstance(report, dict) else None
    flags = f" --stage {stage}" if isinstance(stage, str) else ""
    cell = new_code_cell(
        f"%%energy{flags}\nwork({number})" if source is None else source,
        execution_count=number + 1,
        id=f"cell-{number}",
    )
    cell.outputs = [
        new_output("display_data", {MIME: report, "text/plain": "a report"}),
    ]
    return cell


def write(lab, name, cells):
    book = new_notebook(cells=cells)
    book.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    path = lab.notebooks / name
    nbformat.write(book, path)
    lab.enough.unlink(missing_ok=True)
    return path


@pytest.fixture
def full(page, lab, request):
    """Open a notebook with seven saved reports, then what the test adds."""

    def open_(*sources, reports=None, kernel=True):
        reports = [a_report(number) for number in range(7)] if reports is None else reports
        cells = [a_cell(number, report) for number, report in enumerate(reports)]
        cells += [new_code_cell(source) for source in sources]
        name = f"{request.node.name.replace('[', '-').rstrip(']')}.ipynb"
        notebook = Notebook(page, lab, write(lab, name, cells))
        notebook.open(kernel=kernel)
        notebook.show_panel()
        return notebook

    yield open_
    lab.enough.touch()


def widen(page, width):
    """Give the right sidebar a width."""
    page.evaluate(
        """width => {
            const split = window.jupyterapp.shell._hsplitPanel;
            const all = split.node.clientWidth;
            const [left, main, right] = split.relativeSizes();
            split.setRelativeSizes([left, 1 - left - width / all, width / all]);
        }""",
        width,
    )
    page.wait_for_timeout(400)


def execute(notebook, command, **args):
    notebook.start(f"window.jupyterapp.commands.execute({json.dumps(command)}, {json.dumps(args)})")
    notebook.wait_end()


def source(notebook, number):
    return notebook.page.evaluate(
        """n => window.jupyterapp.shell.currentWidget.content.widgets[n]
                 .model.sharedModel.getSource()""",
        number,
    )


@pytest.fixture
def settings(lab):
    """Write the panel's settings, which a page reads as it loads; the defaults come back."""
    path = Path(lab.env["JUPYTERLAB_SETTINGS_DIR"]) / "jupyter-green/plugin.jupyterlab-settings"
    path.parent.mkdir(parents=True, exist_ok=True)

    def write_(**values):
        path.write_text(json.dumps(values))

    yield write_
    path.unlink(missing_ok=True)


def texts(page, selector):
    return page.locator(f"{PANEL} {selector}").all_inner_texts()


def titles(page):
    return texts(page, ".jg-Row-title")


def wait_titles(page, expected):
    page.wait_for_function(
        """([panel, expected]) => JSON.stringify(expected) === JSON.stringify(
            [...document.querySelectorAll(`${panel} .jg-Row-title`)].map(n => n.textContent))""",
        arg=[PANEL, expected],
    )


def active_cell(page):
    return page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCellIndex")


def undo(notebook, number):
    notebook.page.evaluate(
        """n => window.jupyterapp.shell.currentWidget.content.widgets[n]
                 .model.sharedModel.undo()""",
        number,
    )


def select(notebook, number):
    notebook.page.evaluate(
        """n => {
            const {content} = window.jupyterapp.shell.currentWidget;
            content.activeCellIndex = n;
            content.deselectAll();
        }""",
        number,
    )


# What it shows


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


def test_rows_are_sorted_filtered_grouped_and_chosen_by_stage(page, full):
    full(kernel=False)
    wait_rows(page, 7)
    assert titles(page) == list(TITLES)
    sort = page.locator(f"{PANEL} .jg-Tools-sort select")
    sort.select_option("energy")
    wait_titles(page, list(reversed(TITLES)))
    sort.select_option("title")
    wait_titles(page, sorted(TITLES))
    sort.select_option("notebook")
    page.locator(f"{PANEL} .jg-Tools-filter").fill("train")
    wait_titles(page, [TITLES[3], TITLES[4]])
    page.locator(f"{PANEL} .jg-Narrowed button").click()
    page.locator(f"{PANEL} .jg-Tools-group input").check()
    assert texts(page, ".jg-Rows-stage") == [
        *("data", "modeling", "training", "evaluation", "plots", "untagged")
    ]
    page.locator(f"{PANEL} [data-stage=training] .jg-Stage").click()
    wait_titles(page, [TITLES[3], TITLES[4]])
    page.locator(f"{PANEL} [data-stage=training] .jg-Stage").click()
    wait_rows(page, 7)
    assert "0.9132" in page.locator(ROWS).filter(has_text=TITLES[5]).inner_text()


def test_enter_goes_to_the_cell_and_flashes_it_and_keys_walk(page, full):
    full(kernel=False)
    wait_rows(page, 7)
    page.locator(f"{ROWS} .jg-Row-button").first.focus()
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    page.locator(".jp-Cell.jg-mod-flash").wait_for()
    assert active_cell(page) == 2
    page.locator(".jp-Cell.jg-mod-flash").wait_for(state="detached")
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.closest('.jg-Row').dataset.cellId") == "cell-6"


def test_details_open_in_place_with_the_curve(page, full):
    full(kernel=False)
    wait_rows(page, 7)
    page.locator(f"{ROWS} .jg-Row-toggle").nth(2).click()
    details = page.locator(f"{ROWS} .jg-Details")
    details.locator("canvas").first.wait_for(state="visible")
    assert "gpu:0" in details.inner_text()
    assert "Net" in details.inner_text()
    page.locator(f"{ROWS} .jg-Row-toggle").nth(2).click()
    assert details.count() == 0


def test_a_running_cell_is_live_and_the_next_ones_are_queued(page, lab, full):
    notebook = full(SETUP, RUNNING, "%%energy --label next\n1", "2")
    notebook.run_cell(7)
    page.evaluate(
        """() => {
            const {content} = window.jupyterapp.shell.currentWidget;
            content.activeCellIndex = 8;
            content.deselectAll();
            content.extendContiguousSelectionTo(10);
        }"""
    )
    notebook.start("window.jupyterapp.commands.execute('notebook:run-cell')")
    running = page.locator(f"{ROWS}[data-status=running]")
    running.locator(".jg-Sparkline polyline").wait_for()
    queued = page.locator(f"{ROWS}[data-status=queued]")
    assert queued.count() == 1  # the last cell is not metered
    assert "queued" in queued.inner_text()
    page.locator(".jg-Status-power").wait_for()
    assert "W" in page.locator(".jg-Status").inner_text()
    lab.enough.touch()
    notebook.wait_end()
    wait_rows(page, 9, "ok")
    assert "fit again" in page.locator(f"{PANEL} [aria-live=polite]").text_content() or (
        page.locator(f"{PANEL} [aria-live=polite]").text_content().startswith(("fit", "next"))
    )
    page.locator(".jg-Status-power").wait_for(state="detached")
    assert "J" in page.locator(".jg-Status").inner_text()


def test_spent_is_more_than_kept_and_lasts_over_a_reload(page, book):
    notebook = book(SETUP, "%%energy\nimport time; time.sleep(0.3)", "%%energy\n1/0")
    notebook.show_panel()
    for number in (0, 1, 1, 2):
        notebook.start_cell(number)
        page.wait_for_function("window.testOutcome", timeout=60_000)
    notebook.reports(2)
    spent = page.locator(f"{PANEL} .jg-Total-spent")
    spent.filter(has_text="3 runs, 1 repeated, 1 failed").wait_for()
    assert page.locator(f"{PANEL} .jg-Total-cells").inner_text() == "2"
    notebook.save()
    page.reload()
    notebook.wait_ready()
    notebook.show_panel()
    spent.filter(has_text="3 runs, 1 repeated, 1 failed").wait_for()


def test_a_cell_that_ran_again_tells_the_change(page, book):
    notebook = book(SETUP, "%%energy\nimport time; time.sleep(T)", "T = 0.2", "T = 1.6")
    notebook.show_panel()
    for number in (0, 2, 1):
        notebook.run_cell(number)
    notebook.reports(1)
    assert page.locator(f"{ROWS} .jg-Row-change").count() == 0
    notebook.run_cell(3)
    notebook.run_cell(1)
    notebook.reports(1)
    change = page.locator(f"{ROWS} .jg-Row-change")
    change.filter(has_text="%").wait_for()
    assert change.inner_text().startswith("+")
    assert change.get_attribute("data-change") == "1"


# What it does


def test_a_stage_is_set_from_the_panel_and_from_the_menu_and_undone(page, full):
    notebook = full(kernel=False)
    wait_rows(page, 7)
    page.locator(f"{ROWS} .jg-Row-toggle").nth(1).click()
    page.locator(".jg-Details-stage select").select_option("deployment")
    assert source(notebook, 1) == "%%energy --stage deployment\nwork(1)"
    page.locator(f"{PANEL} [data-stage=deployment]").wait_for()
    undo(notebook, 1)
    assert source(notebook, 1) == "%%energy\nwork(1)"
    page.locator(f"{PANEL} [data-stage=deployment]").wait_for(state="detached")
    notebook.cell(2).click(button="right")
    page.locator(".lm-Menu-item").filter(has_text="Energy").hover()
    page.locator(".lm-Menu-item[data-command='jupyter-green:set-stage']").filter(
        has_text="evaluation"
    ).click()
    assert source(notebook, 2) == "%%energy --stage evaluation\nwork(2)"


def test_cells_are_metered_by_button_key_and_command_and_undone(page, book):
    notebook = book(SETUP, "x = 1", "y = 2")
    select(notebook, 1)
    button = page.locator(".jp-NotebookPanel-toolbar [data-jp-item-name=jupyter-green-meter]")
    button.click()
    assert source(notebook, 1) == "%%energy\nx = 1"
    undo(notebook, 1)
    assert source(notebook, 1) == "x = 1"
    notebook.cell(1).locator(".jp-InputPrompt").click()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.keyboard.press("e")
    page.wait_for_function(
        """() => window.jupyterapp.shell.currentWidget.content.widgets[1]
            .model.sharedModel.getSource().startsWith('%%energy')"""
    )
    execute(notebook, "jupyter-green:meter-all-cells")
    assert [source(notebook, n) for n in range(3)] == [
        SETUP,
        "%%energy\nx = 1",
        "%%energy\ny = 2",
    ]
    execute(notebook, "jupyter-green:meter-all-cells")
    assert [source(notebook, n) for n in range(3)] == [SETUP, "x = 1", "y = 2"]


@pytest.mark.parametrize("kind", ["csv", "json", "png", "markdown"])
def test_export(page, full, kind):
    notebook = full(kernel=False)
    wait_rows(page, 7)
    with page.expect_download() as started:
        execute(notebook, f"jupyter-green:export-{kind}")
    ending = {"markdown": "md"}.get(kind, kind)
    assert started.value.suggested_filename == f"{notebook.path.stem}-energy.{ending}"
    content = Path(started.value.path()).read_bytes()
    match kind:
        case "csv":
            rows = list(csv.DictReader(io.StringIO(content.decode())))
            assert [row["title"] for row in rows] == list(TITLES)
            assert float(rows[3]["energy_j"]) == a_report(3)["energy_j"]
        case "json":
            assert [report["run_id"] for report in json.loads(content)] == [
                a_report(number)["run_id"] for number in range(7)
            ]
        case "png":
            assert content.startswith(b"\x89PNG")
            assert len(content) > 10_000
            shot("export").write_bytes(content)
        case "markdown":
            assert content.decode().count("\n") == 2 + 7 + 1
            assert "| Total |" in content.decode()


def test_a_row_is_copied(page, full):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    full(kernel=False)
    wait_rows(page, 7)
    page.locator(f"{ROWS} .jg-Row-toggle").first.click()
    page.locator(".jg-Details-actions button").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("[1] read and clean\t259.5 ± 1.3 J\t2.00 s")


def test_clear_asks_first(page, full):
    notebook = full(kernel=False)
    wait_rows(page, 7)
    for button in ("reject", "accept"):
        notebook.start("window.jupyterapp.commands.execute('jupyter-green:clear')")
        page.locator(f".jp-Dialog button.jp-mod-{button}").click()
        notebook.wait_end()
        if button == "reject":
            assert page.locator(ROWS).count() == 7
    page.locator(f"{PANEL} [data-hint=nothing-metered]").wait_for()
    assert notebook.outputs(3) == []


def test_the_baseline_is_measured_from_the_panel(page, full):
    full("x = 1")
    wait_rows(page, 7)
    page.locator(f"{PANEL} [data-section=host] .jg-Section-title").click()
    assert "gpu:0" in texts(page, ".jg-Sensor")[2]
    assert "sudo groupadd -f rapl" in texts(page, ".jg-Missing code") or (
        page.locator(f"{PANEL} .jg-Missing summary").click()
        or "sudo groupadd -f rapl" in texts(page, ".jg-Missing code")
    )
    page.locator(f"{PANEL} .jg-Baseline button").click()
    answer = page.locator(f"{PANEL} .jg-Baseline-answer")
    # A machine that is busy says that it is: what matters is that the kernel was asked.
    page.wait_for_function(
        "node => /baseline|idle/i.test(node.textContent)",
        arg=answer.element_handle(),
        timeout=90_000,
    )
    assert "not found" not in answer.inner_text()


def test_settings(page, lab, full, settings):
    settings(unit="Wh", side="left", compactRows=True, statusBar=False)
    full(kernel=False)
    wait_rows(page, 7)
    assert "13.09 ± 0.03 Wh" in texts(page, ".jg-Total-energy")
    assert page.locator(f"#jp-left-stack {PANEL}").count() == 1
    assert page.locator(f"{ROWS} .jg-Row-more").first.is_hidden()
    heights = page.eval_on_selector_all(ROWS, "rows => rows.map(r => r.offsetHeight)")
    assert max(heights) <= 32
    assert page.locator(".jg-Status-button").count() == 0
    page.locator(PANEL).screenshot(path=shot("panel-compact"))


def test_a_setting_changes_what_is_open(page, full, settings):
    notebook = full(kernel=False)
    wait_rows(page, 7)
    execute(notebook, "jupyter-green:set-unit", unit="Wh")
    page.locator(f"{PANEL} .jg-Total-energy").filter(has_text="Wh").wait_for()


def test_auto_metering(page, book, settings):
    settings(autoMetering=True)
    notebook = book("import time; time.sleep(0.3)")
    notebook.show_panel()
    notebook.run_cell(0)
    wait_rows(page, 1, "ok")
    notebook.restart_kernel()
    page.wait_for_timeout(1000)
    notebook.run_cell(0)
    page.locator(f"{PANEL} .jg-Total-spent").filter(has_text="2 runs, 1 repeated").wait_for()


def test_shortcuts_clash_with_nothing():
    schemas = Path(sys.prefix) / "share/jupyter/lab/schemas"
    taken = {}
    for path in schemas.rglob("*.json"):
        if path.name == "package.json.orig":
            continue
        for shortcut in json.loads(path.read_text()).get("jupyter.lab.shortcuts", []):
            taken.setdefault(tuple(shortcut["keys"]), []).append(shortcut["command"])
    assert ("D", "D") in taken
    own = json.loads((EXTENSION.parent / "schemas/jupyter-green/plugin.json").read_text())
    keys = [tuple(shortcut["keys"]) for shortcut in own["jupyter.lab.shortcuts"]]
    assert len(set(keys)) == len(keys) == 4
    for other, commands in taken.items():
        for mine in keys:
            length = min(len(mine), len(other))
            assert not other or mine[:length] != other[:length], (mine, commands)


# How it behaves


def test_cells_moved_deleted_pasted_split_merged_and_cleared(page, full):
    notebook = full(kernel=False)
    wait_rows(page, 7)
    select(notebook, 0)
    execute(notebook, "notebook:move-cell-down")
    wait_titles(page, [TITLES[1], TITLES[0], *TITLES[2:]])
    execute(notebook, "notebook:cut-cell")
    wait_titles(page, [TITLES[1], *TITLES[2:]])
    select(notebook, 5)
    execute(notebook, "notebook:paste-cell-below")
    wait_titles(page, [TITLES[1], *TITLES[2:], TITLES[0]])
    energy_j = total_j(page)
    select(notebook, 6)
    execute(notebook, "notebook:delete-cell")
    wait_rows(page, 6)
    execute(notebook, "notebook:undo-cell-action")
    wait_rows(page, 7)
    assert total_j(page) == pytest.approx(energy_j)
    # A cell that is split has its outputs in one of the two: counted once.
    page.evaluate(
        """() => {
            const {content} = window.jupyterapp.shell.currentWidget;
            content.activeCellIndex = 1;
            content.mode = 'edit';
            content.activeCell.editor.setCursorPosition({line: 1, column: 0});
        }"""
    )
    execute(notebook, "notebook:split-cell-at-cursor")
    wait_rows(page, 7)
    assert total_j(page) == pytest.approx(energy_j)
    # Merged cells lose their outputs, and the panel what these told.
    page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.mode = 'command'; }")
    select(notebook, 1)
    execute(notebook, "notebook:merge-cell-below")
    wait_rows(page, 6)
    select(notebook, 0)
    execute(notebook, "notebook:hide-cell-outputs")
    page.wait_for_timeout(300)
    assert page.locator(ROWS).count() == 6
    execute(notebook, "notebook:clear-cell-output")
    wait_rows(page, 5)


def test_a_notebook_renamed_duplicated_and_opened_twice(page, lab, full):
    notebook = full()
    wait_rows(page, 7)
    energy_j = total_j(page)
    renamed = f"renamed-{notebook.path.name}"
    notebook.start(f"window.jupyterapp.shell.currentWidget.context.rename({json.dumps(renamed)})")
    notebook.wait_end()
    assert page.locator(ROWS).count() == 7
    execute(
        notebook,
        "docmanager:open",
        path=renamed,
        factory="Notebook",
        options={"mode": "split-right"},
    )
    notebook.start(
        "window.jupyterapp.commands.execute('notebook:create-new-view')"
        ".catch(() => window.jupyterapp.commands.execute('docmanager:clone'))"
    )
    page.wait_for_timeout(1500)
    assert page.locator(ROWS).count() == 7
    assert total_j(page) == pytest.approx(energy_j)


def test_two_notebooks_with_the_same_cells_on_one_kernel(page, lab, book):
    notebook = book(SETUP, "%%energy --label mine\nimport time; time.sleep(0.3)")
    notebook.show_panel()
    notebook.save()
    twin = lab.notebooks / f"twin-{notebook.path.name}"
    twin.write_bytes(notebook.path.read_bytes())
    notebook.start(
        f"""(async () => {{
            const app = window.jupyterapp;
            const first = app.shell.currentWidget;
            const {{id, name}} = first.sessionContext.session.kernel;
            await app.commands.execute('docmanager:open', {{
                path: {json.dumps(twin.name)}, kernel: {{id, name}}
            }});
            const second = app.shell.currentWidget;
            await second.context.ready;
            await second.sessionContext.ready;
            if (second.sessionContext.session.kernel.id !== id) {{
                throw new Error('not the same kernel');
            }}
        }})()"""
    )
    notebook.wait_end()
    notebook.run_cell(0)
    notebook.run_cell(1)
    page.locator(f"{PANEL} .jg-Total-spent").wait_for()
    wait_rows(page, 1, "ok")
    notebook.start(
        f"window.jupyterapp.commands.execute('docmanager:open', "
        f"{{path: {json.dumps(notebook.path.name)}}})"
    )
    notebook.wait_end()
    page.locator(f"{PANEL} [data-hint=nothing-metered]").wait_for()


def test_an_interrupted_cell_and_a_kernel_that_is_shut_down(page, lab, book):
    notebook = book(SETUP, RUNNING)
    notebook.show_panel()
    notebook.run_cell(0)
    notebook.start_cell(1)
    page.locator(f"{ROWS}[data-status=running]").wait_for()
    page.wait_for_timeout(700)
    page.evaluate(
        "() => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt(); }"
    )
    page.locator(f"{ROWS}[data-status=interrupted]").wait_for()
    page.wait_for_function("window.testOutcome", timeout=60_000)
    notebook.start("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    notebook.wait_end()
    assert page.locator(f"{ROWS}[data-status=interrupted]").count() == 1
    assert "1 failed" in page.locator(f"{PANEL} .jg-Total-spent").inner_text()


@pytest.fixture
def second_kernel(lab):
    """Offer the kernel under a second name too."""
    folder = Path(lab.env["JUPYTER_DATA_DIR"]) / "kernels" / "second"
    folder.mkdir(parents=True, exist_ok=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "Second", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    yield "second"
    shutil.rmtree(folder)


def test_another_kernel_in_mid_cell_and_then_none(page, lab, book, second_kernel):
    notebook = book(SETUP, RUNNING)
    notebook.show_panel()
    notebook.run_cell(0)
    notebook.start_cell(1)
    page.locator(f"{ROWS}[data-status=running] .jg-Sparkline polyline").wait_for()
    change = f"sessionContext.changeKernel({json.dumps({'name': second_kernel})})"
    notebook.start(f"window.jupyterapp.shell.currentWidget.{change}")
    notebook.wait_end()
    # The server interrupts the old kernel first, which may still tell its joules.
    over = ":is([data-status=interrupted], [data-status=restarted])"
    page.locator(f"{ROWS}{over}").wait_for()
    spent = page.locator(f"{PANEL} .jg-Total-spent")
    spent.filter(has_text="1 run").wait_for()
    lab.enough.touch()
    notebook.run_cell(0)
    notebook.run_cell(1)  # with the other kernel
    wait_rows(page, 1, "ok")
    (report,) = notebook.reports(1)
    assert total_j(page) == report["energy_j"]
    spent.filter(has_text="2 runs, 1 repeated").wait_for()
    # What "No Kernel" in the dialogue of kernels does
    notebook.start("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    notebook.wait_end()
    wait_rows(page, 1, "ok")
    assert total_j(page) == report["energy_j"]


def test_a_row_goes_on_after_a_reload_in_mid_cell(page, lab, book):
    notebook = book(SETUP, RUNNING)
    notebook.run_cell(0)
    notebook.save()
    notebook.show_panel()
    notebook.start_cell(1)
    page.locator(f"{ROWS}[data-status=running] .jg-Sparkline polyline").wait_for()
    page.reload()
    notebook.wait_ready(kernel=False)  # the kernel is busy and says nothing of itself
    notebook.show_panel()
    running = page.locator(f"{ROWS}[data-status=running]")
    running.locator(".jg-Sparkline polyline").wait_for()
    assert "fit again" in running.inner_text()
    before_j = total_j(page)
    page.wait_for_function(
        "([panel, before_j]) =>"
        " Number(document.querySelector(`${panel} .jg-Total`).dataset.energyJ) > before_j + 50",
        arg=[PANEL, before_j],
    )
    lab.enough.touch()
    wait_rows(page, 1, "ok")
    (report,) = notebook.reports(1)
    assert total_j(page) == report["energy_j"] > before_j + 50


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


HOSTILE = {
    "an older schema": {"schema": "jupyter-green.report.v0"},
    "not an object": "report",
    "wrong types": {"energy_j": {"toString": "1"}},
    "huge": {"domains": [a_domain("gpu:0", 1, 1)] * 5000},
    "deep": {"trace": {"t_s": [], "power_w": {f"gpu:{n}": [1.0] * 240 for n in range(200)}}},
    "not finite": {"duration_s": -1},
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_report_is_unreadable_and_the_rest_is_right(page, full, kind):
    bad = HOSTILE[kind]
    reports = [a_report(0), a_report(1, **bad) if isinstance(bad, dict) else bad, a_report(2)]
    full(reports=reports, kernel=False)
    wait_rows(page, 3)
    assert page.locator(ROWS).nth(1).get_attribute("data-status") == "unreadable"
    assert total_j(page) == pytest.approx(a_report(0)["energy_j"] + a_report(2)["energy_j"])


def test_names_that_are_code_stay_names(page, full):
    html = "<img src=x onerror='window.hacked = 1'>"
    report = a_report(0, label=html, stage="__proto__", metric={"__proto__": 1, html: 2})
    full(reports=[report], kernel=False)
    wait_rows(page, 1)
    page.locator(f"{ROWS} .jg-Row-toggle").click()
    assert titles(page) == [html]
    assert page.evaluate("window.hacked === undefined && ({}).polluted === undefined")


def test_an_untrusted_notebook_and_nothing_written_on_opening(page, full):
    notebook = full()
    wait_rows(page, 7)
    assert (
        page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets[0].model.trusted")
        is False
    )
    page.wait_for_timeout(500)
    cells = page.evaluate(
        "window.jupyterapp.shell.currentWidget.content.model.sharedModel.toJSON().cells"
    )
    saved = json.loads(notebook.path.read_text())["cells"]
    reports = [cell["outputs"][0]["data"][MIME] for cell in cells]
    assert reports == [cell["outputs"][0]["data"][MIME] for cell in saved]
    assert [cell["source"] for cell in cells] == ["".join(cell["source"]) for cell in saved]


@pytest.mark.parametrize(
    "theme", ["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"]
)
def test_axe_finds_nothing_at_250_px_and_200_percent(page, full, theme):
    notebook = full(kernel=False)
    wait_rows(page, 7)
    notebook.theme(theme)
    page.evaluate("() => { window.jupyterapp.shell.collapseLeft(); }")
    widen(page, 250)
    page.locator(f"{ROWS} .jg-Row-toggle").nth(5).click()
    page.locator(f"{PANEL} [data-section=host] .jg-Section-title").click()
    assert violations(page, PANEL) == []
    page.set_viewport_size({"width": 680, "height": 410})  # a page of 1360 px at 200 %
    page.wait_for_timeout(400)
    widths = page.evaluate(
        """panel => {
            const {scrollWidth, clientWidth} = document.querySelector(panel);
            return [scrollWidth, clientWidth];
        }""",
        PANEL,
    )
    assert widths[0] <= widths[1], "nothing is cut off at the side"


# How it looks


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_pictures(page, lab, full, theme):
    page.set_viewport_size({"width": 1360, "height": 1100})
    notebook = full(SETUP, RUNNING)
    page.evaluate("() => { window.jupyterapp.shell.collapseLeft(); }")
    notebook.theme(f"JupyterLab {theme}")
    wait_rows(page, 7)
    for width in (250, 350, 500):
        widen(page, width)
        page.locator(PANEL).screenshot(path=shot(f"panel-full-{width}-{theme.lower()}"))
    widen(page, 350)
    page.locator(f"{ROWS} .jg-Row-toggle").nth(3).click()
    page.locator(".jg-Section[data-section=host] button").first.click()
    page.wait_for_timeout(500)
    page.locator(PANEL).screenshot(path=shot(f"panel-details-{theme.lower()}"))
    notebook.run_cell(7)
    notebook.start_cell(8)
    page.locator(f"{ROWS}[data-status=running]").wait_for()
    page.wait_for_timeout(2500)
    page.locator(f"{ROWS}[data-status=running]").scroll_into_view_if_needed()
    for width in (250, 350, 500):
        widen(page, width)
        page.locator(PANEL).screenshot(path=shot(f"panel-running-{width}-{theme.lower()}"))
    lab.enough.touch()
    notebook.wait_end()
    notebook.shot(f"panel-page-{theme.lower()}")


def test_picture_of_an_empty_panel(page, book):
    book(SETUP).show_panel()
    page.locator(f"{PANEL} [data-hint=nothing-metered]").wait_for()
    for width in (250, 350, 500):
        widen(page, width)
        page.locator(PANEL).screenshot(path=shot(f"panel-empty-{width}-light"))


def shot(name):
    SHOTS.mkdir(parents=True, exist_ok=True)
    return SHOTS / f"{name}.png"
