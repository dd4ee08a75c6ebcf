"""A host's joules by OpenTelemetry: as they are, and as a receiver gets them by OTLP."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

from jupyter_green.metrics.figures import Figures
from jupyter_green.metrics.telemetry import ENERGY, HOST_ENERGY, by_domain, by_host, observe
from jupyter_green.sources.base import Domain, Provenance

NEVER_MS = 3_600_000


@contextmanager
def receiver():
    """What a collector receives: the requests so far, and its address."""
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, ExportMetricsServiceRequest.FromString(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield received, f"http://127.0.0.1:{server.server_port}/v1/metrics"
    finally:
        server.shutdown()
        server.server_close()


def points(request):
    """The metrics of a request: unit, whether it only rises, and joules by what they are of."""
    return {
        metric.name: (
            metric.unit,
            metric.sum.is_monotonic,
            {
                tuple(sorted((each.key, each.value.string_value) for each in point.attributes)): (
                    point.as_double
                )
                for point in metric.sum.data_points
            },
        )
        for resource in request.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def test_a_receiver_gets_the_hosts_joules_by_otlp(rapl, service):
    with receiver() as (received, address):
        exporter = OTLPMetricExporter(address)
        reader = PeriodicExportingMetricReader(exporter, export_interval_millis=NEVER_MS)
        provider = MeterProvider([reader])
        watch = observe(provider, str(service.place))
        assert watch.wait_until_up(10.0)
        assert provider.force_flush()
        watch.close()
        provider.shutdown()
    path, request = received[0]
    assert path == "/v1/metrics"
    unit, rises, found = points(request)[ENERGY]
    assert (unit, rises) == ("J", True)
    how = ("jupyter_green.provenance", "counter")
    package = (("hw.id", "cpu:0/package"), ("hw.type", "cpu"), how)
    assert found.keys() == {package, (("hw.id", "cpu:0/dram"), ("hw.type", "memory"), how)}
    assert found[package] > 0
    assert HOST_ENERGY not in points(request)


def test_a_domain_names_what_it_lies_inside_and_the_platform_is_the_host():
    def domain(id_, board="", *, counted=True):
        provenance = Provenance.COUNTER
        return Domain(id_, id_, "x", provenance, 0.001, counted=counted, board=board)

    domains = (
        domain("cpu:0/package"),
        domain("cpu:0/core", counted=False),
        domain("gpu:0", "GPU-a"),
        domain("gpu:0/memory", "GPU-a", counted=False),
        domain("psys", counted=False),
        domain("cpu:1/package"),
    )
    energy_j = {each.id: 1.0 + n for n, each in enumerate(domains) if each.id != "cpu:1/package"}
    figures = Figures(is_up=True, domains=domains, energy_j=energy_j)
    parents = {p.attributes["hw.id"]: p.attributes.get("hw.parent") for p in by_domain(figures)}
    assert parents == {
        "cpu:0/package": None,
        "cpu:0/core": "cpu:0/package",
        "GPU-a gpu:0": None,
        "GPU-a gpu:0/memory": "GPU-a gpu:0",
    }
    assert [(p.energy_j, p.attributes["hw.id"]) for p in by_host(figures)] == [(5.0, "psys")]


@pytest.mark.parametrize("shown", [by_domain, by_host])
def test_without_a_service_nothing_is_shown(shown):
    assert not list(shown(Figures(is_up=False)))
