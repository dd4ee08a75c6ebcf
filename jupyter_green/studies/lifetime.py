"""Training and inference together: greeness, and after how many uses a dear training has paid off.

Uses are predictions, requests, tokens: whatever the inference's joules are for one of.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from ..printable import printable, shortened
from ..report.fields import ReportFields
from ..report.format import metric
from ..report.outcome import number, work
from ..report.scale import ScaleShare, joined, range_of
from ..report.words import name_of

Joules: TypeAlias = ReportFields | float | tuple[ReportFields, float]
"""A report, a report with how many trainings or uses it holds, or joules taken as exact."""
Model: TypeAlias = Sequence[Joules] | Mapping[str, Joules]
"""Training and inference, as a pair or by these names."""


class _Cost(NamedTuple):
    """Joules with both of their uncertainties."""

    energy_j: float
    uncertainty_j: float
    scales: tuple[ScaleShare, ...]

    def times(self, factor: float) -> _Cost:
        """Return the joules of so many."""
        scales = tuple(
            ScaleShare(share.group, *(factor * joules for joules in share[1:]))
            for share in self.scales
        )
        return _Cost(factor * self.energy_j, abs(factor) * self.uncertainty_j, scales)

    def plus(self, other: _Cost) -> _Cost:
        """Return both together: readings in quadrature, scales by their groups."""
        return _Cost(
            self.energy_j + other.energy_j,
            math.hypot(self.uncertainty_j, other.uncertainty_j),
            joined((*self.scales, *other.scales)),
        )

    def minus(self, other: _Cost) -> _Cost:
        """Return the difference."""
        return self.plus(other.times(-1.0))

    @property
    def reach_j(self) -> tuple[float, float]:
        """How far below and above the true joules may lie, at 95 %."""
        low, high = range_of(self.scales, self.energy_j)
        return (
            math.hypot(self.uncertainty_j, self.energy_j * (1 - low)),
            math.hypot(self.uncertainty_j, self.energy_j * (high - 1)),
        )


@dataclass(frozen=True)
class Greeness:
    """What accuracy there is for all joules, in 1/J: the higher, the greener."""

    value: float
    low: float
    """Lower end of the 95 % interval; the value itself where the joules are exact."""
    high: float
    """Upper end; infinite where the joules may be none."""
    energy_j: float
    """The joules of training and of all uses."""

    def __float__(self) -> float:
        """Return the value."""
        return self.value

    def __str__(self) -> str:
        """Return the value with its interval."""
        text = f"greeness {metric(self.value)} per J"
        if self.low == self.high:
            return text
        high = metric(self.high) if math.isfinite(self.high) else "no upper end"
        return f"{text} (95 % CI {metric(self.low)} to {high})"

    __repr__ = __str__


def greeness(acc: float, tau: float, uses: float, inference: Joules, training: Joules) -> Greeness:
    """Return ``acc ** tau / (uses * inference + training)``.

    The metric of Mehlin, Schacht and Lanquillon (2023), "Towards energy-efficient deep
    learning", arXiv 2303.01980.

    Parameters
    ----------
    acc
        The accuracy, 0 to 1.
    tau
        How much more accuracy counts than joules do: 1 weighs a tenth of either alike.
    uses
        How often the model is used.
    inference
        Joules for one use: a number, or a report, of which it is the joules per unit of work
        where it counts units, and all joules where it does not; ``(report, 500)`` for a report
        of 500 uses.
    training
        Joules: a number, a report, or ``(report, 10)`` for a report of 10 trainings.

    Raises
    ------
    TypeError
        For what is neither a number nor a report.
    ValueError
        For an accuracy beyond 0 to 1, a tau or uses below 0, joules below 0 or not measured,
        and where there are no joules at all.
    """
    acc, tau, uses = number(acc, "acc"), number(tau, "tau"), number(uses, "uses")
    if not 0 <= acc <= 1:
        raise ValueError(f"acc is {acc:g}: give a share of 1, such as 0.95 for 95 %")
    if tau < 0 or uses < 0:
        raise ValueError(f"tau is {tau:g} and uses {uses:g}: give 0 or more for each")
    total = _cost(inference, "inference", per_use=True).times(uses)
    total = total.plus(_cost(training, "training", per_use=False))
    if total.energy_j <= 0:
        raise ValueError("training and inference used no joules, so there is no greeness")
    below_j, above_j = total.reach_j
    good, least_j = acc**tau, total.energy_j - below_j
    return Greeness(
        good / total.energy_j,
        good / (total.energy_j + above_j),
        good / least_j if least_j > 0 else math.inf,
        total.energy_j,
    )


@dataclass(frozen=True)
class BreakEven:
    """After how many uses the model whose training is dearer has paid that off."""

    dear: str
    """What the model with the dearer training is called."""
    cheap: str
    """What the other one is called."""
    uses: float | None
    """How many; ``None`` for never, as its uses are not cheaper either."""
    low: float
    """Lower end of the 95 % interval."""
    high: float
    """Upper end; infinite where the uses may be as dear as the other's, so that it is never."""

    @property
    def is_never(self) -> bool:
        """Whether it certainly never pays off: even the lower end is infinite."""
        return math.isinf(self.low)

    def __str__(self) -> str:
        """Return the answer as a sentence."""
        dear, cheap = self.dear, self.cheap
        if self.is_never:
            return f"never: {dear} is dearer than {cheap} to train and no cheaper to use."
        if self.uses is None:
            return (
                f"never, as measured; but at 95 % {dear} may be cheaper to use than {cheap}, "
                f"and pay off after {metric(_rounded(self.low))} uses or more."
            )
        ends = f"{metric(_rounded(self.low))} to {metric(_rounded(self.high))}"
        if math.isinf(self.high):
            ends = f"{metric(_rounded(self.low))} or more, perhaps never"
        interval = "" if self.low == self.high else f" (95 % CI {ends})"
        return (
            f"after {metric(_rounded(self.uses))} uses{interval} {dear} has paid off "
            f"its dearer training, beside {cheap}."
        )

    __repr__ = __str__


