"""Advice that no text may give: on medicines, treatments and doctors, on buying, selling, investing, borrowing. Pure.

Sentences are in small letters.
"""

from __future__ import annotations

import re

from astra_pipeline.language import vocabulary
from astra_pipeline.language.contract.fragments import DENIED, END, SOME_WORDS, WHOSE
from astra_pipeline.language.contract.nouns import ASSET, CURE_STEMS, MEDICINE, TREATMENT
from astra_pipeline.language.contract.sentences import last_clause
from astra_pipeline.language.word_lists import Vocabulary, Words, one_of, stems


class OrderWords(Vocabulary):
    """The lists of orders.yaml, where each has a comment that says what it is for."""

    changing_a_cure: Words
    visits: Words
    choosing_a_cure: Words
    fit: Words
    unfit: Words
    days: Words
    trading: Words
    moving_money: Words
    spoken_of: Words
    undone: Words
    before_an_order: Words
    soon: Words


_WORDS = vocabulary.load("astra_pipeline.language.contract", "orders.yaml", OrderWords)

GOOD_DAY = rf"\b{one_of((*_WORDS.fit, *_WORDS.unfit))} {one_of(_WORDS.days)}"
GOOD_FOR = rf"\bis {one_of(_WORDS.fit)} for"
_CURE = f"(?:{MEDICINE}|{TREATMENT})"

# One of these is in everything that is advised on a cure.
CURE_HINTS = (*CURE_STEMS, *stems(_WORDS.visits), "doctor", "hospital", "benign", "malignant", "cancer", "lump")
_CURE_ORDER = re.compile(
    rf"\b{one_of(_WORDS.changing_a_cure)} {WHOSE}(?:{_CURE}|{one_of(_WORDS.visits)})\b"
    rf"|\btake (?:your \w+|him|her|them) off {WHOSE}{MEDICINE}\b|\bavoid (?:the |all |your )?(?:doctors?|"
    rf"hospitals?)\b|\bthrow {WHOSE}{MEDICINE} (?:away|out)\b|\bleave {WHOSE}{MEDICINE} (?:aside|off|behind|at "
    rf"home)\b|\b{one_of(_WORDS.choosing_a_cure)} {WHOSE}{TREATMENT}\b"
)
_CURE_CLAIM = re.compile(
    r"\b(?:no need|don't need|do not need|needn't|need not|don't have|do not have) (?:for|to see|to visit|"
    rf"to consult|see) a doctor\b"
    rf"|\b(?:no longer|don't|do not|won't|will not) need {WHOSE}{_CURE}(?: anymore| any more)?{END}"
    rf"|\b(?:instead|in place|in lieu) of {WHOSE}(?:{_CURE}|doctors?|hospital)\b"
    rf"|\b(?:do not|don't|never|should not|shouldn't|no need to|needn't|need not|avoid) (?:take|taking|use|using|"
    rf"start|starting) {WHOSE}{MEDICINE}\b(?![^.;!?]*\b(?:without|lightly|for granted)\b)"
    rf"|\b(?:heal|recover|get well|manage)\b[^,;.]{{0,30}} without {WHOSE}(?:{_CURE}|doctors?)\b"
    rf"|{GOOD_DAY} (?:for|to (?:have|schedule|undergo)) {WHOSE}{TREATMENT}\b|{GOOD_FOR} {WHOSE}{TREATMENT}\b"
    r"|\b(?:lump|tumou?r|biopsy|growth|cyst) is (?:benign|malignant|nothing|cancer)|\byou (?:do not |don't )?have "
    r"cancer(?! (?:rising|in|sun|moon|placements))|\bdoctors? will (?:find nothing|be amazed)\b"
)

# One of these is in everything that is advised on money.
MONEY_HINTS = (
    *stems(_WORDS.trading),
    *("invest", "put ", "borrow", "loan", "mortgage", "play the", "money", "savings", "cash ", "funds "),
)
_MONEY_ORDER = re.compile(
    rf"\b{one_of(_WORDS.trading)} {SOME_WORDS}{ASSET}\b"
    r"|\binvest(?:ing)? (?:(?:all|half|everything|more|heavily|now|today|again|boldly|some)(?: of)? )*(?:in (?:the "
    rf")?{ASSET}|(?:your |the |all your |some )?(?:\w+ )?(?:savings|money|salary|bonus|capital|cash|inheritance|"
    r"rupees))\b"
    rf"|\binvest (?:everything|all|it all|all you have){END}"
    r"|\bput (?:all|everything|your|some|half|more|the|money|cash)(?: (?:of|your|money|savings|salary|bonus|"
    rf"it)){{0,4}} (?:in|into|on) (?:the )?{ASSET}\b"
    rf"|\b{one_of(_WORDS.moving_money)} {SOME_WORDS}(?:money|savings|cash|funds) (?:in|into|out of|"
    rf"from) (?:the )?(?:{ASSET}|markets?)\b"
    r"|\b(?:take|sign|apply for) (?:out )?(?:an?|the|that|this) (?:\w+ )?(?:loan|mortgage)\b(?! (?:papers?|"
    r"documents?))|\bborrow (?:the |some |that |more )?money\b|\bplay the (?:lottery|market|stock market)\b"
)

_SOMEBODY_WANTS = r"(?:he|she|they|you|\w+er) wants? to"
# A text that speaks of somebody who thinks of it gives no advice, and doctors may give theirs.
_SPOKEN_OF = re.compile(rf"\b{one_of(_WORDS.spoken_of, _SOMEBODY_WANTS)}\b")
_ASKED = re.compile(r"^\W*(?:is|are|should|shall|would|could|can)\b")
_HABIT = re.compile(r"\b(?:you|they|we|i|people)$")
_UNDONE = re.compile(rf"(?:\b{one_of(_WORDS.undone)}|n't)(?: (?:just|simply|ever|suddenly|to))?$")
_BEFORE_AN_ORDER = re.compile(rf"(?:^|[.!?;:,)\"(—–-]|\b{one_of(_WORDS.before_an_order)}|n't)$")
_A_DAY_OF_THE_WEEK = r"\w+day"
_SOON = re.compile(rf"\b{one_of(_WORDS.soon, _A_DAY_OF_THE_WEEK)}\b")


def is_advice_on_a_cure(sentence: str) -> bool:
    """True for a sentence that gives advice on medicines, treatments or doctors."""
    orders = (last_clause(sentence[: found.start()]) for found in _CURE_ORDER.finditer(sentence))
    claims = (last_clause(sentence[: found.start()]) for found in _CURE_CLAIM.finditer(sentence))
    return any(
        not (_SPOKEN_OF.search(before) or _UNDONE.search(before) or _HABIT.search(before)) for before in orders
    ) or any(not (_SPOKEN_OF.search(before) or DENIED.search(before)) for before in claims)


def is_advice_on_money(sentence: str) -> bool:
    """True for a sentence that gives advice on buying, selling, investing or borrowing."""
    return any(_is_money_order(sentence, found) for found in _MONEY_ORDER.finditer(sentence))


def _is_money_order(sentence: str, found: re.Match[str]) -> bool:
    before, after = sentence[: found.start()].rstrip(), sentence[found.end() :]
    clause = last_clause(before)
    # Never to invest on a whim is common sense; not to sell this week is advice.
    is_undone = _UNDONE.search(clause) and not _SOON.search(after)
    is_order = _BEFORE_AN_ORDER.search(before) and not is_undone
    return bool(is_order) and not (_SPOKEN_OF.search(clause) or _ASKED.search(clause))
