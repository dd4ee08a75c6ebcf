"""Providers of intensities, against real servers on loopback: good, slow and broken ones."""

from __future__ import annotations

import stat
import time

import pytest

from jupyter_green.carbon import electricity_maps as maps
from jupyter_green.carbon import intensity, providers, uk
from jupyter_green.carbon.answers import NAME, Answers
from jupyter_green.carbon.intensity import LIFECYCLE
from jupyter_green.carbon.providers import asked
from tests.testbench.web import server

NOON_S = 1_800_000_000.0 - 1_800_000_000.0 % 3600
SPAN_S = (NOON_S + 60, NOON_S + 5000)  # two hours around
NOW_S = NOON_S + 30 * 86400
GB = intensity("GB")
KEY = "a-secret-key"

HALF_HOURS = {
    "data": [
        {"intensity": {"forecast": 1, "actual": 100, "index": "low"}},
        {"intensity": {"forecast": 1, "actual": 200, "index": "low"}},
        {"intensity": {"forecast": 1, "actual": None, "index": "low"}},
    ]
}
HOURS = {
    "zone": "DE",
    "data": [{"zone": "DE", "carbonIntensity": c, "isEstimated": False} for c in (300, 400, None)],
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv(uk.URL_VARIABLE, "http://127.0.0.1:1")  # nobody is there
    monkeypatch.setenv(maps.URL_VARIABLE, "http://127.0.0.1:1")
    monkeypatch.setenv(maps.KEY_VARIABLE, KEY)


def ask(folder, name="uk", table=GB, span_s=SPAN_S, now_s=NOW_S):
    return asked(name, table, span_s, folder, clock=lambda: now_s)


class TestAnswers:
    def test_without_a_key_great_britain(self, tmp_path, monkeypatch):
        with server(HALF_HOURS) as (url, seen):
            monkeypatch.setenv(uk.URL_VARIABLE, url)
            found, said = ask(tmp_path)
        assert found.g_per_kwh == 150
        assert (found.place, found.basis) == (
            "Great Britain",
            "average, direct CO2, with imports",
        )
        assert "NESO" in found.source
        assert said == "CO2e by uk, which was asked now."
        assert seen[0][0] == "/intensity/2027-01-15T08:00Z/2027-01-15T10:00Z"

    def test_with_a_key_a_country(self, tmp_path, monkeypatch):
        with server(HOURS) as (url, seen):
            monkeypatch.setenv(maps.URL_VARIABLE, url)
            found, _ = ask(tmp_path, "electricity-maps", intensity("DE"))
        assert (found.g_per_kwh, found.place) == (350, "Germany")
        assert found.basis == "average, lifecycle, consumption"
        path, headers = seen[0]
        assert path.startswith("/v3/carbon-intensity/past-range?zone=DE&start=2027-01-15T08")
        assert "shouldUseFallbackCallerLookup=false" in path
        assert headers["auth-token"] == KEY
        assert KEY not in (tmp_path / NAME).read_text()

    def test_an_answer_is_kept_for_the_next_commands_and_for_nobody_else(
        self, tmp_path, monkeypatch
    ):
        with server(HALF_HOURS) as (url, seen):
            monkeypatch.setenv(uk.URL_VARIABLE, url)
            first = ask(tmp_path)
            again = ask(tmp_path, now_s=NOW_S + 7200)
            other = ask(tmp_path, span_s=(NOON_S, NOON_S + 90_000))
        assert again.intensity == first.intensity
        assert again.said == "CO2e by uk, as it answered 2 h ago."
        assert len(seen) == 2
        assert "asked now" in other.said
        assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600
        assert [path.name for path in tmp_path.iterdir()] == [NAME]

    def test_figures_of_the_last_day_are_asked_for_again(self, tmp_path, monkeypatch):
        with server(HALF_HOURS) as (url, seen):
            monkeypatch.setenv(uk.URL_VARIABLE, url)
            for later_s in (0, 200, 400):
                ask(tmp_path, now_s=SPAN_S[1] + later_s)
        assert len(seen) == 2

    def test_a_clock_that_was_set_back_makes_no_answer_eternal(self, tmp_path, monkeypatch):
        with server(HALF_HOURS) as (url, seen):
            monkeypatch.setenv(uk.URL_VARIABLE, url)
            ask(tmp_path)
            ask(tmp_path, now_s=NOW_S - 10 * 86400)
        assert len(seen) == 2


def _drip(handler):
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.1)


