"""Runs every vector against the Python package, and prints how many there were and what came out otherwise, as JSON."""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from countersign import (
    WITHOUT_REDEMPTION,
    Verifier,
    canonicalize,
    parse_json,
    parse_preview,
    preview_digest,
    state_digest,
)
from countersign.action.action import action_digest, parse_action
from countersign.action.bounds import parse_bounds, series_digest, share_of
from countersign.authority.documents import parse_key_set
from countersign.authority.exchange import Response
from countersign.consent.consent import Assertion, batch_challenge, consent_challenge, statement_digest, verify_assertion
from countersign.consent.enrolment import canonical_registered, enrolment_challenge, executor_digest, registered_digest
from countersign.data.encoding import base64url_decode, base64url_encode
from countersign.errors import ApprovalError
from countersign.guard.definition import Redeeming
from countersign.jwt.challenge import parse_challenge
from countersign.jwt.dpop import DpopPresentation

FOLDER = Path(__file__).parent.parent / "vectors"
INVALID = {"code": "invalid_request"}
failures: list[str] = []
count = 0


def load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text("utf-8"))


def expect(name: str, wanted: dict[str, Any], run: Callable[[], Any]) -> None:
    global count
    count += 1
    try:
        got: dict[str, Any] = {"value": run()}
    except Exception as error:
        got = {"code": getattr(error, "code", repr(error))}
    if text(got) != text(wanted):
        failures.append(f"{name}: expected {text(wanted)[:300]}, got {text(got)[:300]}")


def text(outcome: dict[str, Any]) -> str:
    try:
        return canonicalize(outcome)
    except ApprovalError:
        return repr(outcome)


def run_json() -> None:
    cases = load("json.json")
    for case in cases["accept"]:
        parsed = parse_json(case["text"])
        expect(f"json: {case['name']}", {"value": json.loads(case["text"])}, lambda: parsed)
    for case in cases["reject"]:
        expect(f"json: {case['name']}", INVALID, lambda: parse_json(case["text"]))


def run_canonical() -> None:
    cases = load("canonical.json")
    for case in cases["cases"]:
        expect(f"canonical: {case['name']}", {"value": case["output"]}, lambda: canonicalize(parse_json(case["input"])))
    for case in cases["reject"]:
        expect(f"canonical: {case['name']}", INVALID, lambda: canonicalize(json.loads(case["input"])))
    for case in cases["doubles"]:
        (number,) = struct.unpack(">d", bytes.fromhex(case["ieee754"]))
        wanted = INVALID if case["text"] is None else {"value": case["text"]}
        expect(f"double {case['ieee754']}", wanted, lambda: canonicalize(number))


def run_actions() -> None:
    cases = load("action.json")
    for case in cases["accept"]:
        action, audience = case["action"], case["audience"]
        expect(f"action: {case['name']}", {"value": case["digest"]}, lambda: action_digest(parse_action(action), audience))
    for case in cases["reject"]:
        expect(f"action: {case['name']}", INVALID, lambda: parse_action(case["action"]))


def run_previews() -> None:
    cases = load("preview.json")
    for case in cases["accept"]:
        context = {name: case[name] for name in ("by", "audience", "salt")}
        expect("preview", {"value": case["digest"]}, lambda: preview_digest(parse_preview(case["preview"]), **context))
    for case in cases["reject"]:
        expect(f"preview: {case['name']}", INVALID, lambda: parse_preview(case["preview"]))


def run_states() -> None:
    cases = load("state.json")
    for case in [*cases["accept"], *cases["reject"]]:
        context = {name: case[name] for name in ("audience", "resource", "salt")}
        wanted = {"value": case["digest"]} if "digest" in case else INVALID
        expect(f"state: {case['name']}", wanted, lambda: state_digest(case["state"], **context))


def run_bounds() -> None:
    cases = load("bounds.json")
    series, holder = cases["series"], {"audience": cases["audience"], "jkt": cases["jkt"]}
    mismatch = {"code": "action_mismatch"}
    for case in cases["accept"]:
        constraints = parse_bounds(case["bounds"])["arguments"]
        expect(f"series: {case['name']}", {"value": case["digest"]}, lambda: series_digest(series, constraints, **holder))
        for path in case["inside"]:
            given = {**series["arguments"], "path": path}
            expect(f"{case['name']}: {path!r}", {"value": series["arguments"]}, lambda: share_of(given, constraints).fixed)
        for path in case["outside"]:
            given = {**series["arguments"], "path": path}
            expect(f"{case['name']}: not {path!r}", mismatch, lambda: share_of(given, constraints).fixed)
        expect(f"{case['name']}: absent", mismatch, lambda: share_of(series["arguments"], constraints).fixed)
    for case in cases["reject"]:
        expect(f"bounds: {case['name']}", INVALID, lambda: parse_bounds(case["bounds"]))


