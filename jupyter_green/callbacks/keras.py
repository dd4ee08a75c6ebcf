"""Marks at the epochs of Keras: ``model.fit(x, y, callbacks=[EpochMarks()])``."""

from __future__ import annotations

from typing import Any

import keras

from ..meter.marking import mark


class EpochMarks(keras.callbacks.Callback):  # type: ignore[misc, unused-ignore]
    """Puts a tick on the curve where each epoch begins."""

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Mark it, counted from 1 as Keras prints it."""
        mark(f"epoch {epoch + 1}")
