"""An agent and an executor in one process: a proposal made twice, and a grant under which calls run, within its bounds.

Usage: ``grant_session.py ISSUER AUDIENCE``. Prints what happens, and waits for a person where it says so.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from countersign import AgentClient, ApprovalError, AuthorityError, DpopKey, DpopPresentation, Verifier, new_salt

issuer, audience = sys.argv[1:]
key = DpopKey()
client = AgentClient(issuer, os.environ["AGENT_CREDENTIAL"], dpop=key)
verifier = Verifier(issuer=issuer, audience=audience, credential=os.environ["EXECUTOR_CREDENTIAL"], public_url=audience)
ran: list[str] = []


@verifier.guard("file.write", resource=lambda args: "repo:app")
def write(args: dict[str, Any], context: Any) -> int:
    ran.append(args["path"])
    return len(ran)


def say(words: str) -> None:
    print(words, flush=True)


def call(path: str, token: str, proof: str) -> str:
    presented = DpopPresentation("POST", "/files", proof)
    try:
        return str(write({"path": path, "text": "x"}, token=token, dpop=presented))
    except ApprovalError as error:
        return error.code


def action(path: str) -> dict[str, Any]:
    return {"name": "file.write", "resource": "repo:app", "arguments": {"path": path, "text": "x"}}


once = {**action("src/once"), "salt": new_salt()}
first, second = (client.propose(audience=audience, action=once, idempotency_key="one") for _ in range(2))
say(f"same request: {first.id == second.id}")
say(f"withdrawn: {client.withdraw(first.id).state}")
pending = client.propose(audience=audience, action=action("src/pending"))
try:
    client.collect(pending.id)
except AuthorityError as error:
    say(f"collected too early: {error.code}")
client.withdraw(pending.id)

shared = {"name": "file.write", "resource": "repo:app", "arguments": {"text": "x"}}
bounds = {"uses": 2, "arguments": {"path": {"prefix": "src/"}}}
grant = client.request_grant(audience=audience, action=shared, bounds=bounds, reason="A refactoring")
say(f"grant: {grant.id}")
say(f"answered: {client.answered(grant).state}")
try:
    client.propose(audience=audience, action=action("docs/d"), grant=grant.id)
except AuthorityError as error:
    say(f"outside it: {error.code}")
for path in ("src/a", "src/b"):
    token = client.propose(audience=audience, action=action(path)).token or ""
    proof = key.proof("POST", f"{audience}/files", token=token)
    say(f"{path} without a proof of its own: {call(path, token, key.proof('POST', audience, token=token))}")
    say(f"{path} as another call: {call('src/c', token, proof)}")
    say(f"{path}: {call(path, token, proof)}, then {call(path, token, proof)}")
outside = client.propose(audience=audience, action=action("src/c"))
say(f"beyond it: {outside.state}, ran {ran}")
verifier.settled()
