"""Proves that one entry is in a log, offline, with nothing but the log's key.

Keeps no memory: compare a checkpoint with an older one by ``verify_consistency``. RFC 6962, RFC 9162, C2SP signed-note,
tlog-checkpoint, tlog-cosignature and tlog-proof.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from .data.encoding import base64url_encode, sha256
from .jwt.keys import import_public_key

_ED25519, _COSIGNATURE = 0x01, 0x04
_ID_BYTES, _HASH_BYTES, _TIMESTAMP_BYTES = 4, 32, 8
_MAX_NOTE_LENGTH = 1_000_000
_MAX_SIGNATURES = 100
_MAX_PATH = 63
_MAX_SAFE_INTEGER = 2**53 - 1
_NOT_IN_NOTES = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff]")


class ProofError(Exception):
    """A check failed. The message names it."""


def decode_base64(text: str) -> bytes:
    """Reads base64 with padding, in its one spelling."""
    try:
        data = base64.b64decode(text)
    except ValueError:
        data = b""
    _check(base64.b64encode(data).decode("ascii") == text, "This is not canonical base64")
    return data


def leaf_hash(entry: bytes) -> bytes:
    """Hash of a leaf: SHA-256(0x00 ‖ entry)."""
    return sha256(b"\x00" + entry)


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of a node: SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right)


def verify_inclusion(*, leaf: bytes, index: int, size: int, root: bytes, path: Sequence[bytes]) -> None:
    """Proves that ``leaf`` is entry ``index`` of the tree of ``size`` entries with this ``root``. Raises ``ProofError``."""
    _check(0 <= index < size <= _MAX_SAFE_INTEGER, "The index lies outside the tree")
    _insist_on_hashes([leaf, *path])
    _, computed = _climb(index, size - 1, leaf, path)
    _check(computed == root, "The inclusion proof does not lead to the root")


def verify_consistency(*, old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]) -> None:
    """Proves that nothing of the old tree was changed, removed or moved in the new one. Raises ``ProofError``."""
    _check(0 <= old_size <= new_size <= _MAX_SAFE_INTEGER, "The new tree is smaller")
    _insist_on_hashes([old_root, new_root, *path])
    if old_size in (0, new_size):
        _check(not path, "The consistency proof is too long")
        _check(old_size != new_size or old_root == new_root, "Two trees of one size have two roots")
        _check(old_size != 0 or old_root == sha256(b""), "The empty tree has another root")
        return
    node, last = old_size - 1, new_size - 1
    while node % 2:
        node, last = node // 2, last // 2
    _check(len(path) > 0, "The consistency proof is too short")
    # An old tree that is one whole subtree of the new one starts from its own root, which the proof leaves out.
    first, *rest = [old_root, *path] if node == 0 else path
    old, new = _climb(node, last, first, rest)
    _check(old == old_root, "The consistency proof does not lead to the old root")
    _check(new == new_root, "The consistency proof does not lead to the new root")


def _climb(node: int, last: int, first: bytes, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Both roots that a proof leads to: of the tree that ends with ``first``, and of the whole."""
    old = new = first
    for sibling in path:
        _check(last != 0, "The proof is too long")
        if node % 2 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            # Where there is no right sibling on this level, the node moves up as it is.
            while node % 2 == 0 and node != 0:
                node, last = node // 2, last // 2
        else:
            new = node_hash(new, sibling)
        node, last = node // 2, last // 2
    _check(last == 0, "The proof is too short")
    return old, new


def _insist_on_hashes(hashes: Sequence[bytes]) -> None:
    """Hashes of any other length could move the border between left and right."""
    _check(all(len(one) == _HASH_BYTES for one in hashes), "A hash does not have 32 bytes")


@dataclass(frozen=True)
class NoteKey:
    """A verifier key: ``name+hex8+base64(type ‖ public key)``."""

    name: str
    id: bytes
    type: int
    public_key: bytes


def parse_note_key(vkey: str) -> NoteKey:
    """Reads a verifier key; its id must be the one that its content gives. Raises ``ProofError``."""
    found = re.fullmatch(r"([^+]*)\+([0-9a-f]{8})\+(.*)", vkey, re.DOTALL)
    name, stated, data = found.groups() if found else ("", "", "")
    _check(_is_key_name(name), "This is not a verifier key")
    typed = decode_base64(data)
    _check(len(typed) == 33 and typed[0] in (_ED25519, _COSIGNATURE), "The verifier key is not Ed25519")
    computed = sha256(name.encode("utf-8") + b"\n" + typed)[:_ID_BYTES]
    _check(computed.hex() == stated, "The verifier key does not have the id it states")
    return NoteKey(name, computed, typed[0], typed[1:])


def _is_key_name(name: str) -> bool:
    return bool(re.fullmatch(r"[^+\s\ufeff]+", name))


@dataclass(frozen=True)
class Signer:
    """A known key that signed. ``signed_at``: epoch seconds, as a cosignature states them."""

    key: NoteKey
    signed_at: int | None


