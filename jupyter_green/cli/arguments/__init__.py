"""The arguments of each command, whose own modules are loaded when it is to run."""
