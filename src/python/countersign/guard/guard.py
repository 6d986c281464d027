"""The verifier of one executor, and the decorator that guards its functions.

A guarded function runs with exactly the arguments that were approved, or not at all. A call without a token is answered
with a signed challenge, and the outcome of an approved call is reported. SPEC 2 and 7.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from ..action.action import (
    CallSnapshot,
    canonical_arguments,
    new_salt,
    parse_preview,
    read_name,
    read_resource,
    snapshot_call,
)
from ..authority.documents import ApproverDirectory, Document, FixedDocument, build_directory, directory_from, resolve_from
from ..authority.exchange import Exchange, Transport, http_exchange
from ..authority.redemption import RedemptionDesk, Reporter
from ..authority.status import StatusMemory, StatusSettings
from ..data.strict_json import parse_json
from ..errors import ApprovalError
from ..jwt.challenge import create_challenge
from ..jwt.claims import ORIGIN
from ..jwt.dpop import DpopPresentation
from ..live.live import Live
from ..live.orders import CallInFlight, Signal
from ..verify.replay import ReplayCache
from ..verify.verify import Approval, VerifyContext, VerifyOptions, find_state, verify
from .definition import Arguments, Call, Definition, NotExecuted, OutcomeUnknown, Redeeming, RunContext

_NO_PREVIEW = {"summary": "What it changed cannot be shown.", "changes": []}


class Verifier:
    """Refuses every call that comes without an approval token for exactly that call.

    Every protection is on by default. Raises ``ValueError`` on options that cannot be meant. Asks the authority for
    nothing yet. Safe to share between threads.
    """

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        credential: str | None = None,
        challenge_key: Mapping[str, Any] | None = None,
        approvers: Any = None,
        redemption: Redeeming = Redeeming.REQUIRED,
        accept_self_approval: bool = False,
        public_url: str | None = None,
        require_proof_of_possession: bool = False,
        stale_after_seconds: float = 5,
        live: Live | None = None,
        skew_seconds: float = 5,
        timeout_seconds: float = 5,
        replay_capacity: int = 100_000,
        now: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
        exchange: Exchange = http_exchange,
        on_error: Callable[[BaseException], None] = lambda error: None,
    ) -> None:
        """
        :param issuer: the authority's origin, ``https://approve.example``, without a slash at the end.
        :param audience: this executor's URI: the only ``aud`` that it accepts.
        :param credential: this executor's credential. Required unless ``redemption`` is ``WITHOUT_REDEMPTION``.
        :param challenge_key: signs the challenges that answer calls without a token: a private JWK with ``kid`` and
            ``alg``.
        :param approvers: pinned approvers.json. The authority's own list is then never asked, so that a stolen authority
            cannot approve without these people's passkeys. WARNING: the authority serves the page on which they sign. A
            hostile one can show one call and have another signed.
        :param accept_self_approval: accept tokens of ``separation: false``, where a person approved for themselves.
        :param public_url: the address at which clients reach this executor. Proofs of possession must name it.
        :param require_proof_of_possession: refuse tokens that are not bound to a key. Needs ``public_url``.
        :param stale_after_seconds: maximum age of the news about revocations.
        :param live: follows the authority's stream of events. Needs the credential.
        :param skew_seconds: seconds by which clocks may differ, at most 5.
        :param timeout_seconds: maximum duration of one request to the authority, and of one call of ``state``.
        :param replay_capacity: number of tokens, and of requests, remembered against replay; refuses when full.
        """
        _require(bool(ORIGIN.fullmatch(issuer)), "issuer must be an origin")
        _require(bool(audience), "audience is required")
        _require(0 <= skew_seconds <= 5, "skew_seconds must lie between 0 and 5")
        is_url = bool(public_url and re.fullmatch(r"https?://[^?#]+", public_url))
        _require(is_url if public_url else not require_proof_of_possession, "public_url must be a URL")
        _require(bool(credential) or redemption is Redeeming.WITHOUT, "credential is required to redeem tokens")
        transport = Transport(exchange, timeout_seconds)
        desk = None if redemption is Redeeming.WITHOUT else RedemptionDesk(issuer, str(credential), transport)
        resolve_key = resolve_from(issuer, transport, now)

        def clock() -> tuple[float, float]:
            return now(), steady()

        def cache(used: str) -> ReplayCache:
            return ReplayCache(now, replay_capacity, used)

        directory: Document[ApproverDirectory] = (
            directory_from(issuer, transport, now) if approvers is None else FixedDocument(build_directory(approvers))
        )
        self._challenge_key = challenge_key
        self._context = VerifyContext(
            issuer=issuer,
            audience=audience,
            transport=transport,
            resolve_key=resolve_key,
            directory=directory,
            pinned=approvers is not None,
            accept_self_approval=accept_self_approval,
            require_proof_of_possession=require_proof_of_possession,
            public_url=public_url,
            status=StatusMemory(StatusSettings(transport, resolve_key, clock, stale_after_seconds, skew_seconds)),
            live=live,
            tokens=cache("token_redeemed"),
            requests=cache("token_redeemed"),
            proofs=cache("proof_of_possession"),
            reported=cache("state_changed"),
            desk=desk,
            reporter=None if desk is None else Reporter(desk, on_error),
            on_error=on_error,
            now=now,
            clock=clock,
            skew_seconds=skew_seconds,
            stale_after_seconds=stale_after_seconds,
        )
        self._in_flight: set[CallInFlight] = set()
        self._lock = threading.Lock()
        if live:
            live.attach(self._context, credential, self.in_flight)

    def verify(
        self,
        token: str,
        call: dict[str, Any],
        *,
        dpop: DpopPresentation | None = None,
        policy_may_allow: bool | None = None,
        state: str | Callable[[], str] | None = None,
    ) -> Approval:
        """Checks that ``token`` approves exactly ``call`` (``name``, ``resource``, ``arguments``, and ``salt`` where it
        is known), and spends it. Raises ``ApprovalError``. There is no way to verify by name alone. SPEC 7.
        """
        return verify(self._context, token, snapshot_call(call), VerifyOptions(dpop, policy_may_allow, state))

    def guard(
        self,
        name: str,
        *,
        resource: Callable[[Arguments], str],
        preview: Callable[[Arguments], dict[str, Any]] | None = None,
        state: Callable[[Arguments], str] | None = None,
        reason: Callable[[Arguments], str] | None = None,
        result: Callable[[Any, Arguments], dict[str, Any]] | None = None,
        policy_may_allow: bool | None = None,
    ) -> Callable[[Callable[[Arguments, RunContext], Any]], Callable[..., Any]]:
        """Guards a function ``(arguments, context)``, or a coroutine function, as the action ``name``.

        The guarded function is called with the arguments and by name ``token``, ``dpop``, ``act`` (the agent as the
        executor authenticated it) and ``accepts_challenge``. It raises ``token_missing`` (with a ``challenge`` where
        there is a challenge key) without a token, ``state_changed`` (with a new challenge) when the state is not the
        approved one, every other error of ``verify``, and every error of the function; if the call was aborted, the
        reason of the abort.
        """

        def decorate(run: Callable[[Arguments, RunContext], Any]) -> Callable[..., Any]:
            definition = Definition(name, resource, run, preview, state, reason, result, policy_may_allow)
            if inspect.iscoroutinefunction(run):
                return self._guard_async(definition)

            @functools.wraps(run)
            def guarded(given: Arguments, **options: Any) -> Any:
                call = self._begin(definition, given, **options)
                try:
                    value = run(call.snapshot.arguments(), call.context)
                except BaseException as error:
                    raise self._fail(call, error)
                return self._succeed(call, value)

            return guarded

        return decorate

    def _guard_async(self, definition: Definition) -> Callable[..., Any]:
        """All that blocks runs in a thread of its own."""

        @functools.wraps(definition.run)
        async def guarded(given: Arguments, **options: Any) -> Any:
            call = await self._begin_async(definition, given, **options)
            try:
                value = await definition.run(call.snapshot.arguments(), call.context)
            except BaseException as error:
                raise await asyncio.to_thread(self._fail, call, error)
            return await asyncio.to_thread(self._succeed, call, value)

        return guarded

    async def _begin_async(self, definition: Definition, given: Arguments, **options: Any) -> Call:
        """A task that is cancelled here may have spent its token: the report says that the action did not begin."""
        begun = asyncio.ensure_future(asyncio.to_thread(self._begin, definition, given, **options))
        try:
            return await asyncio.shield(begun)
        except asyncio.CancelledError as cancelled:
            raise await asyncio.to_thread(self._fail, await begun, cancelled, "aborted")

    def settled(self) -> None:
        """Returns when every outcome report was delivered or given up: call it before the process ends."""
        if self._context.reporter:
            self._context.reporter.settled()

    def in_flight(self) -> list[CallInFlight]:
        """Approved calls in flight."""
        with self._lock:
            return list(self._in_flight)

    def _begin(
        self,
        definition: Definition,
        given: Arguments,
        *,
        token: str | None = None,
        dpop: DpopPresentation | None = None,
        act: dict[str, Any] | None = None,
        accepts_challenge: bool = True,
    ) -> Call:
        """Verifies and spends. Each function of the executor gets arguments of its own, as they were digested."""
        text = canonical_arguments(given)
        resource = read_resource(definition.resource(parse_json(text)), "resource")
        snapshot = CallSnapshot(read_name(definition.name, "name"), resource, text, None)

        def challenge() -> str | None:
            return self._challenge(definition, snapshot, act) if accepts_challenge else None

        if token is None:
            raise ApprovalError("token_missing", challenge=challenge())
        found: list[str] = []
        look = definition.state

        def look_now() -> str:
            found.append(look(snapshot.arguments()) if look else "")
            return found[-1]

        options = VerifyOptions(dpop, definition.policy_may_allow, look_now if look else None)
        try:
            approval = verify(self._context, token, snapshot, options)
        except ApprovalError as error:
            raise self._with_next(error, challenge)
        return self._started(definition, snapshot, approval, found[-1] if found else None)

    def _with_next(self, error: ApprovalError, challenge: Callable[[], str | None]) -> ApprovalError:
        """Adds the next challenge to the refusal of a changed state. Where there can be none, the refusal stands alone."""
        if error.code == "state_changed":
            try:
                error.challenge = challenge()
            except Exception as failure:
                self._context.on_error(failure)
        return error

    def _started(self, definition: Definition, snapshot: CallSnapshot, approval: Approval, state: str | None) -> Call:
        done: list[dict[str, Any]] = []
        signal = Signal()
        call = Call(definition, snapshot, RunContext(approval, state, signal, done.append), done)
        in_flight = CallInFlight(approval.claims, signal)
        with self._lock:
            self._in_flight.add(in_flight)
        # A stop that arrived while the token was being spent did not find this call yet.
        if self._context.live:
            self._context.live.begun(in_flight)
        if signal.reason:
            raise self._fail(call, signal.reason)
        return call

    def _succeed(self, call: Call, value: Any) -> Any:
        result = call.definition.result
        self._end(call, "succeeded", lambda: result(value, call.snapshot.arguments()) if result else None)
        return value

    def _fail(self, call: Call, error: BaseException, cut_off: str = "indeterminate") -> BaseException:
        """Reports, and returns what the caller of the action is to see.

        ``cut_off`` is the outcome where no error of the action ended it but a cancelled task, or the end of the process.
        """
        reason = call.context.signal.reason
        name = type(error).__name__
        # The name is enough for an auditor; the message may hold the executor's private data.
        detail = reason.code if reason else name if re.fullmatch(r"[A-Za-z0-9_]{1,99}", name) else "Error"
        self._end(call, _outcome_of(error, reason is not None, cut_off), lambda: call.done[-1] if call.done else None, detail)
        return reason or error

    def _end(
        self, call: Call, outcome: str, change: Callable[[], dict[str, Any] | None], detail: str | None = None
    ) -> None:
        """Reports where there was a redemption to report on. Raises nothing: the action has already happened."""
        with self._lock:
            self._in_flight = {one for one in self._in_flight if one.signal is not call.context.signal}
        reporter, redemption = self._context.reporter, call.context.approval.redemption
        if reporter is None or redemption is None:
            return
        try:
            done = change()
            result = None if done is None else parse_preview(done)
        except Exception as error:
            # An outcome is never lost: the agent chose the arguments, and with them the size of the change.
            self._context.on_error(error)
            result = _NO_PREVIEW
        reporter.report(redemption, outcome, result=result, detail=detail)

    def _challenge(self, definition: Definition, snapshot: CallSnapshot, act: dict[str, Any] | None) -> str | None:
        """The signed challenge for a call, where the executor can sign one."""
        if self._challenge_key is None:
            return None
        look, show, why = definition.state, definition.preview, definition.reason
        # The state comes first: a change while the preview is made is found later.
        state = find_state(self._context, lambda: look(snapshot.arguments())) if look else None
        return create_challenge(
            key=self._challenge_key,
            audience=self._context.audience,
            issuer=self._context.issuer,
            now=self._context.now(),
            action={
                "name": snapshot.name,
                "resource": snapshot.resource,
                "arguments": snapshot.arguments(),
                "salt": new_salt(),
            },
            reason=why(snapshot.arguments()) if why else f"{snapshot.name} needs approval",
            preview=parse_preview(show(snapshot.arguments())) if show else None,
            state=state,
            act=act,
        )


def _outcome_of(error: BaseException, is_stopped: bool, cut_off: str) -> str:
    if isinstance(error, OutcomeUnknown):
        return "indeterminate"
    if is_stopped or isinstance(error, NotExecuted):
        return "aborted"
    return "failed" if isinstance(error, Exception) else cut_off


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise ValueError(message)
