"""Pieces of regular expressions, and words of doubt, that several rules about certainty share. Pure.

The expressions are made of promises.yaml, and match sentences in small letters.
"""

from __future__ import annotations

import re

from astra_pipeline.language import vocabulary
from astra_pipeline.language.word_lists import Vocabulary, Words, one_of


class PromiseWords(Vocabulary):
    """The lists of promises.yaml, where each has a comment that says what it is for."""

    after_will: Words
    surer_than_will: Words
    when_or_how: Words
    when_after_in: Words
    not_in_a_phrase: Words
    whose_cure: Words
    hoped_or_feared: Words
    you_said: Words
    they_said: Words
    nobody_can: Words
    denials: Words
    guarantee_wanted: Words


WORDS = vocabulary.load("astra_pipeline.language.contract", "promises.yaml", PromiseWords)

# A number in figures.
_NUMBER = r"\d+"
_WHEN = one_of(WORDS.when_or_how, rf"in {one_of(WORDS.when_after_in, _NUMBER)}")
# A statement ends here, or goes on with when, how or why.
END = rf"(?=\W*$|[.,:;!?)\"]|\s+(?:and|but|well|{_WHEN})\b)"
# The same, or a noun goes on with whose or what for: "the job you want", but not "the job done".
END_OR_WHOSE = (
    r"(?=\W*$|[.,:;!?)\"]|\s+(?:and|but|you|he|she|they|for|from|at|with|that|which|offer|letter|back|worth|"
    r"in (?!order|mind|hand|place|check|perspective|an? (?:new|different))|"
    rf"of your dreams|{_WHEN})\b)"
)
# A few words of one phrase, such as "a much better paid ".
SOME_WORDS = rf"(?:(?!{one_of(WORDS.not_in_a_phrase)} )[\w'-]+ ){{0,4}}"
# The person whose it is, as in "mother's".
_SOMEBODYS = "[a-z]+'s"
# The person whose medicine or illness it is, such as "all of your mother's ".
WHOSE = rf"(?:{one_of(WORDS.whose_cure, _SOMEBODYS)} ){{0,4}}"

# A sentence that asks, hopes, fears or denies, or repeats what others say, promises nothing.
LEFT_OPEN = re.compile(
    rf"\b(?:{one_of(WORDS.hoped_or_feared)}|dream(?:s|t|ed|ing)? (?:of|that|about)|"
    r"fear(?:s|ed)? (?:that|of|you|he|she|it|your)|"
    r"(?:question|chance|possibility|idea|thought|belief) (?:of|whether|if|that))\b"
    r"|(?<!no )(?<!not )(?<!n't )(?<!without )(?<!beyond )\bdoubt"
    rf"|\byou (?:have )?{one_of(WORDS.you_said)}\b"
    rf"|\b(?:he|she|they|doctors?|somebody|people) {one_of(WORDS.they_said)}\b"
    r"|(?:\b(?:no|not|never|nobody|nothing|none|neither|nor|cannot|without|hardly)\b|n't\b)(?! wait).{0,40}"
    rf"\b{one_of(WORDS.nobody_can)}\b"
    r"|^\W*(?:is|are|am|was|were|will|do|does|did)\b"
    r"|\b(?:if|whether|when|until|unless|why|what|which|who)(?: (?:you|he|she|they|it|there)| (?:the|your|his|her|"
    r"their|an?|my|this|that)(?: (?!(?:you|he|she|they|it|the|your|an?)\b)[\w'-]+){1,3})?$"
)
DENIED = re.compile(rf"\b{one_of(WORDS.denials)}\b|n't\b")
