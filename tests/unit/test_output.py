"""The output that a metered cell keeps: bundle, HTML and picture."""

from __future__ import annotations

import base64
import itertools
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from jupyter_green import flags
from jupyter_green.cli import table
from jupyter_green.flags import REPLAYED
from jupyter_green.notebook.output import bundle as output
from jupyter_green.notebook.output import picture
from jupyter_green.report import words
from jupyter_green.report.colours import ENERGY_COLOUR, SHADES, domain_colours
from jupyter_green.report.fields import MIME_TYPE, DomainReport, Mark, ReportTrace, Share
from jupyter_green.report.format import energy
from jupyter_green.report.record import share_of
from jupyter_green.report.report import Report
from jupyter_green.sources.base import Missing, Provenance, Scale
from tests.testbench import reports

VOID = {"img", "br"}
BLOCKS = {"br", "p", "td", "th", "li", "summary"}
SVG = "{http://www.w3.org/2000/svg}"
ROOT = Path(__file__).parents[2]
COLOUR_CASES = ROOT / "tests" / "data" / "colour_cases.json"
GROUNDS = ("#ffffff", "#111111")
WORDS = json.loads((ROOT / "tests" / "data" / "word_cases.json").read_text(encoding="utf-8"))


def domain(id_: str, energy_j: float = 100.0, **fields) -> DomainReport:
    return reports.domain(id_, energy_j, **{"uncertainty_j": 0.4, **fields})


def report(*domains: DomainReport, **fields) -> Report:
    """A window of two seconds whose peak is not its mean, with as many points as there may be."""
    known = {"points": 240, "started_at": "2026-11-20T12:00:00Z"}
    if any(d.counted for d in domains):
        known |= {"uncertainty_j": 0.5, "peak_power_w": 123.0}
    return reports.report(*domains, **{**known, **fields})


class Page(HTMLParser):
    """Reads HTML, one line for each cell or sentence; refuses what is not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.images: list[dict[str, str]] = []
        self.attributes: set[str] = set()
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        self.text = self.text.strip()
        assert not self._open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag in BLOCKS:
            self.text += "\n"
        self.attributes |= {name for name, _ in attrs}
        if tag == "img":
            self.images.append(dict(attrs))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.text += data

    @property
    def curve(self) -> ET.Element:
        (image,) = (i for i in self.images if i["alt"])
        return svg(image)

    @property
    def swatches(self) -> list[ET.Element]:
        return [svg(image) for image in self.images if not image["alt"]]

    def lines(self) -> list[ET.Element]:
        """The domains' lines in the picture."""
        return [p for p in self.curve.iter(f"{SVG}path") if p.get("stroke-linejoin")]


def svg(image: dict[str, str]) -> ET.Element:
    """What an image shows."""
    head, _, code = image["src"].partition(",")
    assert head == "data:image/svg+xml;base64"
    return ET.fromstring(base64.b64decode(code, validate=True))


def test_a_bundle_has_the_record_the_page_and_the_line():
    r = report(domain("cpu:0/package"))
    bundle = output.bundle(r)
    assert bundle[MIME_TYPE] == r.to_dict()
    assert bundle["text/plain"] == str(r)
    assert set(bundle) == {MIME_TYPE, "text/html", "text/latex", "text/plain"}
    Page(bundle["text/html"])


def test_every_figure_is_in_the_page():
    r = report(
        domain("cpu:0/package", 61.23),
        domain("gpu:0", 512.7, provenance=Provenance.POWER, uncertainty_j=6.0),
        label="fit",
        stage="training",
        net_energy_j=402.0,
        net_uncertainty_j=3.0,
    )
    text = Page(output.html(r)).text
    for figure in (
        energy(r.energy_j, r.uncertainty_j, r.provenance) + "\ngross",
        "\n402 ± 3 J\nnet, above idle",
        "\n287 W\nmean, peak 123 W",
        "\n2.00 s\ntime",
        "\nfit\nenergy counters and power samples · stage training",
        "61.2 ± 0.4 J",
        "30.6 W",
        "513 ± 6 J",
        "256 W",
        "device of gpu:0",
        "energy counter",
        "power samples",
    ):
        assert figure in text


