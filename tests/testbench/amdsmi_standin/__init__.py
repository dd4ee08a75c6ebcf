"""A stand-in for AMD's package ``amdsmi``: put this folder on ``sys.path``.

It has the functions, arguments, results and exceptions of AMD's Python interface
(https://github.com/ROCm/amdsmi, py-interface) that the source calls, and computes
what they return from the truth that ``JUPYTER_GREEN_BENCH`` names. Its GPUs are the
truth's devices ``gpu:N``; the knob ``architecture`` is the revision of their table of
metrics: 1 for a discrete GPU, 2 for an integrated one.
"""

from pathlib import Path

PATH = Path(__file__).parent

VERSION_VARIABLE = "AMDSMI_STANDIN_VERSION"
"""``6.1``: the counter is called ``power``, no enumeration. ``7.0``, the default: neither."""

HIP_IDS_VARIABLE = "AMDSMI_STANDIN_HIP_IDS"
"""HIP's numbers in the order of the handles, such as ``1,0``; else that order itself."""
