"""The guard and its surroundings: single use among threads, what is reported, what is challenged, and hostile answers."""

from __future__ import annotations

import asyncio
import copy
import json
import socket
import threading
import time
import unittest
from pathlib import Path
from typing import Any

from countersign import (
    WITHOUT_REDEMPTION,
    AgentClient,
    ApprovalError,
    ApprovalRequest,
    AuthorityError,
    NotExecuted,
    OutcomeUnknown,
    Verifier,
    action_digest,
    new_salt,
    state_digest,
)
from countersign.authority.exchange import Response, http_exchange
from countersign.data.encoding import base64url_decode
from countersign.jwt.challenge import parse_challenge
from countersign.jwt.keys import VerificationKey, import_public_key, import_signing_key, sign_jws
from countersign.live.orders import CallInFlight, Orders, Signal

FOLDER = Path(__file__).parent.parent / "vectors"
TOKENS = json.loads((FOLDER / "token.json").read_text("utf-8"))
KEYS = json.loads((FOLDER / "keys.json").read_text("utf-8"))
ISSUER, AUDIENCE, NOW = TOKENS["issuer"], TOKENS["audience"], TOKENS["now"]
ARGUMENTS = {"thread": 42, "text": "Grüße"}
EXECUTOR = {**KEYS["executor"], "kid": "executor", "alg": "EdDSA"}


def policy_claims() -> dict[str, Any]:
    accepted = (case["expect"]["claims"] for case in TOKENS["cases"] if "claims" in case["expect"])
    return next(copy.deepcopy(claims) for claims in accepted if claims["approval"]["origin"] == "policy")


class Authority:
    """Answers as a verifier's authority does, and writes down what it was told."""

    def __init__(self) -> None:
        jwks = json.loads(TOKENS["authority"][f"GET {ISSUER}/.well-known/jwks.json"]["body"])["keys"]
        self.kid = next(key["kid"] for key in jwks if key.get("x") == KEYS["authority"]["x"])
        self.reports: list[dict[str, Any]] = []
        self.refusals: list[dict[str, Any]] = []
        self.redemptions = 0

    def token(self, state: str | None = None, **changes: Any) -> str:
        salt = new_salt()
        action = {"name": "forum.post", "resource": "forum:42", "arguments": ARGUMENTS, "salt": salt}
        details = {
            "type": "countersign_action",
            "name": "forum.post",
            "resource": "forum:42",
            "digest": action_digest(action, AUDIENCE),
            "salt": salt,
            "uses": 1,
        }
        if state is not None:
            details["state"] = state_digest(state, audience=AUDIENCE, resource="forum:42", salt=salt)
        claims = {**policy_claims(), "jti": new_salt(), "authorization_details": [details], **changes}
        claims["approval"] = {**claims["approval"], "request": new_salt()}
        header = {"alg": "ES256", "kid": self.kid, "typ": "approval+jwt"}
        return sign_jws(header, claims, import_signing_key(KEYS["authority"]))

    def exchange(self, method: str, url: str, headers: Any, body: bytes | None, timeout: float) -> Response:
        sent = json.loads(body) if body else {}
        if url.endswith("/redemptions"):
            self.redemptions += 1
            claims = payload_of(sent["token"])
            names = {"jti": claims["jti"], "request": claims["approval"]["request"]}
            receipt = {**names, "trace": "0" * 32, "use": 1, "redeemed_at": NOW}
            return Response(201, json.dumps(receipt).encode(), {})
        if url.endswith(("/outcome", "/refusals")):
            (self.reports if url.endswith("/outcome") else self.refusals).append(sent)
            return Response(201, b"{}", {})
        reply = TOKENS["authority"][f"{method} {url}"]
        return Response(reply["status"], reply["body"].encode(), {})

    def verifier(self, **options: Any) -> Verifier:
        given = {"issuer": ISSUER, "audience": AUDIENCE, "credential": "x", "now": lambda: NOW, "exchange": self.exchange}
        return Verifier(**{**given, **options})


def payload_of(token: str) -> Any:
    return json.loads(base64url_decode(token.split(".")[1]))


