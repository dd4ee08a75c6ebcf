#!/usr/bin/env bash
# Checks style and types, Python and TypeScript.
set -euo pipefail

ruff check .
ruff format --check .
mypy
npm run --silent --prefix labextension lint:check
