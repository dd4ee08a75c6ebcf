"""How the panel looks: beside JupyterLab's own panels, and in the pictures of the docs."""

import base64
import json
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from .lab import PICTURES, picture
from .panel.helpers import RUNNING, a_cell, a_domain, a_report, execute, widen, write
from .tab import open_notebook
from .test_lab import PANEL, ROWS, SETUP, wait_rows

WIDTHS = (250, 350, 500)
THEMES = ("Light", "Dark")
LOOKED_AT = THEMES if PICTURES else THEMES[:1]
"""Of what is checked: a theme has colours alone, so nothing is of another size."""

STYLES = """
selectors => Object.fromEntries(Object.entries(selectors).map(([name, selector]) => {
    const node = document.querySelector(selector);
    const style = getComputedStyle(node);
    return [name, {
        height: node.getBoundingClientRect().height,
        ...Object.fromEntries([
            'fontFamily', 'fontSize', 'fontWeight', 'letterSpacing', 'textTransform',
            'color', 'backgroundColor', 'borderBottom', 'boxShadow',
        ].map(key => [key, style[key]])),
    }];
}))
"""

SIZES = """
panel => {
    const sizes = {};
    for (const node of document.querySelectorAll(`${panel} *`)) {
        const texts = [...node.childNodes].filter(child => child.nodeType === Node.TEXT_NODE);
        if (texts.some(text => text.data.trim()) && !node.closest('.jpg-chart, .jg-Total-energy')) {
            const size = getComputedStyle(node).fontSize;
            (sizes[size] ??= []).push(node.className || node.tagName);
        }
    }
    return sizes;
}
"""


PIXELS = """
async base64 => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const counts = new Map();
    const {data} = context.getImageData(0, 0, image.width, image.height);
    for (let i = 0; i < data.length; i += 4) {
        const colour = `rgb(${data[i]}, ${data[i + 1]}, ${data[i + 2]})`;
        counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
    return {
        width: image.width,
        height: image.height,
        colours: [...counts].filter(([, count]) => count > 200).map(([colour]) => colour),
        ground: [...counts].sort((a, b) => b[1] - a[1])[0][0],
    };
}
"""

COLOURS = """
names => names.map(name => {
    const node = document.body.appendChild(document.createElement('i'));
    node.style.color = `var(--jp-${name})`;
    const {color} = getComputedStyle(node);
    node.remove();
    return color;
})
"""


@pytest.fixture
def page(tab_page):
    return tab_page


@pytest.fixture
def metered(page, lab, request):
    """Open a notebook with seven saved reports and a cell that runs until it is told."""

    def open_(reports=None, *, kernel=False):
        page.set_viewport_size({"width": 1360, "height": 1000})
        reports = [a_report(number) for number in range(7)] if reports is None else reports
        cells = [
            new_markdown_cell("# Experiment\n## Data"),
            *(a_cell(number, report) for number, report in enumerate(reports)),
            new_code_cell(SETUP),
            new_code_cell(RUNNING),
        ]
        name = f"{request.node.name.replace('[', '-').rstrip(']')}.ipynb"
        notebook = open_notebook(page, lab, write(lab, name, cells), kernel=kernel)
        notebook.show_panel()
        page.locator(f"{ROWS} .jg-Row-energy").first.wait_for()
        return notebook

    yield open_
    lab.enough.touch()


def take(page, name):
    picture(page.locator(PANEL), name)


def take_at_all_widths(page, name):
    for width in WIDTHS:
        widen(page, width)
        wide, clipped = page.evaluate(
            """panel => {
                const {offsetWidth, scrollWidth, clientWidth} = document.querySelector(panel);
                return [offsetWidth, scrollWidth > clientWidth];
            }""",
            PANEL,
        )
        assert abs(wide - width) <= 2
        assert not clipped
        take(page, name.format(width))


