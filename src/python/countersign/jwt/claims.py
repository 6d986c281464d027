"""Approval tokens: the claims exactly as they are on the wire, and the opening of a token.

Checks shape, inner agreement and the authority's signature only: no clock, no audience, no action. SPEC 6 and 7.
"""

from __future__ import annotations

import re
from typing import Any

from ..action.action import read_name, read_resource
from ..consent.consent import read_consent
from ..data.shape import (
    array,
    boolean,
    bytes16,
    bytes32,
    digest,
    identifier,
    instant,
    integer,
    members,
    one_of,
    record,
    text,
)
from ..errors import ApprovalError, demand, insist, refusing
from .keys import HEADER_MEMBERS, ResolveKey, is_signing_algorithm, read_jws

_MAX_TOKEN_BYTES = 12_288

#: An origin in its one spelling: a lower-case host, and a port that is not the scheme's own.
ORIGIN = re.compile(
    r"(?:http(?!.*:80$)|https(?!.*:443$))://(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])(?::[1-9]\d{0,4})?",
    re.ASCII,
)
#: A path and query that a URL parser would leave as they are.
_PLAIN_PATH = re.compile(
    r"/(?!(?:.*/)?(?:\.|%2[eE]){1,2}(?:[/?]|$))[\x21\x24-\x26\x28-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7c\x7e]*"
)


def read_actor(value: Any, where: str) -> dict[str, Any]:
    """Reads ``act`` (RFC 8693): ``sub``, and optionally the actor before. The depth of JSON limits the chain."""
    actor: dict[str, Any] = _read_actor(value, where)
    return actor


_read_actor = record({"sub": identifier}, {"act": read_actor})
_bounds = record({"grant": bytes16, "digest": digest, "salt": bytes16, "uses": integer(1, 1000), "arguments": members})
_details = record(
    {
        "type": one_of("countersign_action"),
        "name": read_name,
        "resource": read_resource,
        "digest": digest,
        "salt": bytes16,
        "uses": integer(1, 1000),
    },
    {"state": digest, "bounds": _bounds},
)
_terms = record(
    {
        "request": bytes16,
        "origin": one_of("human", "policy"),
        "policy": digest,
        "quorum": integer(0, 8),
        "separation": boolean,
        "consents": array(read_consent, 0, 8),
    }
)
_read_members = record(
    {
        "iss": identifier,
        "aud": identifier,
        "sub": identifier,
        "act": read_actor,
        "client_id": identifier,
        "jti": bytes16,
        "iat": instant,
        "exp": instant,
        "txn": identifier,
        "scope": identifier,
        "authorization_details": array(_details, 1, 1),
        "approval": _terms,
        "status": record({"status_list": record({"idx": instant, "uri": text(1024)})}),
        "log": record({"origin": identifier, "leaf": digest}),
    },
    {"cnf": record({"jkt": bytes32})},
)


def parse_claims(value: Any) -> dict[str, Any]:
    """Reads the claims of a token: all required, no others, and terms that agree with their origin.

    Raises ``token_malformed``. Does not check: signature, issuer, audience, time, digest, consents. SPEC 6.
    """
    with refusing("token_malformed"):
        claims: dict[str, Any] = _read_members(value, "claims")
        insist(claims["authorization_details"][0]["name"] == claims["scope"], "scope")
        _check_terms(claims["approval"])
        _check_status_uri(claims["status"]["status_list"]["uri"], claims["iss"])
        return claims


def _check_terms(terms: dict[str, Any]) -> None:
    consents = terms["consents"]
    # A policy approves without any consent; a human approval takes at least one.
    by_policy = terms["quorum"] == 0 and terms["separation"] and not consents
    insist(terms["quorum"] > 0 if terms["origin"] == "human" else by_policy, "origin")
    # All approvers were shown the same change, or they did not consent to the same thing.
    insist(all(consent["preview"] == consents[0]["preview"] for consent in consents), "preview")


def _check_status_uri(uri: str, issuer: str) -> None:
    """A verifier fetches this URL: it may name no other host, and the issuer's host in one spelling only."""
    insist(bool(ORIGIN.fullmatch(issuer)) and uri.startswith(f"{issuer}/"), "status")
    insist(bool(_PLAIN_PATH.fullmatch(uri[len(issuer) :])), "status")


def open_token(token: str, resolve_key: ResolveKey) -> dict[str, Any]:
    """Opens a token: size and shape, ``typ``, ``alg``, signature, in this order. Returns its claims.

    Raises ``token_malformed``, ``token_type``, ``token_algorithm``, ``token_signature``, and what ``resolve_key`` raises.
    Does not check issuer, audience, time, action, consents, status or whether it was spent. SPEC 7.
    """
    demand(type(token) is str and len(token) <= _MAX_TOKEN_BYTES, "token_malformed")
    with refusing("token_malformed"):
        jws = read_jws(token, HEADER_MEMBERS)
    kid = _read_header(jws.header)
    with refusing("token_malformed"):
        payload = jws.payload()
    claims = parse_claims(payload)
    key = resolve_key(kid)
    if key is None:
        raise ApprovalError("token_signature")
    # The key says which algorithm it is for; the token's `alg` can only agree.
    demand(key.alg == jws.header["alg"], "token_algorithm")
    demand(key.verify(jws.signature, jws.signing_input), "token_signature")
    return claims


def _read_header(header: dict[str, Any]) -> str:
    demand(header.get("typ") == "approval+jwt", "token_type")
    demand(is_signing_algorithm(header.get("alg")), "token_algorithm")
    demand(isinstance(header.get("kid"), str), "token_malformed")
    return str(header["kid"])


def outlives(claims: dict[str, Any], consent: dict[str, Any]) -> bool:
    """True for a token that would be valid after its consent has ended."""
    return bool(claims["exp"] > consent["expires"])


def statement_of(claims: dict[str, Any], consent: dict[str, Any]) -> dict[str, Any]:
    """Rebuilds the statement that a consent in a token signed. Every check of a consent begins here.

    Raises ``consent_invalid`` for a token that outlives the consent. Verifies no signature. SPEC 5 and 7.
    """
    demand(not outlives(claims, consent), "consent_invalid")
    details, approval = claims["authorization_details"][0], claims["approval"]
    grant = details.get("bounds")
    statement = {
        "typ": "countersign/consent/v1",
        **{name: claims[name] for name in ("iss", "aud", "sub", "act", "client_id")},
        "request": grant["grant"] if grant else approval["request"],
        "action": grant["digest"] if grant else details["digest"],
        "preview": consent["preview"],
        "state": None if grant else details.get("state"),
        "policy": approval["policy"],
        "quorum": approval["quorum"],
        "separation": approval["separation"],
        "uses": grant["uses"] if grant else details["uses"],
        "expires": consent["expires"],
        "approver": consent["approver"],
        "nonce": consent["nonce"],
    }
    if "on_behalf_of" in consent:
        statement["on_behalf_of"] = consent["on_behalf_of"]
    return statement


def agents_of(claims: dict[str, Any]) -> list[str]:
    """The actor, and every agent in the chain of ``act``."""
    agents = [claims["client_id"]]
    actor: dict[str, Any] | None = claims["act"]
    while actor is not None:
        agents.append(actor["sub"])
        actor = actor.get("act")
    return agents
