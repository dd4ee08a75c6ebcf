#!/usr/bin/env bash
# Installs torch for CPUs into .venv, and the training frameworks whose tests need it.
# They are large, and little of them is used: Python compiles that as it is first loaded.
# Never PyPI's plain Linux wheel: it brings gigabytes of CUDA. Where none is to be had, the
# tests that need one are skipped, and say so.
set -euo pipefail

torch='torch==2.13.0+cpu'
trainers=(lightning transformers accelerate keras skorch)

if ! pip install --quiet --no-compile "$torch" 2>/dev/null &&
    ! pip install --quiet --no-compile --timeout 5 --retries 0 \
        --index-url https://download.pytorch.org/whl/cpu "$torch" 2>/dev/null
then
    echo "SKIPPED: $torch cannot be installed here, and no test that needs it will run" >&2
    exit 0
fi
echo "Installing ${trainers[*]} beside $torch"
if ! pip install --quiet --no-compile "$torch" "${trainers[@]}"; then
    echo "SKIPPED: the training frameworks cannot be installed here" >&2
fi
