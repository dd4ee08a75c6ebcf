"""Figures of reports."""

import io
import itertools
import math
import subprocess
import sys
from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from jupyter_green.report.colours import ENERGY_COLOUR, SHADES
from jupyter_green.report.fields import Mark, ReportTrace
from jupyter_green.sources.base import Scale
from tests.testbench.reports import domain, estimate, report


def texts(figure):
    found = figure.findobj(match=lambda artist: hasattr(artist, "get_text"))
    return [text.get_text() for text in found if text.get_text()]


def lines(figure):
    """The lines by what the legend calls them."""
    return {line.get_label(): line for ax in figure.axes for line in ax.get_lines()}


def drawn(figure):
    """Draws it, which is where layout and fonts fail."""
    image = io.BytesIO()
    figure.savefig(image, format="png")
    return figure


def test_watts_joules_units_and_uncertainty():
    made = report(domain(energy_j=1234.0, uncertainty_j=36.0), estimate(), label="a $x$ cell")
    figure = drawn(made.plot())
    assert [ax.get_ylabel() for ax in figure.axes] == ["Power (W)", "Energy (kJ)"]
    assert figure.axes[0].get_xlabel() == "Time (s)"
    title = figure.axes[0].get_title(loc="left")
    assert title.startswith("a \\$x\\$ cell\n≈ 1.24 ± 0.04 kJ · ")
    found = lines(figure)
    assert next(iter(found)) == "cpu:0/package 1.23 ± 0.04 kJ"
    assert not found["cpu:0/package 1.23 ± 0.04 kJ"].is_dashed()
    assert found["cpu ≈ 10 ± 4 J"].is_dashed()
    total = found["total ≈ 1.24 ± 0.04 kJ"]
    assert total.get_ydata()[-1] == pytest.approx(1.244)
    assert total.get_ydata()[0] == 0.0
    colours = [found[name].get_color() for name in found]
    assert colours == [SHADES["cpu"][0], SHADES["cpu"][1], ENERGY_COLOUR]


def test_gaps_are_gaps():
    figure = report(domain(), gaps=((0.5, 1.0),)).plot()
    watts = next(iter(lines(figure).values())).get_ydata()
    # Twenty stretches of 0.1 s: five of them, and what lies before the first point, are blank.
    assert sum(map(math.isnan, watts)) == 1 + 5


def test_the_idle_power_is_a_line_once_known():
    made = report(domain(energy_j=100.0), net_energy_j=40.0, net_uncertainty_j=2.0)
    idle = lines(made.plot())["idle 30.0 W"]
    assert set(idle.get_ydata()) == {30.0}
    assert "net 40 ± 2 J above idle" in made.plot().axes[0].get_title(loc="left")
    assert "idle" not in " ".join(lines(report(domain()).plot()))


def test_a_replay_is_marked():
    assert "REPLAY" in texts(report(domain(), flags=("replayed",)).plot())
    assert "REPLAY" not in texts(report(domain()).plot())


def test_what_has_no_curve_says_so():
    short = report(domain(), trace=ReportTrace(), duration_s=0.004)
    assert "no curve: too short for two samples" in texts(drawn(short.plot()))
    assert "no sensor could be read" in texts(drawn(report(points=2).plot()))
    assert short.plot().axes[0].get_xlabel() == "Time (ms)"


def many(count):
    """One domain, an ordinary machine of three, or two sockets with nine boards."""
    ids = [
        "cpu:0/package",
        "cpu:0/dram",
        "gpu:0",
        "cpu:1/package",
        *(f"gpu:{k}" for k in range(1, 9)),
    ]
    scale = Scale(1.5, "a board", "a source")
    return report(
        *(domain(id_, 1234.0, 12.5, scale=scale) for id_ in ids[:count]),
        label="logistic regression on everything that we have",
        net_energy_j=500.0,
        net_uncertainty_j=3.0,
    )


def boxes(figure):
    """What each text takes, and the axes with their numbers, by what it says."""
    found = figure.findobj(match=lambda artist: hasattr(artist, "get_text"))
    numbers = [t for ax in figure.axes for t in [*ax.get_xticklabels(), *ax.get_yticklabels()]]
    texts = {t.get_text(): t.get_window_extent() for t in found if t not in numbers}
    return texts | {str(ax): ax.get_tightbbox() for ax in figure.axes}


