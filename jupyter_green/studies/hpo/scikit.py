"""scikit-learn's searches, metered: ``search.set_callbacks(jg.hpo.SklearnEnergy())``.

Written to scikit-learn's own protocol for callbacks (1.9): https://scikit-learn.org/1.9/developers/
developing_callbacks.html. Nothing of scikit-learn is imported.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...report.addition import sum_of
from ...report.report import Report
from .parts import COMPLETE, FAILED, WITHIN, TrialEnergy, check_bounds
from .result import SearchEnergy
from .turns import Turns

if TYPE_CHECKING:
    from pandas import DataFrame

REFIT = -1
"""The turn in which the best candidate is fitted again."""
_FOLD_TASK, _REFIT_TASK = "candidate-split-evaluation", "refit-with-best-params"
_NOT_DIVIDED = (
    "Candidates ran side by side or in other processes, and no sensor tells their joules apart: "
    "only the total is known. With n_jobs=1 each candidate has its own."
)


@dataclass(frozen=True)
class _Fit:
    """What is known of one fit of a search, once it has ended."""

    parts: Mapping[int, Report]
    """The joules of each fold, or of each candidate."""
    pauses: tuple[Report, ...]
    refit: Report | None
    together: tuple[Report, ...]
    results: Mapping[str, Sequence[Any]] | None
    """``cv_results_``; ``None`` where the fit has failed."""
    per_candidate: int
    """How many parts make up a candidate."""
    scored_by: str

    @property
    def candidates(self) -> list[Report | None]:
        """The joules of each candidate, those of its folds together."""
        n = self.per_candidate
        parts = [self.parts[number] for number in sorted(self.parts)]
        if self.results is not None:
            count = len(self.results["params"])
            if self.together or len(parts) != count * n:
                return [None] * count
        return [sum_of(parts[i : i + n], Report) for i in range(0, len(parts), n)]

    @property
    def is_divided(self) -> bool:
        """Whether each candidate's own joules are known."""
        return all(report is not None for report in self.candidates)