def _cut(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"data": [')


def _no_http(handler):
    handler.wfile.write(b"\x00\xff" * 100)


class TestFailures:
    @pytest.mark.parametrize(
        ("answer", "more", "said"),
        [
            (b"", {"status": 500}, "answers 500"),
            (b"", {"status": 429}, "answers 429"),
            (b"<html>log in</html>", {}, "what is no JSON"),
            (b"[" * 500_000, {}, "what is no JSON"),
            (b"\xff\xfe\x00", {}, "what is no JSON"),
            (b" " * 1_000_001, {}, "more than 1000000 bytes"),
            (b"null", {}, "cannot be read"),
            ([], {}, "cannot be read"),
            ({"data": [{"intensity": {"actual": "much"}}]}, {}, "cannot be read"),
            ({"data": []}, {}, "no figures of that time"),
            ({"data": [{"intensity": {"actual": -4}}]}, {}, "not above 0"),
            ({"data": [{"intensity": {"actual": 0.4}}]}, {}, "is that kg?"),
            (b'{"data": [{"intensity": {"actual": NaN}}]}', {}, "is no figure"),
            (_cut, {}, "what is no JSON"),
            (_no_http, {}, "uk"),
        ],
    )
    def test_the_table_holds_and_the_reason_is_said(
        self, tmp_path, monkeypatch, answer, more, said
    ):
        with server(answer, **more) as (url, _):
            monkeypatch.setenv(uk.URL_VARIABLE, url)
            found = ask(tmp_path)
        assert found.intensity is GB
        assert found.intensity.basis == LIFECYCLE
        assert found.said.startswith("CO2e by the bundled table: uk")
        assert said in found.said
        assert found.said.endswith("uk is asked again in 30 s.")
        assert len(found.said.splitlines()) == 1

    def test_nobody_is_there(self, tmp_path):
        assert "cannot be reached" in ask(tmp_path).said

    def test_a_key_is_not_sent_where_a_server_points_to(self, tmp_path, monkeypatch):
        with server(HOURS) as (elsewhere, seen):
            to = [("Location", f"{elsewhere}/v3/carbon-intensity/past-range")]
            with server(b"", 302, to) as (url, _):
                monkeypatch.setenv(maps.URL_VARIABLE, url)
                found = ask(tmp_path, "electricity-maps", intensity("DE"))
        assert seen == []
        assert "answers 302" in found.said
        assert KEY not in found.said

    def test_nobody_waits_longer_than_the_limit(self, tmp_path, monkeypatch):
        monkeypatch.setattr(providers, "LIMIT_S", 0.5)
        with server(_drip) as (url, _):
            monkeypatch.setenv(uk.URL_VARIABLE, url)
            begun_s = time.monotonic()
            found = ask(tmp_path)
        assert time.monotonic() - begun_s < 3.0
        assert "did not answer within 0.5 s" in found.said

    def test_it_is_let_alone_twice_as_long_each_time_up_to_an_hour(self, tmp_path, monkeypatch):
        waits = []
        now_s = NOW_S
        with server(b"", 500) as (url, seen):
            monkeypatch.setenv(uk.URL_VARIABLE, url)
            for _ in range(9):
                ask(tmp_path, now_s=now_s)
                wait_s = Answers(tmp_path).wait_s("uk", now_s)
                waits.append(wait_s)
                meanwhile = ask(tmp_path, now_s=now_s + wait_s - 1)
                assert "uk failed, and is asked again in 1 s" in meanwhile.said
                now_s += wait_s + 1
        assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
        assert len(seen) == 9

    def test_an_answer_ends_that(self, tmp_path, monkeypatch):
        ask(tmp_path)
        with server(HALF_HOURS) as (url, _):
            monkeypatch.setenv(uk.URL_VARIABLE, url)
            assert ask(tmp_path, now_s=NOW_S + 31).intensity.g_per_kwh == 150
        assert Answers(tmp_path).failed("uk", NOW_S) == 30

    @pytest.mark.parametrize(
        "kept", [b"", b"{", b"[]", b'{"answers": 3, "faults": []}', b"\xff", b"[" * 100_000]
    )
    def test_a_broken_file_of_answers_is_written_anew(self, tmp_path, monkeypatch, kept):
        (tmp_path / NAME).write_bytes(kept)
        with server(HALF_HOURS) as (url, _):
            monkeypatch.setenv(uk.URL_VARIABLE, url)
            assert ask(tmp_path).intensity.g_per_kwh == 150
        assert "ago" in ask(tmp_path).said

    def test_a_folder_that_cannot_be_written_costs_the_memory_alone(self, tmp_path, monkeypatch):
        with server(HALF_HOURS) as (url, _):
            monkeypatch.setenv(uk.URL_VARIABLE, url)
            assert ask(tmp_path / "gone").intensity.g_per_kwh == 150


class TestWhatCannotBeAsked:
    """It is said, and the provider is not let alone for it."""

    @pytest.mark.parametrize(
        ("name", "place", "days", "said"),
        [
            ("uk", "DE", 1, "it knows GB alone, not DE"),
            ("uk", "GB", 20, "14 days at most"),
            ("electricity-maps", "US-CA", 1, "give a country"),
            ("electricity-maps", "WLD", 1, "give a country"),
            ("electricity-maps", "DE", 120, "100 days at most"),
        ],
    )
    def test_places_and_times(self, tmp_path, name, place, days, said):
        table = intensity(place)
        found = ask(tmp_path, name, table, (NOON_S, NOON_S + days * 86400))
        assert found.intensity is table
        assert said in found.said
        assert Answers(tmp_path).wait_s(name, NOW_S) == 0

    def test_a_missing_key(self, tmp_path, monkeypatch):
        monkeypatch.delenv(maps.KEY_VARIABLE)
        assert f"set {maps.KEY_VARIABLE}" in ask(tmp_path, "electricity-maps").said

    def test_another_zone_than_that_asked_for_is_no_answer(self, tmp_path, monkeypatch):
        with server(HOURS) as (url, _):
            monkeypatch.setenv(maps.URL_VARIABLE, url)
            assert "another zone" in ask(tmp_path, "electricity-maps", intensity("FR")).said

    def test_a_number_is_no_place(self, tmp_path):
        with pytest.raises(ValueError, match="give a code such as GB"):
            ask(tmp_path, table=intensity(380))

    def test_a_name_that_is_none(self, tmp_path):
        with pytest.raises(ValueError, match="give one of electricity-maps, uk"):
            ask(tmp_path, "wattime")


class TestOfAnotherPackage:
    """An installed package's entry point, as pip writes it."""

    @pytest.fixture(autouse=True)
    def _package(self, tmp_path, monkeypatch):
        info = tmp_path / "site" / "of_mine-1.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: of-mine\nVersion: 1\n")
        lines = "".join(f"{n} = of_mine:{n}\n" for n in ("plain", "raises", "leaves", "lacks"))
        (info / "entry_points.txt").write_text(f"[{providers.GROUP}]\n{lines}")
        (tmp_path / "site" / "of_mine.py").write_text(
            "def plain(code, begin_s, end_s):\n    return 77\n"
            "def raises(code, begin_s, end_s):\n    raise RuntimeError('two\\nlines \\x1b[31m')\n"
            "def leaves(code, begin_s, end_s):\n    raise SystemExit(3)\n"
        )
        monkeypatch.syspath_prepend(tmp_path / "site")

    def test_its_number_is_taken_with_its_name(self, tmp_path):
        found, said = ask(tmp_path, "plain")
        assert (found.g_per_kwh, found.basis, found.source) == (77, "as plain says", "plain")
        assert found.year == 2027
        assert said.startswith("CO2e by plain")
        assert "plain" in providers.names()

    @pytest.mark.parametrize("name", ["raises", "leaves"])
    def test_its_errors_are_no_answer(self, tmp_path, name):
        said = ask(tmp_path, name).said
        assert f"{name} failed (" in said
        assert said.isprintable()

    def test_one_that_cannot_be_loaded_is_bad_input(self, tmp_path):
        with pytest.raises(ValueError, match="'lacks' cannot be loaded: AttributeError"):
            ask(tmp_path, "lacks")
