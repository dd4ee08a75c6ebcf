"""What a search costs: an MLP on handwritten digits, in all of 18 configurations, once."""

from __future__ import annotations

import warnings
from pathlib import Path

import optuna
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

import jupyter_green as jg

SPACE = {"width": [4, 16, 64], "rate": [1e-4, 1e-3, 1e-2], "penalty": [1e-4, 1e-1]}
EPOCHS = 60
TARGET = 0.97


def draw(image: Path) -> str:
    """Draw the picture; return what the search used."""
    x, y = load_digits(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(x / 16, y, random_state=0)

    def accuracy(trial: optuna.Trial) -> float:
        model = MLPClassifier(
            (trial.suggest_categorical("width", SPACE["width"]),),
            learning_rate_init=trial.suggest_categorical("rate", SPACE["rate"]),
            alpha=trial.suggest_categorical("penalty", SPACE["penalty"]),
            max_iter=EPOCHS,
            random_state=0,
        )
        return float(model.fit(x_train, y_train).score(x_test, y_test))

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore", ConvergenceWarning)
    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.GridSampler(SPACE, seed=3)
    )
    study.optimize(jg.hpo.objective(accuracy))
    summary = jg.hpo.summary(study, target=TARGET)
    summary.plot().savefig(image, dpi=144)
    return str(summary)
