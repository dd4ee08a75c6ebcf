"""The process that meters a host of a cluster for the notebooks that use it."""
