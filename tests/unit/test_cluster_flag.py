"""``--cluster``: what the line of a cell takes, and what is made of the variable it names."""

import pytest
from IPython.core.error import UsageError

from jupyter_green.cluster.without import CLUSTER
from jupyter_green.flags import HOST_LOST
from jupyter_green.notebook.cells import magic_line
from jupyter_green.notebook.cells.cluster_flag import elsewhere
from tests.testbench.reports import domain, report

OWN = report(domain())


def test_it_names_a_variable():
    assert magic_line.options("--cluster client -q").cluster == "client"
    assert magic_line.options("-q").cluster is None
    with pytest.raises(UsageError, match="--cluster takes the name of a variable"):
        magic_line.options("--cluster Client()")


@pytest.mark.parametrize("repeated", ["-r 3", "-n 5"])
def test_it_is_for_cells_that_run_once(repeated):
    with pytest.raises(UsageError, match="--cluster is for cells that run once"):
        magic_line.options(f"--cluster client {repeated}")


def test_without_it_nothing_is_metered_elsewhere():
    assert elsewhere(None, {"client": 3}) is None


@pytest.mark.parametrize(
    ("namespace", "why"),
    [({}, "there is no variable client"), ({"client": 3}, "not by 3 (int)")],
)
def test_a_cell_whose_cluster_cannot_be_used_is_metered_here_and_says_why(namespace, why):
    window = elsewhere("client", namespace)
    window.open("run-1")
    window.begin(1)
    window.end(1, 2)
    assert window.wait(0.0)
    found = window.joined(OWN)
    assert found.energy_j == OWN.energy_j
    assert HOST_LOST in found.flags
    (missing,) = found.missing
    assert missing.id == CLUSTER
    assert missing.reason.endswith(why)
