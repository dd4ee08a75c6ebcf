"""Tables as text, their columns aligned; that of a report's domains."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..printable import printable
from .fields import DomainReport, ReportFields
from .format import mean_power
from .hosts import coverage, host_lines
from .task_lines import task_rows, task_sentence
from .words import domain_joules, flag_sentences, how, line


def aligned(rows: Sequence[Sequence[str]], to_the_right: Collection[int] = ()) -> list[str]:
    """Return rows as lines, each column as wide as its widest text.

    Parameters
    ----------
    rows
        All of one length.
    to_the_right
        The numbers of the columns that hold figures.
    """
    shown = [[printable(text) for text in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    return [
        "  ".join(
            text.rjust(width) if column in to_the_right else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in shown
    ]


def domain_table(report: ReportFields) -> str:
    """Return a report's line and below it a row for each domain."""
    lines = [line(report)]
    if report.domains:
        head = ("domain", "device", "energy", "mean", "provenance")
        rows = [head, *(_row(domain) for domain in report.domains.values())]
        lines += [f"  {line}" for line in aligned(rows, to_the_right=(2, 3))]
    lines += [f"  {each}" for each in filter(None, (coverage(report), *host_lines(report)))]
    if said := task_sentence(report):
        parts = aligned([*task_rows(report)], to_the_right=(1, 2, 3))
        lines += [f"  {said}", *(f"    {part}" for part in parts)]
    lines += [printable(f"  {note}") for note in report.notes]
    lines += [printable(f"  {m.id}: not read, {m.reason}. {m.remedy}") for m in report.missing]
    return "\n".join(lines)


def _row(domain: DomainReport) -> tuple[str, ...]:
    said = [how(domain.provenance.value), *flag_sentences(domain.flags)]
    if not domain.counted:
        said.append("not in the total")
    return (
        domain.id,
        domain.device,
        domain_joules(domain),
        mean_power(domain),
        ", ".join(said),
    )