class Guarding(unittest.TestCase):
    def setUp(self) -> None:
        self.authority = Authority()
        self.ran: list[Any] = []

    def guarded(self, verifier: Verifier, run: Any = None, **options: Any) -> Any:
        def note(args: dict[str, Any], context: Any) -> None:
            self.ran.append((args, context.state))

        given = {"resource": lambda args: f"forum:{args['thread']}", **options}
        return verifier.guard("forum.post", **given)(run or note)

    def refused(self, work: Any, *args: Any, **options: Any) -> ApprovalError:
        with self.assertRaises(ApprovalError) as caught:
            work(*args, **options)
        return caught.exception

    def test_of_racing_threads_one_wins(self) -> None:
        post = self.guarded(self.authority.verifier(redemption=WITHOUT_REDEMPTION, credential=None))
        token, codes = self.authority.token(), []
        start = threading.Barrier(16)

        def race() -> None:
            start.wait()
            try:
                post(ARGUMENTS, token=token)
                codes.append("ran")
            except ApprovalError as error:
                codes.append(error.code)

        threads = [threading.Thread(target=race) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(codes), ["ran", *["token_redeemed"] * 15])

    def test_each_function_has_arguments_of_its_own(self) -> None:
        def resource(args: dict[str, Any]) -> str:
            args["text"] = "changed"
            return f"forum:{args['thread']}"

        given = {"thread": 42.0, "text": "Grüße"}
        self.guarded(self.authority.verifier(), resource=resource)(given, token=self.authority.token())
        self.assertEqual(self.ran, [(ARGUMENTS, None)])
        self.assertEqual(given["text"], "Grüße")

    def test_says_how_a_call_ended(self) -> None:
        verifier = self.authority.verifier()
        errors: list[BaseException] = []

        def fail(args: Any, context: Any) -> None:
            context.progress({"changes": [], "summary": "half"})
            raise LookupError("private data")

        with self.assertRaises(LookupError):
            self.guarded(verifier, fail)(ARGUMENTS, token=self.authority.token())
        half = {"changes": [], "summary": "half"}
        self.assertEqual(
            self.authority.reports[-1], {"use": 1, "outcome": "failed", "detail": "LookupError", "result": half}
        )
        def lose(args: Any, context: Any) -> None:
            raise OutcomeUnknown("no answer")

        with self.assertRaises(OutcomeUnknown):
            self.guarded(verifier, lose)(ARGUMENTS, token=self.authority.token())
        self.assertEqual(
            self.authority.reports[-1], {"use": 1, "outcome": "indeterminate", "detail": "OutcomeUnknown"}
        )

        def skip(args: Any, context: Any) -> None:
            raise NotExecuted("nobody answers")

        with self.assertRaises(NotExecuted):
            self.guarded(verifier, skip)(ARGUMENTS, token=self.authority.token())
        self.assertEqual(self.authority.reports[-1], {"use": 1, "outcome": "aborted", "detail": "NotExecuted"})
        noisy = self.authority.verifier(on_error=errors.append)
        self.guarded(noisy, result=lambda value, args: {"changes": "none"})(ARGUMENTS, token=self.authority.token())
        self.assertEqual(self.authority.reports[-1]["outcome"], "succeeded")
        self.assertIn("cannot be shown", self.authority.reports[-1]["result"]["summary"])
        self.assertEqual(len(errors), 1)

    def test_coroutines_are_guarded_and_their_end_is_told(self) -> None:
        async def post(args: Any, context: Any) -> str:
            await asyncio.sleep(0 if args["text"] == "Grüße" else 60)
            return str(context.approval.origin)

        guarded = self.guarded(self.authority.verifier(), post)
        self.assertEqual(asyncio.run(guarded(ARGUMENTS, token=self.authority.token())), "policy")
        self.assertEqual(self.authority.reports[-1]["outcome"], "succeeded")

        async def hang(args: Any, context: Any) -> None:
            started.set()
            await asyncio.sleep(60)

        async def cancel() -> None:
            task = asyncio.ensure_future(self.guarded(self.authority.verifier(), hang)(ARGUMENTS, token=token))
            await started.wait()
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task

        started, token = asyncio.Event(), self.authority.token()
        asyncio.run(cancel())
        cut_off = {"use": 1, "outcome": "indeterminate", "detail": "CancelledError"}
        self.assertEqual(self.authority.reports[-1], cut_off)

    def test_the_end_of_the_process_leaves_the_outcome_unknown(self) -> None:
        def interrupted(args: Any, context: Any) -> None:
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            self.guarded(self.authority.verifier(), interrupted)(ARGUMENTS, token=self.authority.token())
        self.assertEqual(self.authority.reports[-1]["outcome"], "indeterminate")

    def test_challenges_a_call_without_a_token(self) -> None:
        shown = {"changes": [{"label": "post", "before": None, "after": "Grüße"}]}
        options = {"preview": lambda args: shown, "state": lambda args: "v1", "reason": lambda args: "Public"}
        post = self.guarded(self.authority.verifier(challenge_key=EXECUTOR), **options)
        error = self.refused(post, ARGUMENTS)
        self.assertEqual(error.code, "token_missing")
        public = {name: EXECUTOR[name] for name in ("kty", "crv", "x")}
        key = VerificationKey("EdDSA", import_public_key(public))
        read = parse_challenge(str(error.challenge), resolve_key=lambda kid, iss: key, audience=ISSUER, now=NOW)
        self.assertEqual((read["iss"], read["reason"], read["preview"]), (AUDIENCE, "Public", shown))
        self.assertEqual(read["action"]["arguments"], ARGUMENTS)
        self.assertIsNone(self.refused(post, ARGUMENTS, accepts_challenge=False).challenge)

    def test_holds_a_call_to_the_state_that_was_shown(self) -> None:
        state = ["v1"]
        verifier = self.authority.verifier(challenge_key=EXECUTOR, timeout_seconds=0.2)
        post = self.guarded(verifier, state=lambda args: state[0])
        post(ARGUMENTS, token=self.authority.token("v1"))
        self.assertEqual(self.ran, [(ARGUMENTS, "v1")])
        state[0] = "v2"
        token = self.authority.token("v1")
        changed = self.refused(post, ARGUMENTS, token=token)
        self.assertEqual((changed.code, changed.challenge is not None), ("state_changed", True))
        self.refused(post, ARGUMENTS, token=token)
        self.assertEqual([one["code"] for one in self.authority.refusals], ["state_changed"])
        hanging = self.guarded(verifier, state=lambda args: time.sleep(30))
        self.assertEqual(self.refused(hanging, ARGUMENTS, token=self.authority.token("v1")).code, "state_unknown")
        unbound = self.refused(self.guarded(verifier), ARGUMENTS, token=self.authority.token("v1"))
        self.assertEqual(unbound.code, "state_changed")
        self.assertEqual(self.authority.redemptions, 1)

    def test_options_that_cannot_be_meant_are_refused(self) -> None:
        for options in (
            {"issuer": "https://approve.example/"},
            {"issuer": "https://approve.example:443"},
            {"audience": ""},
            {"credential": None},
            {"skew_seconds": 6},
            {"require_proof_of_possession": True},
            {"public_url": "forum"},
        ):
            with self.assertRaises(ValueError, msg=str(options)):
                self.authority.verifier(**options)