@pytest.mark.parametrize("theme", THEMES)
def test_it_belongs_to_jupyterlab(page, metered, theme):
    notebook = metered()
    notebook.theme(f"JupyterLab {theme}")
    activate = "id => window.jupyterapp.shell.activateById(id)"
    page.evaluate(activate, "table-of-contents")
    page.locator(".jp-tocItem").first.wait_for()
    notebook.shot(f"panel-beside-contents-{theme.lower()}")
    styles = page.evaluate(
        STYLES,
        {
            "own": f"{PANEL} .jg-Panel-header h2",
            "jupyterlab's": ".jp-TableOfContents .jp-SidePanel-header",
            "own row": f"{PANEL} .jg-Row-title",
            "jupyterlab's row": ".jp-tocItem-content",
        },
    )
    for name in ("fontFamily", "fontSize", "fontWeight", "letterSpacing", "textTransform", "color"):
        assert styles["own"][name] == styles["jupyterlab's"][name]
    for name in ("fontFamily", "fontSize", "fontWeight", "letterSpacing"):
        assert styles["own row"][name] == styles["jupyterlab's row"][name]


def test_it_has_two_sizes_of_text(page, metered):
    metered()
    page.locator(f"{ROWS} .jg-Row-toggle").nth(5).click()
    page.locator(f"{PANEL} .jg-Details .jpg-chart").wait_for()
    for name in ("cells", "stages", "host"):
        page.locator(f"{PANEL} [data-tab={name}]").click()
        sizes = page.evaluate(SIZES, PANEL)
        assert set(sizes) == {"13px", "10.8333px"}, json.dumps(sizes, indent=2)


SPLIT = """
panel => {
    const joules = text => {
        const [, value, unit] = /([0-9.]+) (k?J)$/.exec(text);
        return Number(value) * (unit === 'kJ' ? 1000 : 1);
    };
    const total = document.querySelector(`${panel} .jg-Total`);
    const parts = [...total.querySelectorAll('.jg-Split-energy')];
    return {
        devices: [...total.querySelectorAll('.jg-Split li')].map(part => part.dataset.device),
        sum_j: parts.reduce((sum, part) => sum + joules(part.textContent), 0),
        total_j: Number(total.dataset.energyJ),
    };
}
"""


def test_the_bar_of_the_hardware_grows_with_the_total_of_a_running_cell(page, lab, book):
    notebook = book(SETUP, RUNNING)
    notebook.show_panel()
    notebook.run_cell(0)
    notebook.start_cell(1)
    page.wait_for_function(
        "panel => Number(document.querySelector(`${panel} .jg-Total`)?.dataset.energyJ) > 200",
        arg=PANEL,
    )
    running = page.evaluate(SPLIT, PANEL)
    assert page.locator(f"{ROWS}[data-status=running]").count() == 1
    assert running["devices"] == ["cpu", "dram", "gpu"]
    assert running["sum_j"] == pytest.approx(running["total_j"], rel=0.02)
    lab.enough.touch()
    notebook.wait_end()
    wait_rows(page, 1, "ok")


@pytest.mark.parametrize("theme", LOOKED_AT)
def test_pictures_full_and_running(page, lab, metered, theme):
    notebook = metered(kernel=True)
    page.evaluate("() => { window.jupyterapp.shell.collapseLeft(); }")
    notebook.theme(f"JupyterLab {theme}")
    take_at_all_widths(page, f"panel-full-{{}}-{theme.lower()}")
    notebook.run_cell(8)
    notebook.start_cell(9)
    running = page.locator(f"{ROWS}[data-status=running]")
    running.locator(".jg-Sparkline polyline").wait_for()
    if PICTURES:
        page.wait_for_timeout(2000)  # so that the line has something to show
    running.scroll_into_view_if_needed()
    take_at_all_widths(page, f"panel-running-{{}}-{theme.lower()}")
    lab.enough.touch()
    notebook.wait_end()
    wait_rows(page, 8, "ok")


