"""Statements and guarantees that nobody can know: "the job is yours", "success is guaranteed". Pure.

Sentences are in small letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from astra_pipeline.language.contract.fragments import (
    DENIED,
    END,
    END_OR_WHOSE,
    LEFT_OPEN,
    SOME_WORDS,
    WHOSE,
    WORDS,
)
from astra_pipeline.language.contract.nouns import ILLNESS, JOB, LAW_CASE, MISHAP, MONEY, WEDDING
from astra_pipeline.language.contract.orders import GOOD_DAY, GOOD_FOR
from astra_pipeline.language.contract.sentences import has_any, last_clause
from astra_pipeline.language.word_lists import one_of

# (hints between bars, one of which is in every match; expression for the statement)
_STATED: tuple[tuple[str, str], ...] = (
    (
        "certain| sure|assured|inevitab|in the bag|yours|unavoidable|imminent|the corner| way| coming",
        rf"\b(?:{JOB}|{MONEY}|recovery|victory|success(?: in \w+)?|{LAW_CASE}|{MISHAP}(?: in \w+ family)?|"
        r"selection|motherhood|fatherhood) (?:is|are)"
        r"(?: (?:all but|almost|now|already|as good as|absolutely|definitely|completely))* "
        r"(?:certain|sure(?! to)|assured|inevitable|in the bag|yours(?! to)|unavoidable|imminent|"
        r"around the corner|on (?:its|the|their|your) way|"
        r"coming(?! (?:along|up|from|together|out|between|to an?)))",
    ),
    (
        "certain|assured|inevitabl|written|destined",
        rf"\b(?:{WEDDING}|pregnancy) is (?:certain|assured|inevitable|written|destined)\b",
    ),
    (
        " is gone| is cured| is healed|remission",
        r"\b(?:cancer|disease|illness|tumou?r|diabetes) is (?:gone|cured|healed|in remission)\b",
    ),
    (
        "this is the ",
        r"\bthis is the (?:day|week|month|year) (?:that |when )?you (?:finally )?(?:get (?:the job|married|rich|"
        r"promoted|pregnant|hired)|marry|conceive|become (?:rich|a (?:mother|father))|meet your (?:husband|"
        r"wife))\b",
    ),
    (" near", rf"\b{MISHAP} is near{END}"),
    ("awaits", rf"\b(?:{MISHAP}|{MONEY}|promotion) awaits\b"),
    ("100|hundred per", r"\b(?:100 ?%|a hundred per ?cent) (?:sure|certain)\b"),
    ("doomed|cursed", r"\byou(?:'re| are) (?:doomed|cursed)\b"),
    (
        "profit|returns|investment|gain",
        r"\b(?:sure|safe|risk-free|certain|assured) (?:profits?|returns(?! to)|investments?|gains?)\b",
    ),
    (
        "cheating|unfaithful|an affair",
        r"\b(?:husband|wife|partner|boyfriend|girlfriend|spouse) (?:is|has been) (?:\w+ )?(?:cheating|"
        r"unfaithful|having an affair)\b",
    ),
    ("cures |heals ", rf"(?<!time )(?<!love )\b(?:cures|heals) {WHOSE}{ILLNESS}\b"),
    (
        "s you |predict you|foretell you",
        r"\b(?:promises|predicts|foretells|foresees|assures|ensures|confirms|brings|grants|predict|foretell) you "
        rf"{SOME_WORDS}(?:{JOB}|{MONEY}|baby|child|son|daughter|husband|wife|proposal|{WEDDING}|recovery|"
        rf"pregnancy){END_OR_WHOSE}",
    ),
    (
        "i see|i can see|i foresee|i predict",
        rf"\bi (?:can )?(?:see|foresee|predict) {SOME_WORDS}(?:{JOB}|{MONEY}|baby|{WEDDING}|{MISHAP}|illness)"
        r"\b[^.,;]{0,20}\b(?:coming|ahead|in your|soon|this|next|for you)\b",
    ),
    (
        "expect ",
        rf"(?:^|[.!?;:,—–] ?|\b(?:and|so|can|should|now) )expect {SOME_WORDS}(?:{JOB}|{MONEY}|baby|{WEDDING}|"
        rf"{MISHAP}|pregnancy){END_OR_WHOSE}",
    ),
    (
        " for buying| for selling| for invest| for trading| for speculation|to buy|to sell|to invest| buy| bet",
        rf"(?:{GOOD_DAY} for|{GOOD_FOR}) (?:buying|selling|investing|trading|speculation|investments?)\b"
        rf"|\b(?:time|day|week|moment) to (?:buy|sell|invest){END}"
        r"|\b(?:stocks?|shares|gold|bitcoin|crypto) (?:is|are) (?:an? )?(?:good|great|safe|sure|smart) (?:buy|"
        r"bet)\b",
    ),
)
_RULES = tuple((hints.split("|"), re.compile(stated)) for hints, stated in _STATED)
# One of these is in every statement.
STATED_HINTS = tuple(hint for hints, _ in _RULES for hint in hints)

# One of these is in every guarantee.
GUARANTEE_HINTS = ("guarantee",)
_GUARANTEE = re.compile(r"\bguarantee")
_WANTED = re.compile(rf"\b{one_of(WORDS.guarantee_wanted)}\b")
_DENIED_AFTER = re.compile(r"\w* (?:nothing|neither|no\b|none|little)|[^.,;!?]{0,20}\b(?:nahin?|kaun|thodi)\b")


def is_stated(sentence: str) -> bool:
    """True for a sentence that states as a fact what nobody can know."""
    return any(_is_asserted(found, sentence) for found in _statements(sentence))


def is_guaranteed(sentence: str) -> bool:
    """True for a sentence that guarantees something, and neither denies a guarantee nor asks for one."""
    return any(not _is_no_guarantee(found, sentence) for found in _GUARANTEE.finditer(sentence))


def _statements(sentence: str) -> Iterator[re.Match[str]]:
    for hints, stated in _RULES:
        if has_any(hints, sentence):
            yield from stated.finditer(sentence)


def _is_asserted(found: re.Match[str], sentence: str) -> bool:
    before = last_clause(sentence[: found.start()])
    return not (LEFT_OPEN.search(before) or DENIED.search(before))


def _is_no_guarantee(found: re.Match[str], sentence: str) -> bool:
    before, after = last_clause(sentence[: found.start()]), sentence[found.end() :]
    return bool(DENIED.search(before) or _WANTED.search(before) or _DENIED_AFTER.match(after))
