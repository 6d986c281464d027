"""The pace of polling: for a token by its request, and for a relayed challenge as a device does.

Rides out a short absence of the authority. RFC 7240; RFC 8628 section 3.5.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from .answers import ApprovalToken, AuthorityError, Transaction

T = TypeVar("T")

_MAX_FAILURES = 5
_SLOW_DOWN_SECONDS = 5
_MAX_PAUSE_SECONDS = 60


def poll(attempt: Callable[[], T], interval_seconds: float, cancelled: threading.Event | None) -> T:
    """Repeats ``attempt`` while the request may still be answered; rides out a short absence of the authority."""
    failures = 0
    while True:
        try:
            return attempt()
        except AuthorityError as error:
            if error.code not in ("request_pending", "rate_limited", "authority_unreachable"):
                raise
            failures = failures + 1 if error.code == "authority_unreachable" else 0
            if failures >= _MAX_FAILURES:
                raise
            pause = error.retry_after_seconds or (2**failures if failures else interval_seconds)
            _pause(pause, cancelled, error)


def poll_transaction(
    attempt: Callable[[], ApprovalToken], transaction: Transaction, cancelled: threading.Event | None
) -> ApprovalToken:
    """As a device does (RFC 8628 section 3.5). Ends with the life of the transaction."""
    pause = transaction.interval_seconds
    ends_at = time.monotonic() + transaction.expires_in_seconds
    while True:
        try:
            return attempt()
        except AuthorityError as error:
            following = _next_pause(error, pause)
            if following is None or time.monotonic() > ends_at:
                raise
            pause = following
            _pause(pause, cancelled, error)


def _next_pause(error: AuthorityError, pause_seconds: float) -> float | None:
    """None where polling is over."""
    if error.oauth_error == "authorization_pending":
        return pause_seconds
    if error.oauth_error == "slow_down":
        return pause_seconds + _SLOW_DOWN_SECONDS
    if error.code == "rate_limited":
        return max(error.retry_after_seconds or 0, pause_seconds + _SLOW_DOWN_SECONDS)
    if error.code == "authority_unreachable":
        return min(pause_seconds * 2, _MAX_PAUSE_SECONDS)
    return None


def _pause(seconds: float, cancelled: threading.Event | None, error: AuthorityError) -> None:
    if (cancelled or threading.Event()).wait(seconds):
        raise error
