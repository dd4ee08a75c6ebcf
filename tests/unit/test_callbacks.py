"""The callbacks of training frameworks, in these themselves, where they are installed.

A batch takes its time on a machine in virtual time, whose socket draws a constant power: what an
epoch used is known exactly, however busy the machine is that runs the tests.
"""

import os

import pytest

import jupyter_green as jg
from jupyter_green.meter import marking, measure
from jupyter_green.studies.loops import epoch_windows

EPOCHS = 3
POWER_W = 50.0
BATCH_S = 0.3
EPOCH_S = 2 * BATCH_S
SEEN_AFTER_S = 0.2
"""By then a sample has shown that the framework's call has ended."""


@pytest.fixture
def meter(machine, virtual, monkeypatch):
    """This process's meter, and a socket that draws 50 W whatever it does."""
    machine.truth.add("cpu:0/package", power_w=POWER_W)
    monkeypatch.setattr(epoch_windows, "shared_meter", lambda: virtual)
    monkeypatch.setattr(measure, "shared_meter", lambda: virtual)
    monkeypatch.setattr(marking, "existing_meter", lambda: virtual)
    virtual.discover()
    return virtual


@pytest.fixture
def compute(machine):
    """Take a batch's time."""
    return lambda: machine.sleep(BATCH_S)


def has_ended(meter):
    """Whether no window is open once the next sample has come; nobody asks."""
    meter.machine.sleep(SEEN_AFTER_S)
    return meter.open_windows == 0


def is_true(report):
    """Whether a report's joules are what the socket drew in its time."""
    true_j = POWER_W * report.duration_s
    assert report.energy_j == pytest.approx(true_j, abs=report.uncertainty_j)
    assert report.energy_j == pytest.approx(true_j, rel=0.001)
    return report.stage == "training"


def are_right(meter, callback, epochs=EPOCHS):
    """Check the reports of a training that has ended."""
    assert has_ended(meter)
    assert [r.label for r in callback.reports] == [f"epoch {n + 1}" for n in range(epochs)]
    assert all(is_true(report) for report in (*callback.reports, callback.report))
    assert all(r.duration_s >= BATCH_S for r in callback.reports)
    assert callback.report.duration_s >= sum(r.duration_s for r in callback.reports)
    assert callback.report.label == "training"
    return [r.energy_j for r in callback.reports]


def near(logged_j, final_j):
    """Whether what was logged at the ends, with the last reading, is near the final figures.

    The counter's refresh before an edge is up to 1 ms older, and the reading some ms late at most.
    """
    assert logged_j == pytest.approx(final_j, abs=0.01 * POWER_W)
    return True


# --- Keras ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def keras():
    os.environ.setdefault("KERAS_BACKEND", "torch")  # read once, when it is imported
    pytest.importorskip("torch")
    return pytest.importorskip("keras")


@pytest.fixture
def fit_keras(keras, compute):
    """Fit a small model, in which each batch takes its time."""
    import numpy as np

    def fit(*callbacks, epochs=EPOCHS, fails=None, error=ValueError, **options):
        class Slow(keras.callbacks.Callback):
            def on_train_batch_end(self, number, logs=None):
                compute()
                if fails == (self.epoch, number):
                    raise error

            def on_epoch_begin(self, epoch, logs=None):
                self.epoch = epoch

        model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        x = np.ones((16, 2), "float32")
        return model.fit(
            x, x[:, :1], batch_size=8, epochs=epochs, verbose=0, callbacks=[*callbacks, Slow()],
            **options,
        )  # fmt: skip

    return fit


def test_keras_marks_its_epochs(meter, fit_keras):
    from jupyter_green.callbacks.keras import EpochMarks

    with jg.measure() as m:
        fit_keras(EpochMarks())
    assert [mark.text for mark in m.report.marks] == ["epoch 1", "epoch 2", "epoch 3"]


def test_keras_epochs(meter, fit_keras):
    from jupyter_green.callbacks.keras import EpochEnergy

    energy = EpochEnergy()
    history = fit_keras(energy, validation_split=0.5)
    assert near(history.history["energy_j"], are_right(meter, energy))
    assert energy.forecast.count == EPOCHS
    fit_keras(energy, epochs=2)  # the same callback once more
    are_right(meter, energy, 2)


