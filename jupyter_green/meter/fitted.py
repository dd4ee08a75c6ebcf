"""The joules of a window's domains as the host's service has found them."""

from __future__ import annotations

from collections.abc import Sequence

from ..report.fields import DomainReport, ReportError
from ..report.record import domain_of
from ..sampler.events import Fitted
from ..sources.base import Domain, Missing
from .domains import Found


def fitted_domains(fitted: Fitted, domains: Sequence[Domain]) -> Found | None:
    """Return the joules of these domains, and what is missing of them.

    ``None`` where this release cannot read what the service says.
    """
    own = {domain.id for domain in domains}
    reports: dict[str, DomainReport] = {}
    try:
        for record in fitted.domains:
            report = domain_of(record)
            if report.id in own:
                reports[report.id] = report
    except ReportError:
        return None
    missing: list[Missing] = [each for each in fitted.missing if each.id in own]
    return Found(reports, missing)
