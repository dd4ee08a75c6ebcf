"""Readers of energy counters and power sensors, one file per device family."""
