"""JSON from a server on the web, for providers: one request, of limited time and size."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from .._version import __version__
from .answers import NoAnswer

TIMEOUT_S = 5.0
MOST_BYTES = 1_000_000


def fetched(
    url: str, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> Any:
    """Return what a server answers, read as JSON.

    Parameters
    ----------
    url, query
        Where it is, and what is asked.
    headers
        What else is sent; a key in it is told to no other server, since no redirect is followed.

    Raises
    ------
    NoAnswer
        Where there is none, or none that can be read. The message holds neither query nor headers.
    """
    host = urlsplit(url).netloc.rpartition("@")[2]
    if urlsplit(url).scheme not in ("http", "https"):
        raise NoAnswer(f"{url[:60]!r} is no address of a web server")
    try:
        request = Request(  # noqa: S310  (the scheme was looked at)
            f"{url}?{urlencode(query)}" if query else url,
            headers={"User-Agent": f"jupyter-green/{__version__}", **(headers or {})},
        )
        with build_opener(_NoRedirect).open(request, timeout=TIMEOUT_S) as answer:
            body = answer.read(MOST_BYTES + 1)
    except HTTPError as error:
        error.close()
        raise NoAnswer(f"{host} answers {error.code}") from None
    except URLError as error:
        raise NoAnswer(f"{host} cannot be reached ({error.reason})") from None
    except (OSError, ValueError) as error:
        raise NoAnswer(f"{host} gives no answer ({type(error).__name__})") from None
    except Exception as error:  # noqa: BLE001  (http.client has errors of its own)
        raise NoAnswer(f"{host} speaks no HTTP ({type(error).__name__})") from None
    if len(body) > MOST_BYTES:
        raise NoAnswer(f"{host} answers more than {MOST_BYTES} bytes")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise NoAnswer(f"{host} answers what is no JSON") from None


class _NoRedirect(HTTPRedirectHandler):
    """Takes a redirect for the failure that it is here."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none."""
