"""Signed status lists, and the memory that tells whether a token was revoked.

Refuses when the latest list is too old to tell. Lists are fetched when needed and kept for seconds; a stream of events
can feed the same memory. A bit that was set once is never cleared. draft-ietf-oauth-status-list-21, SPEC 7 and 9.
"""

from __future__ import annotations

import math
import threading
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ..data.encoding import base64url_decode
from ..data.shape import identifier, instant, one_of, open_record, text
from ..errors import demand, insist, refusing
from ..jwt.keys import ResolveKey, open_jws
from .documents import SingleFlight
from .exchange import Transport

#: An instant in seconds by the wall clock, which can be set, and by a steady clock, which can pause while the machine
#: sleeps. The age of news is the larger of the two differences.
Moment = tuple[float, float]

_MAX_LIFE_SECONDS = 60
#: 32 million tokens at one bit. A small list can claim to be endless.
_MAX_INFLATED_BYTES = 4_194_304
#: An authority has few lists. Beyond this number they are forgotten and fetched again.
_MAX_LISTS = 64
_NEVER: Moment = (-math.inf, -math.inf)

_read_claims = open_record(
    {
        "sub": identifier,
        "iat": instant,
        "exp": instant,
        "status_list": open_record({"bits": one_of(1, 2, 4, 8), "lst": text(_MAX_INFLATED_BYTES)}),
    }
)


@dataclass(frozen=True)
class StatusList:
    """A list whose signature was checked: one small number for each token, in which 0 means valid."""

    issued_at: int
    expires_at: int
    bits: int
    data: bytes

    def holds(self, index: int) -> bool:
        """Tells whether the list has this index."""
        return index < len(self.data) * 8 // self.bits

    def status_at(self, index: int) -> int:
        """The status of one token that the list holds: 0 valid, 1 invalid, 2 suspended."""
        bit = index * self.bits
        return (self.data[bit // 8] >> (bit % 8)) & ((1 << self.bits) - 1)

    def merged(self, other: StatusList) -> StatusList:
        """The newer of two lists, with the bits of both."""
        older, newer = (other, self) if self.issued_at > other.issued_at else (self, other)
        if older.bits != newer.bits:
            return newer
        before = older.data[: len(newer.data)].ljust(len(newer.data), b"\0")
        both = int.from_bytes(newer.data, "big") | int.from_bytes(before, "big")
        return replace(newer, data=both.to_bytes(len(newer.data), "big"))


def open_status_list(jwt: str, uri: str, resolve_key: ResolveKey) -> StatusList:
    """Reads a status list token for ``uri``: ``typ``, signature, ``sub``, life of at most 60 s, ``lst``."""
    claims = _read_claims(open_jws(jwt, "statuslist+jwt", lambda kid, _: resolve_key(kid)), "list")
    issued_at, expires_at = claims["iat"], claims["exp"]
    insist(claims["sub"] == uri and issued_at <= expires_at <= issued_at + _MAX_LIFE_SECONDS, "claims")
    listed = claims["status_list"]
    return StatusList(issued_at, expires_at, listed["bits"], _inflate(base64url_decode(listed["lst"])))


def _inflate(compressed: bytes) -> bytes:
    inflater = zlib.decompressobj()
    data = inflater.decompress(compressed, _MAX_INFLATED_BYTES + 1)
    insist(inflater.eof and not inflater.unused_data and len(data) <= _MAX_INFLATED_BYTES, "lst")
    return data


@dataclass(frozen=True)
class _Known:
    list: StatusList
    heard_at: Moment


@dataclass(frozen=True)
class StatusSettings:
    """What a memory needs, and how old its news may be."""

    transport: Transport
    resolve_key: ResolveKey
    clock: Callable[[], Moment]
    stale_after_seconds: float
    skew_seconds: float


class StatusMemory:
    """The lists of one verifier."""

    def __init__(self, settings: StatusSettings) -> None:
        self._settings = settings
        self._lists: dict[str, _Known] = {}
        self._lock = threading.Lock()
        self._fetching: SingleFlight[StatusList] = SingleFlight()

    def check(self, uri: str, index: int) -> None:
        """Raises ``token_revoked`` for anything but 0, ``status_stale`` when nothing recent enough is known."""
        known = self._lists.get(uri)
        # A token may be younger than the list in memory.
        if known and self._is_fresh(known) and known.list.holds(index):
            return _judge(known.list, index)
        with refusing("status_stale"):
            fetched = self._fetching.run(uri, lambda: self._fetch(uri))
        _judge(fetched, index)

    def accept(self, uri: str, jwt: str) -> None:
        """Takes in a list that arrived by other means. Does not make the news younger."""
        self._keep(uri, open_status_list(jwt, uri, self._settings.resolve_key), _NEVER)

    def heard(self, uris: Iterable[str], at: Moment) -> None:
        """Notes that these lists held every revocation up to the instant ``at``."""
        with self._lock:
            for uri in uris:
                known = self._lists.get(uri)
                if known:
                    self._lists[uri] = _Known(known.list, _later(known.heard_at, at))

    def _fetch(self, uri: str) -> StatusList:
        asked_at = self._settings.clock()
        jwt = self._settings.transport.get(uri, "application/statuslist+jwt")
        opened = open_status_list(jwt, uri, self._settings.resolve_key)
        # A cache in between can replay a list, but cannot make it younger.
        known = self._keep(uri, opened, (min(asked_at[0], opened.issued_at), asked_at[1]))
        insist(self._is_fresh(known), "age")
        return known.list

    def _keep(self, uri: str, opened: StatusList, heard_at: Moment) -> _Known:
        with self._lock:
            before = self._lists.get(uri, _Known(opened, _NEVER))
            known = _Known(before.list.merged(opened), _later(before.heard_at, heard_at))
            if len(self._lists) >= _MAX_LISTS:
                self._lists.clear()
            self._lists[uri] = known
            return known

    def _is_fresh(self, known: _Known) -> bool:
        settings = self._settings
        time, steady = settings.clock()
        age = max(time - known.heard_at[0], steady - known.heard_at[1])
        is_in_time = known.list.issued_at <= time + settings.skew_seconds and time < known.list.expires_at
        return is_in_time and age <= settings.stale_after_seconds


def _later(one: Moment, other: Moment) -> Moment:
    return max(one[0], other[0]), max(one[1], other[1])


def _judge(listed: StatusList, index: int) -> None:
    demand(listed.holds(index), "status_stale")
    demand(listed.status_at(index) == 0, "token_revoked")
