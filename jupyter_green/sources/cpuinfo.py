"""What ``/proc/cpuinfo`` says of the processor, and on Windows what there is in its place."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from . import sysfs

# Family and model numbers as Linux names them in arch/x86/include/asm/intel-family.h
# and as AMD's processor programming references give them.
_INTEL_FAMILY_6 = {
    "Sandy Bridge": (42, 45),
    "Ivy Bridge": (58, 62),
    "Haswell": (60, 63, 69, 70),
    "Broadwell": (61, 71, 79, 86),
    "Skylake": (78, 94),
    "Coffee Lake": (142, 158),
    "Ice Lake": (106, 108, 125, 126),
    "Sapphire Rapids": (143,),
    "Emerald Rapids": (207,),
    "Granite Rapids": (173, 174),
}
_SKYLAKE_SERVER = 85  # shared with Cascade Lake, which has stepping 5 or higher
_ARM_PARTS = {0xD0C: "Graviton2", 0xD40: "Graviton3", 0xD4F: "Graviton4"}
_MAKERS = {"GenuineIntel": "Intel", "AuthenticAMD": "AMD"}

IDENTIFIER_VARIABLE = "PROCESSOR_IDENTIFIER"
"""Of Windows: ``Intel64 Family 6 Model 158 Stepping 10, GenuineIntel``."""
_IDENTIFIER = re.compile(r"Family (\d+) Model (\d+) Stepping (\d+), (\w+)")


def text_of(path: Path, environ: Mapping[str, str] = os.environ) -> str:
    """Return what the file holds; where there is none, the same fields as far as they are known."""
    if text := sysfs.text(path):
        return text
    found = _IDENTIFIER.search(environ.get(IDENTIFIER_VARIABLE, ""))
    values = found.groups() if found else ()
    named = zip(("cpu family", "model", "stepping", "vendor_id"), values, strict=False)
    return "".join(f"{name}: {value}\n" for name, value in [*named, *_name_in_the_registry()])


def _name_in_the_registry() -> list[tuple[str, str]]:
    if sys.platform != "win32":
        return []
    try:
        import winreg

        place = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, place) as key:
            return [("model name", str(winreg.QueryValueEx(key, "ProcessorNameString")[0]))]
    except (ImportError, OSError):
        return []


def field(text: str, name: str) -> str:
    """Return the first value of a field in the file's `text`, empty where it has none."""
    match = re.search(rf"^{re.escape(name)}[ \t]*:[ \t]*(.*)$", text, flags=re.MULTILINE)
    return match[1].strip() if match else ""


def number(text: str, name: str) -> int | None:
    """Return a field's value as a number, in decimal or ``0x`` notation."""
    try:
        return int(field(text, name), 0)
    except ValueError:
        return None


def model_name(text: str) -> str:
    """Return what the processor calls itself, or else what the platform calls it."""
    return field(text, "model name") or platform.processor() or platform.machine() or "CPU"


def maker(text: str) -> str:
    """Return ``Intel`` or ``AMD``, empty for any other maker."""
    return _MAKERS.get(field(text, "vendor_id"), "")


def architecture(text: str) -> str | None:
    """Return the processor's micro-architecture, ``None`` if it is not known."""
    family, model = number(text, "cpu family"), number(text, "model") or 0
    if maker(text) == "Intel":
        return _intel(model, number(text, "stepping") or 0) if family == 6 else None
    if maker(text) == "AMD":
        return _amd(family, model)
    if number(text, "CPU implementer") == 0x41:
        return _ARM_PARTS.get(number(text, "CPU part") or 0)
    return None


def _intel(model: int, stepping: int) -> str | None:
    if model == _SKYLAKE_SERVER:
        return "Cascade Lake" if stepping >= 5 else "Skylake"
    return next((name for name, models in _INTEL_FAMILY_6.items() if model in models), None)


def _amd(family: int | None, model: int) -> str | None:
    if family == 0x17:
        return "EPYC 2nd Gen" if model >= 0x30 else "EPYC 1st Gen"
    if family == 0x19:
        if 0x10 <= model <= 0x1F:
            return "EPYC 4th Gen Genoa"
        fourth = 0x60 <= model <= 0x7F or 0xA0 <= model <= 0xAF
        return "EPYC 4th Gen" if fourth else "EPYC 3rd Gen"
    return "EPYC 5th Gen" if family == 0x1A and model < 0x20 else None