def an_estimate(number):
    """A report of which the GPU's joules are measured and the processor's are not."""
    report = a_report(number)
    cpu, dram, gpu = report["domains"]
    domains = [
        a_domain(part["id"], part["energy_j"], report["duration_s"], provenance="estimate")
        for part in (cpu, dram)
    ]
    return report | {"provenance": "mixed", "domains": [*domains, gpu]}


def a_machine(packages, boards, number):
    """Return a report of a machine with so many sockets and GPUs."""
    report = a_report(number)
    duration_s = report["duration_s"]
    watts = (
        {f"cpu:{n}/package": 89 + 3 * n for n in range(packages)}
        | {f"cpu:{n}/dram": 11.5 + n for n in range(packages)}
        | {f"gpu:{n}": 310 + 7 * n + number for n in range(boards)}
    )
    domains = [a_domain(id_, power_w * duration_s, duration_s) for id_, power_w in watts.items()]
    energy_j = sum(domain["energy_j"] for domain in domains)
    times = report["trace"]["t_s"]
    return report | {
        "domains": domains,
        "energy_j": energy_j,
        "uncertainty_j": 0.004 * energy_j,
        "mean_power_w": energy_j / duration_s,
        "net_energy_j": 0.8 * energy_j,
        "peak_power_w": 1.4 * energy_j / duration_s,
        "trace": {
            "t_s": times,
            "power_w": {
                domain["id"]: [domain["mean_power_w"] * (1 + k % 7 / 9) for k in range(len(times))]
                for domain in domains
            },
        },
    }


def without_sensors(number):
    """Return a report of a machine that has no energy counter that can be read."""
    report = an_estimate(number)
    cpu = report["domains"][0] | {
        "id": "cpu",
        "source": "cpu-estimate",
        "scale": {"factor": 2.0, "group": "CPU model: some", "source": "557 measured servers"},
    }
    return report | {
        "domains": [cpu],
        "provenance": "estimate",
        "energy_j": cpu["energy_j"],
        "uncertainty_j": cpu["uncertainty_j"],
        "mean_power_w": cpu["mean_power_w"],
        "net_energy_j": None,
        "trace": {"t_s": [], "power_w": {}},
        "missing": [
            {
                "id": "rapl",
                "reason": "the counters may be read by root alone",
                "remedy": "Let one group read the counters: `sudo groupadd -f rapl` (`chmod` no).",
            },
            {"id": "nvml", "reason": "no NVIDIA driver is installed", "remedy": ""},
        ],
    }


def from_several_models(number):
    """Return a report whose joules take many letters."""
    report = without_sensors(number)
    scale = report["domains"][0]["scale"]
    return report | {
        "domains": [
            report["domains"][0] | {"id": f"cpu:{n}", "scale": scale | {"factor": 1.9, "group": n}}
            for n in ("one CPU model", "another")
        ],
        "energy_j": 2 * report["energy_j"],
    }


MACHINES = {
    "no-sensors": [without_sensors(number) for number in range(5)],
    "one-socket": [a_machine(1, 1, number) for number in range(7)],
    "eight-gpus": [a_machine(2, 8, number) for number in range(7)],
    "two-models": [from_several_models(2)],
    "45-cells": [a_machine(1, 1, number) | {"run_id": f"r{number}"} for number in range(45)],
}

CUT_OFF = """
panel => {
    const frame = document.querySelector(panel).getBoundingClientRect();
    const cut = [];
    for (const node of document.querySelectorAll(`${panel} *`)) {
        const texts = [...node.childNodes].filter(child => child.nodeType === Node.TEXT_NODE);
        const {width, left, right} = node.getBoundingClientRect();
        if (!texts.some(text => text.data.trim()) || width < 2 || node.closest('svg, select')) {
            continue;
        }
        const isScrolled = getComputedStyle(node).overflowX === 'auto';  // a command to copy
        if (
            (node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0 && !isScrolled)
            || (node.scrollHeight > node.clientHeight + 3 && node.clientHeight > 0)
            || (!node.closest('.jg-Code') && (left < frame.left - 1 || right > frame.right + 1))
        ) {
            cut.push([node.className, node.textContent, node.scrollWidth, node.clientWidth]);
        }
    }
    return cut;
}
"""


