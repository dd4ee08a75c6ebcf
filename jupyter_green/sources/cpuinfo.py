"""What ``/proc/cpuinfo`` says of the processor."""

from __future__ import annotations

import platform
import re


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
