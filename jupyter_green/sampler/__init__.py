"""The sampler: a process of its own that reads the sources, and its client."""
