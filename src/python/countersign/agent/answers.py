"""The authority's answers to an agent, and its refusals in whichever form they come.

A value of another shape is ``authority_unreachable``. Members that a newer authority adds are ignored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ..action.action import parse_action
from ..authority.exchange import Response
from ..data.strict_json import parse_json
from ..errors import ERROR_CODES, ApprovalError

_ENDED_STATES = ("approved", "denied", "expired", "withdrawn", "stopped", "changed")

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


def read_answer(answer: Response) -> dict[str, Any]:
    """The members of a success. Raises ``AuthorityError`` for everything else."""
    members = members_in(answer.body)
    if 200 <= answer.status < 300:
        return members
    retry_after = answer.headers.get("retry-after", "")
    seconds = int(retry_after) if re.fullmatch(r"[0-9]{1,5}", retry_after) else None
    raise _problem(members, seconds) or unusable(f"It answered {answer.status}.")


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


def unusable(why: str) -> AuthorityError:
    """The authority gave no answer, or none that this client understands."""
    return AuthorityError("authority_unreachable", f"The authority gave no usable answer. {why}")


def members_in(body: bytes) -> dict[str, Any]:
    """The members of a JSON object; none where it is something else."""
    try:
        value = parse_json(body.decode("utf-8"))
    except (ApprovalError, ValueError):
        return {}
    return value if type(value) is dict else {}


def read_request(members: dict[str, Any]) -> ApprovalRequest:
    """Reads an approval request."""
    if members.get("state") not in ("pending", *_ENDED_STATES) or members.get("decision") not in ("allow", "approval"):
        raise unusable("Its answer is malformed (state, decision).")
    return ApprovalRequest(
        id=text_in(members, "id"),
        state=text_in(members, "state"),
        decision=text_in(members, "decision"),
        trace=text_in(members, "trace"),
        audience=text_in(members, "audience"),
        name=text_in(members, "name"),
        digest=text_in(members, "digest"),
        principal=text_in(members, "principal"),
        why=text_in(_within(members, "policy"), "reason"),
        quorum=int(number_in(members, "quorum")),
        consents=int(number_in(members, "consents")),
        expires_at=int(number_in(members, "expires_at")),
        approval_uri=text_in(members, "approval_uri"),
        interval_seconds=number_in(members, "interval"),
        denial=_denial(members),
        grant=text_in(members, "grant") if "grant" in members else None,
        action=action_in(members),
        token=text_in(members, "token") if "token" in members else None,
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


def text_in(members: dict[str, Any], name: str) -> str:
    """A member that is text."""
    value = members.get(name)
    if not isinstance(value, str):
        raise unusable(f"Its answer is malformed ({name}).")
    return value


def number_in(members: dict[str, Any], name: str) -> float:
    """A member that is a number."""
    value = members.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise unusable(f"Its answer is malformed ({name}).")
    return float(value)


def action_in(members: dict[str, Any]) -> dict[str, Any] | None:
    """The action to run, where there is one."""
    if "action" not in members:
        return None
    try:
        return parse_action(members["action"])
    except ApprovalError as cause:
        raise unusable("Its answer is malformed (action).") from cause
