#!/usr/bin/env bash
# Shows JupyterLab the extension where it is built, so that a new build counts at once.
set -euo pipefail

if [ -e jupyter_green/labextension/package.json ]; then
    jupyter-builder develop --overwrite .
fi
