"""The environment variables that say where and how sensors are read."""

POWERCAP_VARIABLE = "JUPYTER_GREEN_POWERCAP"
"""Names another powercap tree than the kernel's own: a bind mount of the host's, or a test's."""

PMU_VARIABLE = "JUPYTER_GREEN_PMU"
"""Names another folder than the kernel's own that describes the RAPL perf counters."""

BOOT_ID_VARIABLE = "JUPYTER_GREEN_BOOT_ID"
"""Names another file than the kernel's own that says which boot of which machine this is."""

BASELINE_VARIABLE = "JUPYTER_GREEN_BASELINE"
"""Names the file with this machine's idle power, as `jupyter green baseline` keeps it."""

USUAL_BASELINE = "/etc/jupyter-green/baseline.json"
"""Where that is looked for unless it is named."""

READER_VARIABLE = "JUPYTER_GREEN_RAPL"
"""Names the reader of RAPL to try first: `powercap`, `perf_event` or `pyrapl`."""

READER_NAMES = ("powercap", "perf_event", "pyrapl")
"""The readers of RAPL that there are."""

REPLAY_VARIABLE = "JUPYTER_GREEN_REPLAY"
"""Names a recording; while it is set, the recording is the only source."""

NODE_EXPORTER_VARIABLE = "JUPYTER_GREEN_NODE_EXPORTER"
"""Names the page of this host's node_exporter or CEEMS exporter, which shows the processors'
counters: `http://127.0.0.1:9100/metrics`."""

DCGM_EXPORTER_VARIABLE = "JUPYTER_GREEN_DCGM_EXPORTER"
"""Names the page of this host's dcgm-exporter, which shows NVIDIA's boards:
`http://127.0.0.1:9400/metrics`."""

ZEUSD_VARIABLE = "JUPYTER_GREEN_ZEUSD"
"""Names the socket of this host's zeusd, or its address such as `http://127.0.0.1:4938`."""

ZEUSD_TOKEN_VARIABLE = "ZEUSD_TOKEN"  # noqa: S105  (a name)
"""The token that zeusd asks for, where it asks for one; Zeus has the same variable."""

SOCKET_VARIABLE = "JUPYTER_GREEN_SOCKET"
"""Names the socket of the host's service, which reads for all programs; empty to use none."""

USUAL_SOCKET = "/run/jupyter-green/sock"
"""Where that is looked for unless it is named."""
