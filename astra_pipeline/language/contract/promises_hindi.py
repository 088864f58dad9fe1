"""Promises, and advice that no text may give, in Hindi as people spell it in Latin letters. Pure.

Sentences are in small letters.
"""

from __future__ import annotations

import re

from astra_pipeline.language import vocabulary
from astra_pipeline.language.word_lists import Vocabulary, Words, one_of


class HindiWords(Vocabulary):
    """The lists of promises_hindi.yaml, where each has a comment that says what it is for."""

    hoped_for: Words
    family: Words
    cures: Words
    health: Words
    tests: Words
    weddings: Words
    assets: Words
    investments: Words
    left_open: Words


_WORDS = vocabulary.load("astra_pipeline.language.contract", "promises_hindi.yaml", HindiWords)

# One of these is in every promise and every advice.
HINTS = tuple(
    (
        " ho |hoga|hogi|honge|hongi|hone wal|pakk|zaroor|zarur|mileg|mileng|mil j|milne|ayeg|ayeng|aegi|aega|"
        "aenge|aane w|aa j|badhe|badh j| tay|lag j|paida| bano| banj| ban j|jaa|jay|jae|jaog|jeet| bach|gireg|"
        "gireng|band k|band h|chod|chhod| mat |taal| tal |rok d|cancel kar|kharee|kharid|khared|bech |laga"
    ).split("|")
)

# Will go, will be, will come.
_GO = r"ja+(?:y?e|o)n?g[aei]"
_BE = rf"(?:hon?g[aei]|ho (?:hi )?{_GO}|ho kar rahe?g[aei]|hone wal[aie]|pakk[aie]\b)"
_COME = rf"(?:mile?n?g[aei]|mil {_GO}|milne wal[aie]|a+y?en?g[aei]|aa {_GO}|aane wal[aie])"
# A few words between the noun and its verb.
_AMID = r"(?: (?!(?:ki|ke|ka|mein|par|pe|se|ko|wal[aie]|agar|shayad|kya|kab|mat|na|bhool\w*|band)\b)\w+){0,4}?"
_FAMILY = one_of(_WORDS.family)
_CURE = one_of(_WORDS.cures)
_PROMISES = (
    rf"\b{one_of(_WORDS.hoped_for)}{_AMID} (?:{_COME}|{_BE}|badhe?g[ai]|double ho|(?:badh|lag|doob|chali|"
    rf"chhoot|chhin) {_GO})",
    rf"\b(?:dhan|pais[ae]|paiso?n?) ki (?:barsaat|ba+rish) {_BE}|\b(?:ame+r|amir|crorepati|ma+lama+l) "
    r"(?:ban|ho) ?(?:ja+)?o+g[ei]",
    rf"\b(?:{_COME}) (?:\w+ )?(?:naukri|promotion|visa|paisa)\b",
    rf"\b{one_of(_WORDS.weddings)}{_AMID} (?:{_BE}|tay|(?:lag|toot) {_GO})",
    rf"\brishta{_AMID} (?:pakk[ai]|tay (?:ho )?|aayega)",
    rf"\b(?:bachch?[aei]|bet[ai]|santan|ladk[ai]) (?:zaroor |zarur |pakka |jaldi |hi )*(?:{_BE}|paida)",
    rf"\b(?:pregnant|garbhvati) ho {_GO}|\b(?:tum|aap) (?:maa|baap|papa) ban",
    rf"\b{one_of(_WORDS.tests)}\b(?: (?!agar|shayad|kya)\w+){{0,4}}? (?:pass ho|clear ho|nikal|crack ho|jeet|haar) "
    rf"?{_GO}",
    r"\b(?:case|muka?ddama|election|lottery) (?:\w+ )?jeeto?e?n?g[aei]",
    rf"\b(?:{_FAMILY}|{one_of(_WORDS.health)})\b{_AMID} "
    rf"(?:th?ee?k|thik|sahi|safal|successful|khatam|gayab|door|kam) (?:ho )?{_GO}",
    r"\b(?:zaroor|zarur|pakka|bilkul) (?:theek|thik) ho ja+o+g[ei]",
    r"\b(?:zaroor|zarur|pakka) (?:munaf[ae]|fayda|pais[ae])\b",
    rf"\b(?:{_FAMILY}|tum|aap|woh|wo) (?:\w+ )?(?:mar|guzar) {_GO}|\bmaut {_BE}",
    rf"\b(?:{_FAMILY}|woh) nahin? bache?n?g",
    rf"\b(?:accident|durghatna|nuksa+n bhari|bhari nuksa+n){_AMID} {_BE}",
    rf"\b(?:karz\w*|udhaar|loan){_AMID} (?:utar|chuk|khatam ho|maaf ho) {_GO}",
    r"\bdaam (?:zaroor |aur )*(?:badhe?n?g|gire?n?g)",
)
_ADVICE = (
    rf"\b(?:{_CURE}|doctor|operation|surgery)(?: \w+){{0,4}} ki (?:koi )?za?r(?:oo|u)rat nahin?\b",
    rf"\b{_CURE}(?: (?!(?:mat|na|nahin?|bhool\w*)\b)\w+){{0,2}} (?:band (?:kar|ho)|chh?od(?:o| d|iye|na|ein)?\b)",
    rf"\b{_CURE}(?: (?!band|chh?od)\w+)? mat (?:lo|le|lena|khao|kha|khana(?! bhool)|lijiye|karwao|karao|karo)\b",
    r"\b(?:operation|surgery|ilaa?j|chemo)(?: \w+)? (?:mat (?:kar\w*|ho\w*)|ta+l (?:do|dena|dijiye)|rok do|"
    r"cancel kar|band kar)",
    rf"\b{one_of(_WORDS.assets)} "
    r"(?:\w+ ){0,2}(?:kha?r(?:ee?|i)d|bech) (?:lo|do|dalo|daalo|lena|dena|lijiye|dijiye)",
    rf"\b{one_of(_WORDS.investments)} mein (?:\w+ ){{0,2}}(?:pais[ae] )?(?:laga ?o|laga do|invest kar)",
)
_REFUSED = re.compile("|".join((*_PROMISES, *_ADVICE)))
_CLAUSE = re.compile(r"[,;:]| (?:toh|lekin|magar|aur) ")
_LEFT_OPEN = re.compile(rf"\b{one_of(_WORDS.left_open)}\b")


def is_promised_in_hindi(sentence: str) -> bool:
    """True when a clause of the sentence promises what nobody can know, or advises on cures or money."""
    return any(_REFUSED.search(clause) and not _LEFT_OPEN.search(clause) for clause in _CLAUSE.split(sentence))
