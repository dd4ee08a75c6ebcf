"""In what steps joules leave the service."""

QUANTUM_J = 0.01
"""The step of a processor's joules, unless another one is chosen."""
