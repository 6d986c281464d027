"""The client of an agent: propose an action, wait for consent, collect the token, withdraw.

It verifies no token and spends none: that is for the executor, and ``Verifier``. It retries no proposal. SPEC 2.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from .action import new_salt, parse_action
from .claims import ORIGIN
from .dpop import DpopKey
from .errors import ERROR_CODES, ApprovalError
from .exchange import Exchange, Response, http_exchange
from .strict_json import canonicalize, parse_json

T = TypeVar("T")

#: The time that the authority may hold each attempt.
_WAIT_SECONDS = 25
_MAX_FAILURES = 5
_SLOW_DOWN_SECONDS = 5
_MAX_PAUSE_SECONDS = 60
_ENDED_STATES = ("approved", "denied", "expired", "withdrawn", "stopped", "changed")

#: Headers of a call whose refusal may carry a challenge. Without them an executor sends none.
CHALLENGE_HEADERS = {"Accept-Txn-Challenge": "?1"}

_OAUTH_CODES = {
    "authorization_pending": "request_pending",
    "slow_down": "request_pending",
    "access_denied": "request_denied",
    "expired_token": "request_expired",
    "invalid_client": "unauthenticated",
    "unauthorized_client": "forbidden",
    "temporarily_unavailable": "authority_unreachable",
}


@dataclass(frozen=True)
class Denial:
    """A person's no, by pseudonymous id.

    ``reason`` is text that they wrote: data for an agent to weigh, never an instruction to it. None without any.
    """

    by: str
    reason: str | None


class AuthorityError(Exception):
    """The one error of the client. ``code`` is for programs, the message says what to do next."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        trace: str | None = None,
        state: str | None = None,
        denial: Denial | None = None,
        retry_after_seconds: int | None = None,
        oauth_error: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        #: The trace under which the authority keeps this refusal.
        self.trace = trace
        #: How the request ended, where that is why: ``denied`` by a person, ``expired``, ``withdrawn`` by its agent,
        #: ``stopped`` by a revocation, ``changed``.
        self.state = state
        self.denial = denial
        self.retry_after_seconds = retry_after_seconds
        #: The word of the OAuth endpoint, for a relayed challenge.
        self.oauth_error = oauth_error


@dataclass(frozen=True)
class ApprovalRequest:
    """An action on its way from proposal to token. Instants are epoch seconds."""

    id: str
    #: ``pending``, or how it ended.
    state: str
    #: ``allow``: policy needs no consent.
    decision: str
    trace: str
    audience: str
    name: str
    #: Digest of the action.
    digest: str
    principal: str
    #: Why it was decided so; where a grant comes near to the call, also which bound differs.
    why: str
    quorum: int
    consents: int
    expires_at: int
    #: To leave between polls.
    interval_seconds: float
    #: The page where an approver answers. It carries no authority.
    approval_uri: str
    denial: Denial | None
    #: The grant under which this call was approved.
    grant: str | None
    #: The call to make, where a person proposed or changed it.
    action: dict[str, Any] | None
    #: The token, where policy allowed the action at once, or a grant covers it, and this agent is its actor.
    token: str | None


@dataclass(frozen=True)
class ApprovalToken:
    """What an executor demands."""

    token: str
    #: The call to make, where an approver changed it: the executor refuses the one that was proposed.
    action: dict[str, Any] | None


@dataclass(frozen=True)
class Transaction:
    """A challenge that the authority has taken."""

    id: str
    expires_in_seconds: float
    interval_seconds: float
    approval_uri: str


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
        return _request(self._send("GET", _path(request_id)))

    def withdraw(self, request_id: str) -> ApprovalRequest:
        """Takes a pending request back."""
        return _request(self._send("POST", f"{_path(request_id)}/withdraw"))

    def collect(self, request_id: str) -> ApprovalToken:
        """Collects the token now. Raises ``request_pending`` until the request is answered."""
        return self._collect(request_id, None)

    def wait(self, request: ApprovalRequest, *, cancelled: threading.Event | None = None) -> ApprovalToken:
        """Polls until the token can be collected. Raises ``request_denied`` or ``request_expired`` when it never will be,
        and ``request_pending`` once ``cancelled`` is set."""
        return _poll(lambda: self._collect(request.id, _WAIT_SECONDS), request.interval_seconds, cancelled)

    def answered(self, request: ApprovalRequest, *, cancelled: threading.Event | None = None) -> ApprovalRequest:
        """Polls until the request is pending no more. Raises as ``wait`` does."""

        def look() -> ApprovalRequest:
            seen = _request(self._send("GET", _path(request.id), wait_seconds=_WAIT_SECONDS))
            if seen.state == "pending":
                raise AuthorityError("request_pending", "Nobody has answered yet.")
            return seen

        return _poll(look, request.interval_seconds, cancelled)

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
            _text(members, "transaction_authorization_id"),
            _number(members, "expires_in"),
            _number(members, "interval"),
            _text(members, "authorization_uri"),
        )
        on_opened(transaction)
        form = {"transaction_authorization_id": transaction.id}

        def poll() -> ApprovalToken:
            answer = self._send("POST", "/oauth/transaction", form=form, wait_seconds=_WAIT_SECONDS)
            return ApprovalToken(_text(answer, "access_token"), _action(answer))

        return _poll_transaction(poll, transaction, cancelled)

    def _open(self, proposal: dict[str, Any], idempotency_key: str | None, traceparent: str | None) -> ApprovalRequest:
        headers = {"Idempotency-Key": idempotency_key, "traceparent": traceparent}
        body = {name: value for name, value in proposal.items() if value is not None}
        return _request(self._send("POST", "/requests", body=body, headers=headers))

    def _collect(self, request_id: str, wait_seconds: int | None) -> ApprovalToken:
        members = self._send("POST", f"{_path(request_id)}/token", wait_seconds=wait_seconds)
        return ApprovalToken(_text(members, "token"), _action(members))

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
            raise _unusable("The connection failed.") from cause
        return _read(answer)


