"""JSON that others wrote, made readable: whole characters, and no deeper than a reader goes. Pure."""

from __future__ import annotations

import json
import re

from pydantic_core import from_json

# A half of a surrogate pair, as an escape and as a character.
_ESCAPED = re.compile(rb"\\u[dD][89a-fA-F]")
_HALF = re.compile("[\ud800-\udfff]")
_REPLACEMENT = "\ufffd"
# The values of a conversation that are used lie five levels deep. Readers give up somewhere below two hundred.
_DEEPEST = 64
_MARKS = re.compile(rb'["\[\]{}]')
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)


def readable(body: bytes) -> bytes:
    r"""The JSON text as every strict reader takes it.

    U+FFFD stands for each half of a surrogate pair, as in "\ud83d" for an emoji that was cut in two, and for bytes
    that are no UTF-8; null stands for a value more than 64 levels deep. A text that can be read, and one that is no
    JSON at all, comes back as it is.
    """
    try:
        from_json(body)
    except ValueError:
        return _whole(_shallow(body))
    return body


def _whole(body: bytes) -> bytes:
    try:
        body.decode()
    except UnicodeDecodeError:
        body = body.decode(errors="replace").encode()
    if not _ESCAPED.search(body):
        return body
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return body
    return _HALF.sub(_REPLACEMENT, json.dumps(document, ensure_ascii=False)).encode()


def _shallow(body: bytes) -> bytes:
    """The text with a null for each array or object that lies too deep, in linear time."""
    kept: list[bytes] = []
    at = begin = depth = 0
    while mark := _MARKS.search(body, at):
        sign, at = mark[0], mark.end()
        if sign == b'"':
            string = _STRING.match(body, mark.start())
            if string is None:
                break
            at = string.end()
        elif sign in b"[{":
            depth += 1
            if depth == _DEEPEST + 1:
                kept += [body[begin : mark.start()], b"null"]
        else:
            depth -= 1
            if depth == _DEEPEST:
                begin = at
    if not kept:
        return body
    return b"".join(kept) + (body[begin:] if depth <= _DEEPEST else b"")
