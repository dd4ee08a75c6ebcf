"""MLflow: a run for each window, where MLflow is installed.

The server is the one that MLflow itself would use (``MLFLOW_TRACKING_URI``). A window that is
there already is not logged again: a tag holds its id.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from ..carbon import emissions
from ..ledger.emitted import Factor
from ..ledger.metered import Metered
from ..report.report import Report
from .columns import row
from .selection import Selection
from .texts import encodable

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "jupyter-green"
"""Where the runs are, unless ``MLFLOW_EXPERIMENT_NAME`` says otherwise."""
ID_TAG = "jupyter_green.run_id"
_METRICS = (
    *("energy_j", "uncertainty_j", "measured_j", "estimated_j"),
    *("cpu_energy_j", "dram_energy_j", "gpu_energy_j", "other_energy_j"),
    *("net_energy_j", "energy_per_unit_j", "duration_s", "mean_power_w", "peak_power_w"),
)
_TAGS = ("provenance", "status", "stage", "notebook", "project", "job", "flags")
_STATUSES = {"ok": "FINISHED", "interrupted": "KILLED"}
_UNFIT = re.compile(r"[^\w\-. :/]", re.ASCII)
"""In the name of a metric."""
_MAX_NAME = 250
_PAGE = 1000


class Logged(NamedTuple):
    """How many windows became runs, and how many were there before."""

    new: int
    known: int


def log(selection: Selection) -> Logged:
    """Log windows as runs.

    Raises
    ------
    ImportError
        Without MLflow.
    OSError
        Where its server does not answer, or refuses.
    """
    try:
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException
    except ImportError:
        raise ImportError("MLflow is not installed here: pip install mlflow") from None
    try:
        client = MlflowClient()
        experiment = _experiment(client)
        known = _known(client, experiment)
        new = old = 0
        for metered, report in selection.windows():
            if metered.run_id in known:
                old += 1
            else:
                _log(client, experiment, metered, report, selection.factor)
                new += 1
    except MlflowException as error:
        raise OSError(f"MLflow, whose server MLFLOW_TRACKING_URI names: {error}") from error
    return Logged(new, old)


def _experiment(client: MlflowClient) -> str:
    name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or EXPERIMENT
    found = client.get_experiment_by_name(name)
    return str(found.experiment_id if found else client.create_experiment(name))


def _known(client: MlflowClient, experiment: str) -> set[str]:
    """Return the windows that have runs."""
    found: set[str] = set()
    token: str | None = None
    while True:
        page = client.search_runs(
            [experiment], f"tags.`{ID_TAG}` != ''", max_results=_PAGE, page_token=token
        )
        found |= {run.data.tags[ID_TAG] for run in page}
        token = page.token
        if not token:
            return found


def _log(
    client: MlflowClient, experiment: str, metered: Metered, report: Report, factor: Factor | None
) -> None:
    from mlflow.entities import Metric, RunTag

    begin_ms = round(metered.started_s * 1000)
    end_ms = begin_ms + round(metered.duration_s * 1000)
    run = client.create_run(experiment, begin_ms, run_name=str(encodable(metered.name)))
    run_id = run.info.run_id
    client.set_terminated(run_id, _STATUSES.get(metered.status, "FAILED"), end_ms)
    metrics = [
        Metric(name, value, end_ms, 0) for name, value in _metrics(metered, report, factor).items()
    ]
    # The id comes last: where this is cut short before, the window is logged the next time.
    tags = {**_tags(metered, report, factor), ID_TAG: metered.run_id}
    client.log_batch(run_id, metrics, tags=[RunTag(name, text) for name, text in tags.items()])


def _metrics(metered: Metered, report: Report, factor: Factor | None) -> dict[str, float]:
    values = row(metered, report)
    found = {name: values[name] for name in _METRICS if values[name] is not None}
    if factor and report.energy_j is not None:
        found["emissions_g"] = emissions(report.energy_j, None, *factor).emissions_g
    own = {_UNFIT.sub("_", name)[:_MAX_NAME]: value for name, value in report.metric.items()}
    return {**own, **found}


def _tags(metered: Metered, report: Report, factor: Factor | None) -> dict[str, str]:
    values: dict[str, Any] = row(metered, report)
    found = {f"jupyter_green.{name}": values[name] for name in _TAGS if values[name]}
    if metered.commit:
        found["mlflow.source.git.commit"] = metered.commit
    if factor:
        found |= {"jupyter_green.intensity": factor.intensity, "jupyter_green.pue": factor.pue}
    return {name: str(encodable(str(value))) for name, value in found.items()}
