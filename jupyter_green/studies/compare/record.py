"""A study as JSON, schema ``jupyter-green.study.v1``, and back."""

from __future__ import annotations

from typing import Any, TypeVar

from ...printable import printable, shortened
from ...report.fields import STATUSES
from ...report.report import Report
from .fields import StudyFields
from .run import Run

SCHEMA = "jupyter-green.study.v1"
KIND = "compare"

S = TypeVar("S", bound=StudyFields)


def to_record(study: StudyFields) -> dict[str, Any]:
    """Return a study as JSON types."""
    return {
        "schema": SCHEMA,
        "kind": KIND,
        "status": study.status,
        "variants": list(study.variants),
        "unit": study.unit,
        "seed": study.seed,
        "margin": study.margin,
        "until": study.until,
        "rounds_asked": study.rounds_asked,
        "notes": list(study.notes),
        "order": [list(names) for names in study.order],
        "runs": [
            {
                "round": run.round,
                "variant": run.variant,
                "loops": run.loops,
                "units": run.units,
                "energy_j": run.energy_j,
                "rest_s": round(run.rest_s, 3),
                "report": run.report.to_dict(),
            }
            for run in study.runs
        ],
    }


def from_record(record: Any, kind: type[S]) -> S:
    """Read a study back.

    Raises
    ------
    ValueError
        For another schema, and where a field is missing or does not fit; it names the field.
    """
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        raise ValueError(f"this is no study: its schema is not {SCHEMA}")
    if record.get("kind") != KIND:
        raise ValueError(f"this study is of the kind {_shown(record.get('kind'))}, not {KIND!r}")
    variants = _names(_field(record, "variants", list))
    runs = tuple(_run(each, number) for number, each in enumerate(_field(record, "runs", list)))
    _check_rounds(variants, runs)
    until = record.get("until")
    status = _field(record, "status", str)
    if status not in STATUSES:
        raise ValueError(f"the study's status is {_shown(status)}")
    return kind(
        variants=variants,
        runs=runs,
        unit=_field(record, "unit", str),
        seed=_field(record, "seed", int),
        margin=_positive(record, "margin"),
        until=None if until is None else _positive(record, "until"),
        rounds_asked=_field(record, "rounds_asked", int),
        status=status,
        notes=tuple(str(note) for note in _field(record, "notes", list)),
    )


def _run(record: Any, number: int) -> Run:
    if not isinstance(record, dict):
        raise ValueError(f"run {number + 1} of the study is no object")  # noqa: TRY004
    energy_j = record.get("energy_j")
    return Run(
        round=_field(record, "round", int),
        variant=_field(record, "variant", str),
        loops=_field(record, "loops", int),
        units=_positive(record, "units"),
        energy_j=None if energy_j is None else float(_field(record, "energy_j", (int, float))),
        rest_s=float(_field(record, "rest_s", (int, float))),
        report=Report.from_dict(record.get("report")),
    )


def _check_rounds(variants: tuple[str, ...], runs: tuple[Run, ...]) -> None:
    """See that each variant ran once in each round."""
    width = len(variants)
    for begin in range(0, len(runs), width):
        of_one = runs[begin : begin + width]
        number = begin // width + 1
        if {run.variant for run in of_one} != set(variants) or any(
            run.round != number for run in of_one
        ):
            raise ValueError(f"round {number} of the study does not hold each variant once")


def _names(found: list[Any]) -> tuple[str, ...]:
    if len(found) < 2 or len(set(map(str, found))) < len(found):
        raise ValueError("the study's variants are not two or more different names")
    return tuple(map(str, found))


def _field(record: dict[str, Any], name: str, kind: Any) -> Any:
    value = record.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"the study's {name} is {_shown(value)}")  # noqa: TRY004  (as its reader)
    return value


def _positive(record: dict[str, Any], name: str) -> float:
    value = float(_field(record, name, (int, float)))
    if not 0 < value < float("inf"):
        raise ValueError(f"the study's {name} is {value}, expected a number above 0")
    return value


def _shown(value: Any) -> str:
    return shortened(printable(repr(value)), 60)
