"""Reports as pandas DataFrames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..printable import printable
from .fields import CONDITIONS, DomainReport, ReportFields

if TYPE_CHECKING:
    from pandas import DataFrame

_TOTALS = (
    *("run_id", "label", "stage", "status", "notebook", "execution_count", "started_at"),
    *("duration_s", "energy_j", "uncertainty_j", "provenance", "mean_power_w", "peak_power_w"),
    *("net_energy_j", "net_uncertainty_j", "scale_low", "scale_high"),
    *("per_count", "per_unit", "energy_per_unit_j", "uncertainty_per_unit_j"),
)
_COLUMNS = (
    # The figures first: where a frame is too wide, pandas leaves out the columns in the middle.
    *("energy_j", "uncertainty_j", "mean_power_w", "provenance", "counted", "device", "source"),
    "board",
    *("scale_low", "scale_high", "scale_group", "scale_source"),
    *("resolution_s", *CONDITIONS, "flags"),
)


def domain_frame(report: ReportFields) -> DataFrame:
    """Return a row for each domain. The totals, which the counted rows make up, are in ``attrs``.

    Raises
    ------
    ImportError
        Without pandas.
    """
    pandas = imported_pandas()
    rows = [_row(domain) for domain in report.domains.values()]
    index = pandas.Index(list(map(printable, report.domains)), name="domain", dtype=object)
    frame: DataFrame = pandas.DataFrame(rows, index=index, columns=list(_COLUMNS))
    frame = frame.astype(dict.fromkeys(CONDITIONS, float))
    frame.attrs = {
        **{name: _shown(getattr(report, name, None)) for name in _TOTALS},
        **_scale_of(report),
        "flags": printable(", ".join(report.flags)),
        "missing": printable(", ".join(missing.id for missing in report.missing)),
        "notes": printable(" ".join(report.notes)),
        "metric": {printable(name): value for name, value in report.metric.items()},
    }
    return frame


def trace_frame(report: ReportFields) -> DataFrame:
    """Return the watts of each domain (columns) by seconds since the window's begin (index).

    The columns' axis is named ``power_w``, the rows' ``t_s``. A value holds from the
    row before up to its own; NaN is where nothing was read.

    Raises
    ------
    ImportError
        Without pandas.
    """
    pandas = imported_pandas()
    index = pandas.Index(report.trace.t_s, name="t_s", dtype=float)
    watts = {printable(id_): values for id_, values in report.trace.power_w.items()}
    frame: DataFrame = pandas.DataFrame(watts, index=index, dtype=float)
    return frame.rename_axis(columns="power_w")


def _row(domain: DomainReport) -> dict[str, Any]:
    plain = {name: getattr(domain, name) for name in _COLUMNS if hasattr(domain, name)}
    row = {
        **plain,
        **_scale_of(domain),
        "scale_group": domain.scale.group if domain.scale else None,
        "scale_source": domain.scale.source if domain.scale else None,
        **{name: domain.conditions.get(name) for name in CONDITIONS},
        "provenance": domain.provenance.value,
        "flags": ", ".join(domain.flags),
    }
    return {name: _shown(value) for name, value in row.items()}


def _shown(value: Any) -> Any:
    """Return what is printed with a frame as it can be printed."""
    return printable(value) if isinstance(value, str) else value


def _scale_of(figures: ReportFields | DomainReport) -> dict[str, float]:
    low, high = figures.scale_range
    return {"scale_low": low, "scale_high": high}


def imported_pandas() -> Any:
    """Return pandas, or say that it is not installed."""
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            f"a data frame needs pandas, which this environment lacks ({error}): "
            "`pip install pandas`"
        ) from error
    return pd
