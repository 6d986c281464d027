"""Runs the vectors of ledger proofs and of Project Wycheproof, and prints how many there were and what failed, as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from countersign.jwt.keys import HEADER_MEMBERS, import_verification_key, read_jws
from countersign.proof import (
    ProofError,
    decode_base64,
    leaf_hash,
    open_checkpoint,
    parse_note_key,
    verify_consistency,
    verify_inclusion,
    verify_note,
    verify_tlog_proof,
)

FOLDER = Path(__file__).parent.parent / "vectors"
failures: list[str] = []
count = 0


def load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text("utf-8"))


def expect(name: str, holds: bool) -> None:
    global count
    count += 1
    if not holds:
        failures.append(name)


def run_cases(kind: str, cases: Any, check: Callable[[Any], object]) -> None:
    """Accepts what is to be accepted, and refuses the rest with a ``ProofError`` and nothing else."""
    for case in cases["accept"]:
        check(case)
        expect(kind, True)
    for case in cases["reject"]:
        try:
            check(case)
            expect(f"{kind}: {case['name']} was accepted", False)
        except ProofError:
            expect(kind, True)


def hashes(case: Any, *names: str) -> dict[str, Any]:
    decoded = {name: decode_base64(case[name]) for name in names}
    sizes = {name: case[name] for name in ("index", "size", "old_size", "new_size") if name in case}
    return {**decoded, **sizes, "path": [decode_base64(one) for one in case["path"]]}


proofs = load("proofs.json")
log = parse_note_key(proofs["tlog_proof"]["vkey"])
for leaf in proofs["leaves"]:
    expect("leaf", leaf_hash(decode_base64(leaf["entry"])) == decode_base64(leaf["hash"]))
run_cases("inclusion", proofs["inclusion"], lambda one: verify_inclusion(**hashes(one, "leaf", "root")))
run_cases("consistency", proofs["consistency"], lambda one: verify_consistency(**hashes(one, "old_root", "new_root")))
run_cases("vkey", proofs["vkey"], lambda one: parse_note_key(one if isinstance(one, str) else one["vkey"]))
run_cases("note", proofs["note"], lambda one: verify_note(one["note"], [parse_note_key(key) for key in one["vkeys"]]))
run_cases("checkpoint", proofs["checkpoint"], lambda one: open_checkpoint(one["checkpoint"], parse_note_key(one["vkey"])))
run_cases("proof", proofs["tlog_proof"], lambda one: verify_tlog_proof(one["proof"], decode_base64(one["entry"]), log))

accepted = 0
for group in load("wycheproof-jws.json")["groups"]:
    for test in group["tests"]:
        try:
            jws = read_jws(test["jws"], HEADER_MEMBERS)
            key = import_verification_key(group["key"])
            holds = key.alg == jws.header.get("alg") and key.verify(jws.signature, jws.signing_input)
        except Exception as error:
            holds = False
            expect(
                f"{test['comment']}: {error!r}",
                type(error).__name__ in ("ApprovalError", "Unmet", "ValueError", "UnicodeDecodeError"),
            )
        expect(f"{group['comment']}: {test['comment']} was accepted", test["result"] == "valid" or not holds)
        accepted += holds
expect("some are accepted", accepted > 1)
json.dump({"count": count, "failures": failures}, sys.stdout)
