"""Verifies that a token approves exactly the call that is about to be made, and spends it.

The order of the checks is fixed: those that cost the authority work, or a token its use, come last. SPEC 7.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ..action.action import CallSnapshot, parse_state, state_digest
from ..action.bounds import SeriesUse, check_series
from ..authority.documents import ApproverDirectory, Document
from ..authority.exchange import Transport
from ..authority.redemption import Redemption, RedemptionDesk, Reporter
from ..authority.status import Moment, StatusMemory
from ..consent.consent import verify_consent
from ..errors import ApprovalError, demand
from ..jwt.claims import agents_of, open_token, statement_of
from ..jwt.dpop import DpopPresentation, DpopProof, verify_dpop
from ..jwt.keys import ResolveKey
from .replay import Claim, ReplayCache, claim_all

if TYPE_CHECKING:
    from ..live.live import Live

_MAX_LIFE_SECONDS = 600
_NO_ADDRESS = "The operator has to set public_url."

FindState = Callable[[], str]


@dataclass(frozen=True)
class Approval:
    """An approval of one action that was checked in full. Holds no token, so that it can be logged and passed on."""

    jti: str
    #: Id of the approval request.
    request: str
    #: ``human`` or ``policy``.
    origin: str
    #: The person or service on whose behalf the agent acts.
    principal: str
    #: The agent that asked.
    agent: str
    #: The client that may present the token.
    actor: str
    #: The distinct people who consented, by pseudonymous id.
    approvers: tuple[str, ...]
    #: False when an approver is the principal or runs the agent.
    separation: bool
    #: Digest of the action.
    action: str
    #: Epoch seconds.
    expires_at: int
    #: All claims of the token.
    claims: Mapping[str, Any]
    #: The authority's receipt; None under ``WITHOUT_REDEMPTION``.
    redemption: Redemption | None


class Looks:
    """Runs an executor's ``state``, which may hang: in threads that keep no process alive, and in no more than ``most``."""

    def __init__(self, most: int) -> None:
        self._free = threading.Semaphore(most)

    def run(self, find: FindState, timeout_seconds: float) -> str:
        """The state. Raises what ``find`` raises, and ``TimeoutError``."""
        if not self._free.acquire(timeout=timeout_seconds):
            raise TimeoutError("too many functions that find a state hang")
        found: Future[str] = Future()

        def work() -> None:
            try:
                found.set_result(find())
            except BaseException as error:
                found.set_exception(error)
            finally:
                self._free.release()

        threading.Thread(target=work, daemon=True).start()
        return found.result(timeout_seconds)


@dataclass(frozen=True)
class VerifyContext:
    """The trust and the memory of one executor."""

    issuer: str
    audience: str
    transport: Transport
    resolve_key: ResolveKey
    directory: Document[ApproverDirectory]
    pinned: bool
    accept_self_approval: bool
    require_proof_of_possession: bool
    public_url: str | None
    status: StatusMemory
    live: Live | None
    #: Tokens by ``jti``.
    tokens: ReplayCache
    #: Approval requests: a person's signature names the request, not the token.
    requests: ReplayCache
    proofs: ReplayCache
    #: Refusals that were reported, by code and ``jti``.
    reported: ReplayCache
    desk: RedemptionDesk | None
    reporter: Reporter | None
    on_error: Callable[[BaseException], None]
    now: Callable[[], float]
    clock: Callable[[], Moment]
    skew_seconds: float
    stale_after_seconds: float
    looks: Looks = field(default_factory=lambda: Looks(32))


@dataclass(frozen=True)
class VerifyOptions:
    """What one verification is told beside token and call."""

    dpop: DpopPresentation | None = None
    #: Accept tokens of origin ``policy``. Default: True, except with pinned approvers.
    policy_may_allow: bool | None = None
    #: The state of the resource now, or a function that finds it when everything else holds. Given, the token must be
    #: bound to exactly this state; not given, to none: else ``state_changed``.
    state: str | FindState | None = None