def test_keras_stops_at_its_budget(meter, fit_keras, capsys):
    from jupyter_green.callbacks.keras import EpochEnergy

    energy = EpochEnergy(budget_kj=1.5 * POWER_W * EPOCH_S / 1e3)
    fit_keras(energy, epochs=9)
    are_right(meter, energy, len(energy.reports))
    assert energy.is_spent
    assert len(energy.reports) == 2
    assert "is spent" in capsys.readouterr().err


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_keras_that_fails_leaves_no_window_open(meter, fit_keras, error):
    from jupyter_green.callbacks.keras import EpochEnergy

    energy = EpochEnergy()
    with pytest.raises(error) as kept:  # and with it the frames
        fit_keras(energy, fails=(1, 1), error=error)
    assert has_ended(meter)
    assert kept.value is not None
    assert [r.status for r in energy.reports] == ["ok", "error"]
    assert energy.report.status == "error"


# --- Lightning ------------------------------------------------------------------------------


@pytest.fixture
def fit_lightning(tmp_path, compute):
    """Fit Lightning's own model for trials; return the trainer."""
    pytest.importorskip("torch")
    lightning = pytest.importorskip("lightning.pytorch")
    from lightning.pytorch.demos.boring_classes import BoringModel

    quiet = dict.fromkeys(("logger", "enable_progress_bar", "enable_model_summary"), False)

    def fit(*callbacks, epochs=EPOCHS, fails=None):
        class Slow(BoringModel):
            def training_step(self, batch, batch_idx):
                compute()
                if (self.trainer.current_epoch, batch_idx) == (1, 1) and fails is not None:
                    raise fails
                return super().training_step(batch, batch_idx)

        trainer = lightning.Trainer(
            max_epochs=epochs, limit_train_batches=2, limit_val_batches=1, accelerator="cpu",
            default_root_dir=tmp_path, enable_checkpointing=False, callbacks=list(callbacks),
            **quiet,
        )  # fmt: skip
        trainer.fit(Slow())
        return trainer

    return fit


def test_lightning_marks_its_epochs(meter, fit_lightning):
    from jupyter_green.callbacks.lightning import EpochMarks

    with jg.measure() as m:
        fit_lightning(EpochMarks())
    assert [mark.text for mark in m.report.marks] == ["epoch 0", "epoch 1", "epoch 2"]


def test_lightning_epochs(meter, fit_lightning):
    from jupyter_green.callbacks.lightning import EpochEnergy

    energy = EpochEnergy()
    trainer = fit_lightning(energy)
    assert near([float(trainer.callback_metrics["energy_j"])], are_right(meter, energy)[-1:])


def test_lightning_stops_at_its_budget(meter, fit_lightning):
    from jupyter_green.callbacks.lightning import EpochEnergy

    energy = EpochEnergy(budget_kj=1.5 * POWER_W * EPOCH_S / 1e3)
    trainer = fit_lightning(energy, epochs=9)
    are_right(meter, energy, len(energy.reports))
    assert trainer.current_epoch == 2


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_lightning_that_fails_leaves_no_window_open(meter, fit_lightning, error):
    from jupyter_green.callbacks.lightning import EpochEnergy

    energy = EpochEnergy()
    with pytest.raises((error, SystemExit)):
        fit_lightning(energy, fails=error)
    assert meter.open_windows == 0
    status = "error" if error is ValueError else "interrupted"
    assert [r.status for r in energy.reports] == ["ok", status]
    assert energy.report.status == status


def test_the_other_processes_of_a_lightning_training_meter_nothing(meter):
    pytest.importorskip("lightning.pytorch")
    from types import SimpleNamespace

    from jupyter_green.callbacks.lightning import EpochEnergy

    energy = EpochEnergy()
    trainer = SimpleNamespace(local_rank=1, max_epochs=2, current_epoch=0, is_global_zero=False)
    energy.on_train_start(trainer, None)
    energy.on_train_epoch_start(trainer, None)
    assert meter.open_windows == 0
    energy.on_train_epoch_end(trainer, None)
    energy.on_train_end(trainer, None)
    assert energy.reports == []
    with pytest.raises(RuntimeError, match="fit the model first"):
        _ = energy.report


# --- transformers ---------------------------------------------------------------------------


