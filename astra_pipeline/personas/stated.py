"""Wishes that a caller states for how they are talked to, by rules. Pure.

The same rules choose the sentences of which a model is told, and are the offline runner's ears.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from astra_pipeline.conversations.sentences import Sentence
from astra_pipeline.personas.excluded import excluded_subject
from astra_pipeline.personas.kinds import LONGEST_VALUE, Kind

LONGEST_QUOTE = 120


@dataclass(frozen=True)
class Wish:
    """One wish in a sentence: +1 for what is wanted, -1 for what is not wanted any more."""

    kind: Kind
    value: str
    polarity: int
    quote: str


@dataclass(frozen=True)
class _Rule:
    kind: Kind
    value: str
    words: re.Pattern[str]
    unless: re.Pattern[str] | None = None
    polarity: int = 1


_NOT = re.compile(r"\b(?:don'?t|do not|never|no more|stop|nahin?|mat|without)\b", re.IGNORECASE)
# Words of another person, or of no occasion that there was.
_HYPOTHETICAL = re.compile(
    r"\b(?:what if|if you|imagine|suppose|agar|(?:told|asked|begged) me to|"
    r"(?:my \w+|he|she|they|mom|mum|mummy|maa|dad|papa|bhai|didi|boss) (?:\w+ )?"
    r"(?:says?|said|likes?|wants?|tells?|told|asks?|asked|thinks?))\b",
    re.IGNORECASE,
)
# What is not to be short, or how long ago something was.
_NOT_SHORT = re.compile(
    r"\b(?:don'?t|do not|not|never|stop)\b[^,.;]{0,20}\b(?:keep|short|brief|concise|quick|point|line)\b",
    re.IGNORECASE,
)
# The caller's own tongues, or those of somebody else.
_OWN_TONGUE = re.compile(
    r"\b(?:i|we|they|he|she)\b (?:(?!you\b)\w+ ){0,2}(?:speak|talk|answer)s?\b|\b(?:to|with) (?:my|him|her|them)\b",
    re.IGNORECASE,
)
_A_LITTLE = re.compile(rf"\b(?:thoda|thodi|little|some|a bit)\b|{_OWN_TONGUE.pattern}", re.IGNORECASE)


def _style(value: str, words: str, *, unless: re.Pattern[str] | None = None, polarity: int = 1) -> _Rule:
    return _Rule("response_style", value, re.compile(words, re.IGNORECASE), unless, polarity)


_RULES = (
    _style(
        "concise",
        r"\b(?:keep (?:it|this|your answers?|the answers?|answers?) (?:short|brief|crisp)|short(?:er)? answers?|be (?:brief|concise|quick)|"
        r"(?<!been )(?<!not )too long(?! (?:ago|since|for|to|in|away|at)\b)|(?:don'?t|do not) (?:give|need|want) (?:me )?(?:such )?(?:long|a lecture|lectures|an essay)|get to the point|in one line|"
        r"chhota (?:jawab|bolo|rakho)|short mein (?:bolo|batao|bata)|itna lamba mat)\b",
        unless=_NOT_SHORT,
    ),
    _style(
        "detailed",
        r"\b(?:in (?:more |full |great )?detail|more details?|explain (?:it |that |this )?(?:more|fully|properly|in depth)|longer answers?|"
        r"go deeper|tell me everything|(?:take your time|full explanation)|detail mein|vistaar se|poora batao|pura batao)\b",
        unless=re.compile(r"\b(?:not|don'?t|no|without|skip)\b[^,.]{0,20}\bdetail", re.IGNORECASE),
    ),
    _style("practical_step", r"\b(?:(?:give|tell) me (?:one|a|just one|something) (?:small |practical |concrete )?(?:thing|step|task|thing to do|to do)|what (?:exactly )?(?:should|can) i do (?:today|tomorrow|now)|practical (?:advice|tips?|steps?)|kya karoon? (?:ab|aaj)|koi (?:upay|kaam) batao)\b"),
    _style("story", r"\b(?:tell me (?:a|another|more) stor(?:y|ies)|love (?:your|the|these) stor(?:y|ies)|with a story|kahani (?:sunao|suna do|batao))\b", unless=_NOT),
    _style("story", r"\b(?:no more stories|(?:skip|stop|don'?t tell me|don'?t want) (?:the |any |your )?stor(?:y|ies)|kahani mat)\b", polarity=-1),
    _style("question_back", r"\b(?:ask me (?:more |some )?questions?|(?:like|love) (?:it )?when you ask|your questions help|mujhse (?:sawaal|sawal) (?:pucho|poocho))\b", unless=_NOT),
    _style("question_back", r"\b(?:stop asking(?! (?:me )?(?:about|for|if|when)\b)|don'?t ask (?:me )?(?:so many |any )?questions?|too many questions|itne sawaal mat)\b", polarity=-1),
    _style("chart_detail", r"\b(?:(?:tell|explain|show) me (?:more )?(?:about )?(?:the |my )?(?:houses?|degrees?|aspects?|chart) (?:in detail|details?|behind)|(?:love|like) (?:the |these |hearing the |all the )?(?:chart|astro\w*|technical) details?|which house|kaunse (?:ghar|bhav))\b", unless=_NOT),
    _style("chart_detail", r"\b(?:(?:don'?t|do not) (?:need|want|care about|understand) (?:the |all the |all this )?(?:houses|degrees|technical|jargon|chart details?)|no jargon|less astrology|skip the (?:chart|jargon|planets))\b", polarity=-1),
    _style("reassurance_first", r"\b(?:just (?:listen|hear me)|(?:don'?t|do not) (?:fix|solve|give (?:me )?advice)|i (?:just )?need (?:to hear (?:that )?it|some comfort|a kind word)|comfort me|bas sun(?:o| lo))\b"),
    _style("humour", r"\b(?:make me laugh|love your (?:jokes?|humou?r)|you'?re (?:so )?funny|tell me a joke|ek joke|hasao)\b", unless=_NOT),
    _style("humour", r"\b(?:no (?:more )?jokes|stop joking|not (?:in the mood|a time) for jokes|mazaak mat)\b", polarity=-1),
    _style("heavy_hinglish", r"\b(?:(?:speak|talk|baat|bolo|boliye) (?:\w+ ){0,3}(?:in |zyada |pure )?hindi|hindi (?:mein|me) (?:baat|bol\w*|batao|kar\w*)|zyada hindi)\b", unless=_A_LITTLE),
    _style("light_hinglish", r"\b(?:(?:thoda|thodi|little|some|bit of) (?:\w+ ){0,2}(?:hindi|hinglish)|hinglish (?:mein|me|please|is fine)|mix (?:of )?hindi)\b"),
    _style("english", r"\b(?:(?:speak|talk|answer) (?:\w+ ){0,2}(?:in )?(?:plain )?english|in english please|english (?:mein|me) (?:baat|bol\w*|batao)|only english|no hindi)\b", unless=_OWN_TONGUE),
    _Rule("engagement_trigger", "own_words_recalled", re.compile(r"\b(?:you remembered|(?:love|like|nice|glad) (?:\w+ ){0,3}(?:you remember|that you remember)|you still remember|aapko yaad (?:hai|tha)|yaad rakha)\b", re.IGNORECASE)),
    _Rule("follow_through", "takes_up", re.compile(r"\bI (?:did|tried|wrote|made|called|sent|took|followed)\b[^.?!]{0,60}\b(?:you (?:said|suggested|told|asked|gave)|like you said|your (?:advice|suggestion|step))\b|\bjaisa (?:aapne|tumne) (?:kaha|bola)\b", re.IGNORECASE)),
    _Rule("follow_through", "rarely", re.compile(r"\bI (?:didn'?t|did not|haven'?t|never)\b[^.?!]{0,40}\b(?:what you (?:said|suggested|told)|your (?:advice|suggestion|step)|you (?:said|suggested|asked))\b", re.IGNORECASE)),
)  # fmt: skip
_WHAT = r"(?P<what>[^\W\d_][\w' -]{1,48}?)"
_END = r"(?=\s*(?:$|[.,!?;]|\b(?:again|anymore|any more|please|today|for now|right now|at all|with me|because|and|but|ever)\b))"
_AVOID = (
    re.compile(rf"\b(?:don'?t|do not|stop|never|let'?s not|can we not|please not)\s+(?:\w+ing\s+|keep\s+|ever\s+|want to\s+|want you to\s+)?(?:mention|mentioning|talk(?:ing)? (?:about|of)|speak(?:ing)? (?:about|of)|bring(?:ing)? up|ask(?:ing)? (?:me )?about|discuss(?:ing)?)\s+{_WHAT}{_END}", re.IGNORECASE),
    re.compile(rf"\b{_WHAT} (?:ke|ki) baare? (?:mein|me) (?:mat|na|nahin?) (?:\w+)", re.IGNORECASE),
)  # fmt: skip
_OPEN_AGAIN = re.compile(rf"\b(?:you can|feel free to|it'?s (?:ok|okay|fine) to|we can|i'?m (?:ok|okay|fine) (?:to|with)) (?:mention(?:ing)?|talk(?:ing)? (?:about|of)|ask(?:ing)? (?:me )?about|bring(?:ing)? up|discuss(?:ing)?) {_WHAT}{_END}", re.IGNORECASE)  # fmt: skip
_LOVES = re.compile(rf"\b(?:I (?:really |just )?(?:love|like|enjoy) (?:it )?(?:when (?:you|we) (?:talk|speak) (?:about|of)|talking (?:about|of)|speaking (?:about|of))|ask me (?:more )?about)\s+{_WHAT}{_END}", re.IGNORECASE)  # fmt: skip
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
# Names that are nobody's: of the sky, of days, and of months.
_NOBODYS = frozenset(
    "sun moon mercury venus mars jupiter saturn uranus neptune pluto rahu ketu shani guru surya chandra mangal budh "
    "shukra aries taurus gemini cancer leo virgo libra scorpio sagittarius capricorn aquarius pisces english hindi "
    "hinglish diwali holi navratri eid christmas monday tuesday wednesday thursday friday saturday sunday january "
    "february march april may june july august september october november december".split()
)
_FILLERS = re.compile(r"^(?:my|the|our|your|this|that|his|her|mere|meri|mera|about)\s+", re.IGNORECASE)
_POINTERS = frozenset(
    "it that this them him her me you everything anything something these those us yourself us one".split()
)


def wishes_in(sentence: Sentence) -> Iterator[Wish]:
    """The wishes that a sentence of the caller states. One that is hypothetical, or of another person, states none."""
    text = sentence.latin.replace("’", "'")
    if _HYPOTHETICAL.search(text) or excluded_subject(text):
        return
    quote = " ".join(sentence.text.split())[:LONGEST_QUOTE]
    for rule in _RULES:
        if rule.words.search(text) and not (rule.unless and rule.unless.search(text)):
            yield Wish(rule.kind, rule.value, rule.polarity, quote)
    for pattern in _AVOID:
        if what := _subject_of(pattern.search(text)):
            yield Wish("avoid", what, 1, quote)
            return
    if what := _subject_of(_OPEN_AGAIN.search(text)):
        yield Wish("avoid", what, -1, quote)
    elif what := _subject_of(_LOVES.search(text)):
        yield Wish("engagement_trigger", what, 1, quote)


def _subject_of(found: re.Match[str] | None) -> str | None:
    if found is None or is_a_name(found["what"], found.string):
        return None
    return subject(found["what"])


def is_a_name(value: str, said: str) -> bool:
    """Whether a value has somebody's name, by the capitals that it has inside the sentence in which it was said.

    No list has all names, and the conversation's insights may know the person by another one.
    """
    start = said.lower().find(value.lower())
    if start < 0 or said.isupper():
        return False
    for word in _WORD.finditer(said, start, start + len(value)):
        is_inside = bool(said[: word.start()].strip(" '\"“‘-"))
        plain = word[0].casefold().partition("'")[0]
        if is_inside and word[0][0].isupper() and plain != "i" and plain not in _NOBODYS:
            return True
    return False


def subject(text: str) -> str | None:
    """A subject that was named, in small words; None for a word that points at something, and for what is excluded."""
    words = _FILLERS.sub("", " ".join(text.split()).strip(" '-")).strip(" '-")
    if not 1 < len(words) <= LONGEST_VALUE or words.casefold() in _POINTERS or excluded_subject(words):
        return None
    return words.casefold()
