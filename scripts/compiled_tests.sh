#!/usr/bin/env bash
# Keeps the tests' bytecode, as pytest changes it: else each of its processes would compile all of
# them, and again each time where Python is told to write none. What cannot be collected is told
# when the tests run.
set -euo pipefail

PYTHONDONTWRITEBYTECODE='' python -m pytest --collect-only --quiet >/dev/null 2>&1 || true
