#!/usr/bin/env bash
# Tries the host's service under a real JupyterHub, in an environment made for it. Needs root, for two accounts.
set -euo pipefail

environment=$PWD/build/hub
# The shell in between: the rights of root are gone only after it.
nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups sh -c '"$0" "$@"')

if [ "$(id -u)" != 0 ]; then
    echo "SKIPPED: only root can make the accounts of two users" >&2
    exit 0
fi
python=
for candidate in python3 /usr/bin/python3; do
    if found=$(command -v "$candidate") && found=$(readlink -f "$found") \
        && "${nobody[@]}" "$found" -c 'import ensurepip, venv' 2>/dev/null
    then
        python=$found
        break
    fi
done
if [ -z "$python" ] || ! "${nobody[@]}" test -x "$PWD"; then
    echo "SKIPPED: other users have no way to Python, or to this folder" >&2
    exit 0
fi

if [ ! -x "$environment/bin/configurable-http-proxy" ]; then
    echo "Making the environment build/hub with JupyterHub, its proxy and three spawners"
    rm -rf "$environment"
    "$python" -m venv "$environment"
    # npm's part is built already: what JupyterLab is shown is that of .venv.
    if ! HATCH_JUPYTER_BUILDER_SKIP_NPM=1 "$environment/bin/pip" install --quiet \
        --editable ".[lab]" jupyterhub jupyterhub-systemdspawner dockerspawner jupyterhub-kubespawner \
        pytest pytest-timeout pyyaml hypothesis \
        || ! npm install --global --prefix "$environment" --no-audit --no-fund --loglevel=error \
            configurable-http-proxy
    then
        rm -rf "$environment"
        echo "SKIPPED: JupyterHub or its proxy cannot be installed here" >&2
        exit 0
    fi
fi
"$environment/bin/pip" list 2>/dev/null | grep -E '^(jupyterhub|jupyterhub-[a-z]*spawner|dockerspawner) '
PATH=$environment/bin:$PATH "$environment/bin/python" -m pytest -q tests/hub
