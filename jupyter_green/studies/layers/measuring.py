"""From a model to its result: record, fit, measure in rounds, put everything back."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from ...meter.meter import Meter
from ...printable import message_of
from ...repeats.remarks import remarks_of_reports
from ...repeats.result import Repeats
from ...repeats.statistics import statistics_of
from ...report.addition import total_provenance
from ...report.format import duration
from ...terminal import say
from ...wrong_type import WrongTypeError
from .fields import KindTotal, LayerCall
from .figures import Figures, Term, figures
from .recording import Call, record
from .replay import copying, replay, replay_whole
from .result import Layers
from .rounds import Pace, Piece, fit, measure_rounds, pace_for, results
from .state import kept
from .tensors import tensors_in
from .whole import reason_for_whole

_OVERHEAD_S = 0.01
"""What a window takes beside its loops."""


@dataclass(frozen=True)
class Plan:
    """How to measure a model's layers, as in :func:`jupyter_green.layers`."""

    mode: str
    rounds: int
    seed: int
    loss: Callable[[Any], Any] | None = None
    window_s: float | None = None


@dataclass(frozen=True)
class _Measured:
    """A call, and the pieces whose joules are added up or taken off for it."""

    call: Call
    pieces: tuple[tuple[int, Piece], ...]


def measure_layers(meter: Meter, model: Any, args: Any, kwargs: Any, plan: Plan) -> Layers:
    """Measure each layer of a model, and the model; see :func:`jupyter_green.layers`."""
    _require_model(model)
    pace = pace_for(meter.discover().domains, plan.window_s)
    loss = (plan.loss or default_loss) if plan.mode == "train" else None
    remarks: list[str] = []
    with kept(model):
        recording = record(model, args, kwargs, loss)
        whole = _Measured(
            recording.whole, _pieces(recording.whole, "whole", replay_whole(recording.whole, loss))
        )
        for _, piece in whole.pieces:
            fit(meter, piece, pace)
        parts, reasons = _fitted(meter, model, recording.layers, pace)
        remarks += reasons
        pieces = [piece for each in (whole, *parts) for _, piece in each.pieces]
        say(f"{_announcement(pieces, parts, plan.rounds)}\n")
        is_whole = measure_rounds(meter, pieces, plan.rounds, plan.seed)
    measured = dict(zip((piece.label for piece in pieces), results(pieces), strict=True))
    if not is_whole:
        made = measured[pieces[0].label].repeats
        remarks.append(f"Interrupted: the figures are those of {made} of {plan.rounds} rounds.")
    return _result(model, plan, [whole, *parts], measured, remarks)


def default_loss(outputs: Any) -> Any:
    """Return the ``loss`` that a model's output has, or else the sum of its squares."""
    own = getattr(outputs, "loss", None)
    if own is not None:
        return own
    tensors = [tensor for tensor in tensors_in(outputs) if tensor.is_floating_point()]
    return sum((tensor.float().square().sum() for tensor in tensors), torch.zeros(()))


def _require_model(model: Any) -> None:
    if not isinstance(model, torch.nn.Module):
        raise WrongTypeError(f"model is a {type(model).__name__}: give a torch.nn.Module")
    lazy = torch.nn.parameter.UninitializedTensorMixin
    if any(isinstance(t, lazy) for t in (*model.parameters(), *model.buffers())):
        raise ValueError("the model has lazy layers without weights: run it once, then measure it")


def _pieces(call: Call, label: str, run: Callable[[int], object]) -> tuple[tuple[int, Piece], ...]:
    pieces = [(1, Piece(label, run))]
    if call.changes_inputs:  # the copies that it needs are measured by themselves, and taken off
        pieces.append((-1, Piece(f"{label}, copies of its inputs", copying(call))))
    return tuple(pieces)


def _fitted(
    meter: Meter, model: Any, calls: Sequence[Call], pace: Pace
) -> tuple[list[_Measured], list[str]]:
    """Return the layers with their loops, and sentences on what cannot be measured alone."""
    reason = reason_for_whole(model)
    if reason is None and all(call.module is model for call in calls):
        reason = "it runs no modules of its own"
    if reason is not None:
        return [], [f"Only the whole model was measured, as {reason}."]
    parts, reasons = [], []
    for call in calls:
        label = f"{call.name}, call {call.number}"
        each = _Measured(call, _pieces(call, label, replay(call)))
        try:
            for _, piece in each.pieces:
                fit(meter, piece, pace)
        except Exception as error:  # noqa: BLE001  (a user's module may need what surrounds it)
            reasons.append(f"{label} cannot run alone, and is in what is left: {message_of(error)}")
        else:
            parts.append(each)
    return parts, reasons


def _announcement(pieces: Sequence[Piece], parts: Sequence[_Measured], rounds: int) -> str:
    seconds = rounds * sum(piece.duration_s + _OVERHEAD_S for piece in pieces)
    layers = f"{len(parts)} calls of layers and the whole model" if parts else "the whole model"
    about = duration(seconds) if seconds >= 60 else f"{math.ceil(seconds)} s"
    return f"Measuring {layers} in {rounds} rounds: about {about}."


def _result(
    model: Any,
    plan: Plan,
    of_all: Sequence[_Measured],
    measured: dict[str, Repeats],
    remarks: Sequence[str],
) -> Layers:
    whole, *parts = of_all
    all_runs = measured[whole.pieces[0][1].label]
    reports = [report for runs in measured.values() for report in runs.reports]

    def terms(of: Sequence[_Measured]) -> list[Term]:
        return [Term(sign, measured[piece.label]) for e in of for sign, piece in e.pieces]

    def of(some: Sequence[_Measured]) -> Figures:
        return figures(terms(some), all_runs)

    calls = tuple(LayerCall(p.call.name, p.call.number, p.call.kind, of([p])) for p in parts)
    left = [Term(-term.sign, term.runs) for term in terms(parts)]
    return Layers(
        model=type(model).__name__,
        mode=plan.mode,
        is_training=model.training,
        whole=of([whole]),
        calls=calls,
        by_type={total.kind: total for total in _by_type(parts, of)},
        residual=figures([*terms([whole]), *left], all_runs) if parts else None,
        rounds=all_runs.repeats,
        seed=plan.seed,
        provenance=total_provenance(r.provenance for r in reports if r.provenance is not None),
        scale_range=statistics_of(all_runs.loops, all_runs.reports).scale_range,
        remarks=(*remarks, *remarks_of_reports(reports)),
        runs=measured,
    )


def _by_type(
    parts: Sequence[_Measured], of: Callable[[Sequence[_Measured]], Figures]
) -> Iterator[KindTotal]:
    kinds: dict[str, list[_Measured]] = {}
    for part in parts:
        kinds.setdefault(part.call.kind, []).append(part)
    totals = [KindTotal(kind, len(some), of(some)) for kind, some in kinds.items()]
    yield from sorted(totals, key=_cost, reverse=True)


def _cost(total: KindTotal) -> float:
    energy_j = total.figures.energy_j
    return total.figures.duration_s if energy_j is None else energy_j
