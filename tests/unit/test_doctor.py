"""The doctor: what was seen of each sensor, and what to do about those that are missing."""

import json
import os
import platform
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

import jupyter_green as jg
from jupyter_green.cli.main import main
from jupyter_green.doctor import examination as doctor
from jupyter_green.doctor.examination import Diagnosis, Place, Sensor, examine
from jupyter_green.doctor.text import HEADS, WIDTH, text
from jupyter_green.intake.places import LEDGER_VARIABLE
from jupyter_green.meter.baseline import Baseline
from jupyter_green.meter.synchronise import FRAMEWORKS
from jupyter_green.notebook.doctor import html
from jupyter_green.report.fields import ReportTrace
from jupyter_green.sampler.registry import RUNTIME_VARIABLE
from jupyter_green.sources import remedies
from jupyter_green.sources.variables import POWERCAP_VARIABLE
from tests.testbench.powercap import fuse_missing
from tests.testbench.stranger import stranger

PACKAGE = "cpu:0/package"
HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "rapl-without-root.md"


@pytest.fixture(autouse=True)
def registry(tmp_path, monkeypatch):
    """A folder of neighbours that no other test's samplers are in."""
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path / "registry"))


@pytest.fixture
def virtual_seen(machine, virtual):
    """Examine the machine in virtual time."""

    def examined(seconds=1.0):
        return examine(virtual, seconds, sleep=machine.sleep, new_meter=machine.new_meter)

    return examined


@pytest.fixture
def rapl(truth, rapl_here):
    """Return a function that adds a socket of 20 W and serves it."""

    def serve(**knobs):
        truth.add(PACKAGE, power_w=20.0, **knobs)
        return rapl_here()

    return serve


@pytest.fixture
def gpu(machine):
    """Return a function that adds a board of 70 W, in virtual time."""
    return lambda **knobs: machine.truth.add("gpu:0", power_w=70.0, phase_s=0.013, **knobs)


def seen(seconds=1.0, **more):
    with jg.Meter() as meter:
        return examine(meter, seconds, **more)


def by_id(entries):
    return {entry.id: entry for entry in entries}


# --- what is seen ---------------------------------------------------------------------------


def test_a_readable_counter_is_measured(rapl):
    rapl()
    diagnosis = seen(0.5)
    package = by_id(diagnosis.sensors)[PACKAGE]
    assert diagnosis.exit_code == 0
    assert package.mean_power_w == pytest.approx(20.0, rel=0.05)
    assert (package.provenance, package.counted, package.source) == ("counter", True, "rapl")
    assert package.agrees is None  # RAPL reports no power to compare with
    shown = text(diagnosis)
    assert "energy is measured here" in shown
    assert re.search(rf"^{PACKAGE} +\S.* +rapl +counter +yes +", shown, flags=re.MULTILINE)


def test_counters_that_everybody_reads_are_told(rapl):
    rapl(mode=0o444)
    diagnosis = seen(0.5)
    assert by_id(diagnosis.sensors)[PACKAGE].permission == doctor.EVERY_USER
    said = " ".join(text(diagnosis).split())
    assert "CVE-2020-8694" in said
    title = HOW_TO.read_text("utf-8").partition("\n")[0].removeprefix("# ")
    assert f'"{title}" in the documentation' in said


@pytest.mark.parametrize("period_s", [0.02, 0.05, 0.1])
def test_a_refresh_period_is_told_as_it_is_not_as_it_should_be(gpu, virtual_seen, period_s):
    gpu(refresh_s=period_s)
    board = by_id(virtual_seen().sensors)["gpu:0"]
    assert board.nominal_period_s == pytest.approx(0.1)
    assert board.observed_period_s == pytest.approx(period_s, rel=0.02)


