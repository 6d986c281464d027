"""Remembers presented ids, so that no token acts twice, whatever the authority answers.

Lives in this process alone: only redemption holds across several. SPEC 7.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..errors import ApprovalError, demand

#: Gives a claimed use back after a presentation that failed later. Works once.
Release = Callable[[], None]

#: Looking at every entry is cheap once a minute, and once a second where there is need.
_SWEEP_SECONDS = 60
_SWEEP_WHEN_FULL_SECONDS = 1


@dataclass
class _Entry:
    used: float
    until: float


@dataclass(frozen=True)
class Claim:
    """``taken`` of ``uses`` uses of an id, remembered until then."""

    id: str
    uses: float
    until: float
    taken: float = 1


class ReplayCache:
    """Claims uses of ids, so that of two racing callers one wins. ``used`` is the code for an id that is used up."""

    def __init__(self, now: Callable[[], float], capacity: int, used: str) -> None:
        self._now, self._capacity, self._used = now, capacity, used
        self._entries: dict[str, _Entry] = {}
        self._swept_at = now()
        self._lock = threading.Lock()

    def claim(self, claim: Claim) -> Release:
        """Raises the cache's code when none is left, ``rate_limited`` when the memory is full."""
        with self._lock:
            self._sweep()
            entry = self._entries.get(claim.id, _Entry(0, claim.until))
            demand(entry.used + claim.taken <= claim.uses, self._used)
            demand(claim.id in self._entries or len(self._entries) < self._capacity, "rate_limited")
            entry.used += claim.taken
            self._entries[claim.id] = entry
        remaining = [claim]
        return lambda: self._release(entry, remaining)

    def _release(self, entry: _Entry, remaining: list[Claim]) -> None:
        with self._lock:
            if not remaining:
                return
            claim = remaining.pop()
            entry.used -= claim.taken
            if entry.used == 0:
                self._entries.pop(claim.id, None)

    def _sweep(self) -> None:
        time = self._now()
        pause = _SWEEP_SECONDS if len(self._entries) < self._capacity else _SWEEP_WHEN_FULL_SECONDS
        if time - self._swept_at < pause:
            return
        self._swept_at = time
        for gone in [name for name, entry in self._entries.items() if entry.until < time]:
            del self._entries[gone]


def claim_all(claims: Sequence[tuple[ReplayCache, Claim]]) -> Release:
    """Claims all of them, or none."""
    releases: list[Release] = []

    def release_all() -> None:
        for release in releases:
            release()

    try:
        for cache, claim in claims:
            releases.append(cache.claim(claim))
    except ApprovalError:
        release_all()
        raise
    return release_all
