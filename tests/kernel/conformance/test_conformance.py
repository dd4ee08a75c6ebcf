"""The meter does not change what a cell does: the corpus, bare and metered, message by message.

Each cell of the corpus runs in real kernels in which nothing of ours is loaded, and in others
under ``%%energy``, ``%%energy -q``, ``%green on`` and ``%green on --quiet``, for front ends
that show widgets and for those that do not: all six ways in ``make matrix``, elsewhere two
that differ in everything, the magic and the front end. Every message on iopub, shell and stdin is
compared, what a notebook would show of them in the end, and the state of the kernel after
each entry: names, history and its file, streams, signals, threads and more.

The line numbers and the source in tracebacks are compared as they are. For that the bare cell
has a comment in the line where the metered one has ``%%energy``, and the meter puts the same
comment there. Cells of one line that IPython treats in a way of its own, and those with another
magic on top, are compared with the bare cell alone. Under ``%green on`` the cells are identical.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from .compare import Ours, differences, messages
from .corpus import CORPUS
from .record import BARE, COMMENTED, TRIED, record, twin

POSSIBLE = [entry for entry in CORPUS if not entry.impossible]
AT_ONCE = 4
"""Kernels; they wait most of the time, for what a cell may still say."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Run all of the corpus in each mode."""
    top = tmp_path_factory.mktemp("conformance")
    # Matplotlib says so where its cache of fonts takes long to make: here it is made before.
    mine = os.environ | {"MPLCONFIGDIR": str(top / "matplotlib")}
    subprocess.run([sys.executable, "-c", "import matplotlib.font_manager"], env=mine, check=True)
    modes = [BARE, COMMENTED, *TRIED]
    folders = {mode: top / str(number) / "home" for number, mode in enumerate(modes)}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        started = {m: pool.submit(record, m, POSSIBLE, folders[m]) for m in modes}
    ran = {mode: future.result() for mode, future in started.items()}
    return {mode: (ran[mode], Ours(ran[mode].values()), folders[mode]) for mode in modes}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", TRIED, ids=lambda mode: mode.name)
@pytest.mark.parametrize("entry", CORPUS, ids=lambda entry: entry.name)
def test_a_cell_does_the_same(runs, entry, mode):
    if entry.impossible:
        pytest.skip(entry.impossible)
    bare, metered = (
        messages(entry, ran[entry.name], ours, folder)
        for ran, ours, folder in (runs[twin(mode)], runs[mode])
    )
    found = list(differences(bare, metered))
    assert not found, f"{len(found)} differences\n" + "\n".join(found[:20])
