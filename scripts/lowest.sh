#!/usr/bin/env bash
# Tries the panel in the lowest JupyterLab that is supported, in an environment made for it.
set -euo pipefail

lab='4.2.*'
environment=$PWD/build/lowest

if [ ! -x "$environment/bin/jupyter-lab" ]; then
    echo "Making the environment build/lowest with JupyterLab $lab"
    rm -rf "$environment"
    "$PWD/.venv/bin/python" -m venv "$environment"
    # npm's part is built already: what JupyterLab is shown is that of .venv.
    if ! HATCH_JUPYTER_BUILDER_SKIP_NPM=1 "$environment/bin/pip" install --quiet \
        --editable . "jupyterlab==$lab" ipykernel nbformat pytest pytest-timeout playwright
    then
        rm -rf "$environment"
        echo "SKIPPED: JupyterLab $lab cannot be installed here" >&2
        exit 0
    fi
fi
linked=$environment/share/jupyter/labextensions/jupyter-green
rm -rf "$linked"
ln -s "$PWD/jupyter_green/labextension" "$linked"

core='the_summary or details_open_in_place or running_cell_is_live or stage_is_set
or metered_by_button or export or clear_asks_first or settings
or live_then_kept_then_reopened or rests_while_hidden'

echo "JupyterLab $("$environment/bin/jupyter-lab" --version)"
PATH=$environment/bin:$PATH "$environment/bin/python" -m pytest -q \
    tests/browser/panel tests/browser/test_lab.py -k "${core//$'\n'/ }"
