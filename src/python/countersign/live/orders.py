"""The authority's orders: kill switches that are engaged, and stops of calls in flight.

Knows only the orders it received: the age of the news tells whether they are complete. SPEC 9.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..data.encoding import base64url_decode
from ..data.shape import anything, boolean, bytes16, bytes32, instant, integer, matching, one_of, open_record, record, text
from ..errors import ApprovalError, demand
from ..jwt.claims import agents_of

#: Stops are remembered for tokens that are still alive; these are more than those can meet.
_MAX_STOPS = 10_000

_name = text(256)
_read_switch = open_record({"id": _name, "standing": boolean}, {"selector": anything})
_read_stop = open_record(
    {"id": integer(1), "at": instant, "code": one_of("killed", "token_revoked"), "selector": anything},
    {"killswitch": _name},
)
_SELECTOR = {
    "agent": _name,
    "principal": _name,
    "executor": _name,
    "action": matching(r"[A-Za-z0-9._:/-]{1,128}|[A-Za-z0-9._:/-]{0,127}\*"),
    "request": _name,
    "trace": matching("[0-9a-f]{32}"),
}
_read_selector = record({}, _SELECTOR)
_read_stop_selector = record({}, {**_SELECTOR, "jti": bytes16, "key": bytes32})


class Signal:
    """Fires when a call in flight is to end: look at it between steps, or wait for it."""

    def __init__(self) -> None:
        self._fired = threading.Event()
        #: ``killed`` or ``token_revoked``, once it has fired.
        self.reason: ApprovalError | None = None

    def abort(self, reason: ApprovalError) -> None:
        """Fires it. The first reason stays."""
        if self.reason is None:
            self.reason = reason
        self._fired.set()

    def raise_if_aborted(self) -> None:
        """Raises the reason, once it has fired."""
        if self.reason:
            raise self.reason

    def wait(self, timeout_seconds: float | None = None) -> bool:
        """Waits until it fires. False when the time is over."""
        return self._fired.wait(timeout_seconds)


@dataclass(frozen=True, eq=False)
class CallInFlight:
    """An approved call that runs."""

    claims: Mapping[str, Any]
    signal: Signal


@dataclass(frozen=True)
class _Stop:
    id: int
    at: int
    code: str
    selector: dict[str, Any]
    killswitch: str | None

    def applies(self, claims: Mapping[str, Any]) -> bool:
        """A stop does not apply to tokens issued after it."""
        selector = dict(self.selector)
        jti, key = selector.pop("jti", None), selector.pop("key", None)
        keys = [consent["key"] for consent in claims["approval"]["consents"]]
        is_token = jti in (None, claims["jti"]) and (key is None or key in keys)
        return bool(claims["iat"] <= self.at and is_token and _is_selected(selector, claims))


def _is_selected(selector: dict[str, Any], claims: Mapping[str, Any]) -> bool:
    """By its own request, or by the grant that it is a call of. The id of a request is its trace, in base64url."""
    request = claims["approval"]["request"]
    grant = claims["authorization_details"][0].get("bounds", {}).get("grant", request)
    return any(_selects_request(selector, claims, one) for one in (request, grant))


def _selects_request(selector: dict[str, Any], claims: Mapping[str, Any], request: str) -> bool:
    name = claims["authorization_details"][0]["name"]
    exact = {
        "principal": claims["sub"],
        "executor": claims["aud"],
        "request": request,
        "trace": base64url_decode(request).hex(),
    }
    action = selector.get("action", name)
    is_named = name.startswith(action[:-1]) if action.endswith("*") else name == action
    is_agent = "agent" not in selector or selector["agent"] in agents_of(dict(claims))
    return is_named and is_agent and all(selector.get(member, value) == value for member, value in exact.items())


class Orders:
    """Kill switches that are engaged, and stops of calls in flight. Knows only the orders it received."""

    def __init__(self) -> None:
        self._standing: dict[str, dict[str, Any]] = {}
        #: By all that they say. An authority sends stops before it reads them: one that says something else is another one.
        self._stops: dict[str, _Stop] = {}
        self._repeated: set[str] | None = None
        self._has_heard = False
        self._lock = threading.Lock()

    def began(self) -> None:
        """A new connection: a switch that it does not repeat before its first heartbeat is no longer engaged."""
        self._repeated = set()

    def killswitch(self, event: Any) -> None:
        """Takes in a switch that is engaged or released."""
        switch = _read_switch(event, "killswitch")
        with self._lock:
            if not switch["standing"]:
                self._standing.pop(switch["id"], None)
                return
            self._standing[switch["id"]] = _read_selector(switch.get("selector"), "selector")
            if self._repeated is not None:
                self._repeated.add(switch["id"])

    def stop(self, event: Any, calls: list[CallInFlight]) -> tuple[int, int] | None:
        """Aborts the selected calls. Returns the stop's id and their number; None where there is nothing to confirm."""
        read = _read_stop(event, "stop")
        selector = _read_stop_selector(read["selector"], "selector")
        stop = _Stop(read["id"], read["at"], read["code"], selector, read.get("killswitch"))
        said = repr((stop.id, stop.at, stop.code, stop.killswitch, sorted(selector.items())))
        with self._lock:
            if said in self._stops:
                return None
            if len(self._stops) >= _MAX_STOPS:
                del self._stops[next(iter(self._stops))]
            self._stops[said] = stop
            is_over = stop.killswitch is None or stop.killswitch not in self._standing
        hit = [call for call in calls if stop.applies(call.claims)]
        for call in hit:
            call.signal.abort(ApprovalError(stop.code))
        # It was over before this process first listened, and selected no call here.
        is_history = not self._has_heard and is_over and not hit
        return None if is_history else (stop.id, len(hit))

    def heartbeat(self) -> None:
        """All events before it have come."""
        with self._lock:
            if self._repeated is not None:
                self._standing = {name: one for name, one in self._standing.items() if name in self._repeated}
            self._repeated = None
            self._has_heard = True

    def check(self, claims: Mapping[str, Any]) -> None:
        """Raises ``killed`` for a call that an engaged switch selects."""
        with self._lock:
            standing = list(self._standing.values())
        demand(not any(_is_selected(selector, claims) for selector in standing), "killed")

    def begun(self, call: CallInFlight) -> None:
        """Aborts a call that an earlier stop selects."""
        with self._lock:
            stops = list(self._stops.values())
        stop = next((one for one in stops if one.applies(call.claims)), None)
        if stop:
            call.signal.abort(ApprovalError(stop.code))
