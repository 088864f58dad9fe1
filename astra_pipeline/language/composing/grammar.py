"""Articles, plurals and counts in English, by inflect. Pure.

inflect takes a good part of a second to import, so it is imported when the first word needs it.
"""

from __future__ import annotations

import functools
import re
from typing import Any

_DETERMINERS = frozenset(
    (
        "a",
        "an",
        "the",
        "your",
        "my",
        "our",
        "his",
        "her",
        "their",
        "this",
        "that",
        "these",
        "those",
        "some",
        "any",
        "no",
    )
)
# A verb behind one thing, and behind several.
_SEVERAL = {"is": "are", "was": "were", "comes": "come", "brings": "bring", "has": "have"}
# Words that end like plurals.
_ONE = frozenset(("tennis", "physics", "maths", "economics", "politics", "news", "chess", "yoga", "gymnastics"))


@functools.lru_cache(maxsize=4096)
def with_article(noun: str) -> str:
    """The noun with "a" or "an", unless it has a determiner, an owner or is a plural: "an exam", "results"."""
    first, _, _ = noun.partition(" ")
    if not noun or first.casefold() in _DETERMINERS or first.casefold().endswith(("'s", "’s")):
        return noun
    return noun if _engine().singular_noun(noun) else _engine().a(noun)


@functools.lru_cache(maxsize=4096)
def plural(noun: str, count: int = 2) -> str:
    """The noun as it stands behind a number: "day" behind 1, "days" behind any other."""
    return _engine().plural_noun(noun, count)


@functools.lru_cache(maxsize=4096)
def counted(count: int, noun: str) -> str:
    """A number in words, up to twelve, with its noun: "three conversations", "one day", "40 days"."""
    spelled = "no" if count == 0 else _engine().number_to_words(count, threshold=12)
    return f"{spelled} {plural(noun, count)}"


@functools.lru_cache(maxsize=4096)
def is_plural(noun: str) -> bool:
    """Whether a noun is one of many: "exam results", but not "exam", "Chess" or a name."""
    last = noun.rpartition(" ")[2]
    return last.islower() and last.endswith("s") and last not in _ONE and bool(_engine().singular_noun(last))


def agreeing(text: str, noun: str) -> str:
    """A sentence whose verb behind a noun agrees with it: "the exam results are on Thursday"."""
    if not noun or not is_plural(noun):
        return text
    verbs = "|".join(_SEVERAL)
    pattern = rf"({re.escape(noun)}(?:,? which)?) ({verbs})\b"
    return re.sub(pattern, lambda found: f"{found[1]} {_SEVERAL[found[2]]}", text, flags=re.IGNORECASE)


@functools.cache
def _engine() -> Any:
    # Its own types ask for its own kinds of words and numbers.
    import inflect

    return inflect.engine()
