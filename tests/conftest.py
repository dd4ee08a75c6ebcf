"""The test bench's fixtures, for every test."""

import os
import tempfile

from jupyter_green.sampler.neighbours import RUNTIME_VARIABLE

pytest_plugins = ["tests.testbench.fixtures"]

# Programs that meter this machine besides are none of the tests' business.
os.environ[RUNTIME_VARIABLE] = tempfile.mkdtemp(prefix="jupyter-green-tests-")
