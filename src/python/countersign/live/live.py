"""Follows the authority's stream of events, so that kill switches and revocations act at once.

Without news for ``stale_after_seconds`` the verifier falls back to fetching lists. The age of news needs no wall clock of
the authority: the stream was accepted after it was asked for, and the steady clock in it says how long after that each
state was read. A proxy that buffers, or a wrong clock, can only make news look older than it is. SPEC 9.
"""

from __future__ import annotations

import http.client
import math
import random
import socket
import threading
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..authority.exchange import cut, path_of
from ..authority.redemption import RedemptionDesk, refusal
from ..authority.status import Moment
from ..data.shape import integer, open_record, text
from ..data.strict_json import parse_json
from ..errors import ERROR_STATUS, ApprovalError, insist
from .event_stream import EventParser
from .orders import CallInFlight, Orders

if TYPE_CHECKING:
    from ..verify.verify import VerifyContext

#: The authority sends a heartbeat each second: after this silence the connection counts as lost.
_SILENCE_SECONDS = 4.0
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0
_CONFIRM_AFTER_SECONDS = (0.0, 0.25, 1.0, 4.0)

_read_opened = open_record({"up_ms": integer(), "connection": text(64)})
_read_heartbeat = open_record({"up_ms": integer()})
_read_status = open_record({"uri": text(2048), "token": text(8_388_608)})


class Live:
    """A followed stream, for one verifier: ``Verifier(…, live=Live())``.

    It begins again for as long as it is not closed, after pauses with full jitter of at most 100 ms, doubling up to 5 s.
    Errors go to the verifier's ``on_error``. Its thread does not keep the process alive.
    """

    def __init__(self) -> None:
        self._orders = Orders()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._socket: socket.socket | None = None
        self._confirming: set[threading.Thread] = set()
        self._last_event_id = ""
        self._failures = 0
        self._heard_at: Moment = (-math.inf, -math.inf)

    def attach(self, context: VerifyContext, credential: str | None, in_flight: Callable[[], list[CallInFlight]]) -> None:
        """Called by ``Verifier``, once: begins to follow."""
        if self._thread or not credential:
            raise ValueError("live needs a verifier of its own, with a credential")
        self._context, self._credential, self._in_flight = context, credential, in_flight
        self._thread = threading.Thread(target=self._follow_on, name="countersign-live", daemon=True)
        self._thread.start()

    def check(self, claims: Mapping[str, Any]) -> None:
        """Raises ``killed`` for a call that an engaged kill switch selects."""
        self._orders.check(claims)

    def begun(self, call: CallInFlight) -> None:
        """Aborts a call that begins after the stop that selects it arrived."""
        self._orders.begun(call)

    def age_seconds(self) -> float:
        """Age of the news; infinite before the first."""
        time_now, steady = self._context.clock()
        return max(time_now - self._heard_at[0], steady - self._heard_at[1])

    def close(self) -> None:
        """Closes the stream for good: from then on lists are fetched. Returns when no work is pending."""
        self._closing.set()
        if self._socket:
            cut(self._socket)
        for thread in [self._thread, *self._confirming]:
            if thread:
                thread.join()

    def _follow_on(self) -> None:
        """One connection after the other. The pauses grow until there was fresh news."""
        while not self._closing.is_set():
            try:
                self._follow()
            except Exception as error:
                if not self._closing.is_set():
                    self._context.on_error(error)
            most = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**self._failures)
            self._closing.wait(random.random() * most)  # noqa: S311 (spreads executors, hides nothing)
            self._failures = min(self._failures + 1, 16)

    def _follow(self) -> None:
        """Follows one connection until the authority ends it."""
        connection = _Connection(self, self._context.clock())
        issuer = urlsplit(self._context.issuer)
        kind = http.client.HTTPSConnection if issuer.scheme == "https" else http.client.HTTPConnection
        link = kind(issuer.hostname or "", issuer.port, timeout=_SILENCE_SECONDS)
        try:
            link.connect()
            self._socket = link.sock
            headers = {"accept": "text/event-stream", "authorization": f"Bearer {self._credential}"}
            if self._last_event_id:
                headers["last-event-id"] = self._last_event_id
            link.request("GET", path_of(f"{self._context.issuer}/executor/events"), headers=headers)
            response = link.getresponse()
            insist(response.status == 200, f"status {response.status}")
            for event in self._events(response):
                connection.take(*event)
        finally:
            self._socket = None
            link.close()

    def _events(self, response: http.client.HTTPResponse) -> Iterator[tuple[str, str, str]]:
        decode = getincrementaldecoder("utf-8")("strict").decode
        parser = EventParser()
        deadline = time.monotonic() + _SILENCE_SECONDS
        while not self._closing.is_set():
            piece = response.read1(65_536)
            if not piece:
                return
            for event in parser.feed(decode(piece)):
                deadline = time.monotonic() + _SILENCE_SECONDS
                yield event
            insist(time.monotonic() < deadline, "no event arrives on the stream: turn a proxy's buffering off")

    def passed(self, event_id: str) -> None:
        """The event after which the next connection continues."""
        self._last_event_id = event_id

    def heard(self, at: Moment) -> None:
        """Every order of the authority up to that instant is known, and the instant is recent."""
        self._failures, self._heard_at = 0, at

    def stopped(self, stop: int, aborted: int, connection: str) -> None:
        """Confirms to the authority that a stop arrived and how many calls it hit."""
        body = {"stop": stop, "aborted": aborted, "connection": connection}
        thread = threading.Thread(target=self._confirm, args=(body,), daemon=True)
        self._confirming.add(thread)
        thread.start()

    def _confirm(self, body: dict[str, Any]) -> None:
        failure: ApprovalError | None = None
        for pause_seconds in _CONFIRM_AFTER_SECONDS:
            if self._closing.wait(pause_seconds) and failure:
                break
            failure = self._try_confirming(body)
            if failure is None or failure.status < ERROR_STATUS["rate_limited"]:
                break
        if failure:
            self._context.on_error(failure)
        self._confirming.discard(threading.current_thread())

    def _try_confirming(self, body: dict[str, Any]) -> ApprovalError | None:
        desk = RedemptionDesk(self._context.issuer, self._credential, self._context.transport)
        try:
            status, answer = desk.post("/executor/confirmations", body)
            return None if status == 201 else refusal(answer)
        except ApprovalError as error:
            return error


