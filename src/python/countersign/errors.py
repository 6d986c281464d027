"""The one error of the verifier, and the closed list of codes it carries.

No message holds a token, a secret or another party's data; an authority's own words are never passed on. SPEC 12.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType

_CODES: dict[str, tuple[int, str]] = {
    "token_missing": (401, "Ask for approval, then repeat the call with the token."),
    "token_malformed": (401, "Send the token exactly as it was issued."),
    "token_type": (401, "Send an approval token."),
    "token_algorithm": (401, "Ask for a new approval."),
    "token_signature": (401, "Ask for a new approval."),
    "token_issuer": (401, "Ask the authority that this executor trusts."),
    "token_audience": (401, "Ask for a token for this executor."),
    "token_expired": (401, "Ask for a new approval."),
    "token_not_yet_valid": (401, "Compare the clocks."),
    "action_mismatch": (403, "Repeat the approved call exactly, or ask for a new approval."),
    "state_changed": (409, "Look at what has changed, then ask for a new approval."),
    "state_unknown": (503, "Retry when the state can be read."),
    "consent_missing": (401, "Ask for approval by a person."),
    "consent_invalid": (401, "Ask for a new approval."),
    "quorum_unmet": (403, "Ask for approval by more people."),
    "token_revoked": (409, "Ask why it was withdrawn."),
    "token_redeemed": (409, "Ask for a new approval."),
    "status_stale": (401, "Retry when the authority can be reached."),
    "proof_of_possession": (401, "Send a fresh DPoP proof."),
    "killed": (403, "Wait until the kill switch is released."),
    "authority_unreachable": (503, "Retry when the authority can be reached."),
    "policy_denied": (403, "Change the action before asking again."),
    "request_pending": (409, "Wait before trying again."),
    "request_expired": (409, "Ask for a new approval."),
    "request_denied": (409, "Change the action before asking again."),
    "rate_limited": (429, "Wait before trying again."),
    "invalid_request": (400, "Correct the request and send it again."),
    "not_found": (404, "Check the identifier."),
    "forbidden": (403, "Use a credential that may do this."),
    "unauthenticated": (401, "Use a valid credential."),
}

#: HTTP status by code, in the order of SPEC 12.
ERROR_STATUS = MappingProxyType({code: status for code, (status, _) in _CODES.items()})

#: Every code. The list is closed: a new code is a new major version.
ERROR_CODES = tuple(_CODES)


class ApprovalError(Exception):
    """Raised for every refusal: ``code`` for programs, the message for people, ``status`` for HTTP.

    A caller that catches it and goes on has run the action without approval. ``__cause__`` is for the executor's own
    log, and never goes out on the wire.
    """

    def __init__(self, code: str, message: str | None = None, *, challenge: str | None = None) -> None:
        status, advice = _CODES[code]
        super().__init__(message or advice)
        self.code = code
        self.status = status
        #: A signed transaction challenge, on ``token_missing`` and ``state_changed`` where there is a challenge key.
        self.challenge = challenge


class Unmet(Exception):
    """Names the rule that does not hold. ``refusing`` turns it into the one code that callers see."""


@contextmanager
def refusing(code: str) -> Iterator[None]:
    """Runs a check. Everything that it raises becomes ``code``."""
    try:
        yield
    except Exception as cause:
        raise ApprovalError(code) from cause


def demand(holds: bool, code: str) -> None:
    """Refuses with ``code`` unless ``holds``."""
    if not holds:
        raise ApprovalError(code)


def insist(holds: bool, rule: str) -> None:
    """Raises an error that names the rule. To be called inside a ``refusing``."""
    if not holds:
        raise Unmet(rule)