LINES_OF_TOTAL = """
panel => {
    const figure = document.querySelector(`${panel} .jg-Total-figure`);
    return Math.round(figure.clientHeight / parseFloat(getComputedStyle(figure).lineHeight));
}
"""


@pytest.mark.parametrize("machine", MACHINES)
def test_nothing_is_cut_off_and_the_summary_stays_in_sight(page, metered, machine):
    notebook = metered(MACHINES[machine])
    page.evaluate("() => { window.jupyterapp.shell.collapseLeft(); }")
    names = page.locator(f"{PANEL} [role=tab]").evaluate_all("tabs => tabs.map(t => t.dataset.tab)")
    for theme in LOOKED_AT:
        notebook.theme(f"JupyterLab {theme}")
        for width in WIDTHS if theme == THEMES[0] else (350,):
            widen(page, width)
            for name in names:
                page.locator(f"{PANEL} [data-tab={name}]").click()
                cut_off = page.evaluate(CUT_OFF, PANEL)
                assert cut_off == [], f"{theme}, {width} px, {name}"
                assert page.evaluate(LINES_OF_TOTAL, PANEL) == 1, f"{width} px"
                if name == "host" or (name == "stages" and machine != "eight-gpus"):
                    continue
                take(page, f"panel-{machine}-{name}-{width}-{theme.lower()}")
    page.locator(f"{PANEL} [data-tab=cells]").click()
    page.locator(f"{PANEL} .jg-TabContent").evaluate("part => part.scrollTo(0, 1e6)")
    assert page.locator(f"{PANEL} .jg-Total").is_visible()
    top, bottom = page.evaluate(
        """panel => {
            const {top, bottom} = document.querySelector(`${panel} .jg-Total`)
                .getBoundingClientRect();
            return [top, bottom];
        }""",
        PANEL,
    )
    assert 0 <= top < bottom < 700


@pytest.mark.parametrize("theme", LOOKED_AT)
def test_pictures_of_an_empty_panel(page, book, theme):
    page.set_viewport_size({"width": 1360, "height": 560})
    notebook = book(SETUP)
    notebook.show_panel()
    notebook.theme(f"JupyterLab {theme}")
    page.locator(f"{PANEL} [data-hint=nothing-metered]").wait_for()
    take_at_all_widths(page, f"panel-empty-{{}}-{theme.lower()}")


@pytest.mark.parametrize("theme", THEMES)
def test_the_exported_picture(page, metered, theme):
    reports = [an_estimate(number) if number % 3 == 0 else a_report(number) for number in range(7)]
    reports[5] |= {"status": "interrupted"}
    notebook = metered(reports)
    notebook.theme(f"JupyterLab {theme}")
    picture = export(notebook, f"panel-export-{theme.lower()}")
    assert picture["width"] == 2 * 760
    ground, *drawn = page.evaluate(
        COLOURS,
        [
            *("layout-color1", "accent-color1", "brand-color1", "warn-color1"),
            "success-color1",
        ],
    )
    assert picture["ground"] == ground
    assert set(drawn) <= set(picture["colours"])


def test_the_exported_picture_of_a_long_notebook_is_bounded(page, metered):
    notebook = metered([a_report(number % 40, run_id=f"r{number}") for number in range(150)])
    picture = export(notebook, "panel-export-long")
    assert picture["height"] < 2 * 1100


def export(notebook, name):
    """Export the notebook's energy as a picture; return what is in it."""
    with notebook.page.expect_download() as started:
        execute(notebook, "jupyter-green:export-png")
    if PICTURES:
        started.value.save_as(Path(PICTURES, f"{name}.png"))
    content = Path(started.value.path()).read_bytes()
    return notebook.page.evaluate(PIXELS, base64.b64encode(content).decode())