def verify(context: VerifyContext, token: str, wanted: CallSnapshot, options: VerifyOptions) -> Approval:
    """The checks of SPEC 7, in their order, stopping at the first that fails."""
    claims = open_token(token, context.resolve_key)
    demand(claims["iss"] == context.issuer, "token_issuer")
    demand(claims["aud"] == context.audience, "token_audience")
    _check_time(context, claims)
    series = _check_action(claims, wanted)
    state = options.state
    _check_binding(context, claims, state is not None)
    if isinstance(state, str):
        _check_state(context, claims, lambda: state)
    may_allow = not context.pinned if options.policy_may_allow is None else options.policy_may_allow
    _check_quorum(claims, may_allow, context.accept_self_approval)
    if claims["approval"]["consents"]:
        _verify_consents(claims, context.directory)
    proof = _check_possession(context, claims, token, options.dpop)
    if context.live:
        context.live.check(claims)
    listed = claims["status"]["status_list"]
    context.status.check(listed["uri"], listed["idx"])
    if callable(state):
        _check_state(context, claims, state)
    return _approval_of(claims, _spend(context, claims, token, proof, series))


def _check_time(context: VerifyContext, claims: dict[str, Any]) -> None:
    time, skew, iat, exp = context.now(), context.skew_seconds, claims["iat"], claims["exp"]
    demand(iat <= time + skew, "token_not_yet_valid")
    demand(time < exp + skew and exp - iat <= _MAX_LIFE_SECONDS, "token_expired")


def _check_action(claims: dict[str, Any], wanted: CallSnapshot) -> list[SeriesUse]:
    """Returns what the call uses up of a grant, where the token is of one."""
    details = claims["authorization_details"][0]
    demand(details["digest"] == wanted.digest(details["salt"], claims["aud"]), "action_mismatch")
    is_named = details["name"] == wanted.name and details["resource"] == wanted.resource
    demand(is_named and wanted.salt in (None, details["salt"]), "action_mismatch")
    return check_series(wanted, claims) if "bounds" in details else []


def find_state(context: VerifyContext, find: FindState) -> str:
    """Calls an executor's function. Raises ``state_unknown`` where that raises, is too late or returns no state."""
    try:
        return parse_state(context.looks.run(find, context.transport.timeout_seconds))
    except Exception as cause:
        context.on_error(cause)
        raise ApprovalError("state_unknown") from cause


def _check_binding(context: VerifyContext, claims: dict[str, Any], named: bool) -> None:
    if named != ("state" in claims["authorization_details"][0]):
        raise _reported(context, claims, ApprovalError("state_changed"))


def _check_state(context: VerifyContext, claims: dict[str, Any], find: FindState) -> None:
    details = claims["authorization_details"][0]
    try:
        now = find_state(context, find)
        bound = state_digest(now, audience=claims["aud"], resource=details["resource"], salt=details["salt"])
        demand(details["state"] == bound, "state_changed")
    except ApprovalError as error:
        raise _reported(context, claims, error)


def _reported(context: VerifyContext, claims: dict[str, Any], error: ApprovalError) -> ApprovalError:
    """A refusal is a fact for the ledger: once a token, however often that is presented."""
    try:
        context.reported.claim(Claim(error.code + claims["jti"], 1, claims["exp"] + context.skew_seconds))
    except ApprovalError:
        return error
    if context.reporter:
        context.reporter.refused(claims, error.code)
    return error


def _check_quorum(claims: dict[str, Any], policy_may_allow: bool, accept_self_approval: bool) -> None:
    """Checks all that needs no key. A person counts once, whatever number of passkeys."""
    approval = claims["approval"]
    consents = approval["consents"]
    demand(policy_may_allow if approval["origin"] == "policy" else len(consents) > 0, "consent_missing")
    people = {consent["approver"] for consent in consents}
    is_separate = approval["separation"] or accept_self_approval
    demand(len(people) >= approval["quorum"] and is_separate, "quorum_unmet")