class Asking(unittest.TestCase):
    """The client of an agent, whose authority answers by a script."""

    def client(self, *answers: tuple[int, dict[str, Any]] | None) -> tuple[AgentClient, list[str]]:
        script, asked = iter(answers), list[str]()

        def exchange(method: str, url: str, headers: Any, body: bytes | None, timeout: float) -> Response:
            asked.append(f"{method} {url.removeprefix(ISSUER)} {headers.get('Prefer')}")
            answer = next(script)
            if answer is None:
                raise OSError("away")
            return Response(answer[0], json.dumps(answer[1]).encode(), {"retry-after": "0"})

        return AgentClient(ISSUER, "x", exchange=exchange), asked

    def request(self, **more: Any) -> ApprovalRequest:
        members = dict.fromkeys(("id", "trace", "audience", "name", "digest", "principal", "approval_uri"), "r")
        numbers = dict.fromkeys(("quorum", "consents", "expires_at", "interval"), 0)
        client, _ = self.client(
            (201, {**members, **numbers, "state": "pending", "decision": "approval", "policy": {"reason": "r"}, **more})
        )
        return client.propose(audience=AUDIENCE, action={"name": "forum.post", "resource": "r", "arguments": {}})

    def test_waits_out_a_short_absence(self) -> None:
        pending = (409, {"code": "request_pending", "detail": "Wait."})
        limited = (429, {"code": "rate_limited", "detail": "Wait."})
        client, asked = self.client(pending, limited, pending, (200, {"token": "eyJ"}))
        self.assertEqual(client.wait(self.request()).token, "eyJ")
        self.assertEqual(asked, ["POST /requests/r/token wait=25"] * 4)

    def test_ends_when_it_is_told_to(self) -> None:
        cancelled = threading.Event()
        cancelled.set()
        client, _ = self.client((409, {"code": "request_pending", "detail": "Wait."}))
        with self.assertRaises(AuthorityError) as caught:
            client.wait(self.request(), cancelled=cancelled)
        self.assertEqual(caught.exception.code, "request_pending")

    def test_tells_how_a_request_ended(self) -> None:
        for state in ("denied", "withdrawn", "stopped", "expired"):
            denial = {"denial": {"by": "ada", "reason": "Not today"}} if state == "denied" else {}
            client, _ = self.client((409, {"code": "request_denied", "detail": "No.", "state": state, **denial}))
            with self.assertRaises(AuthorityError) as caught:
                client.wait(self.request())
            self.assertEqual(caught.exception.state, state)
            reason = caught.exception.denial and caught.exception.denial.reason
            self.assertEqual(reason, "Not today" if state == "denied" else None)

    def test_an_answer_that_is_none_is_an_absence(self) -> None:
        for answer in (None, (200, {}), (500, {}), (403, {"code": "another", "detail": "x"}), (302, {"token": "eyJ"})):
            client, _ = self.client(answer)
            with self.assertRaises(AuthorityError) as caught:
                client.collect("r")
            self.assertEqual(caught.exception.code, "authority_unreachable")