def test_below_the_resolution_the_page_says_less_than_and_never_zero():
    tiny = domain("gpu:0", 0.2, uncertainty_j=0.4, flags=("below-resolution",))
    html = output.html(report(tiny, energy_j=0.2, uncertainty_j=0.4))
    page = Page(html)
    assert page.text.count("< 600 mJ") == 2
    assert page.text.count("< 300 mW") == 2
    assert "peak" not in page.text
    assert "too short for the sensor to resolve" in page.text
    assert "&lt; 600 mJ" in html
    assert [image["alt"] for image in page.images] == [""]  # its watts are not known either


def test_a_peak_that_is_not_known_is_not_spoken_of():
    page = Page(output.html(report(domain("cpu"), peak_power_w=None)))
    assert "\n50.0 W\nmean\n" in page.text


def test_what_is_known_of_the_cpu_survives_a_gpu_that_is_hardly_known():
    cpu = domain("cpu:0/package", 217.0, uncertainty_j=0.2)
    gpu = domain("gpu:0", 0.0, uncertainty_j=1400.0)
    aside = domain("psys", 900.0, counted=False)
    r = report(cpu, gpu, aside, uncertainty_j=1400.0)
    page = Page(output.html(r))
    assert page.text.startswith("210 J … 1.7 kJ\nenergy\n")
    assert "< 1.4 kJ" in page.text
    assert "210 J … 1.7 kJ at the end" in page.images[0]["alt"]


def test_a_bound_on_an_estimate_is_not_approximate_twice():
    guess = domain("cpu", 0.2, provenance=Provenance.ESTIMATE, uncertainty_j=0.4)
    page = Page(output.html(report(guess, uncertainty_j=0.4)))
    assert page.text.startswith("< 600 mJ\nenergy\n< 300 mW\nmean\n2.00 s\n")
    assert "≈" not in page.text
    assert "estimated, not measured" in page.text


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        ([Provenance.COUNTER], "energy counters"),
        ([Provenance.POWER], "power samples"),
        ([Provenance.COUNTER, Provenance.POWER], "energy counters and power samples"),
        ([Provenance.COUNTER, Provenance.ESTIMATE], "partly estimated"),
    ],
)
def test_the_headline_says_in_few_words_how_the_joules_came_about(kinds, words):
    r = report(*(domain(f"gpu:{i}", provenance=kind) for i, kind in enumerate(kinds)))
    headline = Page(output.html(r).partition("<img")[0] + "</div>").text
    assert headline.endswith(f"\n2.00 s\ntime\n{words}")


def test_an_estimate_is_marked_in_words_in_figures_and_in_the_picture():
    guess = domain("cpu", provenance=Provenance.ESTIMATE, uncertainty_j=30.0)
    page = Page(output.html(report(guess, uncertainty_j=30.0)))
    assert "estimated, not measured" in page.text
    assert page.text.count("≈ 100 ± 30 J") == 2
    assert page.text.count("≈ 50 ± 15 W") == 2
    assert [line.get("stroke-dasharray") is not None for line in page.lines()] == [True]
    assert page.swatches[0].find(f"{SVG}path").get("stroke-dasharray")


def test_measured_and_estimated_domains_are_drawn_differently():
    r = report(domain("gpu:0"), domain("cpu", provenance=Provenance.ESTIMATE))
    page = Page(output.html(r))
    assert "partly estimated" in page.text
    assert [line.get("stroke-dasharray") is not None for line in page.lines()] == [False, True]


def test_a_domain_that_is_not_counted_says_so():
    page = Page(output.html(report(domain("cpu:0/package"), domain("psys", 900, counted=False))))
    assert page.text.count("not in the total") == 1
    assert page.text.startswith("100.0 ± 0.5 J")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("error", "ended with an error"),
        ("interrupted", "was interrupted"),
        ("died", "ended before the cell did"),
    ],
)
def test_a_cell_that_did_not_end_well_says_so(status, words):
    assert words in Page(output.html(report(domain("cpu"), status=status))).text
    assert words not in Page(output.html(report(domain("cpu")))).text


