"""Saved reports, and hands and eyes for the sidebar panel."""

import json

import nbformat
from nbformat.v4 import new_code_cell, new_notebook, new_output

from ..lab import settle
from ..test_lab import MIME, PANEL, UNTIL_ENOUGH

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

RUNNING = f"%%energy --label 'fit again' --stage training\n{UNTIL_ENOUGH}"


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
    settle(page)


def execute(notebook, command, **args):
    notebook.start(f"window.jupyterapp.commands.execute({json.dumps(command)}, {json.dumps(args)})")
    notebook.wait_end()


def source(notebook, number):
    return notebook.page.evaluate(
        """n => window.jupyterapp.shell.currentWidget.content.widgets[n]
                 .model.sharedModel.getSource()""",
        number,
    )


def texts(page, selector):
    return page.locator(f"{PANEL} {selector}").all_inner_texts()


def titles(page):
    return page.locator(f"{PANEL} .jg-Row-title").all_text_contents()  # of those out of sight, too


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
