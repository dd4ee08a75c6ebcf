"""`jupyter green report --html FILE` and `--format markdown`: the ledger as a page and as text."""

import re
from datetime import date, timedelta
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_green.cli.main import main
from jupyter_green.intake.places import LEDGER_VARIABLE
from jupyter_green.ledger.layout import markdown
from jupyter_green.ledger.metered import Metered, Part
from jupyter_green.ledger.overview import overview
from jupyter_green.ledger.page.page import page
from jupyter_green.sources.base import Provenance
from tests.testbench.handed_in import closed, hand_in, report

HOSTILE = "<img src=//a.example onerror=alert(1)>\"'&amp;\u202e|`x`"


class Page(HTMLParser):
    """What a browser makes of a page: elements, attributes, and each table as texts."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.addresses, self.tables = [], [], {}
        self._cells, self._caption, self._inside = [], None, []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self._inside.append(tag)
        self.addresses += [v for n, v in attrs if n in ("src", "href", "action", "data")]
        if tag == "table":
            self._caption = ""
        elif tag == "tr":
            self._cells.append([])
        elif tag in ("td", "th"):
            self._cells[-1].append("")

    def handle_endtag(self, tag):
        if tag == "table":
            self.tables[self._caption], self._cells = self._cells, []
        if tag in self._inside:
            while self._inside.pop() != tag:
                pass

    def handle_data(self, data):
        if "title" in self._inside and "svg" in self._inside:
            return
        if self._inside[-1:] == ["caption"]:
            self._caption += data
        elif self._cells and self._cells[-1] and {"td", "th"} & set(self._inside):
            self._cells[-1][-1] += data

    def rows(self, caption):
        head, *rows = self.tables[caption]
        return {row[0]: dict(zip(head, row, strict=True)) for row in rows}


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    monkeypatch.setenv(LEDGER_VARIABLE, str(tmp_path / "ledger"))
    return tmp_path / "ledger"


def fill(ledger):
    """Two runs of a cell of which one failed, an estimate elsewhere, and one without sensors."""
    run = {"notebook": "a.ipynb", "cell_id": "one", "stage": "training", "label": HOSTILE}
    guess = {"by": Provenance.ESTIMATE, "energy_j": 7.0, "uncertainty_j": 0.5}
    nothing = {"energy_j": None, "uncertainty_j": None, "provenance": None, "domains": {}}
    hand_in(
        ledger,
        closed(report(**run, status="error"), begin_s=0, project="~/thesis"),
        closed(report(**run), begin_s=10, project="~/thesis", commit="c" * 40),
        closed(report(notebook=HOSTILE, started_at="2026-05-07T09:00:00Z", **guess), begin_s=20),
        closed(report(**nothing), begin_s=30),
    )


@pytest.fixture
def written(ledger, tmp_path, capsys):
    """The page of such a ledger."""
    fill(ledger)
    file = tmp_path / "page.html"
    assert main(["report", "--html", str(file)]) == 0
    assert capsys.readouterr().out == f"Page: {file}\n"
    return file.read_text("utf-8")


class TestPage:
    def test_groups_are_those_of_the_table(self, written):
        rows = Page(written).rows("Notebooks")
        assert rows["a.ipynb"]["measured"].startswith("100 ")
        assert rows["a.ipynb"]["estimated"] == "–"
        assert (rows["a.ipynb"]["windows"], rows["a.ipynb"]["not ok"]) == ("2", "1")
        assert rows["(no notebook)"]["measured"] == rows["(no notebook)"]["estimated"] == "–"

    def test_measured_and_estimated_are_never_added_up(self, written):
        tiles = re.findall(r"<dd>(.*?)</dd>", written)
        assert tiles[0].startswith("100 ")
        assert tiles[1].startswith("≈ 7.0 ")
        assert "107" not in re.sub(r"<svg.*?</svg>", "", written)

    def test_spent_and_kept(self, written):
        rows = Page(written).rows("Spent and kept")
        assert rows["measured"]["spent"].startswith("100 ")
        assert rows["measured"]["kept"].startswith("50 ")
        assert rows["measured"]["share kept"] == "50 %"

    def test_the_dearest_cells_have_their_runs_as_a_trend(self, written):
        rows = Page(written).rows("The dearest cells")
        (name,) = (name for name in rows if "a.ipynb" in name)
        assert rows[name]["runs"] in ("2, 1 not ok", "1")
        assert 'class="trend"' in written or "trend" in rows[name]

    def test_asks_for_nothing_and_holds_no_script(self, written):
        seen = Page(written)
        assert seen.addresses == []
        assert not {"script", "link", "img", "iframe", "object"} & set(seen.elements)
        assert "default-src 'none'" in written
        assert "@import" not in written
        assert set(re.findall(r"url\((.*?)\)", written)) <= {"#hatch"}

    def test_a_name_of_anybodys_is_text(self, written):
        shown = HOSTILE.replace("\u202e", "\ufffd")
        assert any(shown in row for row in Page(written).rows("Notebooks"))

    def test_of_nothing_says_so(self, ledger, tmp_path, capsys):
        fill(ledger)
        file = tmp_path / "page.html"
        assert main(["report", "--html", str(file), "--project", "other"]) == 0
        assert "Nothing was metered then." in file.read_text("utf-8")

    def test_of_a_place_has_co2e_of_each_kind(self, ledger, tmp_path):
        fill(ledger)
        file = tmp_path / "page.html"
        assert main(["report", "--html", str(file), "--place", "DE"]) == 0
        assert "CO2e of the measured joules" in file.read_text("utf-8")
        assert "CO2e of the estimated joules" in file.read_text("utf-8")

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["--html", "/no/such/folder/page.html"], "cannot write to"),
            (["--html", "{}/page.html", "--by", "day"], "leave --by and --format out"),
            (["--html", "{}/page.html", "--json"], "leave --by and --format out"),
            (["--html", "{}/page.html", "--since", "2026-13-01"], "is no date"),
        ],
    )
    def test_bad_input_is_said_and_nothing_written(self, ledger, tmp_path, capsys, words, said):
        fill(ledger)
        assert main(["report", *(word.format(tmp_path) for word in words)]) == 2
        assert said in capsys.readouterr().err
        assert not (tmp_path / "page.html").exists()


SPANS = {"day": {1}, "week": {7}, "month": {28, 29, 30, 31}, "year": {365, 366}}


def window(number, day, energy_j=10.0, **fields):
    values = {
        **dict.fromkeys(Metered.__dataclass_fields__),
        "run_id": str(number),
        "status": "ok",
        "started_at": f"{day}T12:00:00Z",
        "started_s": (day - date(1970, 1, 1)).days * 86400.0 + 43200,
        "duration_s": 1.0,
        "energy_j": energy_j,
        "uncertainty_j": 0.1,
        "provenance": "counter",
        "parts": [Part("cpu:0/package", False, energy_j, 0.1, None)],
        "written_ns": 0,
        "is_at_least": False,
    }
    return Metered(**{**values, **fields})


class TestPeriods:
    @settings(max_examples=20, deadline=None)
    @given(st.lists(st.integers(0, 4000) | st.integers(0, 900_000), min_size=1, max_size=30))
    def test_no_joule_and_no_day_is_left_out(self, offsets):
        first = date(1970, 1, 1)
        days = sorted(first + timedelta(n) for n in offsets)
        found = overview([window(n, day) for n, day in enumerate(days)])
        begins = [period.first for period in found.periods]
        assert begins == sorted(set(begins))
        assert len(begins) <= max(122, 3 + (days[-1] - days[0]).days // 365)
        total_j = sum(period.group.measured.energy_j for period in found.periods)
        assert total_j == pytest.approx(10.0 * len(days))
        assert sum(period.group.windows for period in found.periods) == len(days)
        gaps = {(b - a).days for a, b in pairwise(begins)}
        assert gaps <= SPANS[found.unit]
        assert Page(page(found, "all")).rows(f"Joules per {found.unit}")

    def test_the_dearest_come_first_and_hold_what_failed(self):
        day = date(2026, 1, 1)
        cheap = [window(n, day, label="cheap") for n in range(3)]
        dear = [
            window(9, day, 20.0, label="dear"),
            window(10, day, 20.0, label="dear", status="error"),
        ]
        first, second = overview([*cheap, *dear]).dearest
        assert (first.name, first.energy_j, len(first.runs)) == ("dear", 40.0, 2)
        assert (second.name, second.energy_j) == ("cheap", 30.0)


class TestMarkdown:
    def test_the_table_is_what_the_terminal_shows(self, ledger, capsys):
        fill(ledger)
        assert main(["report", "--format", "markdown"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == "| notebook | measured | estimated | time | windows | not ok |"
        assert lines[1] == "| --- | --: | --: | --: | --: | --: |"
        assert any(line.startswith("| **total** | **100 ") for line in lines)

    @given(st.text(max_size=40))
    def test_any_text_stays_in_its_cell(self, name):
        head, _, row, end = markdown([("a", "b"), (name, "1")], (1,)).split("\n")
        assert end == ""
        assert len(re.findall(r"(?<!\\)\|", row)) == len(re.findall(r"(?<!\\)\|", head)) == 3
        assert not re.search(r"(?<!\\)[<`*_]", row)
