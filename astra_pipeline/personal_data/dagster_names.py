"""Finding ids in the texts that Dagster stored, and hiding them there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sql

_HIDDEN = "erased"
# Letters with which ids of one kind are taken to begin.
_ALIKE = 4
# Ids, or rows, of one statement.
_ASKED_AT_ONCE = 200
# Ids that a server looks for in each text.
_ASKED_OF_A_SERVER = 30


def slices(values: Iterable[Any]) -> Iterator[list[Any]]:
    """The values in lists short enough for one statement."""
    left = list(values)
    return (left[start : start + _ASKED_AT_ONCE] for start in range(0, len(left), _ASKED_AT_ONCE))


class Names:
    """Ids, and how to find them in what Dagster stored."""

    def __init__(self, ids: Iterable[str]) -> None:
        plain = [one for one in dict.fromkeys(ids) if one]
        # Dagster stores JSON, sometimes JSON in JSON, in which other than ASCII letters are escaped.
        escaped = [json.dumps(one)[1:-1] for one in plain]
        twice = [json.dumps(one)[1:-1] for one in escaped]
        self._forms = list(dict.fromkeys([*plain, *escaped, *twice]))
        # Beginning -> length -> forms: ids of one kind begin alike, and a text is searched for that once.
        self._alike: dict[str, dict[int, set[str]]] = {}
        for form in self._forms:
            self._alike.setdefault(form[:_ALIKE], {}).setdefault(len(form), set()).add(form)
        # As a whole: user_1 is not in user_12. In JSON in JSON a letter before the id may be that of a "\\n".
        forms = "|".join(map(re.escape, self._forms))
        self._whole = re.compile(rf"(?:(?<![\w-])|(?<=\\[bfnrt]))(?:{forms})(?![\w-])")

    def condition(self, connection: sql.Connection, text: sql.Column[Any]) -> sql.ColumnElement[bool]:
        """The question for the server: rows in whose text there may be one of the ids.

        A server that is elsewhere is asked for few ids. For many it would read each text once for each of them.
        """
        if connection.dialect.name == "sqlite" or len(self._forms) > _ASKED_OF_A_SERVER:
            return sql.true()
        return sql.or_(sql.false(), *(sql.func.strpos(text, form) > 0 for form in self._forms))

    def are_in(self, text: str) -> bool:
        """Whether a text, JSON or not, names one of them."""
        return self._may_be_in(text) and any(self._whole.search(one) for one in _strings(_read(text)))

    def _may_be_in(self, text: str) -> bool:
        for beginning, forms in self._alike.items():
            at = text.find(beginning)
            while at >= 0:
                if any(text[at : at + length] in some for length, some in forms.items()):
                    return True
                at = text.find(beginning, at + 1)
        return False

    def are_left_in(self, path: Path) -> bool:
        """Whether the bytes of an SQLite database do, also where SQLite takes them for free. Only for one this
        process has not open: closing the file as a plain one would take SQLite's locks from it."""
        return any(
            form.encode() in file.read_bytes()
            for file in (path, path.with_name(f"{path.name}-wal"))
            if file.is_file()
            for form in self._forms
        )

    def hidden(self, text: str) -> str:
        """The text, JSON or not, with another word in place of each."""
        known = _read(text)
        return self._whole.sub(_HIDDEN, text) if known is text else json.dumps(self._hidden(known))

    def _hidden(self, value: Any) -> Any:
        match value:
            case str():
                return self._whole.sub(_HIDDEN, value)
            case list():
                return [self._hidden(one) for one in value]
            case dict():
                return {self._hidden(key): self._hidden(one) for key, one in value.items()}
        return value


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for one in value:
                yield from _strings(one)
        case dict():
            for key, one in value.items():
                yield key
                yield from _strings(one)
