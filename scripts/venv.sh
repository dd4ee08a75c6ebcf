#!/usr/bin/env bash
# Makes the virtual environment .venv with the interpreter given.
set -euo pipefail

python=$1

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
    echo "jupyter-green needs Python 3.10 or newer; '$python' is not. Use: make PYTHON=python3.11 …" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "'$python' cannot make virtual environments. On Debian: apt-get install python3-venv" >&2
    exit 1
fi
echo "Making the environment .venv"
"$python" -m venv .venv