def breakeven(a: Model, b: Model, *, names: tuple[str, str] | None = None) -> BreakEven:
    """Return after how many uses the one of two models with the dearer training has paid off.

    ``uses = (training_dear - training_cheap) / (inference_cheap - inference_dear)``. The
    interval is that of Fieller (1954) for the readings, with the instruments' scales beside it;
    what all four figures have wrong in common drops out.

    Parameters
    ----------
    a, b
        For each model its training and its inference, ``(training, inference)`` or a mapping
        with these names: joules, reports, or reports with how many trainings or uses they hold,
        ``(report, 10)``. Inference is for one use: of a report that counts units of work, it is
        the joules per unit.
    names
        What the two are called: ``a`` and ``b``, or their training reports' labels.

    Raises
    ------
    TypeError, ValueError
        For what is neither a number nor a report, and for joules below 0 or not measured.
    """
    models = (_model(a, "a"), _model(b, "b"))
    if names is None:
        names = (models[0].name, models[1].name)
        if names[0] == names[1]:
            names = ("a", "b")
    order = sorted((0, 1), key=lambda i: models[i].training.energy_j, reverse=True)
    dear, cheap = (models[i] for i in order)
    saved = cheap.inference.minus(dear.inference)
    invested = dear.training.minus(cheap.training)
    uses = invested.energy_j / saved.energy_j if saved.energy_j > 0 else None
    low, high = _crossing(invested, saved)
    dear_name, cheap_name = (shortened(printable(names[i]), 60) for i in order)
    return BreakEven(dear_name, cheap_name, uses, low, high)


class _Trained(NamedTuple):
    name: str
    training: _Cost
    inference: _Cost


def _model(model: Model, name: str) -> _Trained:
    if isinstance(model, Mapping):
        if set(model) != {"training", "inference"}:
            raise ValueError(f"{name} has {', '.join(map(str, model))}: give training, inference")
        training, inference = model["training"], model["inference"]
    elif isinstance(model, Sequence) and not isinstance(model, str) and len(model) == 2:
        training, inference = model
    else:
        raise TypeError(f"{name} is a {type(model).__name__}: give (training, inference)")
    report = training[0] if isinstance(training, tuple) else training
    return _Trained(
        name_of(report) if isinstance(report, ReportFields) and report.label else name,
        _cost(training, f"the training of {name}", per_use=False),
        _cost(inference, f"the inference of {name}", per_use=True),
    )


def _cost(joules: Joules, what: str, *, per_use: bool) -> _Cost:
    if isinstance(joules, tuple):
        if len(joules) != 2 or not isinstance(joules[0], ReportFields):
            raise TypeError(f"{what} is a tuple: give a report and how many it holds, (report, 10)")
        count, _ = work(joules[1], what)
        return _cost(joules[0], what, per_use=False).times(1 / count)
    if not isinstance(joules, ReportFields):
        energy_j = number(joules, what)
        if energy_j < 0:
            raise ValueError(f"{what} is {energy_j:g} J: joules are not below 0")
        return _Cost(energy_j, 0.0, ())
    if joules.energy_j is None:
        raise ValueError(f"{what}, {name_of(joules)}, has no joules: nothing could be measured")
    cost = _Cost(joules.energy_j, joules.uncertainty_j or 0.0, joules.scales)
    return cost.times(1 / joules.per_count) if per_use and joules.per_count else cost


def _crossing(invested: _Cost, saved: _Cost) -> tuple[float, float]:
    """Return between how many uses the invested joules are saved: those that differ from no use.

    They are the ``n`` of at least 0 for which ``invested - n * saved`` is not different from 0.
    """
    reach = _scale_reach(invested, saved)
    d, t = saved.energy_j, invested.energy_j
    du = math.hypot(saved.uncertainty_j, abs(d) * reach)
    tu = invested.uncertainty_j
    square, rest = d**2 - du**2, t**2 - tu**2
    root = math.sqrt(max(0.0, (t * d) ** 2 - square * rest))
    if square > 0 and d < 0:  # its uses are clearly dearer
        return math.inf, math.inf
    if square > 0:
        return max(0.0, (t * d - root) / square), (t * d + root) / square
    if rest <= 0:
        return 0.0, math.inf
    if square == 0:
        return (rest / (2 * t * d) if d > 0 else math.inf), math.inf
    return (t * d - root) / square, math.inf


def _scale_reach(invested: _Cost, saved: _Cost) -> float:
    """Return how far scales may put the quotient off, as a share: what both share drops out."""
    reach: dict[str, float] = {}
    for sign, cost in ((1.0, invested), (-1.0, saved)):
        for share in cost.scales:
            part = sign * share.above_j / cost.energy_j if cost.energy_j else 0.0
            reach[share.group] = reach.get(share.group, 0.0) + part
    return math.hypot(*reach.values())


def _rounded(uses: float) -> float:
    """Return whole uses: a part of one is none."""
    return float(math.ceil(uses)) if uses < 1e15 else uses
