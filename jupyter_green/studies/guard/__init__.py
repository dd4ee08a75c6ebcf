"""Joules guarded in tests: the pytest plugin with the fixture ``energy`` and ``energy_budget``."""