@pytest.mark.parametrize("width_in", [3.5, 7.0])
@pytest.mark.parametrize("domains", [1, 3, 12])
def test_nothing_is_cut_off(domains, width_in):
    figure = drawn(many(domains).plot(width_in=width_in))
    page = figure.bbox
    found = boxes(figure)
    assert sum(" kJ" in text for text in found) == domains + 2  # the title and the total
    over = [
        text
        for text, box in found.items()
        if text and (box.x0 < page.x0 or box.x1 > page.x1 or box.y0 < page.y0 or box.y1 > page.y1)
    ]
    assert over == []
    area = figure.axes[0].get_window_extent()
    assert area.height > 0.6 * 0.29 * width_in * figure.dpi  # the texts leave room for it


def test_a_legend_in_given_axes_stays_inside_them():
    own = Figure(figsize=(7, 3))
    left, _ = own.subplots(1, 2)
    drawn(many(12).plot(left).figure)
    legend = left.get_legend().get_window_extent()
    assert legend.width < left.bbox.width
    assert legend.height < left.bbox.height


def test_joules_come_first_then_watts_then_time():
    title = report(domain(energy_j=100.0, uncertainty_j=1.0)).plot().axes[0].get_title(loc="left")
    assert title == "100.0 ± 1.0 J · 50.0 W mean, peak 50.0 W · 2.00 s"


@pytest.mark.parametrize("count", [3, 60])
def test_marks_are_thin_lines_with_their_texts_where_there_is_room(count):
    marks = tuple(Mark(2.0 * k / count, f"epoch {k}") for k in range(count))
    figure = drawn(report(domain(), marks=marks).plot())
    axes = figure.axes[0]
    shown = [t for t in axes.texts if t.get_text().startswith(" epoch")]
    assert len([line for line in axes.get_lines() if line.get_linestyle() == ":"]) == count
    assert len(shown) == 3 if count == 3 else 3 < len(shown) < 20
    boxes = [text.get_window_extent() for text in shown]
    assert all(a.x1 <= b.x0 + 1 for a, b in itertools.pairwise(boxes))
    assert boxes[-1].x1 <= axes.get_window_extent().x1


def test_what_says_nothing_of_the_watts_has_no_line():
    unknown = domain("gpu:0", energy_j=2.0, uncertainty_j=7.0)
    names = " ".join(lines(report(domain(), unknown).plot()))
    assert "cpu:0/package" in names
    assert "gpu:0" not in names


def test_members_of_the_total_come_first_and_what_is_inside_them_says_so():
    core = domain("cpu:0/core", 60.0, counted=False)
    made = report(domain("psys", 300.0, counted=False), core, domain())
    names = list(lines(made.plot()))[:3]
    assert names[0].startswith("cpu:0/package ")
    assert names[1].endswith(", not in the total")
    assert names[2].endswith(", inside cpu:0/package")


def test_it_draws_in_given_axes():
    own = Figure()
    left, right = own.subplots(1, 2)
    assert report(domain()).plot(left) is own
    assert report(domain(energy_j=5.0, uncertainty_j=0.1)).plot(right) is own
    assert left.get_title(loc="left") != right.get_title(loc="left")
    inner = Figure().subfigures(1, 2)[0].subplots()
    assert report(domain()).plot(inner) is inner.figure.figure
    drawn(own)


def test_long_times_and_large_figures_have_units_to_match():
    figure = report(
        replace(domain(energy_j=9e6, uncertainty_j=9.0), mean_power_w=1250.0), duration_s=7200.0
    ).plot()
    assert figure.axes[0].get_xlabel() == "Time (h)"
    assert [ax.get_ylabel() for ax in figure.axes] == ["Power (kW)", "Energy (MJ)"]


def test_a_notebook_gets_a_picture_of_its_size_on_the_page():
    png, size = report(domain()).plot(width_in=3.5)._repr_png_()
    assert png.startswith(b"\x89PNG")
    assert size["width"] == 336


def test_the_package_loads_no_matplotlib_and_the_figure_no_pyplot():
    code = (
        "import sys, jupyter_green as jg; jg.measure; assert 'matplotlib' not in sys.modules\n"
        "from tests.testbench.reports import report, domain\n"
        "report(domain()).plot(); assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