class Stopping(unittest.TestCase):
    def test_a_stop_that_came_under_its_number_hides_no_other(self) -> None:
        request = "AAECAwQFBgcICQoLDA0ODw"
        claims: dict[str, Any] = {
            **{"iat": NOW, "jti": request, "sub": "ada", "aud": AUDIENCE, "client_id": "bot", "act": {"sub": "bot"}},
            **{"approval": {"request": request, "consents": []}, "authorization_details": [{"name": "forum.post"}]},
        }
        call = CallInFlight(claims, Signal())
        orders = Orders()
        orders.heartbeat()
        stop = {"id": 7, "at": NOW, "code": "killed", "selector": {"agent": "nobody"}}
        self.assertEqual(orders.stop(stop, [call]), (7, 0))
        self.assertIsNone(orders.stop(stop, [call]))
        self.assertEqual(orders.stop({**stop, "selector": {"agent": "bot"}}, [call]), (7, 1))
        self.assertEqual(call.signal.reason and call.signal.reason.code, "killed")


class Exchanging(unittest.TestCase):
    """Against servers that do not mean well."""

    def serve(self, answer: Any) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)

        def work() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                try:
                    answer(connection)
                except OSError:
                    pass

        threading.Thread(target=work, daemon=True).start()
        return f"http://127.0.0.1:{server.getsockname()[1]}/x"

    def fails(self, answer: Any, timeout: float = 5) -> None:
        with self.assertRaises(OSError):
            http_exchange("GET", self.serve(answer), {}, None, timeout)

    def test_ends_an_answer_that_drips(self) -> None:
        def drip(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                connection.sendall(b"x")
                time.sleep(0.02)

        started = time.monotonic()
        self.fails(drip, 0.3)
        self.assertLess(time.monotonic() - started, 20)

    def test_refuses_answers_that_are_none(self) -> None:
        self.fails(lambda connection: connection.sendall(b"hello\r\n\r\n"))
        self.fails(lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"))
        self.fails(lambda connection: None)
        self.fails(lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_100_000))

    def test_follows_no_redirect(self) -> None:
        moved = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"
        url = self.serve(lambda connection: connection.sendall(moved))
        self.assertEqual(http_exchange("GET", url, {}, None, 5).status, 302)


if __name__ == "__main__":
    unittest.main()