@pytest.mark.parametrize("case", WORDS["conditions"], ids=lambda case: case["text"])
def test_conditions_read_as_in_the_panel(case):
    assert words.conditions(domain("gpu:0", conditions=case["conditions"])) == case["text"]


@pytest.mark.parametrize("case", WORDS["share"], ids=lambda case: case["text"])
def test_a_share_reads_as_in_the_panel(case):
    domains = (
        domain(
            d["id"],
            d.get("energy_j", 100.0),
            provenance=Provenance(d["provenance"]),
            counted=d["counted"],
            scale=Scale(**d["scale"]) if "scale" in d else None,
        )
        for d in case["domains"]
    )
    assert words.share(report(*domains, share=share_of(case["share"]))) == case["text"]


@pytest.mark.parametrize("case", WORDS["baseline"], ids=lambda case: case["baseline_at"])
def test_an_old_baseline_reads_as_in_the_panel(case):
    times = {name: case[name] for name in ("started_at", "baseline_at")}
    assert words.old_baseline(report(domain("cpu"), net_energy_j=5.0, **times)) == case["text"]


def test_a_flag_without_words_stands_for_itself():
    r = report(domain("cpu", flags=("brand-new",)), flags=("brand-new-too",))
    text = Page(output.html(r)).text
    assert "counter; brand-new" in text
    assert "Brand-new-too." in text


def test_the_share_and_the_flags_of_the_window_stand_under_the_headline():
    r = report(
        domain("cpu:0/package"),
        share=Share(0.43, 0.02, 43.0, 2.1),
        flags=("host-busy",),
        net_energy_j=5.0,
        baseline_at="2026-11-20T08:00:00Z",
    )
    html = output.html(r)
    remarks = re.findall(r"<p [^>]*>(.*?)</p>", html)
    assert remarks == [
        "Other programs used most of the CPU.",
        "This kernel used ≈ 43 % of it (≈ 43 ± 2 J), by CPU time.",
        "Idle baseline 4.0 hours old: <code>%green baseline</code> measures it again.",
    ]


def test_a_row_holds_what_the_device_did_and_the_note():
    gpu = domain(
        "gpu:0",
        flags=("counter-power-disagree",),
        note="a <note>",
        integrated_power_j=187.0,
        conditions={"utilization_percent": 87.4, "power_limit_w": 300.0},
    )
    text = Page(output.html(report(gpu))).text
    assert "counter; counter and reported power differ by more than 5 %" in text
    assert "87 % busy, power limit 300 W · 187.0 J from its reported power · a <note>" in text


def test_a_replay_is_watermarked_everywhere():
    played = domain("gpu:0", flags=(REPLAYED,), note="replayed from a recording")
    page = Page(output.html(report(played, flags=(REPLAYED,))))
    assert page.text.startswith("REPLAY\n100.0 ± 0.5 J\n")
    assert "energy counters" not in page.text
    assert page.text.count("replayed, not measured") == 2
    assert "REPLAY" in [text.text for text in page.curve.iter(f"{SVG}text")]
    assert page.images[0]["alt"].startswith("REPLAY. ")
    assert "REPLAY" in output.bundle(report(played, flags=(REPLAYED,)))["text/plain"]


def test_a_replayed_domain_beside_the_total_is_enough_for_the_watermark():
    aside = domain("psys", counted=False, flags=(REPLAYED,))
    page = Page(output.html(report(domain("cpu"), aside)))
    assert page.text.startswith("REPLAY\n")


def test_nothing_says_replay_where_it_was_measured():
    r = report(domain("cpu"))
    page = Page(output.html(r))
    assert "REPLAY" not in page.text + str(page.images)
    assert "REPLAY" not in ET.tostring(page.curve, encoding="unicode")


def test_a_refined_report_has_the_layout_of_the_first_one():
    """It takes the first one's place a moment later: only figures may change."""

    def tags(uncertainty_j: float) -> list[str]:
        cpu = domain("cpu:0/package", uncertainty_j=uncertainty_j)
        r = report(
            cpu,
            uncertainty_j=uncertainty_j,
            net_energy_j=60.0,
            net_uncertainty_j=uncertainty_j,
            share=Share(0.4, 0.01, 40.0, uncertainty_j),
        )
        return Page(output.html(r)).tags

    assert tags(9.0) == tags(0.1)