class _Connection:
    """The events of one connection, in order: a heartbeat covers all events before it."""

    def __init__(self, live: Live, asked_at: Moment) -> None:
        self._live, self._asked_at = live, asked_at
        self._context, self._orders = live._context, live._orders
        self._uris: set[str] = set()
        self._opened: dict[str, Any] = {"up_ms": math.inf, "connection": ""}

    def take(self, name: str, data: str, event_id: str) -> None:
        """Takes in one event. Raises for one that cannot be read."""
        taker = {
            "opened": self._open,
            "killswitch": self._orders.killswitch,
            "stop": self._stop,
            "status": self._status,
            "heartbeat": self._heartbeat,
        }.get(name)
        if taker:
            taker(parse_json(data))
        if event_id:
            self._live.passed(event_id)

    def _open(self, value: Any) -> None:
        self._opened = _read_opened(value, "opened")
        self._orders.began()

    def _stop(self, value: Any) -> None:
        stopped = self._orders.stop(value, self._live._in_flight())
        if stopped:
            self._live.stopped(*stopped, self._opened["connection"])

    def _status(self, value: Any) -> None:
        read = _read_status(value, "status")
        self._context.status.accept(read["uri"], read["token"])
        self._uris.add(read["uri"])

    def _heartbeat(self, value: Any) -> None:
        later_ms = _read_heartbeat(value, "heartbeat")["up_ms"] - self._opened["up_ms"]
        insist(later_ms >= 0, "the order of events")
        # Both were rounded down.
        later = (later_ms - 1) / 1000
        now, steady = self._context.clock()
        at = min(now, self._asked_at[0] + later), min(steady, self._asked_at[1] + later)
        self._context.status.heard(self._uris, at)
        self._orders.heartbeat()
        # A connection that lags, or whose clock was set since it began, goes on doing so: another one may not.
        insist(max(now - at[0], steady - at[1]) <= self._context.stale_after_seconds, "the age of the news")
        self._live.heard(at)
