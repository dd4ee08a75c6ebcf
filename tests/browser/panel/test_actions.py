"""What the panel, its menus and its keys do: stages, metering, export, copying, clearing."""

import csv
import io
import json
import sys
from pathlib import Path

import pytest

from ..lab import EXTENSION
from ..test_lab import PANEL, ROWS, SETUP, wait_rows
from .helpers import TITLES, a_report, execute, select, source, undo


def test_a_stage_is_set_from_the_panel_and_from_the_menu_and_undone(page, full):
    notebook = full(kernel=False)
    wait_rows(page, 7)
    page.locator(f"{ROWS} .jg-Row-toggle").nth(1).click()
    page.locator(".jg-Details-stage select").select_option("deployment")
    assert source(notebook, 1) == "%%energy --stage deployment\nwork(1)"
    stage = page.locator(f"{ROWS} .jg-Row-stage").filter(has_text="deployment")
    stage.wait_for()
    undo(notebook, 1)
    assert source(notebook, 1) == "%%energy\nwork(1)"
    stage.wait_for(state="detached")
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
            assert [report["run_id"] for report in json.loads(content)["reports"]] == [
                a_report(number)["run_id"] for number in range(7)
            ]
        case "png":
            assert content.startswith(b"\x89PNG")
            assert len(content) > 10_000
        case "markdown":
            assert content.decode().count("\n") == 2 + 7 + 1
            assert "| Total |" in content.decode()


def test_a_row_is_copied(page, full):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    full(kernel=False)
    wait_rows(page, 7)
    page.locator(f"{ROWS} .jg-Row-toggle").first.click()
    page.locator(".jg-Details-actions").get_by_role("button", name="Copy", exact=True).click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("[1] read and clean\t259.5 ± 1.3 J\t130 W\t2.00 s")


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