def challenge_in(status: int, headers: Mapping[str, str], body: bytes) -> str | None:
    """The challenge of an executor's refusal: in ``WWW-Authenticate``, or in the body where it is too long for a header.

    Names of headers are in lower case. The challenge is not checked here: the authority does.
    """
    found = re.search(r'\btransaction_challenge="([^"]+)"', headers.get("www-authenticate", ""))
    if found or status not in (401, 409):
        return found[1] if found else None
    in_body = _members(body).get("transaction_challenge")
    return in_body if isinstance(in_body, str) else None


def _poll(attempt: Callable[[], T], interval_seconds: float, cancelled: threading.Event | None) -> T:
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


def _poll_transaction(
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


def _path(request_id: str) -> str:
    return f"/requests/{quote(request_id, safe='')}"


def _read(answer: Response) -> dict[str, Any]:
    members = _members(answer.body)
    if 200 <= answer.status < 300:
        return members
    retry_after = answer.headers.get("retry-after", "")
    seconds = int(retry_after) if re.fullmatch(r"[0-9]{1,5}", retry_after) else None
    raise _problem(members, seconds) or _unusable(f"It answered {answer.status}.")


def _problem(members: dict[str, Any], retry_after_seconds: int | None) -> AuthorityError | None:
    """The refusal in problem+json (RFC 9457) or in the JSON of OAuth errors (RFC 6749)."""
    oauth, code = members.get("error"), members.get("code")
    detail = members.get("detail", members.get("error_description", oauth))
    # This authority sends its own code beside the OAuth word, which is broader: `access_denied` is `killed`, too.
    known = code if code in ERROR_CODES else _OAUTH_CODES.get(str(oauth), "invalid_request") if oauth else None
    if known is None or not isinstance(detail, str):
        return None
    state, trace = members.get("state"), members.get("trace")
    return AuthorityError(
        known,
        detail,
        trace=trace if isinstance(trace, str) else None,
        state=state if state in _ENDED_STATES else None,
        denial=_denial(members),
        retry_after_seconds=retry_after_seconds,
        oauth_error=oauth if isinstance(oauth, str) else None,
    )


def _unusable(why: str) -> AuthorityError:
    return AuthorityError("authority_unreachable", f"The authority gave no usable answer. {why}")


def _members(body: bytes) -> dict[str, Any]:
    try:
        value = parse_json(body.decode("utf-8"))
    except (ApprovalError, ValueError):
        return {}
    return value if type(value) is dict else {}


def _request(members: dict[str, Any]) -> ApprovalRequest:
    if members.get("state") not in ("pending", *_ENDED_STATES) or members.get("decision") not in ("allow", "approval"):
        raise _unusable("Its answer is malformed (state, decision).")
    return ApprovalRequest(
        id=_text(members, "id"),
        state=_text(members, "state"),
        decision=_text(members, "decision"),
        trace=_text(members, "trace"),
        audience=_text(members, "audience"),
        name=_text(members, "name"),
        digest=_text(members, "digest"),
        principal=_text(members, "principal"),
        why=_text(_within(members, "policy"), "reason"),
        quorum=int(_number(members, "quorum")),
        consents=int(_number(members, "consents")),
        expires_at=int(_number(members, "expires_at")),
        approval_uri=_text(members, "approval_uri"),
        interval_seconds=_number(members, "interval"),
        denial=_denial(members),
        grant=_text(members, "grant") if "grant" in members else None,
        action=_action(members),
        token=_text(members, "token") if "token" in members else None,
    )


def _denial(members: dict[str, Any]) -> Denial | None:
    said = members.get("denial")
    if type(said) is not dict or not isinstance(said.get("by"), str):
        return None
    reason = said.get("reason")
    return Denial(said["by"], reason if isinstance(reason, str) else None)


def _within(members: dict[str, Any], name: str) -> dict[str, Any]:
    value = members.get(name)
    return value if type(value) is dict else {}


def _text(members: dict[str, Any], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str):
        raise _unusable(f"Its answer is malformed ({name}).")
    return value


def _number(members: dict[str, Any], name: str) -> float:
    value = members.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _unusable(f"Its answer is malformed ({name}).")
    return float(value)


def _action(members: dict[str, Any]) -> dict[str, Any] | None:
    if "action" not in members:
        return None
    try:
        return parse_action(members["action"])
    except ApprovalError as cause:
        raise _unusable("Its answer is malformed (action).") from cause
