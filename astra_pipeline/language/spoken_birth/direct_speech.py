"""Words that a caller repeats after somebody else: the "I" in them is not the caller."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from astra_pipeline.language.spoken_birth import words

_QUOTED = re.compile(r"[\"“”„«‹](?P<inside>[^\"“”„«»‹›]+)[\"“”»›]?|(?<=[,:] )'(?P<single>[^']+(?:'\w[^']*)*)'")


def quoted_spans(plain: str) -> Iterator[tuple[int, int]]:
    """The start and end of each part of a turn, in small Latin letters, that somebody else is quoted with.

    "She said, 'I was born in Agra'" has one, with or without the marks; "I said, 'I was born in Agra'" and "mum says
    I was born in Agra" have none.
    """
    for match in _QUOTED.finditer(plain):
        group = "inside" if match["inside"] else "single"
        if not _said_by_me().search(plain, 0, match.start()):
            yield match.span(group)
    for match in _says().finditer(plain):
        end = re.compile(r"[.!?](?=\s|$)|\bbut\b|\blekin\b|\bpar\b").search(plain, match.end())
        yield match.end(), end.start() if end else len(plain)


@cache
def _said_by_me() -> re.Pattern[str]:
    """The end of a text by which the caller announces their own words."""
    return re.compile(
        r"\b(?:i|we|maine|main) (?:\w+ )?(?:say|said|told|tell|wrote|write|repeat|kaha|bola)\b[^.!?]*\Z"
    )


@cache
def _says() -> re.Pattern[str]:
    """Somebody's "said," or "told me:" before a first person that is theirs.

    What a parent says of the caller's birth is of the caller: "mum said, I was born at night".
    """
    known = words.owners()
    parents = words.any_of(known.parents)
    verbs = words.any_of(known.quotes)
    others = rf"(?:he|she|they|{words.any_of(known.relations)})"
    me = r"(?=(?:i|i'm|my|we|main|mai|mera|meri)\b)"
    hindi = words.any_of(known.quotes_hindi)
    return re.compile(
        rf"\b(?!{parents}\b){others} (?:\w+ ){{0,2}}?{verbs}(?: (?:to )?(?:me|us|everyone|everybody|them|him|her))?(?:,|:| that's when|,? like,?) {me}"
        rf"|\b(?:usne|unhone|woh|wo|isne|inhone|(?!{parents}\b){words.any_of(known.relations)}(?: ne)?) (?:\S+ ){{0,3}}?{hindi}(?: (?:hai|tha|thi|rahi thi|raha tha|rahe the))?,?(?: ki| that)? ?{me}"
    )
