#!/usr/bin/env bash
# Installs the project into .venv, editable, with the extras given.
set -euo pipefail

extras=$1
linked=.venv/share/jupyter/labextensions/jupyter-green

# pip would follow the link and take the built files away with the old version.
if [ -L "$linked" ]; then rm "$linked"; fi

echo "Installing jupyter-green[$extras] and what it needs"
# npm's part has a target of its own in the Makefile.
HATCH_JUPYTER_BUILDER_SKIP_NPM=1 pip install --quiet --editable ".[$extras]"

# Jupyter brings it for the form of international addresses, which nothing here checks; whatever
# loads jsonschema, such as each server, would first spend a second or more on its grammar.
pip uninstall --quiet --yes rfc3987-syntax

scripts/link.sh
