"""Epochs of skorch: ``NeuralNetClassifier(…, callbacks=[EpochEnergy()])``."""

from __future__ import annotations

from typing import Any

from skorch.callbacks import Callback

from ..report.stages import Stages
from .training import LOGGED, Metered, Training


class EpochEnergy(Metered, Callback):  # type: ignore[misc, unused-ignore]
    """Meters each epoch with its validation; ``energy_j`` stands in the net's history.

    Parameters
    ----------
    budget_kj
        Kilojoules after which the training stops, at the end of an epoch.
    stage
        Of the reports.
    """

    def __init__(self, budget_kj: float | None = None, stage: Stages = "training") -> None:
        self.budget_kj = budget_kj
        self.stage = stage
        self.training_ = Training(budget_kj=budget_kj, stage=stage)

    @property
    def _training(self) -> Training:  # type: ignore[override, unused-ignore]
        """The training, which is no parameter: skorch copies what has no underscore at its end."""
        return self.training_

    def initialize(self) -> EpochEnergy:
        """Begin anew, with the parameters as they are now."""
        self._training.close()
        self.training_ = Training(budget_kj=self.budget_kj, stage=self.stage)
        return self

    def on_train_begin(self, net: Any, **_: Any) -> None:
        """Begin the training."""
        self._training.begin(net.max_epochs, "skorch")

    def on_epoch_begin(self, net: Any, **_: Any) -> None:  # noqa: ARG002
        """Begin an epoch."""
        self._training.begin_epoch()

    def on_epoch_end(self, net: Any, **_: Any) -> None:
        """End it, log its joules, and stop the training where its budget is spent.

        It is stopped as skorch's own `EarlyStopping` does it.
        """
        energy_j = self._training.end_epoch()
        if energy_j is not None:
            net.history.record(LOGGED, energy_j)
        if self.is_spent:
            raise KeyboardInterrupt

    def on_train_end(self, net: Any, **_: Any) -> None:  # noqa: ARG002
        """End the training."""
        self._training.close()
