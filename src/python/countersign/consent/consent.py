"""The consent statement that a passkey signs, and the check of that signature by a third party.

Does not compare signature counters or credential ids, nor look at deadlines or at whether a nonce was used before: they
need a memory that a verifier does not have. WebAuthn Level 3 sections 6.1 and 7.2; SPEC 5.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ..data.encoding import base64url_decode, base64url_encode, digest_from, digest_of, sha256
from ..data.shape import array, bytes32, digest, identifier, instant, matching, nullable, record
from ..data.strict_json import canonicalize, parse_json
from ..errors import demand, insist, refusing
from ..jwt.keys import import_public_key

_MIN_BATCH = 2
_MAX_BATCH = 16

#: Base64url in its one spelling, unused bits zero: at least a byte.
_encoded = matching(r"(?=.)(?:[\w-]{4})*(?:[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?")

_MEMBERS = {
    "approver": identifier,
    "nonce": bytes32,
    "expires": instant,
    "preview": nullable(digest),
    "key": bytes32,
    "authenticator_data": _encoded,
    "client_data_json": _encoded,
    "signature": _encoded,
}

#: Reads the consent of a token, strictly.
read_consent = record(_MEMBERS, {"on_behalf_of": identifier, "batch": array(digest, _MIN_BATCH, _MAX_BATCH)})

_UP, _UV, _BE, _BS, _AT, _ED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80


def statement_digest(statement: dict[str, Any]) -> str:
    """Digest of a statement, as a batch lists it."""
    return digest_of(statement)


def consent_challenge(statement: dict[str, Any]) -> bytes:
    """The WebAuthn challenge of one statement: SHA-256 of its canonical text."""
    return sha256(canonicalize(statement))


def batch_challenge(statements: list[str]) -> bytes:
    """The WebAuthn challenge of several statements, by their digests in order, consented to with one gesture."""
    return sha256(canonicalize({"typ": "countersign/consent-batch/v1", "statements": statements}))


def challenge_of(statement: dict[str, Any], consent: Mapping[str, Any]) -> bytes:
    """The challenge that a consent answered: of its statement alone, or of the batch it was given in.

    Raises ``consent_invalid`` for a batch of an impossible size, and for one that does not list this statement exactly
    once. SPEC 5 and 6.
    """
    challenge = consent_challenge(statement)
    if "batch" not in consent:
        return challenge
    batch: list[str] = consent["batch"]
    own = digest_from(challenge)
    demand(_MIN_BATCH <= len(batch) <= _MAX_BATCH and batch.count(own) == 1, "consent_invalid")
    return batch_challenge(batch)


def verify_consent(
    statement: dict[str, Any], consent: Mapping[str, Any], key: Mapping[str, Any], rp_id: str, origins: Collection[str]
) -> None:
    """Verifies a consent against the statement that the reader itself has written down. Raises ``consent_invalid``."""
    with refusing("consent_invalid"):
        challenge = challenge_of(statement, consent)
        verify_assertion(
            Assertion(
                *(base64url_decode(consent[name]) for name in ("authenticator_data", "client_data_json", "signature"))
            ),
            challenge=challenge,
            key=key,
            rp_id=rp_id,
            origins=origins,
        )


@dataclass(frozen=True)
class Assertion:
    """The bytes of one assertion, as the authenticator and the browser gave them: ES256 in DER."""

    authenticator_data: bytes
    client_data_json: bytes
    signature: bytes


def verify_assertion(
    assertion: Assertion, *, challenge: bytes, key: Mapping[str, Any], rp_id: str, origins: Collection[str]
) -> None:
    """Checks one passkey signature. ``key`` is a public JWK with ``kid``, ``alg`` and ``be``.

    ``type``, origin, no cross-origin frame, user present and verified, backup flags as registered, RP ID, signature,
    challenge. Raises ``consent_invalid``, whose ``__cause__`` names the rule.
    """
    with refusing("consent_invalid"):
        stated = _read_client_data(assertion.client_data_json)
        data = assertion.authenticator_data
        backup_eligible = _read_flags(data)
        insist(isinstance(stated.get("origin"), str) and stated["origin"] in origins, "origin")
        insist(backup_eligible == key["be"], "backup flags")
        insist(data[:32] == sha256(rp_id), "relying party")
        signed = data + sha256(assertion.client_data_json)
        insist(import_public_key(key, der=True)(assertion.signature, signed), "signature")
        insist(stated.get("challenge") == base64url_encode(challenge), "challenge")


def _read_client_data(client_data_json: bytes) -> dict[str, Any]:
    data = parse_json(client_data_json.decode("utf-8"))
    insist(type(data) is dict, "client data")
    insist(data.get("type") == "webauthn.get", "type")
    insist(data.get("crossOrigin", False) is False and "topOrigin" not in data, "cross-origin")
    result: dict[str, Any] = data
    return result


def _read_flags(data: bytes) -> bool:
    """Tells whether the passkey may be synced. 37 bytes, and more only where extensions are announced."""
    flags = data[32] if len(data) > 32 else 0
    insist((len(data) > 37 if flags & _ED else len(data) == 37) and not flags & _AT, "length")
    insist(bool(flags & _UP and flags & _UV), "user verification")
    insist(bool(flags & _BE or not flags & _BS), "backup flags")
    return bool(flags & _BE)
