"""Readers for values whose shape is closed: these members, of these kinds, and no others.

A reader raises ``invalid_request`` and names the member; readers of tokens, lists and proofs map that to their own code.
Fills in no default and coerces nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ApprovalError

#: Reads one value. The text is the name of its member, for the message.
Reader = Callable[[Any, str], Any]
Readers = Mapping[str, Reader]


def misfit(where: str) -> ApprovalError:
    """The refusal of a value: names the member, and nothing of the value."""
    return ApprovalError("invalid_request", f"{where} is missing, malformed or holds too much.")


def record(required: Readers, optional: Readers | None = None) -> Reader:
    """An object that has all of ``required``, perhaps some of ``optional``, and nothing else."""
    read = open_record(required, optional)

    def read_closed(value: Any, where: str) -> dict[str, Any]:
        copy: dict[str, Any] = read(value, where)
        if len(copy) != len(value):
            raise misfit(where)
        return copy

    return read_closed


def open_record(required: Readers, optional: Readers | None = None) -> Reader:
    """As ``record``, but unknown members are left out: for formats of other specifications, which may grow."""
    possible = optional or {}

    def read_open(value: Any, where: str) -> dict[str, Any]:
        if type(value) is not dict:
            raise misfit(where)
        for name in required:
            if name not in value:
                raise misfit(name)
        copy = {name: read(value[name], name) for name, read in required.items()}
        copy.update({name: read(value[name], name) for name, read in possible.items() if name in value})
        return copy

    return read_open


def array(item: Reader, least: int, most: int | None) -> Reader:
    """An array of ``least`` to ``most`` items."""

    def read_array(value: Any, where: str) -> list[Any]:
        if type(value) is not list or len(value) < least or (most is not None and len(value) > most):
            raise misfit(where)
        return [item(entry, where) for entry in value]

    return read_array


def text(most: int, least: int = 1) -> Reader:
    """A string of ``least`` to ``most`` code points."""

    def read_text(value: Any, where: str) -> str:
        if type(value) is not str or not least <= len(value) <= most:
            raise misfit(where)
        return value

    return read_text


def matching(pattern: str) -> Reader:
    """A string that matches ``pattern`` from its beginning to its end."""
    compiled = re.compile(pattern, re.ASCII)

    def read_matching(value: Any, where: str) -> str:
        if type(value) is not str or not compiled.fullmatch(value):
            raise misfit(where)
        return value

    return read_matching


def integer(least: int = 0, most: int = 2**53 - 1) -> Reader:
    """An integer from ``least`` to ``most``."""

    def read_integer(value: Any, where: str) -> int:
        if type(value) is not int or not least <= value <= most:
            raise misfit(where)
        return value

    return read_integer


def one_of(*values: str | int | bool) -> Reader:
    """One of these values, of the same type."""

    def read_one(value: Any, where: str) -> Any:
        if not any(type(known) is type(value) and known == value for known in values):
            raise misfit(where)
        return value

    return read_one


def nullable(read: Reader) -> Reader:
    """The value that ``read`` reads, or None."""
    return lambda value, where: None if value is None else read(value, where)


def anything(value: Any, where: str) -> Any:
    """Any value: it is read later, or by somebody else."""
    return value


def members(value: Any, where: str) -> dict[str, Any]:
    """Any object."""
    if type(value) is not dict:
        raise misfit(where)
    return value


#: Base64url of exactly 16 bytes, unused bits zero.
bytes16 = matching(r"[\w-]{21}[AQgw]")
#: Base64url of exactly 32 bytes, unused bits zero.
bytes32 = matching(r"[\w-]{42}[AEIMQUYcgkosw048]")
#: An identifier: 1 to 512 characters, none of them a control character.
identifier = matching(r"[^\x00-\x1f\x7f-\x9f]{1,512}")
#: Epoch seconds.
instant = integer()
digest = matching(r"sha-256:[\w-]{42}[AEIMQUYcgkosw048]")
boolean = one_of(True, False)