def test_gaps_are_said_and_left_blank_in_the_picture():
    r = report(domain("cpu"), gaps=((0.5, 1.0), (1.5, 1.6)))
    page = Page(output.html(r))
    assert "2 gaps without samples, 600 ms in total" in page.text
    assert len(list(page.curve.iter(f"{SVG}rect"))) == 2
    (line,) = page.lines()
    assert line.get("d").count("M") == 3
    (whole,) = Page(output.html(report(domain("cpu")))).lines()
    assert whole.get("d").count("M") == 1


def test_what_lies_inside_a_member_is_folded_away_and_says_where():
    made = report(
        domain("cpu:0/core", 70.0, counted=False),
        domain("psys", 300.0, counted=False),
        domain("cpu:0/package"),
        domain("cpu:0/dram", 9.0),
    )
    html = output.html(made)
    shown, _, folded = html.partition("<details>")
    assert [id_ for id_ in made.domains if id_ in Page(f"{shown}</div>").text] == [
        "cpu:0/package",
        "cpu:0/dram",
    ]
    text = Page(f"<details>{folded.removesuffix('</div>')}").text
    assert text.startswith("2 more, not added to the total")
    assert "inside cpu:0/package" in text
    assert "psys" in text
    assert len(Page(html).lines()) == 2  # the picture has a line for each row that is not folded


def test_many_members_are_shown_by_kind_and_each_of_them_on_demand():
    packages = [domain(f"cpu:{k}/package", 178.0) for k in range(2)]
    boards = [domain(f"gpu:{k}", 620.0, device="a board") for k in range(8)]
    html = output.html(report(*packages, *boards))
    shown, _, folded = html.partition("<details>")
    text = Page(f"{shown}</div>").text
    assert "356.0 ± 0.6 J\n2 × 89.0 W" in text
    assert "GPU\na board\n4.960 kJ ± 0.02 %\n8 × 310 W" in text
    assert "each of the 10" in folded
    assert "gpu:7" in folded
    assert len(Page(html).lines()) == 2


@pytest.mark.parametrize("seconds", [0.3, 1.0])
def test_a_cell_is_as_large_as_its_news(seconds):
    html = output.html(report(domain("cpu:0/package", 80.3), duration_s=seconds, label="a <b>"))
    is_line = html.startswith("<details")
    assert is_line == (seconds < 1)
    if is_line:
        line, _, rest = html.partition("</summary>")
        assert line.endswith(
            "a &lt;b&gt;: <strong>80.3 ± 0.5 J</strong> · 40.1 W mean · 300 ms · measured"
        )
        assert "<img" in rest
    no_sensor = report(duration_s=seconds)
    assert "No sensor could be read" in output.html(no_sensor).partition("<details")[0]


def test_missing_sensors_are_folded_with_reason_and_remedy():
    missing = Missing("rapl", "no zone <here>", "run `sudo modprobe <x>`")
    html = output.html(report(domain("cpu"), missing=(missing,)))
    page = Page(html)
    assert "rapl: no zone <here>. run sudo modprobe <x>" in page.text
    assert "<code>sudo modprobe &lt;x&gt;</code>" in html
    assert "details" in page.tags
    assert "open" not in page.attributes


def test_a_report_without_domains_says_why():
    r = report(missing=(Missing("rapl", "unreadable", "ask root"),))
    page = Page(output.html(r))
    assert "not measured" in page.text
    assert "No sensor could be read" in page.text
    assert "open" in page.attributes
    assert not page.images
    assert "th" not in page.tags


def test_hostile_texts_are_shown_and_do_nothing():
    evil = "\"><script>alert(1)</script><svg onload='x'>&"
    r = report(
        domain(evil[:64], device=evil, flags=(evil,)),
        label=evil,
        stage=evil,
        missing=(Missing(evil, evil, evil + "`<b>`"),),
    )
    page = Page(output.html(r))
    assert evil in page.text
    assert not {"script", "svg", "b"} & set(page.tags)
    assert not [name for name in page.attributes if name.startswith("on")]
    assert page.curve.tag == f"{SVG}svg"
    waiting = Page(output.placeholder(evil)["text/html"])
    assert evil in waiting.text
    assert waiting.tags == ["p"]


