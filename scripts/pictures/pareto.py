"""The front of six classifiers, from a paper's figures.

Joules of a training and F1 on SMS spam, means of 30 runs with their 95 % intervals: Verdecchia,
Cruz, Sallou et al. (2022), "Data-Centric Green AI", arXiv 2204.02766, data under the MIT licence.
"""

from __future__ import annotations

from pathlib import Path

import jupyter_green as jg
from tests.testbench.classifiers import CLASSIFIERS


def draw(image: Path) -> str:
    """Draw the picture; return the table."""
    front = jg.pareto(CLASSIFIERS, "F1", floor=0.8)
    front.plot().savefig(image, dpi=110)
    return str(front)
