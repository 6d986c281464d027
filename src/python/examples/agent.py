"""An agent: posts to a forum, once people have consented.

Usage: ``agent.py ISSUER AUDIENCE FORUM TEXT``, with its credential in ``COUNTERSIGN_CREDENTIAL``. FORUM is the address of
the executor, AUDIENCE its name at the authority. ``--relay`` lets the executor ask, by its challenge.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from countersign import CHALLENGE_HEADERS, AgentClient, AuthorityError, challenge_in
from countersign.authority.exchange import Response, http_exchange

relays = "--relay" in sys.argv
words = [word for word in sys.argv[1:] if word != "--relay"]
if len(words) != 4:
    sys.exit(__doc__)
issuer, audience, forum, text = words
client = AgentClient(issuer, os.environ["COUNTERSIGN_CREDENTIAL"])
arguments: dict[str, Any] = {"board": "eng", "thread": 42, "text": text}


def call(arguments: dict[str, Any], headers: dict[str, str]) -> Response:
    """Calls the executor."""
    body = json.dumps(arguments).encode()
    return http_exchange("POST", f"{forum}/posts", {"Content-Type": "application/json", **headers}, body, 90)


def say(words: str) -> None:
    print(words, flush=True)


try:
    if relays:
        refused = call(arguments, CHALLENGE_HEADERS)
        challenge = challenge_in(refused.status, refused.headers, refused.body)
        if challenge is None:
            sys.exit(f"The executor sent no challenge, which takes a challenge key. {refused.status}: {refused.body.decode()}")
        approved = client.relay(challenge, on_opened=lambda opened: say(f"waiting for consent: {opened.approval_uri}"))
    else:
        action = {"name": "forum.post", "resource": "forum:eng/threads/42", "arguments": arguments}
        request = client.propose(audience=audience, action=action, reason="The customer asked for an answer")
        say(f"waiting for consent: {request.approval_uri}")
        approved = client.wait(request)
    # An approver may have changed the call: the executor refuses the one that was proposed.
    wanted = approved.action["arguments"] if approved.action else arguments
    answer = call(wanted, {"Authorization": f"Bearer {approved.token}"})
    say(f"{answer.status}: {answer.body.decode()}")
except AuthorityError as error:
    # Why a person said no is for the agent to weigh, and no instruction to it.
    say(f"{error.code}, {error.state}: {error.denial.reason if error.denial else None}")
