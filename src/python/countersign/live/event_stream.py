"""Server-sent events, read as they come.

Keeps no event that was not ended by an empty line, and knows no ``retry``. WHATWG HTML 9.2.6.
"""

from __future__ import annotations

import re

#: Most characters of an event, and of a line: a list of 4 MiB in base64url, and room for what is around it.
_MAX_LENGTH = 8_388_608


class EventParser:
    """Give it each piece, and it returns the events that ended in it, as name, data and id."""

    def __init__(self) -> None:
        self._rest = self._name = self._id = ""
        self._data: list[str] = []
        self._length = 0

    def feed(self, piece: str) -> list[tuple[str, str, str]]:
        """Raises ``ValueError`` on an event without end."""
        # A carriage return at the end may be half of a line break.
        *lines, self._rest = re.split(r"\r\n|\n|\r(?!\Z)", self._rest + piece)
        events: list[tuple[str, str, str]] = []
        for line in lines:
            if line == "":
                events.extend(self._end())
            else:
                self._length += len(line)
                self._take(line)
        if self._length + len(self._rest) > _MAX_LENGTH:
            raise ValueError("an event without end")
        return events

    def _take(self, line: str) -> None:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._name = value
        elif field == "data":
            self._data.append(value)
        elif field == "id" and "\0" not in value:
            self._id = value

    def _end(self) -> list[tuple[str, str, str]]:
        events = [(self._name or "message", "\n".join(self._data), self._id)] if self._data else []
        self._name, self._data, self._length = "", [], 0
        return events
