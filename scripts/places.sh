#!/usr/bin/env bash
# Tries reports in front ends that the project does not need, in an environment made for it.
set -euo pipefail

environment=$PWD/build/places

if [ ! -x "$environment/bin/voila" ]; then
    echo "Making the environment build/places with jupyter-console, qtconsole (Qt), voila, marimo and others"
    rm -rf "$environment"
    "$PWD/.venv/bin/python" -m venv "$environment"
    # npm's part is built already: what voila is shown is that of .venv.
    if ! HATCH_JUPYTER_BUILDER_SKIP_NPM=1 "$environment/bin/pip" install --quiet \
        --editable ".[run]" jupyter-console qtconsole PyQt6 voila marimo nbclassic papermill myst-nb \
        hypothesis nbformat pytest pytest-timeout playwright
    then
        rm -rf "$environment"
        echo "SKIPPED: these front ends cannot be installed here" >&2
        exit 0
    fi
fi
# A copy: voila serves no links.
shown=$environment/share/jupyter/labextensions/jupyter-green
rm -rf "$shown"
mkdir -p "$(dirname "$shown")"
cp -r "$PWD/jupyter_green/labextension" "$shown"

"$environment/bin/pip" list 2>/dev/null | grep -E '^(jupyter-console|qtconsole|PyQt6|voila|marimo|nbclassic|papermill|myst-nb) '
PATH=$environment/bin:$PATH "$environment/bin/python" -m pytest -q tests/places