def test_no_markup_that_an_untrusted_notebook_drops():
    noted = domain(
        "cpu", note="a note", flags=(REPLAYED, "shared"), conditions={"temperature_c": 1}
    )
    r = report(noted, missing=(Missing("nvml", "a", "b"),), flags=(REPLAYED, "host-busy"))
    page = Page(output.html(r))
    assert set(page.tags) <= {
        *("div", "p", "strong", "img", "table", "thead", "tbody", "tr", "th", "td"),
        *("details", "summary", "ul", "li", "code", "small", "br"),
    }
    assert all(image.get("alt") is not None for image in page.images)


def test_four_domains_take_less_than_13_kib():
    r = report(*(domain(f"gpu:{i}") for i in range(4)))
    jagged = tuple(50.0 + (i * 7919 % 101) for i in range(240))
    r = replace(r, trace=ReportTrace(r.trace.t_s, dict.fromkeys(r.domains, jagged)))
    assert len(output.html(r).encode()) <= 13 * 1024


def test_no_report_takes_more_than_24_kib():
    many = [
        domain(
            f"{i:03}" + "&" * 60,
            device='"' * 200,
            flags=("<" * 64,) * 16,
            note='"' * 300,
        )
        for i in range(128)
    ]
    missing = tuple(Missing("'" * 64, "&" * 1000, "<" * 1000) for _ in range(32))
    share = Share(0.5, 0.01, 5.0, 1.0, {d.id: 0.5 for d in many})
    html = output.html(
        report(
            *many,
            label="&" * 200,
            stage="&" * 64,
            missing=missing,
            flags=("'" * 64,) * 16,
            share=share,
        )
    )
    assert len(html.encode()) <= output.MAX_HTML_BYTES
    page = Page(html)
    assert "and 32 more" in page.text or "32 sensors" in page.text
    assert "more domains" in page.text


def test_domains_beyond_the_table_are_added_up():
    many = [domain(f"{i}", 10.0, device="x" * 200) for i in range(100)]
    text = Page(output.html(report(*many))).text
    shown = int(re.search(r"(\d+) more domains, ([\d.]+) (k?)J", text)[1])
    assert f"{shown} more domains, {energy(10.0 * shown, None, None)} of the total" in text


def heights(path: str) -> list[int]:
    """The heights of a line's horizontal stretches."""
    y = None
    found = []
    for command, first, second in re.findall(r"([Mhv])(-?\d+)(?: (-?\d+))?", path):
        y = int(second) if command == "M" else y + int(first) if command == "v" else y
        if command == "h":
            found.append(y)
    return found


def test_the_picture_draws_watts_to_scale():
    steps = domain("cpu", 100.0)
    trace = ReportTrace((0.0, 0.5, 1.0, 1.5, 2.0), {"cpu": (None, 100.0, 50.0, 0.0, 100.0)})
    (line,) = Page(output.html(report(steps, trace=trace))).lines()
    top, middle, bottom, again = heights(line.get("d"))
    assert top == again
    assert middle * 2 == top + bottom
    assert top < bottom


def test_the_programs_marks_are_ticks_in_the_picture_with_texts_where_they_have_room():
    marks = (Mark(0.5, "epoch 1 <b>"), Mark(0.51, "too near"), Mark(1.0, "epoch 2"))
    picture_ = Page(output.html(report(domain("cpu"), marks=marks))).curve
    (ticks,) = (p.get("d") for p in picture_.iter(f"{SVG}path") if p.get("stroke-dasharray"))
    left, *_, right = (int(x) for x in re.findall(r"M(\d+) ", ticks))
    (frame, *_) = (p.get("d") for p in picture_.iter(f"{SVG}path") if p.get("stroke-opacity"))
    begin, end = (int(x) for x in re.match(r"M(\d+) \d+H(\d+)", frame).groups())
    share = (end - begin) / 4
    assert (left - begin, right - begin) == pytest.approx((share, 2 * share), abs=1)
    shown = [text.text for text in picture_.iter(f"{SVG}text")]
    assert [text for text in shown if "e" in text] == ["epoch 1 <b>", "epoch 2"]


