"""Searches of scikit-learn before 1.9, which has no callbacks: one candidate after the other."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from sklearn.base import is_classifier
from sklearn.model_selection import check_cv

from .scikit import REFIT, SklearnEnergy

S = TypeVar("S")


def by_candidate(search: S, energy: SklearnEnergy) -> S:
    """Return the search again, as one that evaluates and meters candidate by candidate.

    Folds still run side by side where ``n_jobs`` is above 1: a candidate has its joules all the
    same, as no other one runs then. All candidates are tried on the same folds, as without it.
    One all of whose folds fail is tried once more with the next, which scikit-learn asks for;
    where it is the last one, scikit-learn's own error ends the search.

    Parameters
    ----------
    search
        A grid, random or halving search that was not fitted.
    energy
        Where the joules go.

    Raises
    ------
    TypeError
        For what is no search, and where scikit-learn has callbacks.
    """
    if hasattr(search, "set_callbacks"):
        raise TypeError("scikit-learn has callbacks here: search.set_callbacks(energy)")
    if not hasattr(search, "_run_search") or not isinstance(energy, SklearnEnergy):
        raise TypeError(
            f"by_candidate needs a search and a SklearnEnergy, not {type(search).__name__} and "
            f"{type(energy).__name__}: jg.hpo.by_candidate(GridSearchCV(…), jg.hpo.SklearnEnergy())"
        )
    state = {**vars(search), "_energy": energy}
    if isinstance(state["cv"], Iterator):  # it can be gone through only once
        state["cv"] = list(state["cv"])
    return _made(type(search), state)


def _made(kind: type[S], state: dict[str, Any]) -> S:
    metered = type(kind.__name__, (_ByCandidate, kind), {"_kind": kind})
    made: S = object.__new__(metered)
    vars(made).update(state)
    return made


class _ByCandidate:
    """Beside a search's own class: meters what that one does."""

    _kind: type[Any]
    _energy: SklearnEnergy | None = None

    def fit(self, X: Any, y: Any = None, **params: Any) -> Any:  # noqa: N803
        """Run the search."""
        energy = self._energy
        if energy is None:  # a clone
            return super().fit(X, y, **params)  # type: ignore[misc]
        energy.open()
        has_ended = False
        try:
            fitted = super().fit(X, y, **params)  # type: ignore[misc]
            has_ended = True
            return fitted
        finally:
            energy.end(REFIT)
            energy.close(self if has_ended else None, per_candidate=1)

    def _run_search(self, evaluate_candidates: Callable[..., Any]) -> None:
        energy = self._energy
        if energy is None:
            super()._run_search(evaluate_candidates)  # type: ignore[misc]
            return
        numbers = itertools.count()

        def one_by_one(candidates: Iterable[Any], cv: Any = None, more_results: Any = None) -> Any:
            folds = _SameFolds(self, cv)
            listed = list(candidates)
            first, results = 0, None
            for last in range(len(listed)):
                chosen = slice(first, last + 1)
                more = None if more_results is None else _part(more_results, chosen)
                number = next(numbers)
                energy.begin(number)
                try:
                    results = evaluate_candidates(listed[chosen], cv=folds, more_results=more)
                except ValueError as error:
                    if "fits failed" not in str(error) or last + 1 == len(listed):
                        raise
                    continue  # not all of the search failed: the next one goes with it
                finally:
                    energy.end(number)
                first = last + 1
            return results

        super()._run_search(one_by_one)  # type: ignore[misc]
        if self.refit:  # type: ignore[attr-defined]
            energy.begin(REFIT)

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (self._kind, dict(vars(self)))


def _part(more_results: Mapping[str, list[Any]], chosen: slice) -> dict[str, list[Any]]:
    return {key: values[chosen] for key, values in more_results.items()}


class _SameFolds:
    """A splitter that divides once: one without a fixed seed would do so anew each time."""

    def __init__(self, search: Any, cv: Any) -> None:
        self._search, self._cv = search, cv
        self._folds: list[Any] | None = None

    def split(self, X: Any, y: Any = None, **params: Any) -> list[Any]:  # noqa: N803
        """Return the folds."""
        if self._folds is None:
            search = self._search
            cv = self._cv or check_cv(search.cv, y, classifier=is_classifier(search.estimator))
            self._folds = list(cv.split(X, y, **params))
        return self._folds
