"""What a guard is told, and what the function behind it gets. SPEC 7."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ..action.action import CallSnapshot
from ..live.orders import Signal
from ..verify.verify import Approval


class Redeeming(Enum):
    """Whether tokens are spent at the authority."""

    REQUIRED = "required"
    WITHOUT = "without"


#: Opts out of redemption: tokens are then *not* spent at the authority.
#:
#: WARNING. What is given up: a token may act once in *every* process that verifies it, and again after a restart, until
#: it expires; the policy is not asked again; a kill switch acts only through the status list; the ledger learns neither
#: of the use nor of its outcome. For actions that only read, and where nothing else will do.
WITHOUT_REDEMPTION = Redeeming.WITHOUT


@dataclass(frozen=True)
class RunContext:
    """What a guarded function gets beside its arguments."""

    approval: Approval
    #: The state that was found just before the token was spent: for a conditional write.
    state: str | None
    #: Fires when the approval is revoked while the action runs.
    signal: Signal
    #: Replaces the record of the work done so far: reported when the function does not complete.
    progress: Callable[[dict[str, Any]], None]


class OutcomeUnknown(Exception):
    """What a guarded function raises where it does not know whether the action was done: a time-out, a lost answer."""


class NotExecuted(Exception):
    """What a guarded function raises where it has done nothing: the action did not begin."""


Arguments = dict[str, Any]


@dataclass(frozen=True)
class Definition:
    """The implementation of one action."""

    name: str
    #: The object of the action, from its arguments alone.
    resource: Callable[[Arguments], str]
    #: Carries the action out.
    run: Callable[[Arguments, RunContext], Any]
    #: The changes that the action would make now: the executor's own statement to the approver.
    preview: Callable[[Arguments], dict[str, Any]] | None = None
    #: What the preview is computed from, as it is now: an ETag, a version, a digest, 1 to 1024 bytes.
    state: Callable[[Arguments], str] | None = None
    #: The reason for asking, shown to the approver: at most 1000 characters.
    reason: Callable[[Arguments], str] | None = None
    #: The actual change, for the ledger, from the value that ``run`` returned.
    result: Callable[[Any, Arguments], dict[str, Any]] | None = None
    #: A policy may approve alone. Default: True, except with pinned approvers.
    policy_may_allow: bool | None = None


@dataclass
class Call:
    """One call under way."""

    definition: Definition
    snapshot: CallSnapshot
    context: RunContext
    done: list[dict[str, Any]] = field(default_factory=list)
