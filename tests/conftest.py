"""The test bench's fixtures, for every test."""

pytest_plugins = ["tests.testbench.fixtures"]
