"""An executor's door on HTTP, for any framework: finds the token, parses the body, turns a refusal into an answer.

Verifies nothing. A doubled header is refused. RFC 6750, RFC 9449, RFC 9457, SPEC 6.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from .data.strict_json import parse_json
from .errors import ApprovalError
from .jwt.dpop import DpopPresentation

#: Most bytes of a request body that are read. Frameworks may hold more: read no further.
MAX_BODY_BYTES = 262_144
_MAX_HEADER_CHALLENGE = 4096


def read_credentials(
    method: str, url: str, headers: Iterable[tuple[str, str]], *, authorization_is_taken: bool = False
) -> dict[str, Any]:
    """Finds token, proof and capability: the options of a guarded function.

    ``headers`` are all of them, as they were sent. ``authorization_is_taken``: ``Authorization`` carries the caller's own
    credential, and the token is looked for in ``Approval-Token`` alone. Raises ``token_malformed`` and
    ``proof_of_possession`` for doubled headers.
    """
    sent = list(headers)
    options: dict[str, Any] = {"accepts_challenge": _single(sent, "accept-txn-challenge") == "?1"}
    token, scheme, carried_in = _single(sent, "approval-token"), "DPoP", "approval-token"
    authorization = None if authorization_is_taken else _single(sent, "authorization")
    carried = re.match(r"(bearer|dpop)(?: |$)", authorization or "", re.IGNORECASE)
    if token is None and authorization is not None and carried:
        token, carried_in = authorization[carried.end() :].strip(" "), "authorization"
        scheme = "DPoP" if carried[1].lower() == "dpop" else "Bearer"
    if token is not None:
        options |= {"token": token, "dpop": DpopPresentation(method, url, _single(sent, "dpop"), carried_in, scheme)}
    return options


def _single(headers: list[tuple[str, str]], name: str) -> str | None:
    """The one value of a header. Platforms that join doubled headers do so with a comma, which none of ours may hold."""
    values = [value for given, value in headers if given.lower() == name]
    joined = r"^(?:bearer|dpop) .*," if name == "authorization" else ","
    if len(values) > 1 or (values and re.search(joined, values[0], re.IGNORECASE)):
        code = "proof_of_possession" if name == "dpop" else "token_malformed"
        raise ApprovalError(code, f"The header {name} was sent twice. Send it once.")
    return values[0] if values else None


def parse_arguments(body: bytes) -> dict[str, Any]:
    """A body as the arguments of an action, strictly. Raises ``invalid_request`` for anything but an object."""
    try:
        value = parse_json(body.decode("utf-8"))
    except UnicodeDecodeError as cause:
        raise ApprovalError("invalid_request", "The body is not UTF-8.") from cause
    if type(value) is not dict:
        raise ApprovalError("invalid_request", "The body must be a JSON object: the arguments.")
    return value


def to_problem(error: ApprovalError) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a refusal. Gives away neither cause nor stack."""
    challenge, status = error.challenge, error.status
    in_body = challenge is not None and len(challenge) > _MAX_HEADER_CHALLENGE
    headers = {"Cache-Control": "no-store", "Content-Type": "application/problem+json"}
    if status == 401 or challenge is not None:
        headers["WWW-Authenticate"] = _authenticate(error, in_body)
    problem = {
        "type": "about:blank",
        "title": error.code.replace("_", " "),
        "status": status,
        "code": error.code,
        "detail": str(error),
        **({"transaction_challenge": challenge} if in_body else {}),
    }
    return status, headers, json.dumps(problem).encode("ascii")


def _authenticate(error: ApprovalError, in_body: bool) -> str:
    # RFC 6750 section 3.1: a request without credentials gets no error code, unless there is something to add.
    if error.code == "token_missing" and error.challenge is None:
        return "Bearer"
    if error.code == "proof_of_possession":
        return _parameters("DPoP", "invalid_dpop_proof", str(error))
    if error.challenge is None:
        return _parameters("Bearer", "invalid_token", str(error))
    required = "transaction_authorization_required"
    if in_body:
        return _parameters("Bearer", required, "The challenge is in the body, as transaction_challenge.")
    return f'{_parameters("Bearer", required, str(error))}, transaction_challenge="{error.challenge}"'


def _parameters(scheme: str, error: str, description: str) -> str:
    printable = re.sub(r"[^ !#-[\]-~]", "?", description)
    return f'{scheme} error="{error}", error_description="{printable}"'
