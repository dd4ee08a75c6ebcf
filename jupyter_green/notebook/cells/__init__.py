"""Which cells are metered, and what their %%energy line says."""
