"""Public keys as JSON Web Keys, and compact JWS, both read strictly. The cryptography is that of ``cryptography``.

Chooses no key and no algorithm by itself, and decides nothing about whose key it is. RFC 7515, RFC 7517, RFC 7638, RFC
8037, RFC 8725.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

from ..data.encoding import base64url_decode, base64url_encode, sha256
from ..data.shape import bytes32, matching, misfit, one_of, open_record
from ..data.strict_json import canonicalize, parse_json
from ..errors import insist

#: Checks a signature over data with one public key.
Verify = Callable[[bytes, bytes], bool]

_ALGORITHM_OF = {"EC": "ES256", "OKP": "EdDSA", "RSA": "RS256"}

#: The members that make a key of each type: those of RFC 7638. An RSA number has no leading zero byte.
KEY_MEMBERS = {
    "EC": {"kty": one_of("EC"), "crv": one_of("P-256"), "x": bytes32, "y": bytes32},
    "OKP": {"kty": one_of("OKP"), "crv": one_of("Ed25519"), "x": bytes32},
    "RSA": {
        "kty": one_of("RSA"),
        "n": matching(r"(?!A[A-P])[\w-]{342,1366}"),
        "e": matching(r"(?!A[A-P])[\w-]{3,6}"),
    },
}

_READERS = {kind: open_record(members) for kind, members in KEY_MEMBERS.items()}
_read_type = one_of(*KEY_MEMBERS)

#: The header members of tokens, lists and challenges.
HEADER_MEMBERS = ("alg", "kid", "typ")


def parse_public_jwk(value: Any, where: str) -> dict[str, str]:
    """Reads the members that make a public key, and drops the others.

    Raises ``invalid_request`` for other key types, RSA below 2048 bits, anything that holds a private key, and a key
    whose ``use``, ``key_ops`` or ``alg`` does not allow verification with ``algorithm_of`` it.
    """
    if type(value) is not dict or "d" in value or not _may_verify(value):
        raise misfit(where)
    read: dict[str, str] = _READERS[_read_type(value.get("kty"), where)](value, where)
    return read


def _may_verify(jwk: dict[str, Any]) -> bool:
    kind = jwk.get("kty")
    expected = _ALGORITHM_OF.get(kind) if isinstance(kind, str) else None
    return (
        jwk.get("use", "sig") == "sig"
        and jwk.get("key_ops", ["verify"]) == ["verify"]
        and jwk.get("alg", expected) == expected
    )


def algorithm_of(jwk: Mapping[str, Any]) -> str:
    """The one algorithm that a key of this type is used with."""
    return _ALGORITHM_OF[jwk["kty"]]


def jwk_thumbprint(jwk: Mapping[str, Any]) -> str:
    """RFC 7638 SHA-256 thumbprint of a public key: 43 base64url characters."""
    return base64url_encode(sha256(canonicalize(_READERS[jwk["kty"]](dict(jwk), "jwk"))))


def import_public_key(jwk: Mapping[str, Any], *, der: bool = False) -> Verify:
    """Imports a public key for its algorithm. Signatures of P-256 are r‖s, or DER as authenticators write them.

    Raises ``ValueError`` when the numbers are no key.
    """
    match jwk["kty"]:
        case "EC":
            numbers = ec.EllipticCurvePublicNumbers(_number(jwk["x"]), _number(jwk["y"]), ec.SECP256R1())
            return _elliptic(numbers.public_key(), der)
        case "OKP":
            edwards = ed25519.Ed25519PublicKey.from_public_bytes(base64url_decode(jwk["x"]))
            return lambda signature, data: _holds(lambda: edwards.verify(signature, data))
        case _:
            key = rsa.RSAPublicNumbers(_number(jwk["e"]), _number(jwk["n"])).public_key()
            return lambda signature, data: _holds(lambda: key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256()))


def _elliptic(key: ec.EllipticCurvePublicKey, der: bool) -> Verify:
    def verify(signature: bytes, data: bytes) -> bool:
        if not der and len(signature) != 64:
            return False
        encoded = signature if der else utils.encode_dss_signature(*_halves(signature))
        return _holds(lambda: key.verify(encoded, data, ec.ECDSA(hashes.SHA256())))

    return verify


def _halves(signature: bytes) -> tuple[int, int]:
    return int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")


def _holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except InvalidSignature:
        return False
    return True


def _number(encoded: str) -> int:
    return int.from_bytes(base64url_decode(encoded), "big")


@dataclass(frozen=True)
class VerificationKey:
    """A public key with the only algorithm it may be used with."""

    alg: str
    verify: Verify


#: Finds a key by its RFC 7638 thumbprint.
ResolveKey = Callable[[str], VerificationKey | None]


def import_verification_key(value: Any) -> VerificationKey:
    """Imports a public JWK (P-256 or Ed25519) for its one algorithm. Raises ``invalid_request``."""
    jwk = parse_public_jwk(value, "jwk")
    alg = algorithm_of(jwk)
    if not is_signing_algorithm(alg):
        raise misfit("alg")
    return VerificationKey(alg, import_public_key(jwk))


def is_signing_algorithm(value: Any) -> bool:
    """Tells an algorithm that this package signs and verifies with from ``none``, HMAC and the rest."""
    return value in ("ES256", "EdDSA")


@dataclass(frozen=True)
class CompactJws:
    """A JWS taken apart. Nothing in it is proven yet."""

    header: dict[str, Any]
    _payload: str
    #: The bytes that were signed: the first two segments and the dot between them.
    signing_input: bytes
    signature: bytes

    def payload(self) -> dict[str, Any]:
        """Reads the payload: strict JSON, an object."""
        return _read_segment(self._payload)


def read_jws(jws: str, header_members: Collection[str]) -> CompactJws:
    """Takes a compact JWS apart. ``crit``, members outside ``header_members`` and doubled members are refused."""
    segments = jws.split(".")
    insist(len(segments) == 3 and segments[0] != "", "segments")
    header = _read_segment(segments[0])
    insist(all(name in header_members for name in header), "header")
    signing_input = f"{segments[0]}.{segments[1]}".encode("utf-8")
    return CompactJws(header, segments[1], signing_input, base64url_decode(segments[2]))


def _read_segment(segment: str) -> dict[str, Any]:
    value = parse_json(base64url_decode(segment).decode("utf-8"))
    insist(type(value) is dict, "object")
    result: dict[str, Any] = value
    return result


def open_jws(text: str, typ: str, resolve_key: Callable[[str, dict[str, Any]], VerificationKey | None]) -> dict[str, Any]:
    """Opens a JWS of one type: header, key, signature, in this order. Raises whatever is at fault.

    ``resolve_key`` sees the payload before it is proven, for issuers that have keys of their own.
    """
    jws = read_jws(text, HEADER_MEMBERS)
    kid = jws.header.get("kid")
    insist(jws.header.get("typ") == typ and isinstance(kid, str), "header")
    payload = jws.payload()
    key = resolve_key(str(kid), payload)
    insist(key is not None and key.alg == jws.header.get("alg"), "algorithm")
    insist(key is not None and key.verify(jws.signature, jws.signing_input), "signature")
    return payload


#: Signs data in JOSE form.
Sign = Callable[[bytes], bytes]


def import_signing_key(jwk: Mapping[str, Any]) -> Sign:
    """Imports a private JWK (P-256 or Ed25519) to sign with. Raises ``ValueError`` when the numbers are no key."""
    if jwk["kty"] == "OKP":
        return ed25519.Ed25519PrivateKey.from_private_bytes(base64url_decode(jwk["d"])).sign
    numbers = ec.EllipticCurvePublicNumbers(_number(jwk["x"]), _number(jwk["y"]), ec.SECP256R1())
    return signer_of(ec.EllipticCurvePrivateNumbers(_number(jwk["d"]), numbers).private_key())


def signer_of(key: ec.EllipticCurvePrivateKey) -> Sign:
    """Signs with a P-256 key, as r‖s."""

    def sign(data: bytes) -> bytes:
        r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return sign


def sign_jws(header: Mapping[str, Any], payload: Mapping[str, Any], sign: Sign) -> str:
    """Signs a compact JWS."""
    segments = (base64url_encode(canonicalize(dict(part)).encode("utf-8")) for part in (header, payload))
    signed = ".".join(segments)
    return f"{signed}.{base64url_encode(sign(signed.encode('ascii')))}"
