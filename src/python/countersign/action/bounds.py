"""The bounds of a grant: the arguments in which the calls of a series may differ, and how far.

An argument that is not named is fixed: the digest of the series covers its value. Counts nothing. Characters that are
newer than this Python's Unicode are no letters, so that a path with one is refused. SPEC 4.6.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from ..data.encoding import digest_of
from ..data.shape import array, integer, members, misfit, record
from ..data.strict_json import canonicalize, utf16_length
from ..errors import ApprovalError, demand
from .action import CallSnapshot

_MAX_ARGUMENTS = 16
_MAX_VALUES = 32
_MAX_BOUNDS_LENGTH = 2048
_MAX_PATH_LENGTH = 1024

_PREFIX = re.compile(r"(?!(?:[^\n\r\u2028\u2029]*/)?\.\./)[^\\%?#]*/")


def millionths(value: Any) -> int | None:
    """A number as millionths, exactly; None for one that is negative, too large or has more decimals."""
    if type(value) not in (int, float):
        return None
    product = float(value) * 1e6
    scaled = math.floor(product)
    scaled += product - scaled >= 0.5
    return scaled if scaled / 1e6 == value and 0 <= scaled <= 10**15 else None


def _scalar(value: Any, where: str) -> Any:
    if value is not None and type(value) not in (str, int, float, bool):
        raise misfit(where)
    return value


def _amount(value: Any, where: str) -> Any:
    if millionths(value) is None:
        raise misfit(where)
    return value


def _prefix(value: Any, where: str) -> str:
    if type(value) is not str or not _PREFIX.fullmatch(value):
        raise misfit(where)
    if any(unicodedata.category(character)[0] == "C" for character in value):
        raise misfit(where)
    return value


_READERS = {
    "equals": _scalar,
    "oneOf": array(_scalar, 1, _MAX_VALUES),
    "prefix": _prefix,
    "max": _amount,
    "sum": _amount,
}
_read_constraint = record({}, _READERS)


def _constraint(value: Any, where: str) -> dict[str, Any]:
    read: dict[str, Any] = _read_constraint(value, where)
    if len(read) != 1 and set(read) != {"max", "sum"}:
        raise misfit(where)
    return read


def parse_constraints(value: Any, where: str) -> dict[str, Any]:
    """Reads constraints by the name of an argument: at most 16, one of them with a sum. Raises ``invalid_request``."""
    given = members(value, where)
    read = {name: _constraint(one, name) for name, one in given.items()}
    summed = sum("sum" in one for one in read.values())
    if len(read) > _MAX_ARGUMENTS or summed > 1 or utf16_length(canonicalize(given)) > _MAX_BOUNDS_LENGTH:
        raise misfit(where)
    return read


_read_bounds = record({"uses": integer(1, 1000), "arguments": parse_constraints})


def parse_bounds(value: Any) -> dict[str, Any]:
    """Reads ``{uses, arguments}`` from untrusted data. Raises ``invalid_request``."""
    bounds: dict[str, Any] = _read_bounds(value, "bounds")
    return bounds


def series_digest(series: dict[str, Any], constraints: dict[str, Any], *, audience: str, jkt: str) -> str:
    """Digest of a series for one executor, and the thumbprint of the key that every token of it is bound to."""
    shared = {name: series[name] for name in ("name", "resource", "arguments", "salt")}
    return digest_of({"typ": "countersign/series/v1", "aud": audience, "jkt": jkt, "bounds": constraints, **shared})


@dataclass(frozen=True)
class SeriesShare:
    """The part of a call that all calls of its series share, and what it adds to the sum, in millionths."""

    fixed: dict[str, Any]
    added: int
    limit: float


#: What a call uses up of its grant: an id, the most of it, and how much the call takes.
SeriesUse = tuple[str, float, int]


def check_series(call: CallSnapshot, claims: dict[str, Any]) -> list[SeriesUse]:
    """Checks that a call is one of the series that a token's grant bounds, and tells what it uses up.

    Raises ``token_malformed`` for constraints that cannot be read and for a token of no person,
    ``proof_of_possession`` for a token without a key, ``action_mismatch`` for a call or a key outside of them.
    """
    grant = claims["authorization_details"][0]["bounds"]
    demand(claims["approval"]["quorum"] > 0, "token_malformed")
    demand("cnf" in claims, "proof_of_possession")
    try:
        constraints = parse_constraints(grant["arguments"], "bounds")
    except ApprovalError as cause:
        raise ApprovalError("token_malformed") from cause
    share = share_of(call.arguments(), constraints)
    series = {"name": call.name, "resource": call.resource, "arguments": share.fixed, "salt": grant["salt"]}
    expected = series_digest(series, constraints, audience=claims["aud"], jkt=claims["cnf"]["jkt"])
    demand(grant["digest"] == expected, "action_mismatch")
    return [(grant["grant"], grant["uses"], 1), (f"{grant['grant']} sum", share.limit, share.added)]


def share_of(arguments: dict[str, Any], constraints: dict[str, Any]) -> SeriesShare:
    """Holds the arguments of a call to constraints. Raises ``action_mismatch``. The fixed ones are left to the digest."""
    rest = dict(arguments)
    added, limit = 0, math.inf
    for name, constraint in constraints.items():
        demand(name in rest, "action_mismatch")
        value = rest.pop(name)
        demand(_satisfies(value, constraint), "action_mismatch")
        if "sum" in constraint:
            added, limit = millionths(value) or 0, millionths(constraint["sum"]) or 0
    return SeriesShare(rest, added, limit)


def _satisfies(value: Any, constraint: dict[str, Any]) -> bool:
    if "prefix" in constraint:
        return type(value) is str and _is_below(value, constraint["prefix"])
    most = millionths(constraint.get("max", constraint.get("sum")))
    if most is not None:
        amount = millionths(value)
        return amount is not None and amount <= most
    return any(_is_same(allowed, value) for allowed in constraint.get("oneOf", [constraint.get("equals")]))


def _is_same(one: Any, other: Any) -> bool:
    """Python takes True for 1."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _is_below(path: str, prefix: str) -> bool:
    return (
        path.startswith(prefix)
        and utf16_length(path) <= _MAX_PATH_LENGTH
        and unicodedata.normalize("NFKC", path) == path
        and all(_is_plain(segment) for segment in path[len(prefix) :].split("/"))
    )


def _is_plain(segment: str) -> bool:
    """Nothing that a file system, a URL or a shell could read as another place: dots, escapes, look-alikes."""
    return bool(segment) and segment[-1] not in ". " and all(_is_plain_character(one) for one in segment)


def _is_plain_character(character: str) -> bool:
    return character in "._@+=,()[] -" or unicodedata.category(character)[0] in "LN"
