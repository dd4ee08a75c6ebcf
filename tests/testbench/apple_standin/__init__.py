"""A stand-in for the package ``zeus_apple_silicon``: put this folder on ``sys.path``.

It has the interface of https://github.com/ml-energy/zeus-apple-silicon and takes
what it returns from the truth that ``JUPYTER_GREEN_BENCH`` names: a device
``cpu_total_mj`` is that field, devices ``performance_cluster_mj/0``, ``…/1`` are that
list, and a field without a device is ``None``, as for a part that a chip does not report.
"""

from pathlib import Path

PATH = Path(__file__).parent
