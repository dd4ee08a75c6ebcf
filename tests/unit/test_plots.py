"""Figures of reports."""

import io
import math
import subprocess
import sys
from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from jupyter_green.report.colours import DOMAIN_COLOURS, ENERGY_COLOUR
from jupyter_green.report.fields import ReportTrace
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
    assert title.startswith("a \\$x\\$ cell\n≈ 1.24 ± 0.04 kJ in 2.00 s")
    found = lines(figure)
    assert next(iter(found)) == "cpu:0/package 1.23 ± 0.04 kJ"
    assert not found["cpu:0/package 1.23 ± 0.04 kJ"].is_dashed()
    assert found["cpu ≈ 10 ± 4 J"].is_dashed()
    total = found["total ≈ 1.24 ± 0.04 kJ"]
    assert total.get_ydata()[-1] == pytest.approx(1.244)
    assert total.get_ydata()[0] == 0.0
    colours = [found[name].get_color() for name in found]
    assert colours == [*DOMAIN_COLOURS[:2], ENERGY_COLOUR]


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


@pytest.mark.parametrize("width_in", [3.5, 7.0])
@pytest.mark.parametrize("domains", [1, 10])
def test_nothing_is_cut_off(domains, width_in):
    made = report(*(domain(f"gpu:{k}", 1234.0, 0.5) for k in range(domains)), label="fit")
    figure = drawn(made.plot(width_in=width_in))
    page = figure.bbox
    boxes = [legend.get_window_extent() for legend in figure.legends]
    boxes += [ax.get_tightbbox() for ax in figure.axes]
    assert len(boxes) == 3
    for box in boxes:
        assert page.x0 - 1 <= box.x0
        assert box.x1 <= page.x1 + 1
        assert page.y0 - 1 <= box.y0
        assert box.y1 <= page.y1 + 1
    area = figure.axes[0].get_window_extent()
    assert area.height > 0.35 * 0.29 * width_in * figure.dpi  # the legend leaves room for it


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
