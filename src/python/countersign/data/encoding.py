"""Bytes as text in the one spelling that Countersign writes and accepts, and SHA-256 with the digests made of it.

RFC 4648 section 5 without padding, FIPS 180-4, SPEC 4 and 6.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any

from ..errors import ApprovalError
from .strict_json import canonicalize


def base64url_encode(data: bytes) -> str:
    """Writes bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def base64url_decode(text: str) -> bytes:
    """Reads base64url. Raises ``invalid_request`` for every spelling but the one that ``base64url_encode`` writes."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        data = b""
    if base64url_encode(data) == text:
        return data
    raise ApprovalError("invalid_request", "Send base64url without padding.")


def random_base64url(byte_count: int) -> str:
    """Fresh random bytes as base64url."""
    return base64url_encode(secrets.token_bytes(byte_count))


def sha256(data: bytes | str) -> bytes:
    """SHA-256 of bytes, or of text as UTF-8."""
    return hashlib.sha256(data.encode("utf-8") if isinstance(data, str) else data).digest()


def digest_from(hashed: bytes) -> str:
    """Writes 32 bytes as ``sha-256:`` and 43 base64url characters. There is one spelling: compare as text."""
    return f"sha-256:{base64url_encode(hashed)}"


def digest_of(value: Any) -> str:
    """Digest of the canonical text of a value. Raises ``invalid_request`` where ``canonicalize`` does. SPEC 4."""
    return digest_from(sha256(canonicalize(value)))