def test_the_joules_in_the_picture_rise_with_the_watts_and_end_at_the_total():
    trace = ReportTrace((0.0, 1.0, 2.0), {"cpu": (None, 150.0, 50.0), "psys": (None, 900, 900)})
    r = report(domain("cpu", 200.0), domain("psys", 1800, counted=False), trace=trace)
    assert picture.joules(r, trace) == pytest.approx([0, 150, 200])


def test_joules_where_nothing_is_known_of_the_watts_rise_by_the_mean():
    trace = ReportTrace((0.0, 1.0, 2.0), {"cpu": (None, None, None)})
    assert picture.joules(report(domain("cpu", 80.0)), trace) == pytest.approx([0, 40, 80])


def test_joules_before_the_first_point_rise_by_the_mean():
    trace = ReportTrace((0.5, 1.0, 2.0), {"cpu": (None, 40.0, 40.0)})
    r = report(domain("cpu", 80.0), trace=trace)
    assert picture.joules(r, trace) == pytest.approx([20, 40, 80])


@pytest.mark.parametrize("points", [0, 1])
def test_without_a_curve_there_is_no_picture(points):
    trace = ReportTrace((0.0,) * points, {"cpu": (5.0,) * points})
    page = Page(output.html(report(domain("cpu"), trace=trace)))
    assert [image["alt"] for image in page.images] == [""]


def test_the_colours_are_those_of_the_live_chart():
    palette = (ROOT / "labextension" / "src" / "chart" / "palette.ts").read_text(encoding="utf-8")
    colours = re.findall(r"'(#[0-9a-f]{6})'", palette)
    assert colours == [*(c for kind in SHADES for c in SHADES[kind]), ENERGY_COLOUR]
    shown = json.loads(COLOUR_CASES.read_text(encoding="utf-8"))  # palette.test.ts reads it too
    for case in shown:
        colours = domain_colours([domain(id_, counted=counted) for id_, counted in case["domains"]])
        assert [colours[id_] for id_, _ in case["domains"]] == case["colours"]


def test_no_colour_comes_twice():
    kinds = ("cpu:{}/package", "cpu:{}/dram", "gpu:{}", "board-{}")
    domains = [domain(kind.format(k), counted=k % 2 == 0) for k in range(32) for kind in kinds]
    colours = set(domain_colours(domains).values())
    assert len(colours) == len(domains)
    assert min(contrast(colour, ground) for colour in colours for ground in GROUNDS) >= 3.0


@pytest.mark.parametrize("colour", [*itertools.chain(*SHADES.values()), ENERGY_COLOUR])
@pytest.mark.parametrize("ground", GROUNDS)
def test_the_colours_stand_out_on_light_and_dark(colour, ground):
    assert contrast(colour, ground) >= 3.0


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours by WCAG 2.2."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_one_cell_that_is_hardly_known_leaves_the_table_what_the_others_tell():
    cpu = domain("cpu", 217.0, uncertainty_j=0.2)
    unsure = report(cpu, domain("gpu:0", 0.0, uncertainty_j=1400.0), uncertainty_j=1400.0)
    cells = [table.MeteredCell(1, "a", unsure), table.MeteredCell(2, "b", report(cpu))]
    lines = table.table(cells).splitlines()
    first, total = lines[2], lines[-1]
    assert "210 J … 1.7 kJ" in first
    assert "430 J … 1.9 kJ" in total


def test_the_table_of_cells_marks_a_replay_and_says_what_is_to_know():
    played = report(domain("gpu:0", flags=(REPLAYED,)), flags=(REPLAYED,))
    busy = report(domain("cpu"), flags=("host-busy",))
    cells = [
        table.MeteredCell(number, "work", r) for number, r in enumerate((played, busy, busy), 1)
    ]
    lines = table.table(cells).splitlines()
    assert ["REPLAY" in line for line in lines[2:5]] == [True, False, False]
    assert lines[6].endswith("REPLAY  includes replayed figures")
    assert f"  [2], [3]: {flags.sentence(flags.HOST_BUSY)}" in lines
    assert "REPLAY" not in table.table(cells[1:])
