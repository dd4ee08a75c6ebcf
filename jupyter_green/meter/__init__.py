"""Windows, traces and reports."""