def counter(period_s, times_s):
    """Readings of a counter that shows how often it was refreshed."""
    return [(round(t * 1e9), float(t // period_s)) for t in times_s]


def test_a_late_reading_does_not_make_a_period_longer():
    times_s = [n * 0.005 for n in range(200) if not 60 <= n <= 80]
    found = doctor.observed_period(counter(0.05, times_s))
    assert found.seconds == pytest.approx(0.05, rel=0.02)
    assert found.margin_s < 0.001


@pytest.mark.parametrize("period_s", [0.001, 0.005, 0.012, 0.5, 9.0])
def test_a_period_that_cannot_be_seen_is_not_told(period_s):
    assert doctor.observed_period(counter(period_s, [n * 0.005 for n in range(200)])) is None
    assert doctor.observed_period([]) is None


def test_counter_and_power_that_agree(gpu, virtual_seen):
    gpu()
    diagnosis = virtual_seen(2.0)
    board = by_id(diagnosis.sensors)["gpu:0"]
    assert board.agrees is True
    assert board.reported_power_w == pytest.approx(70.0, rel=0.02)
    assert "which is right" not in text(diagnosis)


def test_counter_and_power_that_disagree_are_told(gpu, virtual_seen):
    # The register averages over a minute in which the board drew less than it does now.
    board = gpu(has_power_fields=False, power_window_s=60.0)
    board.set_power(140.0)
    diagnosis = virtual_seen(2.0)
    assert by_id(diagnosis.sensors)["gpu:0"].agrees is False
    told = r"gpu:0: .*counter gives 1\d\d W, its reported power 7\d.*which is right"
    assert re.search(told, flat(diagnosis))
    assert "off -" in text(diagnosis)


def test_power_alone_is_measured_and_has_nothing_to_agree_with(gpu, virtual_seen):
    gpu(has_energy=False)
    diagnosis = virtual_seen()
    board = by_id(diagnosis.sensors)["gpu:0"]
    assert (board.provenance, board.agrees, board.observed_period_s) == ("power", None, None)
    assert diagnosis.exit_code == 0


def test_the_mean_of_a_curve():
    curve = ReportTrace(
        (0.0, 1.0, 2.0, 3.0), {"a": (10.0, 20.0, 20.0, None), "b": (1.0, *[None] * 3)}
    )
    assert doctor.mean_power_w(curve, "a", 3.0) == pytest.approx(17.5)
    assert doctor.mean_power_w(curve, "a", 5.0) is None  # known for less than half of the time
    assert doctor.mean_power_w(curve, "b", 3.0) is None
    assert doctor.mean_power_w(curve, "c", 3.0) is None


# --- what is missing ------------------------------------------------------------------------


def test_an_unreadable_counter_has_its_file_its_mode_and_its_remedies(rapl):
    if fuse_missing():
        pytest.skip(fuse_missing())
    served = rapl(mode=0o400)
    diagnosis = seen(0.5)
    absent = by_id(diagnosis.missing)[PACKAGE]
    assert str(served.energy_uj("intel-rapl:0")) in absent.reason
    assert "0400" in absent.reason
    assert absent.remedies == remedies.RAPL_UNREADABLE
    assert diagnosis.exit_code == 1  # the processor is estimated
    lines = [line.strip() for line in text(diagnosis).splitlines()]
    page = html(diagnosis)
    for remedy in remedies.RAPL_UNREADABLE:
        assert remedy.command in lines
        assert f"<code>{remedy.command.replace('&', '&amp;')}"[:60] in page
        assert remedy.exposes.replace("`", "") in flat(diagnosis).replace("`", "")


def test_where_there_is_no_sensor_the_processor_is_estimated(tmp_path, monkeypatch):
    monkeypatch.setenv(POWERCAP_VARIABLE, str(tmp_path))
    diagnosis = seen(0.5)
    assert diagnosis.exit_code == 1
    assert "only estimated here" in text(diagnosis)
    shown = text(diagnosis)
    assert re.search(r"^cpu +\S.* +cpu-estimate +estimate +yes ", shown, flags=re.MULTILINE)
    assert re.search(r"^cpu .* ≈ ", shown, flags=re.MULTILINE)


def sensor(id_="gpu:0", **changes):
    values = {
        "id": id_,
        "device": "a board",
        "source": "nvml",
        "provenance": "counter",
        "counted": True,
        "note": "",
        "flags": (),
        "permission": "granted",
        "mean_power_w": 70.0,
        "nominal_period_s": 0.1,
        "observed_period_s": None,
        "observed_margin_s": None,
        "reported_power_w": None,
        "agrees": None,
    }
    return Sensor(**(values | changes))


def diagnosis_of(*sensors, flags=()):
    place = Place("0.1", "CPython 3.12", "Linux", 4, 2.5, False, None, ("torch",), 7200.0, "Old.")
    return Diagnosis(3.0, place, sensors, (), flags)


@pytest.mark.parametrize(
    ("sensors", "code"),
    [
        ((), 2),
        ((sensor(mean_power_w=None),), 2),
        ((sensor(provenance="estimate"),), 1),
        ((sensor(flags=("replayed",)),), 1),
        ((sensor(provenance="power"), sensor(provenance="estimate")), 0),
        ((sensor(provenance="counter", counted=False),), 0),
    ],
)
def test_the_exit_code(sensors, code):
    diagnosis = diagnosis_of(*sensors)
    assert diagnosis.exit_code == code
    assert diagnosis.to_dict()["exit_code"] == code


# --- the place ------------------------------------------------------------------------------


def test_the_place(rapl, proc_tree):
    rapl()
    proc_tree.stat(busy_s=1.0, idle_s=5.0, cpus=3)
    with jg.Meter() as meter, jg.Meter() as second, stranger() as other:
        meter.baseline = Baseline("2026-01-01T00:00:00Z", 10.0, {PACKAGE: 1.0}, {PACKAGE: 0.1})
        alone = examine(meter, 0.5, proc_root=proc_tree.proc).place
        window = second.begin("of this program as well")
        other.ask("begin")
        together = examine(meter, 0.5, proc_root=proc_tree.proc / "nothing").place
        window.end()
    assert (alone.cpus, alone.has_host_load, alone.other_meters) == (3, True, 0)
    assert (together.has_host_load, together.other_meters) == (False, 1)
    assert alone.baseline_age_s > 0
    assert "`%green baseline`" in alone.baseline_note
    assert alone.version == jg.__version__
    assert set(alone.gpu_frameworks) == {name for name in FRAMEWORKS if name in sys.modules}


def test_a_time_that_makes_no_sense():
    with jg.Meter() as meter:
        for seconds in (0.0, -1.0, float("nan"), float("inf")):
            with pytest.raises(ValueError, match=r"0\.5 to 600 seconds"):
                examine(meter, seconds)
        assert meter.open_windows == 0


# --- how it is shown ------------------------------------------------------------------------


def flat(diagnosis):
    """The text without its line breaks."""
    return " ".join(text(diagnosis).split())


def test_the_text_is_at_most_80_columns_whatever_the_names():
    long = sensor(
        "cpu:0/die-1/package@intel-rapl-mmio:0:1",
        device="Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz",
        source="cpu-estimate",
        permission=doctor.EVERY_USER,
        note="part of something with a long name " * 5,
        counted=False,
        agrees=False,
        reported_power_w=123456.0,
        observed_period_s=0.0997,
        flags=("shared",),
    )
    lines = text(diagnosis_of(long, sensor(), flags=("host-busy",))).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert long.id in lines
    assert "; this process may use 2.5" in "\n".join(lines)


def test_the_device_has_a_column_in_text_and_html():
    board = sensor("gpu:0", device="NVIDIA H100 80GB HBM3", source="nvml")
    socket = sensor(device="AMD EPYC 9B14 96-Core Processor, socket 0 of 2", source="perf_event")
    found = diagnosis_of(board, socket)
    lines = text(found).splitlines()
    heads = next(line for line in lines if line.startswith("domain"))
    column = slice(heads.index("device"), heads.index("source"))
    rows = lines[lines.index(heads) + 1 :]
    rows = [row[column].strip() for row in rows[: rows.index("")]]
    assert " ".join(rows) == f"{board.device} {socket.device}"
    assert text(found).count(board.device) == 1
    page = html(found)
    assert page.index(">device<") < page.index("<tbody>") < page.index(f">{socket.device}<")


def test_the_page_has_two_narrow_tables_for_all_columns():
    tables = html(diagnosis_of(sensor("gpu:0"), sensor("gpu:1"))).split("<table>")[1:]
    heads = [re.findall(r"<th [^>]*>([^<]*)</th>", table) for table in tables]
    assert [len(names) for names in heads] == [6, 5]
    assert {*heads[0], *heads[1]} == set(HEADS)
    assert [table.count(">gpu:1<") for table in tables] == [1, 1]


def test_what_a_sensor_says_is_not_taken_for_html():
    page = html(diagnosis_of(sensor(device="<b>board</b> & co", note="<script>")))
    assert "<b>board" not in page
    assert "<script>" not in page
    assert "&lt;b&gt;board&lt;/b&gt; &amp; co" in page


# --- the command ----------------------------------------------------------------------------


def test_the_command_prints_json_without_names_of_host_or_user(rapl):
    rapl()
    names = {"USER": "ada.lovelace", "LOGNAME": "ada.lovelace", "HOSTNAME": "difference.engine"}
    began = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-m", "jupyter", "green", "doctor", "--json", "--seconds", "0.5"],
        env=os.environ | names | {"HOME": "/home/ada.lovelace"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert time.monotonic() - began > 0.5
    assert ran.returncode == 0, ran.stderr
    assert "reading every sensor for 0.5 s" in ran.stderr
    record = json.loads(ran.stdout)
    assert (record["schema"], record["exit_code"]) == ("jupyter-green.doctor.v1", 0)
    assert {s["id"] for s in record["sensors"]} == {PACKAGE}
    for name in (platform.node(), *names.values()):
        assert not re.search(rf"\b{re.escape(name)}\b", ran.stdout)


def test_the_command_prints_text(rapl, capsys):
    rapl()
    assert main(["doctor", "--seconds", "0.5"]) == 0
    printed = capsys.readouterr()
    assert PACKAGE in printed.out
    assert printed.err == "reading every sensor for 0.5 s …\n"


@pytest.mark.parametrize("command", ["doctor --seconds 0.5", "baseline --seconds 1.5 --output x"])
def test_the_ledger_has_nothing_of_what_the_meter_finds_out(rapl, tmp_path, monkeypatch, command):
    rapl()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(LEDGER_VARIABLE, str(tmp_path / "ledger"))
    assert main(command.split()) in {0, 1}  # a busy machine has no baseline
    with jg.Meter() as meter:
        meter.begin("work").end()
    assert [report.label for report in jg.ledger.query()] == ["work"]


def test_the_command_refuses_a_time_that_makes_no_sense(capsys):
    assert main(["doctor", "--seconds", "0"]) == 2
    assert "0.5 to 600 seconds" in capsys.readouterr().err
