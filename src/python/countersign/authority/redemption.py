"""Spends a token at the authority, and reports how the approved action ended.

A redemption is never retried: after a time-out it is unknown whether the token was spent, and then it must not act. A
report that cannot be delivered never changes what the caller of the action sees. SPEC 2, 7 and 8.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..data.shape import bytes16, identifier, instant, integer, matching, one_of, open_record, record
from ..data.strict_json import canonicalize, parse_json
from ..errors import ERROR_CODES, ERROR_STATUS, ApprovalError, insist, refusing
from .exchange import Transport

_RETRY_DELAYS_SECONDS = (0.25, 1, 4)


@dataclass(frozen=True)
class Redemption:
    """The authority's receipt for one use of a token."""

    jti: str
    request: str
    #: Trace id of the whole story: 32 hex digits.
    trace: str
    #: Which use of the token this is, from 1.
    use: int
    #: Epoch seconds, by the authority's clock.
    redeemed_at: int


_read_problem = open_record({"code": one_of(*ERROR_CODES)})
_read_receipt = record(
    {
        "jti": bytes16,
        "request": identifier,
        "trace": matching("[0-9a-f]{32}"),
        "use": integer(1),
        "redeemed_at": instant,
    }
)


@dataclass(frozen=True)
class RedemptionDesk:
    """Where and as whom an executor redeems."""

    issuer: str
    credential: str
    transport: Transport

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, str]:
        """Sends JSON to the authority as this executor. Members that are None are left out."""
        headers = {
            "accept": "application/json, application/problem+json",
            "authorization": f"Bearer {self.credential}",
            "content-type": "application/json",
        }
        given = {name: value for name, value in body.items() if value is not None}
        return self.transport.ask("POST", f"{self.issuer}{path}", headers, canonicalize(given).encode("utf-8"))

    def redeem(self, token: str, claims: dict[str, Any]) -> Redemption:
        """Redeems a token. Raises the authority's own code when it names one, else ``authority_unreachable``:
        also for receipts that speak of another token."""
        status, text = self.post("/redemptions", {"token": token})
        if status != 201:
            raise refusal(text)
        with refusing("authority_unreachable"):
            receipt = _read_receipt(parse_json(text), "redemption")
            insist(receipt["jti"] == claims["jti"], "receipt")
            insist(receipt["request"] == claims["approval"]["request"], "receipt")
            insist(receipt["use"] <= claims["authorization_details"][0]["uses"], "use")
            return Redemption(**receipt)


def refusal(body: str) -> ApprovalError:
    """The error behind a refusal. Its words are the authority's and stay out: only the code is taken over."""
    with refusing("authority_unreachable"):
        return ApprovalError(_read_problem(parse_json(body), "problem")["code"])


class Reporter:
    """Tells the authority how an approved action ended, or that it did not begin."""

    def __init__(self, desk: RedemptionDesk, on_error: Callable[[BaseException], None]) -> None:
        self._desk, self._on_error = desk, on_error
        self._under_way: set[threading.Thread] = set()

    def report(
        self, redemption: Redemption, outcome: str, *, result: dict[str, Any] | None, detail: str | None = None
    ) -> None:
        """Reports ``succeeded``, ``failed``, ``aborted`` or ``indeterminate``. Returns after the first attempt; later ones go on alone."""
        body = {"use": redemption.use, "outcome": outcome, "result": result, "detail": detail}
        self._deliver(f"/redemptions/{redemption.jti}/outcome", body)

    def refused(self, claims: dict[str, Any], code: str) -> None:
        """As ``report``, for a call that was refused although its token was good until then."""
        named = {"code": code, "name": claims["scope"], "jti": claims["jti"], "request": claims["approval"]["request"]}
        self._deliver("/refusals", named)

    def settled(self) -> None:
        """Returns when no report is under way any more: call it before a process ends."""
        for thread in list(self._under_way):
            thread.join()

    def _deliver(self, path: str, body: dict[str, Any]) -> None:
        try:
            self._send(path, body)
        except ApprovalError as first:
            thread = threading.Thread(target=self._retry, args=(path, body, first))
            self._under_way.add(thread)
            thread.start()

    def _send(self, path: str, body: dict[str, Any]) -> None:
        status, text = self._desk.post(path, body)
        if status != 201:
            raise refusal(text)

    def _retry(self, path: str, body: dict[str, Any], first: ApprovalError) -> None:
        failure = self._attempts(path, body, first)
        if failure:
            self._on_error(failure)
        self._under_way.discard(threading.current_thread())

    def _attempts(self, path: str, body: dict[str, Any], failure: ApprovalError) -> ApprovalError | None:
        for delay_seconds in _RETRY_DELAYS_SECONDS:
            # Only an authority that is busy or out of reach may answer otherwise the next time.
            if failure.status < ERROR_STATUS["rate_limited"]:
                break
            time.sleep(delay_seconds)
            try:
                self._send(path, body)
                return None
            except ApprovalError as error:
                failure = error
        return failure
