"""One HTTP exchange with an authority: a bounded request, a bounded answer.

Follows no redirect, reuses no connection, does not retry, does not cache. SPEC 7.
"""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from ..data.strict_json import parse_json
from ..errors import ApprovalError, refusing

_MAX_ANSWER_BYTES = 1_048_576

T = TypeVar("T")


@dataclass(frozen=True)
class Response:
    """An answer. Header names are in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class Exchange(Protocol):
    """Sends one request. Raises ``OSError`` where there is no whole answer in time."""

    def __call__(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, timeout: float
    ) -> Response: ...


def http_exchange(method: str, url: str, headers: Mapping[str, str], body: bytes | None, timeout: float) -> Response:
    """The ``Exchange`` of ``http.client``."""
    with open_response(method, url, headers, body, timeout) as response:
        content = response.read(_MAX_ANSWER_BYTES + 1)
        if len(content) > _MAX_ANSWER_BYTES:
            raise OSError("the answer is larger than 1 MiB")
        # A read of at most so many bytes says nothing about those that never came.
        if response.length:
            raise OSError("the answer broke off")
        return Response(response.status, content, {name.lower(): value for name, value in response.getheaders()})


@contextmanager
def open_response(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None, timeout: float
) -> Iterator[http.client.HTTPResponse]:
    """Sends a request, and cuts the connection when the whole of it takes longer than ``timeout`` seconds."""
    deadline = time.monotonic() + timeout
    with _connected(url, timeout) as (connection, sock):
        watchdog = threading.Timer(timeout, cut, [sock])
        watchdog.daemon = True
        watchdog.start()
        try:
            connection.request(method, path_of(url), body, dict(headers))
            yield connection.getresponse()
        except (http.client.HTTPException, ValueError) as cause:
            raise OSError("the answer broke off") from cause
        finally:
            watchdog.cancel()
        # What ends because it was cut may look whole.
        if time.monotonic() > deadline:
            raise TimeoutError("it took too long")


@contextmanager
def _connected(url: str, timeout: float) -> Iterator[tuple[http.client.HTTPConnection, socket.socket]]:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout)
    try:
        connection.connect()
        yield connection, connection.sock
    finally:
        connection.close()


def path_of(url: str) -> str:
    """The target of a request: path and query."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def cut(sock: socket.socket) -> None:
    """Ends a connection that another thread reads from."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


@dataclass(frozen=True)
class Transport:
    """How a verifier talks to its authority."""

    exchange: Exchange
    #: Maximum duration of one request, its body included.
    timeout_seconds: float

    def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> tuple[int, str]:
        """Sends one request: status and text. Everything without an answer in UTF-8 is ``authority_unreachable``."""
        with refusing("authority_unreachable"):
            response = self.exchange(method, url, headers, body, self.timeout_seconds)
            return response.status, response.body.decode("utf-8")

    def get(self, url: str, accept: str) -> str:
        """The text of a 200. Everything else is ``authority_unreachable``."""
        status, text = self.ask("GET", url, {"accept": accept})
        if status != 200:
            raise ApprovalError("authority_unreachable")
        return text

    def get_json(self, url: str, parse: Callable[[Any], T]) -> T:
        """A JSON document, parsed. One that does not parse is as good as none."""
        text = self.get(url, "application/json")
        with refusing("authority_unreachable"):
            return parse(parse_json(text))
