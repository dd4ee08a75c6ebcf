"""Checks what would be given to an index: ``make release-check``."""
