"""The action: one side-effecting call, whole, with its preview and its state, and the digests that bind them.

Fills in no default and coerces nothing: the parsed value is the digested value. SPEC 4 and 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..data.encoding import digest_from, digest_of, random_base64url, sha256
from ..data.shape import array, bytes16, matching, misfit, nullable, record, text
from ..data.strict_json import canonicalize, parse_json

#: Most bytes that arguments, and previews, take in canonical form.
_MAX_BYTES = 65_536
_MAX_STATE_BYTES = 1024

read_name = matching(r"[A-Za-z0-9._:/-]{1,128}")
read_resource = text(1024)


def _read_arguments(value: Any, where: str) -> dict[str, Any]:
    copy: dict[str, Any] = parse_json(canonical_arguments(value, where))
    return copy


_CALL = {"name": read_name, "resource": read_resource, "arguments": _read_arguments}
_read_call = record(_CALL)
_read_action = record({**_CALL, "salt": bytes16})

_content = nullable(text(_MAX_BYTES, 0))
_change = record({"label": text(200), "before": _content, "after": _content})
_read_preview = record({"changes": array(_change, 0, 200)}, {"summary": text(1000, 0)})


def parse_action(value: Any) -> dict[str, Any]:
    """Reads ``{name, resource, arguments, salt}`` from untrusted data, and returns a copy of its own.

    Raises ``invalid_request`` for unknown members, the limits of SPEC 4, and whatever ``canonicalize`` refuses.
    """
    action: dict[str, Any] = _read_action(value, "action")
    return action


def parse_call(value: Any) -> dict[str, Any]:
    """As ``parse_action``, for a call that has no salt yet."""
    call: dict[str, Any] = _read_call(value, "action")
    return call


def new_salt() -> str:
    """A fresh salt: 128 random bits as 22 base64url characters."""
    return random_base64url(16)


def canonical_arguments(value: Any, where: str = "arguments") -> str:
    """The canonical text of arguments within the limits of SPEC 4."""
    if type(value) is not dict:
        raise misfit(where)
    canonical = canonicalize(value)
    if len(canonical.encode("utf-8")) > _MAX_BYTES:
        raise misfit(where)
    return canonical


def action_digest(action: dict[str, Any], audience: str) -> str:
    """Digest of an action for one executor, whose URI is ``audience``. Checks no limit. SPEC 4."""
    named = {name: action[name] for name in ("name", "resource", "arguments", "salt")}
    return digest_of({"typ": "countersign/action/v1", "aud": audience, **named})


@dataclass(frozen=True)
class CallSnapshot:
    """A call at one instant, its arguments in canonical form."""

    name: str
    resource: str
    text: str
    #: Present when the caller knows which salt it asked with.
    salt: str | None

    def digest(self, salt: str, audience: str) -> str:
        """The action digest: the members stand in the order that JCS puts them in."""
        named = {"aud": audience, "name": self.name, "resource": self.resource, "salt": salt}
        rest = canonicalize({**named, "typ": "countersign/action/v1"})
        return digest_from(sha256(f'{{"arguments":{self.text},{rest[1:]}'))

    def arguments(self) -> dict[str, Any]:
        """A copy of the arguments, as they were digested."""
        copy: dict[str, Any] = parse_json(self.text)
        return copy


def snapshot_call(call: dict[str, Any]) -> CallSnapshot:
    """Checks a call against the limits of SPEC 4 and takes its canonical form, before anything else can change it."""
    salt = bytes16(call["salt"], "salt") if "salt" in call else None
    name, resource = read_name(call.get("name"), "name"), read_resource(call.get("resource"), "resource")
    return CallSnapshot(name, resource, canonical_arguments(call.get("arguments")), salt)


def parse_preview(value: Any) -> dict[str, Any]:
    """Reads ``{changes: [{label, before, after}], summary?}``. Raises ``invalid_request``.

    At most 200 changes and 64 KiB canonical. Texts are kept as they are.
    """
    preview: dict[str, Any] = _read_preview(value, "preview")
    if len(canonicalize(preview).encode("utf-8")) > _MAX_BYTES:
        raise misfit("preview")
    return preview


def preview_digest(preview: dict[str, Any], *, by: str, audience: str, salt: str) -> str:
    """Digest of a preview with its author: ``executor`` (trusted) or ``agent`` (a claim, shown as such). SPEC 5."""
    return digest_of({"typ": "countersign/preview/v1", "aud": audience, "by": by, "salt": salt, "preview": preview})


def parse_state(state: Any) -> str:
    """Reads a state: text of 1 to 1024 bytes in UTF-8, without lone surrogates. Raises ``invalid_request``."""
    if type(state) is not str or state == "":
        raise misfit("state")
    canonicalize(state)
    if len(state.encode("utf-8")) > _MAX_STATE_BYTES:
        raise misfit("state")
    return state


def state_digest(state: str, *, audience: str, resource: str, salt: str) -> str:
    """Salted digest of what the executor found when it computed the preview. SPEC 4.5."""
    named = {"aud": audience, "resource": resource, "state": parse_state(state), "salt": salt}
    return digest_of({"typ": "countersign/state/v1", **named})
