"""``%green report --by domain``: a row for each sensor."""

from __future__ import annotations

from collections.abc import Sequence

from ...report import words
from ...report.fields import DomainReport
from ...report.format import mean_power
from ...report.report import Report
from .co2e import Co2eColumn
from .layout import SessionTable, share


def by_domain(total: Report, remarks: Sequence[str], co2e: Co2eColumn) -> SessionTable:
    """Return a row for each domain of the total, and of what is inside of others."""
    rows = [_domain_row(domain, total, co2e) for domain in total.domains.values()]
    head = ("domain", "device", "spent", *co2e.head, "share", "mean", "provenance")
    foot = (
        "total",
        "",
        words.joules(total),
        *co2e.cell(total, is_at_least=total.is_at_least),
        share(total.energy_j, total.energy_j),
        mean_power(total),
        words.how(total.provenance),
    )
    return SessionTable(head, rows, foot, remarks, figures=frozenset(range(2, len(head) - 1)))


def _domain_row(domain: DomainReport, total: Report, co2e: Co2eColumn) -> tuple[str, ...]:
    how = [words.how(domain.provenance.value), *words.flag_sentences(domain.flags)]
    return (
        domain.id,
        domain.device,
        words.domain_joules(domain),
        *co2e.cell(domain if domain.counted else None),
        share(domain.energy_j, total.energy_j) if domain.counted else "",
        mean_power(domain),
        "; ".join(how if domain.counted else [*how, "not in the total"]),
    )
