"""Marks at the epochs of training frameworks, where these are installed."""

import pytest

import jupyter_green as jg

EPOCHS = 3


def test_keras_marks_its_epochs(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras")
    from jupyter_green.callbacks.keras import EpochMarks

    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = keras.ops.convert_to_numpy(keras.ops.ones((8, 2)))
    with jg.measure() as m:
        model.fit(x, x[:, :1], epochs=EPOCHS, verbose=0, callbacks=[EpochMarks()])
    assert [mark.text for mark in m.report.marks] == ["epoch 1", "epoch 2", "epoch 3"]


def test_lightning_marks_its_epochs(tmp_path):
    lightning = pytest.importorskip("lightning.pytorch")
    from lightning.pytorch.demos.boring_classes import BoringModel

    from jupyter_green.callbacks.lightning import EpochMarks

    quiet = dict.fromkeys(("logger", "enable_progress_bar", "enable_model_summary"), False)
    trainer = lightning.Trainer(
        max_epochs=EPOCHS, limit_train_batches=2, limit_val_batches=0, accelerator="cpu",
        default_root_dir=tmp_path, enable_checkpointing=False, callbacks=[EpochMarks()], **quiet,
    )  # fmt: skip
    with jg.measure() as m:
        trainer.fit(BoringModel())
    assert [mark.text for mark in m.report.marks] == ["epoch 0", "epoch 1", "epoch 2"]
