"""Countersign: no call with side effects without an approval token for exactly that call.

``Verifier`` and its ``guard`` are for executors, ``AgentClient`` for agents. ``SPEC n`` is section n of the specification
that every authority serves at ``/docs/specification``.
"""

from .action.action import action_digest, new_salt, parse_action, parse_preview, preview_digest, state_digest
from .agent.answers import ApprovalRequest, ApprovalToken, AuthorityError, Denial, Transaction
from .agent.client import CHALLENGE_HEADERS, AgentClient, challenge_in
from .data.strict_json import canonicalize, parse_json
from .errors import ERROR_CODES, ERROR_STATUS, ApprovalError
from .guard.definition import WITHOUT_REDEMPTION, NotExecuted, OutcomeUnknown, RunContext
from .guard.guard import Verifier
from .jwt.dpop import DpopKey, DpopPresentation
from .live.live import Live
from .live.orders import Signal
from .verify.verify import Approval

__all__ = [
    "CHALLENGE_HEADERS",
    "ERROR_CODES",
    "ERROR_STATUS",
    "WITHOUT_REDEMPTION",
    "AgentClient",
    "Approval",
    "ApprovalError",
    "ApprovalRequest",
    "ApprovalToken",
    "AuthorityError",
    "Denial",
    "DpopKey",
    "DpopPresentation",
    "Live",
    "NotExecuted",
    "OutcomeUnknown",
    "RunContext",
    "Signal",
    "Transaction",
    "Verifier",
    "action_digest",
    "canonicalize",
    "challenge_in",
    "new_salt",
    "parse_action",
    "parse_json",
    "parse_preview",
    "preview_digest",
    "state_digest",
]
