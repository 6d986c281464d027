"""The statement that a new passkey signs before it counts, and the digest of the parties that a first admin is shown.

Verifies nothing. Only auditors need it. SPEC 10.1.
"""

from __future__ import annotations

from typing import Any

from ..data.encoding import digest_of, sha256
from ..data.strict_json import canonicalize

_NAMES = {"agents": "agent", "executors": "executor", "credentials": "credential", "killswitches": "killswitch"}


def enrolment_challenge(statement: dict[str, Any]) -> bytes:
    """The WebAuthn challenge of an enrolment, and of the statement by which another passkey authorises it: 32 bytes."""
    return sha256(canonicalize(statement))


def executor_digest(row: dict[str, Any]) -> str:
    """Digest of all that an executor is registered with."""
    return digest_of({"typ": "countersign/executor/v1", **row})


def canonical_registered(registered: dict[str, Any]) -> str:
    """The text that ``registered_digest`` is over, for those who know executors by their digests."""
    return canonicalize(_in_order(registered))


def registered_digest(document: dict[str, Any]) -> str:
    """Digest of ``canonical_registered``, for the whole document."""
    rows = [{"executor": row["executor"], "row": executor_digest(row)} for row in document["executors"]]
    return digest_of(_in_order({**document, "executors": rows}))


def _in_order(registered: dict[str, Any]) -> dict[str, Any]:
    def in_utf16(text: str) -> bytes:
        return text.encode("utf-16-be", "surrogatepass")

    listed = {member: sorted(registered[member], key=lambda row: in_utf16(row[name])) for member, name in _NAMES.items()}
    return {"typ": "countersign/registered/v1", **listed}
