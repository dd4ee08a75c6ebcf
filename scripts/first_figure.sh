#!/usr/bin/env bash
# Does what a new user does, and says how long the machine takes: a fresh environment, pip install,
# JupyterLab, a click on the leaf, a cell, the first figure. Builds the wheel, if none is given.
set -euo pipefail

environment=$PWD/build/first

rm -rf "$environment" build/first-wheel
wheels=("$@")
if [ $# -eq 0 ]; then
    echo "Building the wheel"
    python -m build --wheel --outdir build/first-wheel . >/dev/null
    wheels=(build/first-wheel/*.whl)
fi

seconds() { python -c 'import time; print(time.monotonic())'; }

begun=$(seconds)
python -m venv "$environment"
made=$(seconds)
"$environment/bin/pip" install --quiet "${wheels[0]}[lab]"
installed=$(seconds)
# The browser is driven from .venv: the new environment holds what a user's holds.
python scripts/first_figure.py "$environment" \
    "make the environment=$(python -c "print($made - $begun)")" \
    "pip install jupyter-green[lab]=$(python -c "print($installed - $made)")"
