"""Stand-ins of other programs' pages, which show the truth as these programs' documents say.

Not the programs themselves: node_exporter is one that tests run where it is installed.
"""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from jupyter_green.clock import now_ns

from .truth import Device

Page = Callable[[], bytes]
MIB = b"x" * (1 << 20)


class Exporter:
    """Serves a page, or does something else in its place: see :attr:`fault`."""

    def __init__(self, page: Page, token: str = "") -> None:
        self.page = page
        self.token = token
        self.fault = ""
        """``hangs``, ``drips``, ``nonsense``, ``10 MB``, ``redirects``, ``half`` or nothing."""
        self.paths: list[str] = []
        """What was asked for."""
        self.ended = threading.Event()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        self.paths.append(handler.path)
        if self.token and handler.headers.get("Authorization") != f"Bearer {self.token}":
            handler.send_error(401)
        elif self.fault == "hangs":
            self.ended.wait(10)
        elif self.fault == "drips":
            while not self.ended.wait(0.02):
                handler.wfile.write(b"H")
        elif self.fault == "nonsense":
            handler.wfile.write(b"\xff\x00 node_rapl_package_joules_total{ NaN\n" * 9)
        elif self.fault == "redirects":
            handler.send_response(302)
            handler.send_header("Location", "/elsewhere")
            handler.end_headers()
        else:
            body = b"".join([MIB] * 10) if self.fault == "10 MB" else self.page()
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body[: len(body) // 2] if self.fault == "half" else body)


class _UnixServer(ThreadingHTTPServer):
    address_family = socketserver.UnixStreamServer.address_family

    def server_bind(self) -> None:
        socketserver.UnixStreamServer.server_bind(self)
        self.server_name, self.server_port = "localhost", 0

    def handle_error(self, *_: object) -> None:
        """Say nothing: who asked has gone."""


class _TcpServer(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing: who asked has gone."""


@contextmanager
def served(exporter: Exporter, place: Path | None = None) -> Iterator[str]:
    """Serve on loopback, or on a Unix socket; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            exporter.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    server = _UnixServer(str(place), Handler) if place else _TcpServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield str(place) if place else f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        exporter.ended.set()
        server.shutdown()
        server.server_close()


def rapl_page(
    prefix: str, zones: Mapping[str, tuple[str, str, Device]], hostname: str = ""
) -> Page:
    """Return a page of node_exporter (``node``) or of the CEEMS exporter (``ceems``).

    `zones` has by folder what the zone is called there, its number and its device.
    """

    def page() -> bytes:
        lines = ["# HELP node_scrape_collector_success whether a collector succeeded.", "x 1"]
        host = f'hostname="{hostname}",' if hostname else ""
        for folder, (name, index, device) in zones.items():
            energy_j = repr(device.counter(now_ns()) / 1e6)
            labels = f'{host}index="{index}",path="/sys/class/powercap/{folder}"'
            lines.append(f"# TYPE {prefix}_rapl_{name}_joules_total counter")
            lines.append(f"{prefix}_rapl_{name}_joules_total{{{labels}}} {energy_j}")
        return "\n".join([*lines, ""]).encode()

    return page


def dcgm_page(rows: Sequence[tuple[int, str, str, Device | int]]) -> Page:
    """Return a page of dcgm-exporter: number, UUID, MIG device, and the board or its mJ."""

    def page() -> bytes:
        lines = ["# TYPE DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION counter"]
        for number, uuid, part, board in rows:
            energy_mj = board if isinstance(board, int) else board.counter(now_ns())
            mig = f',GPU_I_PROFILE="1g.10gb",GPU_I_ID="{part}"' if part else ""
            lines.append(
                f'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{{gpu="{number}",UUID="{uuid}",'
                f'modelName="NVIDIA H100 PCIe"{mig},Hostname="n1"}} {energy_mj}'
            )
        return "\n".join([*lines, ""]).encode()

    return page


def zeusd_page(packages: Mapping[str, tuple[Device, Device | None]]) -> Page:
    """Return zeusd's cumulative energy: the package's and its memory's, by the zone's number."""

    def page() -> bytes:
        t_ns = time.monotonic_ns()
        return json.dumps(
            {
                number: {
                    "cpu_energy_uj": package.counter(t_ns),
                    "dram_energy_uj": memory.counter(t_ns) if memory else None,
                }
                for number, (package, memory) in packages.items()
            }
        ).encode()

    return page