def run_consents() -> None:
    cases = load("consent.json")
    for case in cases["statements"]:
        statement = case["statement"]
        expect("statement", {"value": case["canonical"]}, lambda: canonicalize(statement))
        expect("statement digest", {"value": case["digest"]}, lambda: statement_digest(statement))
        challenge = {"value": case["challenge"]}
        expect("statement challenge", challenge, lambda: base64url_encode(consent_challenge(statement)))
    for case in cases["batches"]:
        challenge = {"value": case["challenge"]}
        expect("batch challenge", challenge, lambda: base64url_encode(batch_challenge(case["statements"])))


def run_enrolments() -> None:
    cases = load("enrolment.json")
    for case in cases["registered"]:
        document, rows = case["document"], case["rows"]
        for row, known in zip(document["executors"], rows, strict=True):
            expect("executor digest", {"value": known["row"]}, lambda: executor_digest(row))
        expect("registered", {"value": case["canonical"]}, lambda: canonical_registered({**document, "executors": rows}))
        expect("registered digest", {"value": case["digest"]}, lambda: registered_digest(document))
    for case in cases["statements"]:
        statement, challenge = case["statement"], {"value": case["challenge"]}
        expect("enrolment statement", {"value": case["canonical"]}, lambda: canonicalize(statement))
        expect("enrolment challenge", challenge, lambda: base64url_encode(enrolment_challenge(statement)))
    authorised = cases["authorisation"]
    statement, challenge = authorised["statement"], {"value": authorised["challenge"]}
    expect("authorisation statement", {"value": authorised["canonical"]}, lambda: canonicalize(statement))
    expect("authorisation challenge", challenge, lambda: base64url_encode(enrolment_challenge(statement)))


def run_assertions() -> None:
    cases = load("assertion.json")
    common = {"challenge": base64url_decode(cases["challenge"]), "rp_id": cases["rp_id"], "origins": cases["origins"]}
    for case in [*cases["accept"], *cases["reject"]]:
        parts = (base64url_decode(case[name]) for name in ("authenticator_data", "client_data_json", "signature"))
        assertion = Assertion(*parts)
        wanted = {"value": None} if case in cases["accept"] else {"code": "consent_invalid"}
        expect(f"assertion: {case['name']}", wanted, lambda: verify_assertion(assertion, key=case["key"], **common))


def run_challenges() -> None:
    cases = load("challenge.json")
    keys = parse_key_set(cases["jwks"])
    common = {name: cases[name] for name in ("now", "issuer", "audience")}
    for case in [*cases["accept"], *cases["reject"]]:
        wanted = {"value": "forum.post"} if case in cases["accept"] else INVALID

        def parse() -> str:
            parsed = parse_challenge(case["challenge"], resolve_key=lambda kid, iss: keys.get(kid), **common)
            return str(parsed["action"]["name"])

        expect(f"challenge: {case['name']}", wanted, parse)


def run_tokens() -> None:
    common = load("token.json")
    for case in common.pop("cases"):
        given = {**common, **case, "authority": {**common["authority"], **case.get("authority", {})}}
        wanted = {"value": case["expect"]["claims"]} if "claims" in case["expect"] else case["expect"]
        expect(f"token: {case['name']}", wanted, lambda: verify_case(given))


def verify_case(given: dict[str, Any]) -> Any:
    options, authority, call = given.get("options", {}), given["authority"], given["call"]

    def exchange(method: str, url: str, headers: Any, body: bytes | None, timeout: float) -> Response:
        reply = authority.get(f"{method} {url}")
        if not reply:
            raise OSError("network failure")
        return Response(reply["status"], reply["body"].encode("utf-8"), {})

    pinned = authority[f"GET {given['issuer']}/.well-known/approvers.json"]
    verifier = Verifier(
        issuer=given["issuer"],
        audience=given["audience"],
        credential="executor-credential",
        public_url=given["public_url"],
        now=lambda: given["now"],
        exchange=exchange,
        accept_self_approval=options.get("accept_self_approval", False),
        require_proof_of_possession=options.get("require_proof_of_possession", False),
        approvers=json.loads(pinned["body"]) if options.get("pinned_approvers") else None,
        redemption=WITHOUT_REDEMPTION if options.get("without_redemption") else Redeeming.REQUIRED,
    )
    for earlier in given.get("after", []):
        verifier.verify(earlier, call)
    if given["token"] is None:
        return verifier.guard(call["name"], resource=lambda args: call["resource"])(lambda args, context: None)(
            call["arguments"]
        )
    dpop = DpopPresentation(**given["dpop"]) if "dpop" in given else None
    may_allow = True if options.get("policy_may_allow") else None
    approval = verifier.verify(given["token"], call, dpop=dpop, policy_may_allow=may_allow, state=options.get("state"))
    return dict(approval.claims)


for run in (
    run_json,
    run_canonical,
    run_actions,
    run_previews,
    run_states,
    run_bounds,
    run_consents,
    run_enrolments,
    run_assertions,
    run_challenges,
    run_tokens,
):
    run()
json.dump({"count": count, "failures": failures}, sys.stdout)
