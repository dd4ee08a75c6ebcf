"""Each form is read by what it is for: the peer's own package, or the standard's own schema."""

import csv
import io
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from google.protobuf import json_format
from jsonschema import Draft4Validator, Draft202012Validator
from opentelemetry.proto.metrics.v1.metrics_pb2 import MetricsData
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from prometheus_client.parser import text_string_to_metric_families
from referencing import Registry, Resource

from jupyter_green.exports.forms import FORMS
from jupyter_green.exports.opentelemetry import observe
from jupyter_green.exports.prometheus import AT_LEAST
from jupyter_green.flags import HOST_LOST
from jupyter_green.intake.places import LEDGER_VARIABLE
from jupyter_green.ledger.imports import import_file
from jupyter_green.report.report import Report
from tests.testbench.handed_in import report

from .conftest import book, windows

SCHEMAS = Path(__file__).parents[1] / "data" / "schemas"
BOAMPS = "https://raw.githubusercontent.com/Boavizta/BoAmps/main/model/"
KWH = 3.6e6
TO_FILE = ("parquet",)


def rows(text):
    return list(csv.DictReader(io.StringIO(text.decode(), newline="")))


@pytest.fixture
def written(export, tmp_path):
    """Return what a form is, whether it goes to a file or not."""

    def run(form, *words):
        path = tmp_path / f"out.{form}"
        ran = export(form, "-o", path, *words)
        assert ran.status == 0, ran.err
        return path.read_bytes()

    return run


@pytest.mark.parametrize("form", FORMS)
def test_the_same_windows_are_the_same_bytes_wherever_and_whenever(
    form, filled, written, monkeypatch
):
    first = written(form, "--place", "DE", "--until", "2030-01-01")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert written(form, "--place", "DE", "--until", "2030-01-01") == first
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("form", ["csv", "cyclonedx", "otel"])
def test_the_order_of_booking_does_not_matter(form, tmp_path, export, monkeypatch):
    found = windows()
    stages = ("training", "data", None)
    found += [replace(report(stage=stage), started_at=found[0].started_at) for stage in stages]
    seen = set()
    for name, order in (("one", found), ("two", found[::-1])):
        monkeypatch.setenv(LEDGER_VARIABLE, str(tmp_path / name))
        for each in order:
            book(tmp_path / name, each, begin_s=0.0)
        seen.add(export(form).out)
    assert len(seen) == 1


@pytest.mark.parametrize("form", [form for form in FORMS if form not in TO_FILE])
def test_what_is_printed_is_what_a_file_has(form, filled, written, export):
    assert export(form).out == written(form)


@pytest.mark.parametrize("form", [form for form in FORMS if form != "boamps"])
def test_an_empty_ledger_is_an_empty_export_and_says_so(form, export, tmp_path):
    path = tmp_path / "out"
    ran = export(form, "-o", path, "--place", "DE")
    assert (ran.status, ran.out) == (0, b"")
    assert ran.err == "jupyter green: nothing was metered then: the export is empty\n"
    check = {
        "csv": lambda: rows(path.read_bytes()) == [],
        "codecarbon": lambda: rows(path.read_bytes()) == [],
        "jsonl": lambda: path.read_bytes() == b"",
        "parquet": lambda: len(pd.read_parquet(path)) == 0,
        "cyclonedx": lambda: cyclonedx_fault(path.read_text()) is None,
        "spdx": lambda: spdx_faults(json.loads(path.read_text())) == [],
        "prometheus": lambda: samples(path.read_text()) == {},
        "otel": lambda: json_format.Parse(path.read_text(), MetricsData()) is not None,
    }
    assert check[form]()


def test_boamps_has_no_empty_report(export, tmp_path):
    ran = export("boamps", "-o", tmp_path / "out")
    assert (ran.status, list(tmp_path.iterdir())) == (2, [])
    assert "nothing here has joules" in ran.err


def test_csv_has_a_row_for_each_window(filled, export):
    fit, data, deployed, failed = rows(export("csv").out)
    assert (fit["label"], fit["stage"], fit["notebook"]) == ("fit", "training", "a.ipynb")
    assert (fit["energy_j"], fit["uncertainty_j"], fit["measured_j"]) == ("50.0", "0.5", "50.0")
    assert json.loads(fit["metrics"]) == {"acc": 0.9}
    assert (data["measured_j"], data["estimated_j"]) == ("50.0", "100.0")
    assert (data["provenance"], deployed["gpu_energy_j"]) == ("mixed", "3600000.0")
    assert (failed["status"], failed["energy_j"], failed["measured_j"]) == ("error", "", "")
    assert "emissions_g" not in fit


