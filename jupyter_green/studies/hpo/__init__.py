"""What a search for hyperparameters costs: `jg.hpo`, for Optuna and scikit-learn.

Optuna is imported by the names that need it, when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .candidates import by_candidate
    from .metered import objective, objective_and_energy
    from .result import SearchEnergy
    from .scikit import SklearnEnergy
    from .stopping import Budget, Knee
    from .study import summary

__all__ = [
    "Budget",
    "Knee",
    "SearchEnergy",
    "SklearnEnergy",
    "by_candidate",
    "objective",
    "objective_and_energy",
    "summary",
]

_HOMES = {
    "Budget": "stopping",
    "Knee": "stopping",
    "SearchEnergy": "result",
    "SklearnEnergy": "scikit",
    "by_candidate": "candidates",
    "objective": "metered",
    "objective_and_energy": "metered",
    "summary": "study",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return __all__