@pytest.fixture
def fit_trainer(tmp_path, monkeypatch, compute):
    """Train a linear model with Hugging Face's Trainer; return it."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("accelerate")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    transformers = pytest.importorskip("transformers")

    def fit(*callbacks, epochs=EPOCHS, fails=None):
        class Slow(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.linear = torch.nn.Linear(2, 1)
                self.steps = 0

            def forward(self, x, labels):
                if self.training:
                    compute()
                    self.steps += 1
                    if fails is not None and self.steps == 4:
                        raise fails
                found = self.linear(x)
                return {"loss": ((found - labels) ** 2).mean(), "logits": found}

        data = [{"x": torch.ones(2), "labels": torch.ones(1)} for _ in range(8)]
        trainer = transformers.Trainer(
            Slow(),
            transformers.TrainingArguments(
                output_dir=str(tmp_path), num_train_epochs=epochs, save_strategy="no",
                per_device_train_batch_size=4, eval_strategy="epoch", logging_strategy="epoch",
                report_to=[], disable_tqdm=True, use_cpu=True,
            ),
            train_dataset=data, eval_dataset=data, callbacks=list(callbacks),
        )  # fmt: skip
        trainer.train()
        return trainer

    return fit


def test_trainer_epochs(meter, fit_trainer):
    from jupyter_green.callbacks.transformers import EpochEnergy

    energy = EpochEnergy()
    trainer = fit_trainer(energy)
    logged_j = [log["energy_j"] for log in trainer.state.log_history if "energy_j" in log]
    assert near(logged_j, are_right(meter, energy))
    assert sum("eval_loss" in log for log in trainer.state.log_history) == EPOCHS


def test_trainer_stops_at_its_budget(meter, fit_trainer):
    from jupyter_green.callbacks.transformers import EpochEnergy

    energy = EpochEnergy(budget_kj=1.5 * POWER_W * EPOCH_S / 1e3)
    trainer = fit_trainer(energy, epochs=9)
    are_right(meter, energy, len(energy.reports))
    assert trainer.state.epoch == 2


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_trainer_that_fails_leaves_no_window_open(meter, fit_trainer, error):
    from jupyter_green.callbacks.transformers import EpochEnergy

    energy = EpochEnergy()
    with pytest.raises(error) as kept:
        fit_trainer(energy, fails=error)
    assert has_ended(meter)
    assert kept.value is not None
    assert [r.status for r in energy.reports] == ["ok", "error"]


# --- skorch ---------------------------------------------------------------------------------


@pytest.fixture
def fit_skorch(compute):
    """Fit a small regressor; return it."""
    torch = pytest.importorskip("torch")
    skorch = pytest.importorskip("skorch")

    def fit(*callbacks, epochs=EPOCHS, fails=None):
        class Slow(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.linear = torch.nn.Linear(2, 1)
                self.steps = 0

            def forward(self, x):
                if self.training:
                    compute()
                    self.steps += 1
                    if fails is not None and self.steps == 4:
                        raise fails
                return self.linear(x)

        net = skorch.NeuralNetRegressor(
            Slow, max_epochs=epochs, batch_size=4, verbose=0, train_split=None,
            callbacks=list(callbacks),
        )  # fmt: skip
        x = torch.ones(8, 2)
        return net.fit(x.numpy(), x[:, :1].numpy())

    return fit


def test_skorch_epochs(meter, fit_skorch):
    from jupyter_green.callbacks.skorch import EpochEnergy

    energy = EpochEnergy()
    net = fit_skorch(energy)
    assert near(net.history[:, "energy_j"], are_right(meter, energy))


def test_skorch_stops_at_its_budget(meter, fit_skorch):
    from jupyter_green.callbacks.skorch import EpochEnergy

    energy = EpochEnergy(budget_kj=1.5 * POWER_W * EPOCH_S / 1e3)
    net = fit_skorch(energy, epochs=9)
    are_right(meter, energy, len(energy.reports))
    assert len(net.history) == 2


def test_skorch_that_fails_leaves_no_window_open(meter, fit_skorch):
    from jupyter_green.callbacks.skorch import EpochEnergy

    energy = EpochEnergy()
    with pytest.raises(ValueError) as kept:
        fit_skorch(energy, fails=ValueError)
    assert has_ended(meter)
    assert kept.value is not None
    assert [r.status for r in energy.reports] == ["ok", "error"]


def test_a_net_with_the_callback_is_cloned_and_pickled(meter, fit_skorch):
    import pickle

    base = pytest.importorskip("sklearn.base")
    from jupyter_green.callbacks.skorch import EpochEnergy

    energy = EpochEnergy(budget_kj=5.0)
    fit_skorch(energy)
    assert base.clone(energy).budget_kj == 5.0
    again = pickle.loads(pickle.dumps(energy))
    assert (again.budget_kj, again.reports) == (5.0, [])


@pytest.mark.parametrize("name", ["keras", "lightning", "transformers", "skorch"])
def test_a_budget_that_makes_no_sense_is_refused(name, request):
    import importlib

    if name == "keras":
        request.getfixturevalue("keras")
    pytest.importorskip("torch")
    pytest.importorskip(name)
    module = importlib.import_module(f"jupyter_green.callbacks.{name}")
    with pytest.raises(ValueError, match="above 0"):
        module.EpochEnergy(budget_kj=0)
    with pytest.raises(TypeError, match="number of kilojoules"):
        module.EpochEnergy(budget_kj="5kJ")
