"""The words for what a report says with a mark. The panel has the same ones (``words.ts``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .. import flags
from ..printable import printable, shortened
from ..sources.base import Provenance
from . import times
from .fields import MIXED, DomainReport, ReportFields, Share
from .format import (
    at_least,
    bounds,
    duration,
    each,
    energy,
    energy_of_sum,
    energy_so_far,
    is_below_resolution,
    is_vague_reading,
    mean_power,
    metric,
    peak_power,
    percent,
    power,
    reading_words,
    scale_words,
)
from .scale import EXACT, ScaleRange, range_of, shares

REPLAY = "REPLAY"
"""The watermark of figures that were played back from a recording."""

_LONGEST_UNIT = 60
"""Characters of a unit, or of a metric's name, in a line."""

_MOST_WHOLE = 1e21

OLD_BASELINE_S = 3600.0
"""A machine's idle power changes with its temperature and with what is loaded."""


_HOW = {
    Provenance.COUNTER.value: "energy counter",
    Provenance.POWER.value: "power samples",
    Provenance.ESTIMATE.value: "estimated",
    MIXED: "partly estimated",
}


def is_replayed(report: ReportFields) -> bool:
    """Whether a report holds figures that were played back, not measured."""
    flagged = (report.flags, *(domain.flags for domain in report.domains.values()))
    return any(flags.REPLAYED in each for each in flagged)


def line(report: ReportFields) -> str:
    """Return a report as one line of text: joules, then watts, then time."""
    name = f"{printable(report.label)}: " if report.label else ""
    parts = [f"{name}{joules(report)}"]
    if per := joules_per_unit(report):
        parts.append(per)
    known = not is_below_resolution(report.energy_j, report.uncertainty_j)
    if report.mean_power_w is not None and known:
        parts.append(f"{mean_power(report)} mean")
        if report.peak_power_w is not None and not is_vague_reading(
            report.energy_j, report.uncertainty_j
        ):
            parts[-1] += f", peak {peak_power(report, report.peak_power_w)}"
    parts.append(duration(report.duration_s))
    if report.net_energy_j is not None:
        parts.append(f"net {net_energy(report)}")
    parts += metrics(report)
    if report.provenance:
        parts.append(how(report.provenance))
    if report.status != "ok":
        parts.append(report.status)
    if flags.REPLAYED in report.flags:
        parts.append("REPLAYED, not measured")
    return " · ".join(parts)


def name_of(report: ReportFields) -> str:
    """Return what a person calls a report: its label, its ``In [n]``, or the begin of its id."""
    if report.label:
        return printable(report.label)
    return f"[{report.execution_count}]" if report.execution_count else printable(report.run_id[:8])


def bounds_j(report: ReportFields) -> tuple[float, float]:
    """Return the least and the most joules of a report: what its counted domains add up to.

    Where these are not known it is what its own interval says.
    """
    counted = [domain for domain in report.domains.values() if domain.counted]
    if counted:
        return bounds((domain.energy_j, domain.uncertainty_j) for domain in counted)
    return bounds([(report.energy_j or 0.0, report.uncertainty_j or 0.0)])


def joules(report: ReportFields) -> str:
    """Return a report's joules with what is known of them, such as ``"12.3 ± 0.4 J"``."""
    return _joules(report, report.scale_range)


def reading(report: ReportFields) -> str:
    """Return a report's joules with its reading's uncertainty alone, for comparisons."""
    return _joules(report, EXACT)


def _joules(report: ReportFields, scale: ScaleRange) -> str:
    figures = report.energy_j, report.uncertainty_j, bounds_j(report), report.provenance
    return _as_known(report, energy_of_sum(*figures, scale))


def _as_known(report: ReportFields, figure: str) -> str:
    """Return joules of a report; of one that lacks a host's they are a lower bound."""
    return at_least(figure) if report.is_at_least else figure


def joules_per_unit(report: ReportFields) -> str:
    """Return the joules for each unit of work, such as ``"3.1 ± 0.1 mJ/token"``, or empty."""
    return _per_unit(report, report.scale_range)


def reading_per_unit(report: ReportFields) -> str:
    """Return the same with the reading's uncertainty alone, for comparisons."""
    return _per_unit(report, EXACT)


