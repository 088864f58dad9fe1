"""Certainty: promises and threats that nobody can know, and advice on medicines or money. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from astra_pipeline import names
from astra_pipeline.language.contract import claims, orders, promises, promises_hindi
from astra_pipeline.language.contract.sentences import has_any, in_small_letters, sentences
from astra_pipeline.language.contract.shape import READ


@dataclass(frozen=True)
class _Rule:
    """A kind of certain statement. One of the hints is in every sentence that breaks the rule."""

    hints: tuple[str, ...]
    is_broken_by: Callable[[str], bool]


_RULES = (
    _Rule(promises.HINTS, promises.is_promised),
    _Rule(orders.CURE_HINTS, orders.is_advice_on_a_cure),
    _Rule(orders.MONEY_HINTS, orders.is_advice_on_money),
    _Rule(claims.GUARANTEE_HINTS, claims.is_guaranteed),
    _Rule(promises_hindi.HINTS, promises_hindi.is_promised_in_hindi),
    _Rule(claims.STATED_HINTS, claims.is_stated),
)


def is_certain(text: str) -> bool:
    """True for a text with a promise or threat that nobody can know, or with advice on medicines or investments."""
    return is_certain_in_small_letters(in_small_letters(names.plain(text[:READ])))


def is_certain_in_small_letters(text: str) -> bool:
    """The same for a text that is in small letters already, with one kind of apostrophe."""
    return any(_breaks(rule, text) for rule in _RULES)


def _breaks(rule: _Rule, text: str) -> bool:
    # Most texts have no hint of most rules; such a text is not split for them.
    hints = [hint for hint in rule.hints if hint in text]
    return bool(hints) and any(
        rule.is_broken_by(sentence) for sentence in sentences(text) if has_any(hints, sentence)
    )
