"""Ray's clusters: https://docs.ray.io."""
