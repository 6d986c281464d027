"""Strict JSON, and the one canonical text of each value.

Refuses everything that two parsers could read differently: duplicate members, rounded integers, lone surrogates. Numbers
are those of ECMAScript: ``1.0`` is read as 1. RFC 8259, RFC 7493, RFC 8785, SPEC 4.
"""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import Any

from ..errors import ApprovalError

#: Deepest nesting of arrays and objects: the value itself is level 1.
MAX_JSON_DEPTH = 32

_MAX_SAFE_INTEGER = 2**53 - 1
_SURROGATE = re.compile("[\ud800-\udfff]")


def parse_json(text: str, max_depth: int = MAX_JSON_DEPTH) -> Any:
    """Parses text strictly, and limits no size: callers do, before they hold the text.

    Refuses with ``invalid_request``: anything RFC 8259 does not allow, a doubled member name in one object, lone
    surrogates, numbers that overflow, integers beyond 2^53-1 however written, and nesting beyond ``max_depth``.
    """
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError) as cause:
        raise _refuse("This is not JSON.") from cause
    _check(value, max_depth)
    return value


def canonicalize(value: Any) -> str:
    """Writes a value in its one canonical form, without Unicode normalisation. RFC 8785.

    Takes ``dict``, ``list``, ``str``, ``int``, ``float``, ``bool`` and ``None``, and no subclass of them. Raises
    ``invalid_request`` for anything else, and for what ``parse_json`` refuses.
    """
    return _write(value, MAX_JSON_DEPTH)


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, in which some limits are stated."""
    return len(text) + sum(character > "\uffff" for character in text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _refuse("A member name occurs twice.")
    return members


def _float(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() else value


def _constant(text: str) -> None:
    raise ValueError(text)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_constant=_constant)


def _check(value: Any, levels_left: int) -> None:
    kind = type(value)
    if kind is str:
        _refuse_ill_formed(value)
    elif kind in (int, float):
        _refuse_inexact(value)
    elif kind in (dict, list):
        _refuse_too_deep(levels_left)
        for name in value if kind is dict else ():
            _refuse_ill_formed(name)
        for item in value.values() if kind is dict else value:
            _check(item, levels_left - 1)


def _write(value: Any, levels_left: int) -> str:
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    kind = type(value)
    if kind is str:
        return _write_string(value)
    if kind is int or kind is float:
        return _write_number(value)
    if kind is not list and kind is not dict:
        raise _refuse("Send plain JSON data.")
    _refuse_too_deep(levels_left)
    if kind is list:
        return "[" + ",".join(_write(item, levels_left - 1) for item in value) + "]"
    return "{" + ",".join(f"{_write_string(name)}:{_write(value[name], levels_left - 1)}" for name in _sorted(value)) + "}"


def _sorted(members: dict[Any, Any]) -> list[str]:
    """Names by UTF-16 code unit."""
    for name in members:
        if type(name) is not str:
            raise _refuse("Send plain JSON data.")
        _refuse_ill_formed(name)
    return sorted(members, key=lambda name: name.encode("utf-16-be"))


def _write_string(text: str) -> str:
    _refuse_ill_formed(text)
    return json.dumps(text, ensure_ascii=False)


def _write_number(value: int | float) -> str:
    """As ECMAScript writes it. Both languages find the shortest digits that read back as the same number."""
    _refuse_inexact(value)
    if value == int(value):
        return str(int(value))
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits))
    return ("-" if sign else "") + _place_point(text, len(text) + int(exponent))


def _place_point(digits: str, point: int) -> str:
    if point > 0:
        return f"{digits[:point]}.{digits[point:]}"
    if point > -6:
        return f"0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{point - 1}"


def _refuse_ill_formed(text: str) -> None:
    if not text.isascii() and _SURROGATE.search(text):
        raise _refuse("A string holds half a surrogate pair.")


def _refuse_inexact(value: int | float) -> None:
    # An integer of any length can be compared with another, but not be made a float.
    is_safe = abs(value) <= _MAX_SAFE_INTEGER if type(value) is int or value.is_integer() else math.isfinite(value)
    if not is_safe:
        raise _refuse("Write a number beyond 2^53 as a string.")


def _refuse_too_deep(levels_left: int) -> None:
    if levels_left < 1:
        raise _refuse("Nest less deeply.")


def _refuse(message: str) -> ApprovalError:
    return ApprovalError("invalid_request", message)
