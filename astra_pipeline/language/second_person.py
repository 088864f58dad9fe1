"""A caller's plan as one tells it back to them: "I'll call my landlord" -> "call your landlord". English, pure."""

from __future__ import annotations

import re

# Before the plan itself, at the beginning of what was said.
_ASIDE = r"(?:(?:so|and|but|okay|ok|well|then|yes|yeah|maybe|perhaps|anyway|honestly|also|now|haan|alright|i think|i guess)[,.]? )*"
_PLAN = re.compile(
    rf"^{_ASIDE}(?:I'll|I will|I'm going to|I am going to|I'm gonna|I plan to|I'm planning to|I am planning to|I intend to|"
    r"I(?:'ve| have)? decided to|I want to|I mean to|I promise to|I need to|I have to|I aim to|I'd like to) (?P<plan>.+)$",
    re.IGNORECASE,
)
_STARTS = re.compile(
    rf"^{_ASIDE}(?:I'm|I am) (?P<verb>starting|joining|learning|applying|moving|selling|buying|taking|giving|training|"
    r"saving|planning|thinking of) (?P<plan>.+)$",
    re.IGNORECASE,
)
# Behind the plan: a day that is another one when it is read, or a request.
_WHEN = re.compile(
    r",? (?:tomorrow|today|tonight|now|right now|this (?:evening|morning|afternoon|week|weekend|month)|in the (?:morning|evening)|"
    r"next (?:week|month|time)|soon|later|then|please|for sure|definitely|properly|at last|again)(?=[ .,!]|$)",
    re.IGNORECASE,
)
_END = re.compile(
    r"(?:[.;!?…]|, (?:and|but|so|because|I|then|she|he|they|we|it)\b| (?:but|so that|because|if|when|before|after|until|though)\b).*$"
)
_WORDS = {
    "i": "you",
    "me": "you",
    "my": "your",
    "mine": "yours",
    "myself": "yourself",
    "am": "are",
    "i'm": "you're",
    "i've": "you've",
    "i'd": "you'd",
    "i'll": "you'll",
    "us": "you",
    "our": "your",
    "we": "you",
    "we'll": "you'll",
    "we're": "you're",
}
_WORD = re.compile(r"[A-Za-z][A-Za-z']*")
_FEWEST, _MOST = 2, 14
_NOT_TOLD = re.compile(
    r"[\"“”:()\n]|\b(?:it|that|this|them|he|she|they|him|her)$|^\w+ (?:it|that|this|yes|no|so)\b", re.IGNORECASE
)


def plan_of(words: str) -> str | None:
    """The plan as it follows "you mean to": "call your landlord"; None for words that do not tell one so plainly."""
    text = " ".join(words.replace("’", "'").split())
    if (match := _PLAN.match(text)) is not None:
        plan = match["plan"]
    elif (match := _STARTS.match(text)) is not None:
        plan = f"{_BASE[match['verb'].lower()]} {match['plan']}"
    else:
        return None
    plan = _WHEN.sub("", _END.sub("", plan)).strip(" ,.!")
    count = len(plan.split())
    if not _FEWEST <= count <= _MOST or _NOT_TOLD.search(plan):
        return None
    return _WORD.sub(lambda word: _WORDS.get(word[0].lower(), word[0]), plan[:1].lower() + plan[1:])


_BASE = {
    "starting": "start",
    "joining": "join",
    "learning": "learn",
    "applying": "apply",
    "moving": "move",
    "selling": "sell",
    "buying": "buy",
    "taking": "take",
    "giving": "give",
    "training": "train",
    "saving": "save",
    "planning": "plan",
    "thinking of": "think of",
}
