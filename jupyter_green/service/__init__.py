"""One sampler for a host: it reads the sensors and fits the windows of all its clients."""
