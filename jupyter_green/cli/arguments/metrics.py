"""The arguments of ``metrics``."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ...sources.variables import SOCKET_VARIABLE, USUAL_SOCKET
from .parser import Commands
from .serve import HOW_BASELINE

USUAL_LISTEN = "127.0.0.1:9532"

_METRICS_EXAMPLES = """\
examples:
  jupyter green metrics
  jupyter green metrics --listen 127.0.0.1:9000 --socket /tmp/mine/sock
  jupyter green metrics --listen 0.0.0.0:9532 --tls-cert c.pem --tls-key k.pem --token-file t

exit status: 0 if a signal ended it, 2 if it cannot listen, or others would reach it.
"""


def add_metrics(commands: Commands) -> None:
    """Add ``metrics``."""
    parser = commands.add_parser(
        "metrics",
        help="serve this host's joules to Prometheus",
        description="Serve the joules of this host's devices as a page for Prometheus, from\n"
        "`jupyter green serve`, which has to run. Whoever reaches the page learns the power\n"
        "of the host, twice a second at most. Elsewhere than on loopback it is only served\n"
        "with TLS and a token.",
        epilog=_METRICS_EXAMPLES,
    )
    parser.add_argument(
        "--listen",
        default=USUAL_LISTEN,
        metavar="HOST:PORT",
        help="where to listen, unless systemd has opened a socket (default: %(default)s)",
    )
    parser.add_argument(
        "--socket",
        metavar="PATH",
        help=f"the socket of the host's service (default: ${SOCKET_VARIABLE}, else {USUAL_SOCKET})",
    )
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help="the certificate for TLS")
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="its key")
    parser.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="what has to be shown for the page, 16 characters or more",
    )
    parser.add_argument(
        "--baseline", type=Path, metavar="FILE", help=f"the idle power, {HOW_BASELINE}"
    )
    parser.add_argument(
        "--no-shares",
        dest="has_shares",
        action="store_false",
        help="show no joules by user, pod and job",
    )
    parser.set_defaults(run=_metrics)


def _metrics(arguments: argparse.Namespace) -> int:
    from ..metrics import Asked, metrics

    return metrics(
        Asked(
            arguments.listen,
            arguments.socket or os.environ.get(SOCKET_VARIABLE) or USUAL_SOCKET,
            arguments.tls_cert,
            arguments.tls_key,
            arguments.token_file,
            arguments.baseline,
            arguments.has_shares,
        )
    )
