#!/usr/bin/env bash
# Builds the documentation's site; a dead link, or a page that no other leads to, is a fault.
set -euo pipefail

npm run --silent --prefix labextension build:page

export NO_MKDOCS_2_WARNING=1
# Not --quiet: mkdocs then counts no warning.
said=$(mkdocs build --strict 2>&1) || {
	echo "$said"
	exit 1
}
python scripts/site_check.py build/site
