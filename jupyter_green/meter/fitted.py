"""The joules of a window as the host's service has found them, and whose they are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from ..flags import HOST_BUSY
from ..printable import printable, shortened
from ..report.fields import MAX_NOTE, DomainReport, ReportError, Share
from ..report.record import domain_of, share_of
from ..sampler.events import Fitted
from ..sources.base import Domain, Missing
from .domains import Found
from .unit_share import of_domains


class Served(NamedTuple):
    """What the service has found of a window."""

    found: Found
    share: Share | None
    """Of the program's unit; ``None`` where the joules are not divided."""
    is_host_busy: bool
    """Whether others have used most of the processor."""
    notes: tuple[str, ...] = ()
    """What could not be told, as sentences."""


def served(fitted: Fitted, domains: Sequence[Domain]) -> Served | None:
    """Return what was found of these domains.

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
    flags = fitted.whose.get("flags")
    return Served(
        Found(reports, missing),
        _share(fitted, own),
        is_host_busy=isinstance(flags, list) and HOST_BUSY in flags,
        notes=_why_no_share(fitted),
    )


def _share(fitted: Fitted, own: Collection[str]) -> Share | None:
    record = fitted.whose.get("share")
    try:
        return None if record is None else of_domains(share_of(record), own)
    except ReportError:
        return None


def _why_no_share(fitted: Fitted) -> tuple[str, ...]:
    """Return why the service does not know whose the joules are, where it says so."""
    reason, remedy = (fitted.whose.get(name) for name in ("reason", "remedy"))
    if not (isinstance(reason, str) and isinstance(remedy, str)):
        return ()
    sentence = f"Whose the joules are is not known, as {reason}. {remedy}"
    return (shortened(printable(sentence), MAX_NOTE),)
