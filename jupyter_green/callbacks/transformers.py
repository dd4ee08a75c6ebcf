"""Epochs of Hugging Face's trainer: ``Trainer(…, callbacks=[EpochEnergy()])``."""

from __future__ import annotations

import math
from typing import Any

import torch
from transformers import TrainerCallback

from .training import LOGGED, Metered


class EpochEnergy(Metered, TrainerCallback):  # type: ignore[misc, unused-ignore]
    """Meters each epoch; ``energy_j`` stands in ``trainer.state.log_history``.

    Evaluation comes after an epoch: it is in :attr:`report` and in the budget, and in none of
    the :attr:`reports`. Of the processes of a distributed training the first one of each host
    meters.

    Parameters
    ----------
    budget_kj
        Kilojoules after which the training stops, at the end of an epoch.
    stage
        Of the reports.
    """

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
        """Begin the training."""
        if state.is_local_process_zero:
            done = math.floor(state.epoch or 0)
            self._training.begin(math.ceil(state.num_train_epochs) - done, "transformers")

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
        """Begin an epoch."""
        self._training.begin_epoch()

    def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """End it, log its joules, and stop the training where its budget is spent."""
        energy_j = self._training.end_epoch()
        if energy_j is not None:
            logged = {LOGGED: energy_j, "epoch": state.epoch, "step": state.global_step}
            state.log_history.append(logged)
        if self._training.budget_kj is not None and _any(self.is_spent, args):
            control.should_training_stop = True

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
        """End the training."""
        self._training.close()


def _any(is_spent: bool, args: Any) -> bool:  # noqa: FBT001
    """Whether it is so in any of the processes, which stop together."""
    if args.world_size == 1:
        return is_spent
    found = torch.tensor(int(is_spent), device=args.device)
    torch.distributed.all_reduce(found, op=torch.distributed.ReduceOp.MAX)
    return bool(found.item())
