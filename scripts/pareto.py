"""Draws docs/images/pareto.png: the front of six classifiers, from a paper's figures.

Joules of a training and F1 on SMS spam, means of 30 runs with their 95 % intervals: Verdecchia,
Cruz, Sallou et al. (2022), "Data-Centric Green AI", arXiv 2204.02766, data under the MIT licence.
"""

from __future__ import annotations

import sys
from pathlib import Path

import jupyter_green as jg
from tests.testbench.classifiers import CLASSIFIERS

IMAGE = Path(__file__).parents[1] / "docs" / "images" / "pareto.png"


def main() -> int:
    """Print the table and draw the picture."""
    front = jg.pareto(CLASSIFIERS, "F1", floor=0.8)
    print(front)
    front.plot().savefig(IMAGE, dpi=110)
    return 0


if __name__ == "__main__":
    sys.exit(main())