def verify_note(note: str, keys: Sequence[NoteKey]) -> tuple[str, list[Signer]]:
    """The text of a signed note, and those of ``keys`` that signed it, each once. Raises ``ProofError``.

    At least one has to, and no signature of a known key may fail. Signatures of unknown keys are ignored.
    """
    _check(len(note) <= _MAX_NOTE_LENGTH, "The note is too long")
    _check(not _NOT_IN_NOTES.search(note), "The note holds characters that no note may hold")
    head, separator, tail = note.rpartition("\n\n")
    _check(separator != "" and note.endswith("\n"), "The note has no signatures")
    lines = tail[:-1].split("\n")
    _check(len(lines) <= _MAX_SIGNATURES, "The note has too many signatures")
    text = f"{head}\n"
    signers: dict[NoteKey, Signer] = {}
    for name, data in [_signature(line) for line in lines]:
        key = next((one for one in keys if one.name == name and one.id == data[:_ID_BYTES]), None)
        if key:
            signed_at = _verify_one(key, text, data[_ID_BYTES:])
            signers.setdefault(key, Signer(key, signed_at))
    _check(len(signers) > 0, "None of the known keys signed this")
    return text, list(signers.values())


def _signature(line: str) -> tuple[str, bytes]:
    found = re.fullmatch("— ([^ ]+) ([^ ]+)", line)
    name, encoded = found.groups() if found else ("", "")
    _check(_is_key_name(name), "A signature line is malformed")
    data = decode_base64(encoded)
    _check(len(data) > _ID_BYTES, "A signature line holds no signature")
    return name, data


def _verify_one(key: NoteKey, text: str, signature: bytes) -> int | None:
    signed_at, message = None, text
    if key.type == _COSIGNATURE:
        _check(len(signature) == _TIMESTAMP_BYTES + 64, f"The cosignature of {key.name} is malformed")
        signed_at = int.from_bytes(signature[:_TIMESTAMP_BYTES], "big")
        _check(signed_at <= _MAX_SAFE_INTEGER, f"The cosignature of {key.name} states no time")
        message, signature = f"cosignature/v1\ntime {signed_at}\n{text}", signature[_TIMESTAMP_BYTES:]
    verify = import_public_key({"kty": "OKP", "x": base64url_encode(key.public_key)})
    _check(verify(signature, message.encode("utf-8")), f"The signature of {key.name} does not verify")
    return signed_at


@dataclass(frozen=True)
class Checkpoint:
    """What a log commits to, signed by it. Whether the ``witnesses`` are enough is the caller's to decide."""

    origin: str
    size: int
    root: bytes
    witnesses: tuple[Signer, ...]


def open_checkpoint(note: str, log_key: NoteKey, witnesses: Sequence[NoteKey] = ()) -> Checkpoint:
    """Opens a checkpoint signed by the log itself, whose key has the name of its origin. Raises ``ProofError``."""
    text, signers = verify_note(note, [log_key, *witnesses])
    _check(any(signer.key == log_key for signer in signers), "The log itself did not sign this checkpoint")
    lines = text.split("\n")
    _check(len(lines) > 3 and lines[-1] == "" and "" not in [lines[0], *lines[3:-1]], "The checkpoint is malformed")
    root = decode_base64(lines[2])
    _check(len(root) == _HASH_BYTES, "The checkpoint has no root")
    _check(lines[0] == log_key.name, "The checkpoint is of another log")
    others = tuple(signer for signer in signers if signer.key != log_key)
    return Checkpoint(lines[0], _size(lines[1]), root, others)


def _size(text: str) -> int:
    _check(bool(re.fullmatch(r"0|[1-9][0-9]{0,15}", text)) and int(text) <= _MAX_SAFE_INTEGER, "This is no size")
    return int(text)


@dataclass(frozen=True)
class ProvenEntry:
    """The proven position of an entry."""

    index: int
    checkpoint: Checkpoint


def verify_tlog_proof(proof: str, entry: bytes, log_key: NoteKey, witnesses: Sequence[NoteKey] = ()) -> ProvenEntry:
    """Proves by the text of a ``.tlog-proof`` file that an entry is in the log of ``log_key``. Raises ``ProofError``."""
    head, separator, checkpoint_note = proof.partition("\n\n")
    _check(separator != "", "The proof has no checkpoint")
    header, *lines = head.split("\n")
    _check(header == "c2sp.org/tlog-proof@v1", "This is not a tlog-proof")
    if lines and lines[0].startswith("extra "):
        decode_base64(lines.pop(0).removeprefix("extra "))
    first = lines.pop(0) if lines else ""
    _check(first.startswith("index ") and len(lines) <= _MAX_PATH, "The proof is malformed")
    index = _size(first.removeprefix("index "))
    checkpoint = open_checkpoint(checkpoint_note, log_key, witnesses)
    path = [decode_base64(line) for line in lines]
    verify_inclusion(leaf=leaf_hash(entry), index=index, size=checkpoint.size, root=checkpoint.root, path=path)
    return ProvenEntry(index, checkpoint)


def _check(holds: bool, message: str) -> None:
    if not holds:
        raise ProofError(message)
