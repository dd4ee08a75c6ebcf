"""A real ipykernel, driven by its own client."""

import pytest

from jupyter_green.intake.places import LEDGER_VARIABLE
from tests.testbench.kernel import LAB, Kernel

__all__ = ["LAB", "Kernel"]


@pytest.fixture(scope="module", autouse=True)
def ledger(tmp_path_factory):
    """A ledger of these tests, as a kernel of whoever installs this has one."""
    folder = tmp_path_factory.mktemp("ledger")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(LEDGER_VARIABLE, str(folder))
        yield folder


@pytest.fixture
def kernel_with():
    """Start kernels in an environment of their own; they end with the test."""
    kernels = []

    def start(env=None, folder=None):
        kernels.append(Kernel(env, folder))
        return kernels[-1]

    yield start
    for kernel in kernels:
        kernel.close()


@pytest.fixture(scope="module")
def shared_kernel(ledger):
    kernel = Kernel()
    assert kernel.run("%load_ext jupyter_green").status == "ok"
    yield kernel
    kernel.close()


@pytest.fixture
def kernel(shared_kernel):
    """One kernel for all tests of a file, the extension loaded, nothing else defined."""
    shared_kernel.run("%reset -f")
    shared_kernel.run("%load_ext jupyter_green")
    return shared_kernel
