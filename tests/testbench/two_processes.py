"""One process of two distributed trainings, the second on a budget: what its callback knows.

``python -m tests.testbench.two_processes lightning|trainer OUT BUDGET_KJ``, started once for each
``RANK`` of a ``WORLD_SIZE`` of 2, as ``torchrun`` starts them; as JSON, of both trainings.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from jupyter_green.meter.shared import existing_meter

EPOCHS = 3
STEP_S = 0.05


def main(framework: str, out: Path, budget_kj: float) -> None:
    """Train without and with a budget, and write what was metered here."""
    train = {"lightning": by_lightning, "trainer": by_trainer}[framework]
    out.write_text(json.dumps([known_of(*train(None)), known_of(*train(budget_kj))]), "utf-8")


def known_of(energy: Any, done: int, logged_j: list[float]) -> list[Any]:
    """Return what is known here of a training that has ended."""
    has_metered = existing_meter() is not None
    reports = energy.reports
    try:
        whole = energy.report.to_dict()
    except RuntimeError as error:
        whole = str(error)
    found = [report.to_dict() for report in reports]
    return [has_metered, found, whole, done, [float(j) for j in logged_j]]


def by_lightning(budget_kj: float | None) -> tuple[Any, int, list[float]]:
    """Train with Lightning's ``ddp``."""
    import lightning.pytorch as pl
    import torch

    from jupyter_green.callbacks.lightning import EpochEnergy

    class Slow(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.linear = torch.nn.Linear(2, 1)
            self.logged_j: list[float] = []

        def training_step(self, batch: Any, _: int) -> Any:
            time.sleep(STEP_S)
            return self.linear(batch[0]).mean()

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=0.01)

    energy = EpochEnergy(budget_kj)
    data = torch.utils.data.TensorDataset(torch.ones(8, 2))
    trainer = pl.Trainer(
        max_epochs=EPOCHS, accelerator="cpu", devices=2, strategy="ddp", logger=False,
        callbacks=[energy], enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False,
    )  # fmt: skip
    trainer.fit(Slow(), torch.utils.data.DataLoader(data, batch_size=2))
    logged = trainer.callback_metrics
    return energy, trainer.current_epoch, [logged["energy_j"]] if "energy_j" in logged else []


def by_trainer(budget_kj: float | None) -> tuple[Any, int, list[float]]:
    """Train with Hugging Face's Trainer, on accelerate."""
    import torch
    import transformers

    from jupyter_green.callbacks.transformers import EpochEnergy

    class Slow(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = torch.nn.Linear(2, 1)

        def forward(self, x: Any, labels: Any) -> dict[str, Any]:
            time.sleep(STEP_S)
            found = self.linear(x)
            return {"loss": ((found - labels) ** 2).mean(), "logits": found}

    energy = EpochEnergy(budget_kj)
    data: Any = [{"x": torch.ones(2), "labels": torch.ones(1)} for _ in range(8)]
    with tempfile.TemporaryDirectory() as folder:
        trainer = transformers.Trainer(
            Slow(),
            transformers.TrainingArguments(
                output_dir=folder, num_train_epochs=EPOCHS, save_strategy="no", report_to=[],
                per_device_train_batch_size=2, disable_tqdm=True, use_cpu=True, ddp_backend="gloo",
                logging_strategy="epoch", dataloader_pin_memory=False,
            ),
            train_dataset=data, callbacks=[energy],
        )  # fmt: skip
        trainer.train()
    logged = [log["energy_j"] for log in trainer.state.log_history if "energy_j" in log]
    return energy, round(trainer.state.epoch or 0), logged


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]))
