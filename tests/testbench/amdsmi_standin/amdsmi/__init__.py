"""What a program that imports ``amdsmi`` finds; see the folder above."""

from .amdsmi_exception import *  # noqa: F403
from .amdsmi_interface import *  # noqa: F403
from .amdsmi_interface import has_enumeration

if not has_enumeration():
    del amdsmi_get_gpu_enumeration_info  # noqa: F821