def _per_unit(report: ReportFields, scale: ScaleRange) -> str:
    if report.energy_j is None or not report.per_count:
        return ""
    low_j, high_j = bounds_j(report)
    figure = energy_of_sum(
        report.energy_j / report.per_count,
        (report.uncertainty_j or 0.0) / report.per_count,
        (low_j / report.per_count, high_j / report.per_count),
        report.provenance,
        scale,
    )
    return each(_as_known(report, figure), unit_of(report))


def count(report: ReportFields) -> str:
    """Return how many units of work were done, such as ``"512 token"``."""
    done = float(report.per_count or 0.0)
    is_whole = done.is_integer() and done < _MOST_WHOLE
    return f"{f'{done:.0f}' if is_whole else metric(done)} {unit_of(report)}"


def unit_of(report: ReportFields) -> str:
    """Return what a unit of a report's work is called."""
    return shortened(printable(report.per_unit or ""), _LONGEST_UNIT) or "unit"


def metrics(report: ReportFields) -> list[str]:
    """Return what was achieved, such as ``["acc 0.953"]``."""
    return [f"{name} {value}" for name, value in named_metrics(report)]


def achieved(report: ReportFields) -> str:
    """Return joules per unit of work and metrics, as a column of a table has them, or empty."""
    return ", ".join(filter(None, (joules_per_unit(report), *metrics(report))))


def named_metrics(report: ReportFields) -> list[tuple[str, str]]:
    """Return the names and the figures of what was achieved."""
    named = ((shortened(printable(name), _LONGEST_UNIT), v) for name, v in report.metric.items())
    return [(name, metric(value)) for name, value in named]


def domain_joules(domain: DomainReport) -> str:
    """Return one domain's joules with what is known of them."""
    return energy(
        domain.energy_j, domain.uncertainty_j, domain.provenance.value, domain.scale_range
    )


def uncertainties(figures: ReportFields | DomainReport) -> str:
    """Return both uncertainties, such as ``"reading ± 71 mJ, scale ± 6 %"``; empty without any."""
    parts = []
    if figures.uncertainty_j:
        parts.append(f"reading {reading_words(figures.uncertainty_j)}")
    if figures.scale_range.reach:
        parts.append(f"scale{scale_words(figures.scale_range).replace(',', '')}")
    return ", ".join(parts)


def domain_uncertainties(domain: DomainReport) -> str:
    """Return both uncertainties of a domain and where its scale's is from; empty without one."""
    if domain.scale is None:
        return ""
    return f"{uncertainties(domain)} ({printable(domain.scale.source)})"


def remark(flag: str) -> str:
    """Return a flag as a sentence of its own."""
    return capitalised(flags.sentence(flag))


def capitalised(text: str) -> str:
    """Return a phrase as a sentence."""
    return f"{text[:1].upper()}{text[1:]}."


def how(provenance: str | None) -> str:
    """Return how joules came about, in words; empty where there are none."""
    return _HOW.get(provenance, "") if provenance else ""


def flag_sentences(names: Iterable[str]) -> list[str]:
    """Return flags in words; one that is not known stays as it is."""
    return [flags.sentence(name) for name in names]


def conditions(domain: DomainReport) -> str:
    """Return what a device did over the window, such as ``"87 % busy, up to 71 °C"``."""
    seen = domain.conditions
    parts = []
    if "utilization_percent" in seen:
        parts.append(f"{seen['utilization_percent']:.0f} % busy")
    if "temperature_c" in seen:
        parts.append(f"up to {seen['temperature_c']:.0f} °C")
    if "power_limit_w" in seen:
        parts.append(f"power limit {power(seen['power_limit_w'])}")
    return ", ".join(parts)


def measured_by(report: ReportFields) -> str:
    """Say how a report's joules came about, empty where there are none."""
    if report.provenance is None:
        return ""
    if is_replayed(report):
        return flags.sentence(flags.REPLAYED)
    kinds = {domain.provenance for domain in report.domains.values() if domain.counted}
    if Provenance.ESTIMATE in kinds:
        return "estimated, not measured" if len(kinds) == 1 else "partly estimated"
    measured = ((Provenance.COUNTER, "energy counters"), (Provenance.POWER, "power samples"))
    return " and ".join(name for kind, name in measured if kind in kinds)


