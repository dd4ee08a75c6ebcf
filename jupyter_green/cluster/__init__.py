"""Several hosts that are metered together."""
