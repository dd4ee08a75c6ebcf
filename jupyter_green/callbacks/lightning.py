"""Epochs of Lightning: ``Trainer(callbacks=[EpochEnergy()])``, or with marks alone."""

from __future__ import annotations

from typing import Any

from ..meter.marking import mark
from ..meter.measure import status_of
from .training import LOGGED, Metered

try:
    from lightning.pytorch import Callback
except ModuleNotFoundError:  # the same under its older name
    from pytorch_lightning import Callback


class EpochMarks(Callback):  # type: ignore[misc, unused-ignore]
    """Puts a tick on the curve where each training epoch begins."""

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002
        """Mark it, counted from 0 as Lightning prints it."""
        mark(f"epoch {trainer.current_epoch}")


class EpochEnergy(Metered, Callback):  # type: ignore[misc, unused-ignore]
    """Meters each epoch with its validation, and logs ``energy_j`` as the module logs a metric.

    Of the processes of a distributed training the first one of each host meters.

    Parameters
    ----------
    budget_kj
        Kilojoules after which the training stops, at the end of an epoch.
    stage
        Of the reports.
    """

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002
        """Begin the training."""
        most = trainer.max_epochs
        if trainer.local_rank == 0:
            self._training.begin(most - trainer.current_epoch if most and most > 0 else None)

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002
        """Begin an epoch."""
        self._training.begin_epoch()

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """End it, log its joules, and stop the training where its budget is spent."""
        energy_j = self._training.end_epoch()
        if energy_j is not None and trainer.is_global_zero:
            pl_module.log(LOGGED, energy_j, rank_zero_only=True)
        if self._training.budget_kj is not None:  # the processes stop together
            is_spent = trainer.strategy.reduce_boolean_decision(self.is_spent, all=False)
            trainer.should_stop = trainer.should_stop or is_spent

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002
        """End the training."""
        self._training.close()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:  # noqa: ARG002
        """End what an error or an interrupt has broken off."""
        self._training.close(status_of(exception))