class SklearnEnergy:
    """Meter each candidate of a grid, random or halving search of scikit-learn 1.9 or newer.

    ``search.set_callbacks(energy).fit(X, y)``; then ``energy.summary()`` and, beside
    ``cv_results_``, ``energy.to_frame()``. It holds the last fit. With ``n_jobs`` above 1 the
    folds run in other processes, at the same time: only the total is known then. For earlier
    versions see :func:`~.candidates.by_candidate`.
    """

    def __init__(self) -> None:
        self._turns: Turns | None = None
        """Those of a fit that is under way in this process."""
        self._is_complete = False
        self._numbers: dict[int, int] = {}
        self._make_fit: Callable[[], _Fit] | None = None
        self._fit: _Fit | None = None

    # --- the results ------------------------------------------------------------------------

    def summary(
        self, target: float | None = None, *, within: float = WITHIN, metric: str | None = None
    ) -> SearchEnergy:
        """Return what the last fit used; its trials are the candidates.

        Parameters
        ----------
        target
            A mean test score to reach.
        within
            How close to the best score the knee is.
        metric
            Which score, of a search that has several; the one that it refits by, if not given.

        Raises
        ------
        RuntimeError
            Before a fit has ended.
        ValueError
            For bounds that are no numbers, or a metric that the search does not have.
        """
        check_bounds(target, within)
        fit = self._known()
        values = _scores(fit, metric)
        candidates = fit.candidates
        trials = tuple(
            TrialEnergy(n, FAILED if value is None else COMPLETE, value, report)
            for n, (value, report) in enumerate(zip(values, candidates, strict=True))
        )
        divided = fit.is_divided
        return SearchEnergy(
            trials,
            maximize=True,
            target=target,
            within=within,
            pauses=fit.pauses if divided else (),
            together=() if divided else (*fit.parts.values(), *fit.pauses, *fit.together),
            refit=fit.refit,
            notes=tuple(_notes(fit)),
        )

    def to_frame(self) -> DataFrame:
        """Return ``cv_results_`` as a DataFrame, with the joules of each candidate beside it.

        The new columns are ``energy_j``, ``energy_uncertainty_j`` and ``energy_provenance``.

        Raises
        ------
        RuntimeError
            Before a fit has ended.
        ImportError
            Without pandas.
        """
        from .frame import candidate_frame

        fit = self._known()
        return candidate_frame(fit.results or {}, fit.candidates)

    def _known(self) -> _Fit:
        if self._fit is None and self._make_fit is not None:
            self._fit, self._make_fit = self._make_fit(), None
        if self._fit is None:
            raise RuntimeError("nothing was metered yet: search.set_callbacks(energy).fit(X, y)")
        return self._fit

    # --- scikit-learn's protocol ------------------------------------------------------------

    def setup(self, estimator: Any, context: Any) -> None:  # noqa: ARG002
        """Begin a fit."""
        self.open()

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:  # noqa: ARG002
        """Begin a fold, or the last fit of the best candidate."""
        if self._turns is not None and context.task_name == _FOLD_TASK:
            self._numbers[id(context)] = len(self._numbers)
            self.begin(self._numbers[id(context)])
        elif context.task_name == _REFIT_TASK:
            self.begin(REFIT)

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:  # noqa: ARG002
        """End a fold, or the last fit of the best candidate."""
        if context.task_name == _FOLD_TASK and id(context) in self._numbers:
            self.end(self._numbers[id(context)])
        elif context.task_name == _REFIT_TASK:
            self.end(REFIT)
        elif context.parent is None:  # a fit that has failed does not come here
            self._is_complete = True

    def teardown(self, estimator: Any, context: Any) -> None:  # noqa: ARG002
        """End a fit, also one that has failed."""
        per_candidate = getattr(estimator, "n_splits_", 1)
        self.close(estimator if self._is_complete else None, per_candidate=per_candidate)

    # --- the same for whoever calls it ------------------------------------------------------

    def open(self) -> None:
        """Begin a fit of a search."""
        self._numbers, self._fit, self._make_fit = {}, None, None
        self._is_complete = False
        self._turns = Turns(longest_pause_s=None)
        self._guarded(self._turns.begin_pause)

    def begin(self, part: int) -> None:
        """Begin a part of a fit: a fold, a candidate or :data:`REFIT`."""
        if self._turns is not None:
            turns = self._turns
            self._guarded(lambda: turns.begin(part))

    def end(self, part: int) -> None:
        """End a part of a fit."""
        if self._turns is not None:
            turns = self._turns
            self._guarded(lambda: turns.end(part))

    def close(self, search: Any, *, per_candidate: int) -> None:
        """End a fit of a search, ``None`` if it failed; so many parts make up a candidate."""
        turns, self._turns = self._turns, None
        if turns is None:
            return
        self._guarded(turns.end_pause)
        results = getattr(search, "cv_results_", None)
        refit = getattr(search, "refit", None)
        scored_by = refit if isinstance(refit, str) else "score"
        self._make_fit = lambda: _fit_of(turns, results, per_candidate, scored_by)

    def _guarded(self, action: Callable[[], object]) -> None:
        try:
            action()
        except Exception as error:  # noqa: BLE001  (his search goes on all the same)
            warnings.warn(f"some joules are missing: {error}", RuntimeWarning, stacklevel=4)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy elsewhere holds: the results, nothing of a fit under way."""
        has_ended = self._turns is None and (self._fit or self._make_fit)
        return {"fit": self._known() if has_ended else None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        SklearnEnergy.__init__(self)
        self._fit = state["fit"]


def _fit_of(
    turns: Turns, results: Mapping[str, Sequence[Any]] | None, per_candidate: int, scored_by: str
) -> _Fit:
    """Sort the turns of a fit; waits for their final figures."""
    ended = list(turns)
    alone = {turn.trials[0]: turn.report for turn in ended if len(turn.trials) == 1}
    refit = alone.pop(REFIT, None)
    return _Fit(
        parts=alone,
        pauses=tuple(turn.report for turn in ended if not turn.trials),
        refit=refit,
        together=tuple(turn.report for turn in ended if len(turn.trials) > 1),
        results=results,
        per_candidate=per_candidate,
        scored_by=scored_by,
    )


def _notes(fit: _Fit) -> Iterator[str]:
    if fit.results is None:
        yield "The search did not come to its end: no scores are known."
    if not fit.is_divided:
        yield _NOT_DIVIDED


def _scores(fit: _Fit, metric: str | None) -> list[float | None]:
    """Return the mean test score of each candidate, ``None`` where it has failed."""
    if fit.results is None:
        return [None] * len(fit.candidates)
    name = f"mean_test_{metric or fit.scored_by}"
    if name not in fit.results:
        known = [key[10:] for key in fit.results if key.startswith("mean_test_")]
        raise ValueError(f"give the metric that is meant, one of {', '.join(known)}: metric=…")
    return [float(v) if math.isfinite(v) else None for v in fit.results[name]]
