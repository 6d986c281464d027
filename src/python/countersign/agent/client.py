"""The client of an agent: propose an action, wait for consent, collect the token, withdraw.

It verifies no token and spends none: that is for the executor, and ``Verifier``. It retries no proposal. SPEC 2.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from ..action.action import new_salt
from ..authority.exchange import Exchange, http_exchange
from ..data.strict_json import canonicalize
from ..jwt.claims import ORIGIN
from ..jwt.dpop import DpopKey
from .answers import (
    ApprovalRequest,
    ApprovalToken,
    AuthorityError,
    Transaction,
    action_in,
    members_in,
    number_in,
    read_answer,
    read_request,
    text_in,
    unusable,
)
from .polling import poll, poll_transaction

#: The time that the authority may hold each attempt.
_WAIT_SECONDS = 25

#: Headers of a call whose refusal may carry a challenge. Without them an executor sends none.
CHALLENGE_HEADERS = {"Accept-Txn-Challenge": "?1"}


class AgentClient:
    """Every method raises ``AuthorityError`` for a refusal.

    :param issuer: the authority's origin.
    :param credential: the agent's. Sent to the authority and nowhere else.
    :param dpop: binds collected tokens to this key. Grants need one.
    :param timeout_seconds: time that an answer may take beyond the time that a call asks to wait.
    """

    def __init__(
        self,
        issuer: str,
        credential: str,
        *,
        dpop: DpopKey | None = None,
        timeout_seconds: float = 30,
        exchange: Exchange = http_exchange,
    ) -> None:
        if not ORIGIN.fullmatch(issuer):
            raise ValueError(f"{issuer} is not an origin, such as https://host:port")
        self._issuer, self._credential, self._dpop = issuer, credential, dpop
        self._timeout, self._exchange = timeout_seconds, exchange

    def propose(
        self,
        *,
        audience: str,
        action: dict[str, Any],
        principal: str | None = None,
        preview: dict[str, Any] | None = None,
        reason: str | None = None,
        act: dict[str, Any] | None = None,
        actor_token: str | None = None,
        grant: str | None = None,
        expires_in_seconds: int | None = None,
        idempotency_key: str | None = None,
        traceparent: str | None = None,
    ) -> ApprovalRequest:
        """Opens an approval request for ``action`` (``name``, ``resource``, ``arguments``) at one executor.

        Where policy allows the action at once, the request already carries its token. Repeating a proposal under the same
        ``idempotency_key`` opens no second request; give the action a ``salt`` of its own then, since a fresh one makes
        another proposal. ``preview`` and ``reason`` are the agent's claims, and shown as such.
        ``grant`` is the id of one that has to cover the call: otherwise it is refused, and nobody is asked.
        """
        proposal = {
            "audience": audience,
            "action": {"salt": new_salt(), **action},
            "principal": principal,
            "preview": preview,
            "reason": reason,
            "act": act,
            "actor_token": actor_token,
            "grant": grant,
            "expires_in": expires_in_seconds,
        }
        return self._open(proposal, idempotency_key, traceparent)

    def request_grant(
        self,
        *,
        audience: str,
        action: dict[str, Any],
        bounds: dict[str, Any],
        principal: str | None = None,
        reason: str | None = None,
        expires_in_seconds: int | None = None,
        idempotency_key: str | None = None,
    ) -> ApprovalRequest:
        """Asks for a series of calls: ``action`` is what they share, ``bounds`` (``uses``, ``arguments``) how they differ.

        ``answered`` tells when people have decided. Calls under the grant are then proposed, and have their token at once.
        """
        proposal = {
            "audience": audience,
            "action": {"salt": new_salt(), **action},
            "bounds": bounds,
            "principal": principal,
            "reason": reason,
            "expires_in": expires_in_seconds,
        }
        return self._open(proposal, idempotency_key, None)

    def view(self, request_id: str) -> ApprovalRequest:
        """The request as it is."""
        return read_request(self._send("GET", _path(request_id)))

    def withdraw(self, request_id: str) -> ApprovalRequest:
        """Takes a pending request back."""
        return read_request(self._send("POST", f"{_path(request_id)}/withdraw"))

    def collect(self, request_id: str) -> ApprovalToken:
        """Collects the token now. Raises ``request_pending`` until the request is answered."""
        return self._collect(request_id, None)

    def wait(self, request: ApprovalRequest, *, cancelled: threading.Event | None = None) -> ApprovalToken:
        """Polls until the token can be collected. Raises ``request_denied`` or ``request_expired`` when it never will be,
        and ``request_pending`` once ``cancelled`` is set."""
        return poll(lambda: self._collect(request.id, _WAIT_SECONDS), request.interval_seconds, cancelled)

    def answered(self, request: ApprovalRequest, *, cancelled: threading.Event | None = None) -> ApprovalRequest:
        """Polls until the request is pending no more. Raises as ``wait`` does."""

        def look() -> ApprovalRequest:
            seen = read_request(self._send("GET", _path(request.id), wait_seconds=_WAIT_SECONDS))
            if seen.state == "pending":
                raise AuthorityError("request_pending", "Nobody has answered yet.")
            return seen

        return poll(look, request.interval_seconds, cancelled)

    def relay(
        self,
        challenge: str,
        *,
        on_opened: Callable[[Transaction], None] = lambda transaction: None,
        cancelled: threading.Event | None = None,
    ) -> ApprovalToken:
        """Hands an executor's challenge to the authority, unchanged, and polls until the token is there.

        ``on_opened`` is called once the authority has taken it: the moment to show the link to the approver.
        """
        members = self._send("POST", "/oauth/transaction", form={"transaction_challenge": challenge})
        transaction = Transaction(
            text_in(members, "transaction_authorization_id"),
            number_in(members, "expires_in"),
            number_in(members, "interval"),
            text_in(members, "authorization_uri"),
        )
        on_opened(transaction)
        form = {"transaction_authorization_id": transaction.id}

        def poll() -> ApprovalToken:
            answer = self._send("POST", "/oauth/transaction", form=form, wait_seconds=_WAIT_SECONDS)
            return ApprovalToken(text_in(answer, "access_token"), action_in(answer))

        return poll_transaction(poll, transaction, cancelled)

    def _open(self, proposal: dict[str, Any], idempotency_key: str | None, traceparent: str | None) -> ApprovalRequest:
        headers = {"Idempotency-Key": idempotency_key, "traceparent": traceparent}
        body = {name: value for name, value in proposal.items() if value is not None}
        return read_request(self._send("POST", "/requests", body=body, headers=headers))

    def _collect(self, request_id: str, wait_seconds: int | None) -> ApprovalToken:
        members = self._send("POST", f"{_path(request_id)}/token", wait_seconds=wait_seconds)
        return ApprovalToken(text_in(members, "token"), action_in(members))

    def _send(
        self,
        method: str,
        path: str,
        *,
        body: dict[str, Any] | None = None,
        form: dict[str, str] | None = None,
        headers: Mapping[str, str | None] | None = None,
        wait_seconds: int | None = None,
    ) -> dict[str, Any]:
        url = self._issuer + path
        given = {
            "Accept": "application/json, application/problem+json",
            "Authorization": f"Bearer {self._credential}",
            "Content-Type": "application/json" if body is not None else None,
            "Prefer": None if wait_seconds is None else f"wait={wait_seconds}",
            "DPoP": self._dpop.proof(method, url) if self._dpop and method == "POST" else None,
            **(headers or {}),
        }
        content = None if body is None else canonicalize(body).encode("utf-8")
        if form is not None:
            given["Content-Type"], content = "application/x-www-form-urlencoded", urlencode(form).encode("ascii")
        sent = {name: value for name, value in given.items() if value is not None}
        try:
            answer = self._exchange(method, url, sent, content, self._timeout + (wait_seconds or 0))
        except OSError as cause:
            raise unusable("The connection failed.") from cause
        return read_answer(answer)


def challenge_in(status: int, headers: Mapping[str, str], body: bytes) -> str | None:
    """The challenge of an executor's refusal: in ``WWW-Authenticate``, or in the body where it is too long for a header.

    Names of headers are in lower case. The challenge is not checked here: the authority does.
    """
    found = re.search(r'\btransaction_challenge="([^"]+)"', headers.get("www-authenticate", ""))
    if found or status not in (401, 409):
        return found[1] if found else None
    in_body = members_in(body).get("transaction_challenge")
    return in_body if isinstance(in_body, str) else None


def _path(request_id: str) -> str:
    return f"/requests/{quote(request_id, safe='')}"
