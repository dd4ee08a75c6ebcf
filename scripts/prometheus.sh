#!/usr/bin/env bash
# Tries what Prometheus' own programs read of us, and we of them: the server, promtool, node_exporter.
set -euo pipefail

if ! command -v prometheus promtool prometheus-node-exporter >/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
            prometheus prometheus-node-exporter >/dev/null
    else
        echo "What is missing is skipped: install prometheus and prometheus-node-exporter" >&2
    fi
fi
JUPYTER_GREEN_TEST_PROMETHEUS=1 python -m pytest -q -s -rs tests/service/test_metrics.py tests/hardware/test_node_exporter.py
