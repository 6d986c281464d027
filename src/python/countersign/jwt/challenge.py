"""The transaction challenge: an executor's signed answer to a call that came without a token.

The agent that relays it can neither change nor make one. draft-rosomakho-oauth-txn-challenge-00.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from ..action.action import parse_action, parse_preview, state_digest
from ..data.encoding import random_base64url
from ..data.shape import anything, array, digest, identifier, instant, open_record, text
from ..errors import insist, refusing
from .claims import read_actor
from .keys import VerificationKey, import_signing_key, open_jws, sign_jws

_MAX_LIFE_SECONDS = 300
#: 64 KiB of arguments and of preview, twice encoded.
_MAX_CHALLENGE_LENGTH = 196_608
_TYPE = "txn-authz-challenge+jwt"


def create_challenge(
    *,
    key: Mapping[str, Any],
    audience: str,
    issuer: str,
    now: float,
    action: dict[str, Any],
    reason: str,
    preview: dict[str, Any] | None = None,
    state: str | None = None,
    act: dict[str, Any] | None = None,
) -> str:
    """Signs a challenge from ``audience`` (the executor) for ``issuer`` (the authority), valid for 300 s.

    ``key`` is the executor's private JWK with ``kid`` and ``alg``. ``reason`` is for the approver, in the executor's
    words. The challenge holds ``state`` only as its salted digest.
    """
    bound = state and state_digest(state, audience=audience, resource=action["resource"], salt=action["salt"])
    details = {"type": "countersign_action", **action, "state": bound, "preview": preview}
    claims = {
        "iss": audience,
        "aud": issuer,
        "iat": math.floor(now),
        "exp": math.floor(now) + _MAX_LIFE_SECONDS,
        "jti": random_base64url(16),
        "txn": random_base64url(16),
        "reason": reason,
        "authorization_details": [_without_none(details)],
        "act": act,
    }
    header = {"alg": key["alg"], "kid": key["kid"], "typ": _TYPE}
    return sign_jws(header, _without_none(claims), import_signing_key(key))


def _without_none(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


_read_claims = open_record(
    {
        "iss": identifier,
        "aud": identifier,
        "iat": instant,
        "exp": instant,
        "jti": identifier,
        "txn": identifier,
        "reason": text(1000),
        "authorization_details": array(anything, 1, 1),
    },
    {"reason_uri": text(1024), "act": read_actor},
)


def parse_challenge(
    challenge: str,
    *,
    resolve_key: Callable[[str, str], VerificationKey | None],
    audience: str,
    now: float,
    issuer: str | None = None,
    skew_seconds: float = 5,
) -> dict[str, Any]:
    """Validates a challenge: ``typ``, signature by a key of the executor that it names, ``aud``, times, whole action.

    ``resolve_key`` finds a key by its id and the executor. Raises ``invalid_request``. Does not check that the challenge
    is new.
    """
    with refusing("invalid_request"):
        insist(len(challenge) <= _MAX_CHALLENGE_LENGTH, "length")
        unchecked = open_jws(
            challenge, _TYPE, lambda kid, unproven: resolve_key(kid, _read_claims(unproven, "challenge")["iss"])
        )
        claims: dict[str, Any] = _read_claims(unchecked, "challenge")
        insist(claims["iss"] == (issuer or claims["iss"]) and claims["aud"] == audience, "parties")
        insist(claims["exp"] <= claims["iat"] + _MAX_LIFE_SECONDS, "life")
        insist(claims["iat"] <= now + skew_seconds and now < claims["exp"] + skew_seconds, "time")
        return {**claims, **_read_details(claims["authorization_details"][0])}


def _read_details(details: Any) -> dict[str, Any]:
    insist(type(details) is dict and details.get("type") == "countersign_action", "type")
    action = {name: value for name, value in details.items() if name not in ("type", "preview", "state")}
    read: dict[str, Any] = {"action": parse_action(action)}
    if "preview" in details:
        read["preview"] = parse_preview(details["preview"])
    if "state" in details:
        read["state"] = digest(details["state"], "state")
    return read