def _verify_consents(claims: dict[str, Any], source: Document[ApproverDirectory]) -> None:
    """Verifies all consents, counted or not: one that does not hold spoils the token."""
    consents = claims["approval"]["consents"]
    directory = source.get()
    # A new approver may have enrolled since the directory was read.
    if not all(directory.key_of(consent) for consent in consents):
        directory = source.renew()
    _check_separation(claims, directory)
    for consent in consents:
        key = directory.key_of(consent)
        if key is None:
            raise ApprovalError("consent_invalid")
        verify_consent(statement_of(claims, consent), consent, key, directory.rp_id, directory.origins)


def _check_separation(claims: dict[str, Any], directory: ApproverDirectory) -> None:
    """Refuses a token whose ``separation`` contradicts the directory."""
    agents = set(agents_of(claims))
    own = any(
        claims["sub"] == consent["approver"]
        or not agents.isdisjoint(directory.approvers.get(consent["approver"], {"agents": ()})["agents"])
        for consent in claims["approval"]["consents"]
    )
    demand(own != claims["approval"]["separation"], "consent_invalid")


def _check_possession(
    context: VerifyContext, claims: dict[str, Any], token: str, presented: DpopPresentation | None
) -> DpopProof | None:
    """The proof of a token that is bound to a key."""
    if "cnf" not in claims:
        demand(not context.require_proof_of_possession, "proof_of_possession")
        return None
    if not context.public_url:
        raise ApprovalError("proof_of_possession", _NO_ADDRESS)
    if presented is None:
        raise ApprovalError("proof_of_possession")
    # The host that a request names is the sender's word.
    url = context.public_url.removesuffix("/") + re.sub(r"^\w+://[^/?#]*", "", presented.url)
    jkt = claims["cnf"]["jkt"]
    return verify_dpop(presented, url=url, token=token, jkt=jkt, now=context.now(), skew_seconds=context.skew_seconds)


def _spend(
    context: VerifyContext,
    claims: dict[str, Any],
    token: str,
    proof: DpopProof | None,
    series: Sequence[SeriesUse],
) -> Redemption | None:
    """Spends the token here and at the authority. A failed attempt leaves it, and the proof, unspent."""
    proofs = [(context.proofs, Claim(f"{proof.jkt} {proof.jti}", 1, proof.expires_at))] if proof else []
    release = claim_all([*proofs, *_uses_of(context, claims, series)])
    if context.desk is None:
        return None
    try:
        return context.desk.redeem(token, claims)
    except BaseException:
        release()
        raise


def _uses_of(
    context: VerifyContext, claims: dict[str, Any], series: Sequence[SeriesUse]
) -> list[tuple[ReplayCache, Claim]]:
    """One use of the token, of the request behind it and of its grant.

    A hostile authority can put one person's consent into any number of tokens, but the consent names its request, and
    that acts here no more often than was consented to.
    """
    uses, approval, skew = claims["authorization_details"][0]["uses"], claims["approval"], context.skew_seconds
    until = max(claims["exp"], *(consent["expires"] for consent in approval["consents"]), 0) + skew
    return [
        (context.tokens, Claim(claims["jti"], uses, claims["exp"] + skew)),
        (context.requests, Claim(approval["request"], uses, until)),
        *((context.requests, Claim(name, most, until, taken)) for name, most, taken in series),
    ]


def _approval_of(claims: dict[str, Any], redemption: Redemption | None) -> Approval:
    approval = claims["approval"]
    return Approval(
        jti=claims["jti"],
        request=approval["request"],
        origin=approval["origin"],
        principal=claims["sub"],
        agent=claims["act"]["sub"],
        actor=claims["client_id"],
        approvers=tuple(dict.fromkeys(consent["approver"] for consent in approval["consents"])),
        separation=approval["separation"],
        action=claims["authorization_details"][0]["digest"],
        expires_at=claims["exp"],
        claims=MappingProxyType(claims),
        redemption=redemption,
    )