def test_grams_stand_there_with_all_that_they_rest_on(filled, export):
    deployed = rows(export("csv", "--place", "100", "--pue", "1.5").out)[2]
    assert float(deployed["emissions_g"]) == pytest.approx(150.0)
    assert float(deployed["emissions_uncertainty_g"]) == pytest.approx(150.0 / 360)
    assert (deployed["g_per_kwh"], deployed["pue"]) == ("100.0", "1.5")
    germany = rows(export("csv", "--place", "DE").out)[2]
    assert (germany["place"], germany["basis"]) == (
        "Germany",
        "average, lifecycle, production",
    )


def test_texts_of_users_break_no_table(ledger, export, tmp_path):
    label = '=cmd("a")\n"b"\r\n,\x00' + "x" * 180
    book(ledger, report(label=label, notebook="no\udcff.ipynb", stage="@s"))
    (row,) = rows(export("csv").out)
    assert row["label"] == "'" + label.replace("\0", "\ufffd")
    assert row["stage"] == "'@s"
    (line,) = export("jsonl").out.decode().splitlines()
    assert json.loads(line)["report"]["notebook"] == r"no\udcff.ipynb"
    for form in FORMS:
        assert export(form, "-o", tmp_path / form).status == 0
        if form not in TO_FILE:
            (tmp_path / form).read_text(encoding="utf-8")


def test_a_line_of_json_holds_the_report(filled, export):
    lines = [json.loads(line) for line in export("jsonl").out.splitlines()]
    found = [Report.from_dict(line["report"]) for line in lines]
    assert [each.energy_j for each in found] == [50.0, 150.0, 3.6e6, None]
    assert lines[0]["metrics"] == {"acc": 0.9}
    assert found[0].trace.t_s == (0.0, 5.0)


def test_lines_of_json_that_are_imported_are_the_same_ledger(ledger, export, tmp_path, monkeypatch):
    book(ledger, *windows(), report(label="=a\n"))
    book(ledger, report(), begin_s=0.0, session="another")  # the first one's joules, too
    output = tmp_path / "all.jsonl"
    export("jsonl", "-o", output)
    before = [export(form).out for form in ("jsonl", "csv", "prometheus", "cyclonedx")]
    monkeypatch.setenv(LEDGER_VARIABLE, str(tmp_path / "another"))
    import_file(tmp_path / "another", output)
    assert [export(form).out for form in ("jsonl", "csv", "prometheus", "cyclonedx")] == before


def test_parquet_has_the_csvs_columns_with_types(filled, written, export):
    frame = pd.read_parquet(io.BytesIO(written("parquet", "--place", "DE")))
    assert list(frame) == list(rows(export("csv", "--place", "DE").out)[0])
    assert frame["energy_j"].tolist()[:3] == [50.0, 150.0, 3.6e6]
    assert frame["energy_j"].isna().tolist() == [False, False, False, True]
    assert frame["measured_j"].sum() == pytest.approx(3.6e6 + 100)


def test_parquet_without_pyarrow_says_what_to_install(filled, export, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    ran = export("parquet", "-o", tmp_path / "out")
    assert ran.status == 2
    assert "pip install 'jupyter-green[parquet]'" in ran.err
    assert not (tmp_path / "out").exists()


CODECARBON = (
    "timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,"
    "gpu_power,ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,water_consumed,"
    "country_name,country_iso_code,region,cloud_provider,cloud_region,os,python_version,"
    "codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,latitude,"
    "ram_total_size,tracking_mode,cpu_utilization_percent,gpu_utilization_percent,"
    "ram_utilization_percent,ram_used_gb,on_cloud,pue,wue"
)


def test_codecarbons_columns_in_its_order_and_units(filled, export):
    ran = export("codecarbon", "--place", "US-CA", "--pue", "2")
    assert ran.out.splitlines()[0].decode() == CODECARBON
    deployed = rows(ran.out)[2]
    assert float(deployed["energy_consumed"]) == 2.0  # as there, with the building's share
    assert float(deployed["gpu_energy"]) == 2.0
    assert float(deployed["gpu_power"]) == pytest.approx(600.0)
    assert (deployed["gpu_model"], deployed["gpu_count"]) == ("1 x NVIDIA H100 PCIe", "1")
    intensity = float(rows(export("csv", "--place", "US-CA").out)[2]["g_per_kwh"])
    assert float(deployed["emissions"]) == pytest.approx(2 * intensity / 1000)
    assert (deployed["country_iso_code"], deployed["timestamp"]) == ("USA", "2026-05-06T06:22:01")
    assert (deployed["cpu_energy"], deployed["os"]) == ("", "")
    assert "1 of 4 windows hold estimated joules" in ran.err


def test_what_was_not_metered_to_its_end_is_said_where_there_is_no_field_for_it(ledger, export):
    book(ledger, report(), report(flags=[HOST_LOST]))
    assert "1 of 2 windows were not metered to their end" in export("codecarbon").err
    assert f"\n{AT_LEAST} 1\n" in export("prometheus").out.decode()
    told = json_format.Parse(export("otel").out, MetricsData())
    energy, at_least = told.resource_metrics[0].scope_metrics[0].metrics
    assert (energy.name, at_least.gauge.data_points[0].as_int) == ("hw.energy", 1)


@pytest.mark.parametrize("way", ["append", "update"])
def test_codecarbon_reads_the_file_and_goes_on_in_it(filled, export, tmp_path, way):
    output = pytest.importorskip("codecarbon.output_methods.file")
    data = pytest.importorskip("codecarbon.output_methods.emissions_data")
    export("codecarbon", "-o", tmp_path / "emissions.csv", "--place", "DE")
    fields = dict.fromkeys(CODECARBON.split(","), 0.0) | {"run_id": "theirs"}
    output.FileOutput("emissions.csv", str(tmp_path), way).out(data.EmissionsData(**fields), None)
    frame = pd.read_csv(tmp_path / "emissions.csv")
    assert list(tmp_path.glob("*.bak*")) == []
    assert frame["run_id"].tolist()[-1] == "theirs"
    assert frame["energy_consumed"].tolist()[2] == 1.0
    assert len(frame) == 5


def cyclonedx_fault(text):
    return JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)


