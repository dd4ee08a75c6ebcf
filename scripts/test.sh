#!/usr/bin/env bash
# Runs every test, TypeScript's first; pytest's closing line is the last one.
set -euo pipefail

npm test --silent --prefix labextension
exec pytest
