#!/usr/bin/env bash
# Tries the panel in notebooks that several people have open, in an environment made for it.
set -euo pipefail

collaboration='5.*'
environment=$PWD/build/collaboration

if [ ! -x "$environment/bin/jupyter-lab" ]; then
    echo "Making the environment build/collaboration with jupyter-collaboration $collaboration"
    rm -rf "$environment"
    "$PWD/.venv/bin/python" -m venv "$environment"
    # npm's part is built already: what JupyterLab is shown is that of .venv.
    if ! HATCH_JUPYTER_BUILDER_SKIP_NPM=1 "$environment/bin/pip" install --quiet \
        --editable ".[lab]" "jupyter-collaboration==$collaboration" \
        nbformat pytest pytest-timeout playwright
    then
        rm -rf "$environment"
        echo "SKIPPED: jupyter-collaboration $collaboration cannot be installed here" >&2
        exit 0
    fi
fi
linked=$environment/share/jupyter/labextensions/jupyter-green
rm -rf "$linked"
ln -s "$PWD/jupyter_green/labextension" "$linked"

echo "jupyter-collaboration $("$environment/bin/pip" show jupyter-collaboration \
    | sed -n 's/^Version: //p') in JupyterLab $("$environment/bin/jupyter-lab" --version)"
PATH=$environment/bin:$PATH "$environment/bin/python" -m pytest -q tests/collaboration