def test_cyclonedx_is_valid_and_each_joule_is_in_it_once(filled, export):
    text = export("cyclonedx", "--place", "DE").out.decode()
    assert cyclonedx_fault(text) is None
    found = json.loads(text)
    assert next(iter(Bom.from_json(data=found).components)).name == "thesis"
    card = found["components"][0]["modelCard"]["considerations"]
    entries = card["environmentalConsiderations"]["energyConsumptions"]
    used = {
        (each["activity"], each["properties"][1]["value"]): each["activityEnergyCost"]["value"]
        for each in entries
    }
    assert used == pytest.approx(
        {
            ("data-preparation", "measured"): 50 / KWH,
            ("data-preparation", "estimated"): 100 / KWH,
            ("inference", "measured"): 1.0,
            ("training", "measured"): 50 / KWH,
        }
    )
    grams = 1e6 * entries[2]["co2CostEquivalent"]["value"]
    assert grams == pytest.approx(329.65, abs=0.01)


def spdx_faults(document):
    schema = json.loads((SCHEMAS / "spdx-3.0.1.schema.json").read_text())
    return [error.message for error in Draft202012Validator(schema).iter_errors(document)]


def test_spdx_is_valid_and_has_what_the_standard_has_room_for(filled, export):
    ran = export("spdx")
    document = json.loads(ran.out)
    assert spdx_faults(document) == []
    package = next(each for each in document["@graph"] if each["type"] == "ai_AIPackage")
    used = package["ai_energyConsumption"]
    assert used["ai_inferenceEnergyConsumption"] == [
        {
            "type": "ai_EnergyConsumptionDescription",
            "ai_energyQuantity": "1.0",
            "ai_energyUnit": "kilowattHour",
        }
    ]
    assert used["ai_trainingEnergyConsumption"][0]["ai_energyQuantity"] == "0.0000138888889"
    assert "data: ≈ 100 J, × ½ to 2 estimated." in package["comment"]
    assert "the joules of data are in the package's comment" in ran.err


def test_what_spdx_has_no_room_for_is_seen_by_its_schema(filled, export):
    document = json.loads(export("spdx").out)
    package = next(each for each in document["@graph"] if each["type"] == "ai_AIPackage")
    package["ai_energyConsumption"]["ai_energyQuantity"] = 1
    assert spdx_faults(document)


def boamps_faults(found):
    schemas = {path.name: json.loads(path.read_text()) for path in SCHEMAS.glob("boamps/*.json")}
    known = [(BOAMPS + name, Resource.from_contents(each)) for name, each in schemas.items()]
    validator = Draft4Validator(
        schemas["report_schema.json"], registry=Registry().with_resources(known)
    )
    return [error.message for error in validator.iter_errors(found)]


def test_boamps_is_valid_and_a_draft(filled, export):
    ran = export("boamps", "--place", "DE")
    found = json.loads(ran.out)
    assert boamps_faults(found) == []
    assert boamps_faults({**found, "measures": []}) != []
    measured, estimated = found["measures"]
    assert measured["powerConsumption"] == pytest.approx(1 + 100 / KWH)
    assert measured["measurementDuration"] == 12010.0
    assert (measured["cpuTrackingMode"], measured["gpuTrackingMode"]) == ("rapl", "nvml")
    assert estimated["powerConsumption"] == pytest.approx(100 / KWH)
    assert found["task"]["taskStage"] == "data+deployment+training"
    assert found["quality"] == "low"  # a part of it may be half or twice as much
    assert found["infrastructure"]["components"][0]["nbComponent"] == 1
    assert (found["header"]["reportStatus"], found["environment"]["country"]) == (
        "draft",
        "Germany",
    )
    assert "fill in task.taskFamily" in ran.err