def net_energy(report: ReportFields) -> str:
    """Return the joules above the idle baseline, empty where none was measured."""
    if report.net_energy_j is None:
        return ""
    figure = energy(
        report.net_energy_j, report.net_uncertainty_j, report.provenance, report.scale_range
    )
    return _as_known(report, figure)


def old_baseline(report: ReportFields) -> str:
    """Return a sentence where a report's baseline was old when the window began, else nothing."""
    if report.net_energy_j is None or report.baseline_at is None:
        return ""
    try:
        age_s = times.epoch_s(report.started_at) - times.epoch_s(report.baseline_at)
    except (TypeError, ValueError):  # these are texts from outside
        return ""
    return old_baseline_note(age_s)


def old_baseline_note(age_s: float) -> str:
    """Return a sentence where a baseline is old, else nothing."""
    if age_s <= OLD_BASELINE_S:
        return ""
    return f"Idle baseline {age_s / 3600:.1f} hours old: `%green baseline` measures it again."


def share(report: ReportFields, whose: str = "This kernel") -> str:
    """Return the program's own part of the joules as a sentence, empty where it is not known.

    What is divided are the processor's domains and the GPUs whose driver
    keeps account of its processes (``docs/attribution.md``).
    """
    if report.share is None:
        return ""
    if report.share.unit is not None:
        return _unit_share(report.share, report.domains, whose)
    counted = [domain for domain in report.domains.values() if domain.counted]
    processor = [d for d in counted if d.id.startswith("cpu")]
    gpus = {d.id: part for d in counted if (part := report.share.gpu_share.get(d.id)) is not None}
    parts, accounts = [], []
    if processor:
        whole = "it" if len(processor) == len(counted) else "the CPU's joules"
        parts.append(f"≈ {percent(report.share.cpu_share)} of {whole}")
        accounts.append("CPU time")
    if gpus:
        for id_, part in gpus.items():
            whole = f"{printable(id_)}'s" if parts else f"{printable(id_)}'s joules"
            parts.append(f"≈ {percent(part)} of {whole}")
        accounts.append("the GPU driver's accounting")
    if not parts:
        return ""
    divided = [(d.scale, report.share.cpu_share * d.energy_j) for d in processor]
    divided += [(d.scale, gpus[d.id] * d.energy_j) for d in counted if d.id in gpus]
    own = energy(
        report.share.energy_j,
        report.share.uncertainty_j,
        Provenance.ESTIMATE.value,
        range_of(shares(divided), report.share.energy_j),
    )
    figure = own if len(parts) == 1 else f"in total {own}"
    return f"{whose} used {' and '.join(parts)} ({figure}), by {' and '.join(accounts)}."


_UNITS = {"cgroup": "control group", "session": "process session"}


def _unit_share(divided: Share, domains: Mapping[str, DomainReport], whose: str) -> str:
    """Return the parts that the host's service has told apart, as a sentence."""
    estimate = Provenance.ESTIMATE.value
    own_j = [
        (domains[id_].scale, part.energy_j)
        for id_, part in divided.domains.items()
        if id_ in domains
    ]
    scale = range_of(shares(own_j), divided.energy_j)
    figure = energy(divided.energy_j, divided.uncertainty_j, estimate, scale)
    others = energy_so_far(divided.others_j or 0.0, estimate, scale)
    rest = f"others {others}"
    if divided.idle_j is not None:
        rest += f", idle power {energy_so_far(divided.idle_j, estimate, scale)}"
    kinds = {part.by for part in divided.domains.values()}
    accounts = []
    if "weak-cpu-time" in kinds:
        accounts.append("CPU time (for memory less sure)")
    elif "cpu-time" in kinds:
        accounts.append("CPU time")
    if "driver" in kinds:
        accounts.append("the GPU driver's accounting")
    unit = _UNITS.get(divided.unit or "", "unit")
    return f"{whose}'s {unit} used {figure} ({rest}), by {' and '.join(accounts)}."
