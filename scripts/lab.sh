#!/usr/bin/env bash
# Opens JupyterLab on a copy of a notebook, so that a person's figures stay out of git.
set -euo pipefail

notebook=$1
folder=$2

copy=$folder/$(basename "$notebook")
mkdir -p "$folder"
if [ ! -e "$copy" ]; then cp "$notebook" "$copy"; fi

options=()
if [ "$(id -u)" -eq 0 ]; then options+=(--allow-root); fi
exec jupyter lab "${options[@]}" "$copy"
