"""Epochs of Keras: ``model.fit(x, y, callbacks=[EpochEnergy()])``, or with marks alone."""

from __future__ import annotations

from typing import Any

import keras

from ..meter.marking import mark
from ..report.stages import Stages
from .training import LOGGED, Metered


class EpochMarks(keras.callbacks.Callback):  # type: ignore[misc, unused-ignore]
    """Puts a tick on the curve where each epoch begins."""

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Mark it, counted from 1 as Keras prints it."""
        mark(f"epoch {epoch + 1}")


class EpochEnergy(Metered, keras.callbacks.Callback):  # type: ignore[misc, unused-ignore]
    """Meters each epoch with its validation; ``energy_j`` stands in Keras' logs and history.

    Parameters
    ----------
    budget_kj
        Kilojoules after which the training stops, at the end of an epoch.
    stage
        Of the reports.
    """

    def __init__(self, budget_kj: float | None = None, *, stage: Stages = "training") -> None:
        super().__init__(budget_kj, stage=stage)
        self._is_first = True

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Forget the training before."""
        self._is_first = True

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Begin an epoch; the first one tells how many there are to be."""
        if self._is_first:
            self._is_first = False
            self._training.begin(self.params["epochs"] - epoch, "keras")
        self._training.begin_epoch()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """End it, log its joules, and stop the training where its budget is spent."""
        energy_j = self._training.end_epoch()
        if energy_j is not None and logs is not None:
            logs[LOGGED] = energy_j
        if self.is_spent:
            self.model.stop_training = True

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """End the training."""
        self._training.close()
