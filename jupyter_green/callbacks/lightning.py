"""Marks at the epochs of Lightning: ``Trainer(callbacks=[EpochMarks()])``."""

from __future__ import annotations

from typing import Any

from ..meter.marking import mark

try:
    from lightning.pytorch import Callback
except ModuleNotFoundError:  # the same under its older name
    from pytorch_lightning import Callback


class EpochMarks(Callback):  # type: ignore[misc, unused-ignore]
    """Puts a tick on the curve where each training epoch begins."""

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002
        """Mark it, counted from 0 as Lightning prints it."""
        mark(f"epoch {trainer.current_epoch}")
