"""Verifies tokens, each with its call as JSON on a line of its own, as the executor of the vectors; answers with a code."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from countersign import WITHOUT_REDEMPTION, DpopPresentation, Verifier
from countersign.authority.exchange import Response
from countersign.errors import ApprovalError

TOKENS = json.loads((Path(__file__).parent.parent / "vectors/token.json").read_text("utf-8"))


def exchange(method: str, url: str, headers: Any, body: bytes | None, timeout: float) -> Response:
    reply = TOKENS["authority"].get(f"{method} {url}")
    if not reply:
        raise OSError("network failure")
    return Response(reply["status"], reply["body"].encode("utf-8"), {})


for line in sys.stdin:
    asked = json.loads(line)
    verifier = Verifier(
        issuer=TOKENS["issuer"],
        audience=TOKENS["audience"],
        redemption=WITHOUT_REDEMPTION,
        public_url=TOKENS["public_url"],
        accept_self_approval=True,
        now=lambda: float(TOKENS["now"]),
        exchange=exchange,
    )
    dpop = DpopPresentation(**asked["dpop"]) if asked["dpop"] else None
    try:
        verifier.verify(asked["token"], asked["call"], dpop=dpop, state=asked["state"])
        print("accepted", flush=True)
    except ApprovalError as error:
        print(error.code, flush=True)
