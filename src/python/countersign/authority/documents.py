"""The authority's documents: its signing keys, and the approvers with their passkeys.

Keeps no document beyond its age: when it cannot be loaded again the error goes to the caller. SPEC 3, 6 and 7.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from ..data.shape import anything, array, boolean, bytes32, identifier, misfit, one_of, open_record, record, text
from ..errors import insist
from ..jwt.keys import KEY_MEMBERS, ResolveKey, VerificationKey, import_verification_key, jwk_thumbprint, parse_public_jwk
from .exchange import Transport

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_KEYS_MAX_AGE_SECONDS = 300
#: A removed passkey counts for at most this long; a token already issued for it is revoked sooner, by status.
_APPROVERS_MAX_AGE_SECONDS = 60
#: Unknown ids are free to invent: they cause at most one request in this time.
_COOLDOWN_SECONDS = 5


class SingleFlight(Generic[T]):
    """Callers that want the same thing at once share one attempt, and its failure."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[Hashable, Future[T]] = {}

    def run(self, key: Hashable, work: Callable[[], T]) -> T:
        """Runs ``work``, or waits for the caller that runs it already."""
        with self._lock:
            running = self._running.get(key)
            mine: Future[T] = Future()
            if running is None:
                self._running[key] = mine
        return running.result() if running else self._work(key, work, mine)

    def _work(self, key: Hashable, work: Callable[[], T], mine: Future[T]) -> T:
        try:
            mine.set_result(work())
        except BaseException as error:
            mine.set_exception(error)
        finally:
            with self._lock:
                del self._running[key]
        return mine.result()


class Document(Protocol[T_co]):
    """A document: as it is at hand, or loaded anew for ids that are not in it yet."""

    def get(self) -> T_co: ...

    def renew(self) -> T_co: ...


class CachedDocument(Generic[T]):
    """A document that loads itself when it is missing or too old."""

    def __init__(self, load: Callable[[], T], now: Callable[[], float], max_age_seconds: float) -> None:
        self._load, self._now, self._max_age = load, now, max_age_seconds
        self._current: tuple[T, float] | None = None
        self._loading: SingleFlight[T] = SingleFlight()

    def get(self) -> T:
        """The document, at most ``max_age_seconds`` old."""
        return self._younger(self._max_age)

    def renew(self) -> T:
        """The document, loaded anew unless it was within the cooldown."""
        return self._younger(_COOLDOWN_SECONDS)

    def _younger(self, age_seconds: float) -> T:
        current = self._current
        if current is not None and self._now() - current[1] < age_seconds:
            return current[0]
        return self._loading.run("", self._renewed)

    def _renewed(self) -> T:
        loaded_at = self._now()
        value = self._load()
        self._current = (value, loaded_at)
        return value


class FixedDocument(Generic[T]):
    """A document that was given once and never changes."""

    def __init__(self, value: T) -> None:
        self._value = value

    def get(self) -> T:
        """The document."""
        return self._value

    renew = get


_read_keys = open_record({"keys": array(anything, 0, 64)})
_read_names = open_record({"kid": bytes32, "alg": one_of("ES256", "EdDSA")})


def parse_key_set(value: Any) -> dict[str, VerificationKey]:
    """Reads a JWK set of at most 64 keys by thumbprint, and skips those of no use. Raises ``invalid_request``."""
    keys: dict[str, VerificationKey] = {}
    for given in _read_keys(value, "jwks")["keys"]:
        try:
            kid = _read_names(given, "key")["kid"]
            insist(jwk_thumbprint(parse_public_jwk(given, "key")) == kid, "kid")
            keys[kid] = import_verification_key(given)
        except Exception:  # noqa: S112 (a key of another kind is none of ours)
            continue
    return keys


def resolve_from(issuer: str, transport: Transport, now: Callable[[], float]) -> ResolveKey:
    """Looks keys up in the authority's key set, which is fetched and kept. Raises ``authority_unreachable``."""
    url = f"{issuer}/.well-known/jwks.json"
    document = CachedDocument(lambda: transport.get_json(url, parse_key_set), now, _KEYS_MAX_AGE_SECONDS)
    return lambda kid: document.get().get(kid) or document.renew().get(kid)


@dataclass(frozen=True)
class ApproverDirectory:
    """approvers.json, ready for look-ups. In it, every key belongs to exactly one person."""

    rp_id: str
    #: Origins of the pages on which approvers consent.
    origins: tuple[str, ...]
    approvers: dict[str, dict[str, Any]]

    def key_of(self, consent: dict[str, Any]) -> dict[str, Any] | None:
        """The passkey that a consent names."""
        keys = self.approvers.get(consent["approver"], {"keys": []})["keys"]
        return next((key for key in keys if key["kid"] == consent["key"]), None)


_FACTS = {"kid": bytes32, "be": boolean}
_ALGORITHMS = {"EC": "ES256", "OKP": "EdDSA", "RSA": "RS256"}
_KEY_READERS = {
    kind: record({**members, **_FACTS, "alg": one_of(_ALGORITHMS[kind])}) for kind, members in KEY_MEMBERS.items()
}


def _read_key(value: Any, where: str) -> Any:
    return _KEY_READERS[parse_public_jwk(value, where)["kty"]](value, where)


_read_document = record(
    {
        "rp_id": text(253),
        "origins": array(identifier, 1, 16),
        "approvers": array(
            record({"approver": identifier, "agents": array(identifier, 0, 10_000), "keys": array(_read_key, 0, 100)}),
            0,
            100_000,
        ),
    }
)


def build_directory(value: Any) -> ApproverDirectory:
    """Reads and indexes approvers.json.

    Raises ``invalid_request`` for anything but its exact shape, a doubled person or key, and a ``kid`` that is not the
    thumbprint.
    """
    document = _read_document(value, "approvers.json")
    keys = [key for listed in document["approvers"] for key in listed["keys"]]
    if any(jwk_thumbprint(key) != key["kid"] for key in keys):
        raise misfit("kid")
    # One passkey under two names would let one person count twice.
    if len({key["kid"] for key in keys}) != len(keys):
        raise misfit("keys")
    approvers = {listed["approver"]: listed for listed in document["approvers"]}
    if len(approvers) != len(document["approvers"]):
        raise misfit("approvers")
    return ApproverDirectory(document["rp_id"], tuple(document["origins"]), approvers)


def directory_from(issuer: str, transport: Transport, now: Callable[[], float]) -> Document[ApproverDirectory]:
    """The authority's directory, fetched and kept for at most a minute. Raises ``authority_unreachable``."""
    url = f"{issuer}/.well-known/approvers.json"
    return CachedDocument(lambda: transport.get_json(url, build_directory), now, _APPROVERS_MAX_AGE_SECONDS)
