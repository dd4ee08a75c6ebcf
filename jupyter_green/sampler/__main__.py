"""The sampler's process: ``python -m jupyter_green.sampler``."""

from .process import main

if __name__ == "__main__":
    main()