def samples(text):
    return {
        (sample.labels["domain"], sample.labels["provenance"]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "jupyter_green_metered_joules_total"
    }


def test_prometheus_reads_a_counter_for_each_domain(filled, export):
    text = export("prometheus").out.decode()
    assert samples(text) == {
        ("cpu", "estimated"): 100.0,
        ("cpu:0/package", "measured"): 100.0,
        ("gpu:0", "measured"): 3.6e6,
    }
    assert {family.type for family in text_string_to_metric_families(text)} == {"counter"}


def test_prometheus_is_shown_a_sum_without_the_noise_of_its_addition(ledger, export):
    book(ledger, report(energy_j=0.1), report(energy_j=0.2))
    assert export("prometheus").out.decode().endswith(" 0.3\n")


def test_windows_at_the_same_time_count_once(ledger, export):
    book(ledger, report(), begin_s=0.0, session="one")
    book(ledger, report(), begin_s=0.0, session="two")
    assert samples(export("prometheus").out.decode()) == {("cpu:0/package", "measured"): 50.0}
    (entry,) = json.loads(export("cyclonedx").out)["components"][0]["modelCard"]["considerations"][
        "environmentalConsiderations"
    ]["energyConsumptions"]
    assert entry["activityEnergyCost"]["value"] == pytest.approx(50 / KWH)


def hardware(data):
    (metric,) = data.resource_metrics[0].scope_metrics[0].metrics
    return metric, {
        (point.attributes["hw.id"], point.attributes["hw.type"]): point.value
        for point in metric.data.data_points
    }


def test_a_program_shows_the_ledger_by_its_own_opentelemetry(filled):
    reader = InMemoryMetricReader()
    observe(MeterProvider([reader]), filled)
    metric, joules = hardware(reader.get_metrics_data())
    assert (metric.name, metric.unit, metric.data.is_monotonic) == ("hw.energy", "J", True)
    assert joules == {
        ("cpu", "cpu"): 100.0,
        ("cpu:0/package", "cpu"): 100.0,
        ("GPU-1 gpu:0", "gpu"): 3.6e6,
    }
    book(filled, report(), begin_s=1e6)
    assert hardware(reader.get_metrics_data())[1]["cpu:0/package", "cpu"] == 150.0


def test_a_ledger_that_cannot_be_read_stops_no_program(tmp_path):
    (tmp_path / "ledger.sqlite").write_bytes(b"no database" * 1000)
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    observe(provider, tmp_path)
    provider.get_meter("a program").create_counter("its.own").add(1)
    metrics = reader.get_metrics_data().resource_metrics[0].scope_metrics
    assert [each.name for scope in metrics for each in scope.metrics] == ["its.own"]


def test_otlp_is_read_by_its_own_definition(filled, export):
    data = json_format.Parse(export("otel").out, MetricsData())
    metric = data.resource_metrics[0].scope_metrics[0].metrics[0]
    assert (metric.name, metric.unit) == ("hw.energy", "J")
    assert metric.sum.is_monotonic
    joules = {
        point.attributes[0].value.string_value: point.as_double for point in metric.sum.data_points
    }
    assert joules["GPU-1 gpu:0"] == 3.6e6


def test_without_mlflow_it_says_so(filled, export, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    ran = export("--mlflow")
    assert (ran.status, ran.out) == (2, b"")
    assert ran.err == "jupyter green: MLflow is not installed here: pip install mlflow\n"


def test_mlflow_has_a_run_for_each_window_once(filled, export, tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    assert export("--mlflow", "--place", "DE").out == b"4 runs logged, 0 were there.\n"
    assert export("--mlflow").out == b"0 runs logged, 4 were there.\n"
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name("jupyter-green")
    found = {
        run.data.tags.get("jupyter_green.stage"): run
        for run in client.search_runs([experiment.experiment_id])
    }
    fit = found["training"]
    assert fit.data.metrics["acc"] == 0.9
    assert fit.data.metrics["measured_j"] == 50.0
    assert fit.data.tags["mlflow.source.git.commit"] == "c" * 40
    assert (fit.info.status, fit.info.end_time - fit.info.start_time) == ("FINISHED", 5000)
    assert found[None].info.status == "FAILED"
    assert "energy_j" not in found[None].data.metrics
