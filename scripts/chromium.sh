#!/usr/bin/env bash
# Makes sure of Chromium for the browser tests: apt brings it where that is allowed.
set -euo pipefail

install_chromium() {
    DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends \
        chromium fonts-liberation </dev/null
}

for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then exit; fi
done
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "The browser tests need Chromium. On Debian: sudo apt-get install chromium" >&2
    exit 1
fi
echo "Installing Chromium"
# The lists of a fresh machine are empty, those of an old one point to what is gone.
install_chromium >/dev/null 2>&1 || { apt-get update --quiet=2 && install_chromium >/dev/null; }
