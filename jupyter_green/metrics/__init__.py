"""A host's joules for Prometheus and OpenTelemetry: a client of the host's service."""
