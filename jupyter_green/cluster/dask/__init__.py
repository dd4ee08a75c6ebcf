"""Dask's clusters: https://distributed.dask.org."""
