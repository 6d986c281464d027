"""Proofs of possession (DPoP): checks that the sender of a token holds the key it is bound to, and makes proofs.

Covers neither body nor query: the action digest does. Demands no server nonce. RFC 9449.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from ..data.encoding import base64url_encode, random_base64url, sha256
from ..data.shape import bytes32, identifier, instant, open_record, text
from ..errors import insist, refusing
from .keys import (
    CompactJws,
    algorithm_of,
    import_public_key,
    is_signing_algorithm,
    jwk_thumbprint,
    parse_public_jwk,
    read_jws,
    sign_jws,
    signer_of,
)

_MAX_PROOF_LENGTH = 4096
_MAX_AGE_SECONDS = 60
_PORTS = {"http": 80, "https": 443}

_read_claims = open_record(
    {"jti": text(256), "htm": identifier, "htu": text(2048), "iat": instant},
    {"ath": bytes32, "oth": open_record({}, {"approval-token": bytes32})},
)


@dataclass(frozen=True)
class DpopPresentation:
    """The HTTP request that presented a token."""

    method: str
    #: The request's path or URL, as the server sees it. Only the path counts: ``public_url`` gives the rest.
    url: str
    #: The ``DPoP`` header, if there was exactly one.
    proof: str | None = None
    #: The header that carried the token: ``authorization`` or ``approval-token``.
    carried_in: str = "authorization"
    #: The scheme in ``Authorization``. A bound token under ``Bearer`` is refused.
    scheme: str = "DPoP"


@dataclass(frozen=True)
class DpopProof:
    """A verified proof. Take no ``jti`` twice until ``expires_at``, epoch seconds."""

    jkt: str
    jti: str
    expires_at: int


def verify_dpop(
    presented: DpopPresentation, *, url: str, token: str, jkt: str, now: float, skew_seconds: float = 5
) -> DpopProof:
    """Checks one proof: ``typ``, algorithm, signature by the key inside, that key's thumbprint, ``htm``, ``htu``,
    ``iat``, and the hash of the token (``ath``, or ``oth`` for ``Approval-Token``). Raises ``proof_of_possession``.

    Does not remember ``jti``: callers do, or a proof can be sent twice within its minute.
    """
    with refusing("proof_of_possession"):
        insist(presented.proof is not None and len(presented.proof) <= _MAX_PROOF_LENGTH, "length")
        insist(presented.carried_in == "approval-token" or presented.scheme == "DPoP", "scheme")
        jws = read_jws(str(presented.proof), ("alg", "jwk", "typ"))
        claims = _read_claims(jws.payload(), "proof")
        held = _verify_embedded_key(jws)
        insist(held == jkt, "jkt")
        insist(claims["htm"] == presented.method and _is_same_resource(claims["htu"], url), "request")
        expires_at = claims["iat"] + _MAX_AGE_SECONDS
        insist(claims["iat"] <= now + skew_seconds and now <= expires_at, "iat")
        # In Approval-Token `ath` speaks of the other token, the one in Authorization.
        other: dict[str, Any] = claims.get("oth", {})
        hashed = other.get("approval-token") if presented.carried_in == "approval-token" else claims.get("ath")
        insist(hashed == base64url_encode(sha256(token)), "token")
        return DpopProof(held, claims["jti"], expires_at)


def _verify_embedded_key(jws: CompactJws) -> str:
    alg, jwk = jws.header.get("alg"), jws.header.get("jwk")
    # RFC 9864 gave EdDSA over Ed25519 a name of its own, which newer clients send.
    named = "EdDSA" if alg == "Ed25519" else alg
    public = parse_public_jwk({**jwk, "alg": named} if type(jwk) is dict and jwk.get("alg", 0) == alg else jwk, "jwk")
    is_proof = jws.header.get("typ") == "dpop+jwt" and is_signing_algorithm(named)
    insist(is_proof and named == algorithm_of(public), "header")
    insist(import_public_key(public)(jws.signature, jws.signing_input), "signature")
    return jwk_thumbprint(public)


def _is_same_resource(htu: str, requested: str) -> bool:
    return not re.search("[?#]", htu) and _normalized(htu) == _normalized(requested)


def _normalized(url: str) -> str:
    """Scheme, host, port and path by RFC 3986 sections 6.2.2 and 6.2.3, as RFC 9449 section 4.3 asks.

    Raises for blanks and control characters, users, and hosts that are not ASCII.
    """
    insist(not re.search(r"[\x00-\x20\x7f]", url), "url")
    parts = urlsplit(url)
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    insist(scheme in _PORTS and host != "" and host.isascii() and "@" not in parts.netloc, "url")
    port = _PORTS[scheme] if parts.port is None else parts.port
    return f"{scheme}://{host}:{port}{_normalized_path(parts.path)}"


def _normalized_path(path: str) -> str:
    encoded = quote(path.replace("\\", "/"), safe="!$%&'()*+,-./:;=@[]_|~")
    plain = re.sub("%([0-9A-Fa-f]{2})", _plain_or_escaped, encoded)
    kept: list[str] = []
    segments = plain.split("/")[1:] or [""]
    for segment in segments:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    # A path that ends in a dot segment names a folder.
    return "/" + "/".join([*kept, *([""] if segments[-1] in (".", "..") else [])])


def _plain_or_escaped(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if re.fullmatch(r"[\w.~-]", character, re.ASCII) else escape[0].upper()


class DpopKey:
    """A P-256 key of a client's own. Its proofs bind a token when it is collected, and present that token."""

    def __init__(self, key: ec.EllipticCurvePrivateKey | None = None) -> None:
        """Default: a fresh key."""
        self._key = key or ec.generate_private_key(ec.SECP256R1())
        numbers = self._key.public_key().public_numbers()
        x, y = (base64url_encode(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
        self.jwk = {"kty": "EC", "crv": "P-256", "x": x, "y": y}
        self.jkt = jwk_thumbprint(self.jwk)

    def proof(self, method: str, url: str, *, token: str | None = None, in_approval_token: bool = False) -> str:
        """A proof for one request. ``token`` is the one that it presents, if any."""
        hashed = None if token is None else base64url_encode(sha256(token))
        bound = {} if hashed is None else {"oth": {"approval-token": hashed}} if in_approval_token else {"ath": hashed}
        htu = re.sub("[?#].*", "", url)
        claims = {"jti": random_base64url(16), "htm": method, "htu": htu, "iat": int(time.time()), **bound}
        return sign_jws({"alg": "ES256", "jwk": self.jwk, "typ": "dpop+jwt"}, claims, signer_of(self._key))
