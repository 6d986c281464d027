"""An executor: a forum that publishes only what people have consented to.

Usage: ``executor.py ISSUER AUDIENCE``, with its credential in ``COUNTERSIGN_CREDENTIAL`` and, for challenges, its private
JWK in ``COUNTERSIGN_CHALLENGE_KEY``. Prints its address, then each post.
"""

from __future__ import annotations

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from countersign import ApprovalError, Live, RunContext, Verifier
from countersign.door import MAX_BODY_BYTES, parse_arguments, read_credentials, to_problem

if len(sys.argv) != 3:
    sys.exit(__doc__)
issuer, audience = sys.argv[1:]
key = os.environ.get("COUNTERSIGN_CHALLENGE_KEY")
verifier = Verifier(
    issuer=issuer,
    audience=audience,
    credential=os.environ["COUNTERSIGN_CREDENTIAL"],
    challenge_key=json.loads(key) if key else None,
    live=Live(),
)


@verifier.guard(
    "forum.post",
    resource=lambda args: f"forum:{args['board']}/threads/{args['thread']}",
    preview=lambda args: {"changes": [{"label": "post", "before": None, "after": args["text"]}]},
    result=lambda value, args: {"changes": [{"label": "post", "before": None, "after": args["text"]}]},
)
def post(args: dict[str, Any], context: RunContext) -> dict[str, Any]:
    print(f"posted: {args['text']}", flush=True)
    # A long piece of work looks at the signal, or waits for it.
    if args["text"] == "slowly" and context.signal.wait(60):
        print("stopped on the way", flush=True)
        context.signal.raise_if_aborted()
    return {"approvers": list(context.approval.approvers)}


def read_post(body: bytes) -> dict[str, Any]:
    """The arguments, checked as any input from outside."""
    args = parse_arguments(body)
    if {name: type(value) for name, value in args.items()} != {"board": str, "thread": int, "text": str}:
        raise ApprovalError("invalid_request", "Send board, thread and text, and nothing else.")
    return args


class Forum(BaseHTTPRequestHandler):
    """``POST /posts``, with the arguments as its body."""

    def do_POST(self) -> None:
        try:
            options = read_credentials(self.command, self.path, self.headers.items())
            self._answer(200, {}, json.dumps(post(read_post(self._body()), **options)).encode())
        except ApprovalError as error:
            self._answer(*to_problem(error))

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            raise ApprovalError("invalid_request", "Send a Content-Length of at most 256 KiB.")
        return self.rfile.read(int(length))

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are in the ledger."""


server = ThreadingHTTPServer(("127.0.0.1", 0), Forum)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
