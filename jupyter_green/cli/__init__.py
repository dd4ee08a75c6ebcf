"""The command line: ``jupyter green …``."""
