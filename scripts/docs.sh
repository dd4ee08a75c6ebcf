#!/usr/bin/env bash
# Builds the documentation's site; a dead link, or a page that no other leads to, is a fault.
set -euo pipefail

export NO_MKDOCS_2_WARNING=1
mkdocs build --quiet --strict
