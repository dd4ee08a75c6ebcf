#!/usr/bin/env bash
# Checks style and types, Python and TypeScript at the same time.
set -euo pipefail

npm run --silent --prefix labextension lint:check &
typescript=$!
trap 'kill "$typescript" 2>/dev/null || true' EXIT
python scripts/translations.py --check
python -m scripts.reference --check
ruff check .
ruff format --check .
mypy
wait "$typescript"
