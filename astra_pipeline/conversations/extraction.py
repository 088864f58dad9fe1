"""The task `transcript-processor` without an LLM: topics, tones, questions and plans, found by words. Pure.

The same transcript always gives the same answer. Sentences in which a caller tries to give instructions are left
out before anything else is read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from astra_pipeline.conversations import births
from astra_pipeline.conversations.exchanges import exchanges_of
from astra_pipeline.conversations.input import TranscriptInput
from astra_pipeline.conversations.lexicon import Lexicon, read_lexicon, words_of
from astra_pipeline.language import hinglish

_LONGEST_PHRASE = 4
_LONGEST_QUOTE = 240
_SENTENCE = re.compile(r"(?<=[.!?।…])\s+")

_FILLER = re.compile(
    r"^(?:(?:so|um+|uh+|hmm+|okay|ok|well|and|but|arre|yaar|accha|achha|acha|haan|toh|aur|hey|hi|hello|please|astra|"
    r"waise|suno|sun|anyway|deal|yes|yeah|no|ha)[,.! ]+)+",
    re.IGNORECASE,
)
_HYPOTHETICAL = re.compile(r"\b(?:if|what if|imagine|suppose|agar|kya hoga)\b", re.IGNORECASE)
_REMINDER = re.compile(r"\bremind me\b|\byaad dila|\bdon'?t let me forget\b", re.IGNORECASE)
_INTENTION = re.compile(
    r"\bI(?:'ll| will|'m going to| am going to)\b|\b(?:karunga|karungi|karenge|bolunga|bolungi|likhunga|jaunga|jaungi|"
    r"baat karta hoon|poochta hoon|poochti hoon)\b"
)
_WISH = re.compile(
    r"\bI(?:'d| would)? (?:really |just |so )?(?:want|hope|wish|dream|plan|like) to\b|\b(?:chahta|chahti) hoon\b"
    r"|\b(?:banna|banungi|banunga)\b"
)
_SUGGESTION = re.compile(r"^(?:Try|Write|Call|Take|Tell|Ask|Let|Start|Keep|Begin|Put)\b", re.IGNORECASE)
_INTEREST = re.compile(
    r"\bI (?:really |just |also )?(?:love|enjoy|adore|like|care about)\b|\binterested in\b|\bcurious about\b"
    r"|\bpasand\b|\btell me more about\b|\bmy favou?rite\b",
    re.IGNORECASE,
)
_HOW_TO_TALK = re.compile(r"\b(?:talk|speak|call me|be|keep|sound|baat)\b", re.IGNORECASE)
_STYLES = (
    ("casual", re.compile(r"\b(?:casual|casually|informal|relaxed)\b", re.IGNORECASE)),
    ("formal", re.compile(r"\b(?:formal|formally|professional|respectful)\b", re.IGNORECASE)),
    ("balanced", re.compile(r"\bbalanced\b", re.IGNORECASE)),
)
_SYSTEM = re.compile(r"\b(vedic|western)\b", re.IGNORECASE)
_FOLLOWS = re.compile(
    r"\b(?:I|we) (?:\w+ )?(?:follow|prefer|use|believe in|trust|go by|grew up with|read|like|want)\b"
    r"|\b(?:maanta|maanti|maante) h|\bplease\b|\bonly\b",
    re.IGNORECASE,
)


def extract(task_input: TranscriptInput) -> dict[str, Any]:
    """The answer to `transcript-processor`, which always fits `TranscriptInsights`."""
    lexicon = read_lexicon()
    exchanges = exchanges_of(task_input.transcript)
    said = [sentence for _, words in exchanges for sentence in _sentences(words)]
    tokens = {sentence: words_of(sentence) for sentence in said}

    topics = _topics(lexicon, said, tokens, task_input.known_topics)
    tone = _tone(lexicon, said, tokens)
    questions = _unique(_quote(_FILLER.sub("", s)) for s in said if s.endswith("?") and len(tokens[s]) > 2)[:15]
    incidents = _incidents(lexicon, said, tokens)
    wishes = _unique(_quote(s) for s in said if _WISH.search(s) and not s.endswith("?"))[:3]
    occupation = next((m["what"] for s in said if (m := lexicon.occupation.search(s))), None)
    happened = [incident for incident, _ in incidents]
    feeling = None if tone in ("neutral", "curious") else tone
    return {
        "summary": _summary(topics, feeling, happened, questions),
        "topics": topics,
        "key_insights": [
            *([f"Works as {_a(occupation)}."] if occupation else []),
            *(f"{incident['title']}: {incident['description']}" for incident in happened),
            *(f"Wishes: {wish}" for wish in wishes),
        ][:6],
        "questions_asked": questions,
        "emotional_tone": tone,
        "follow_up_actions": _follow_ups(said, exchanges),
        "insights": [
            *(
                [{"type": "work", "content": f"Works as {_a(occupation)}.", "confidence": 0.8}]
                if occupation
                else []
            ),
            *({"type": "life_event", "content": i["description"], "confidence": 0.7} for i in happened),
            *({"type": "goal", "content": wish, "confidence": 0.6} for wish in wishes),
            *([_emotion(feeling, topics)] if feeling else []),
        ][:8],
        "incidents": happened,
        "preferences": _preferences(lexicon, said, tokens),
        **births.spoken(exchanges, lexicon.countries, births.date_of_call(task_input.local_date)),
        "profile_summary": _profile(occupation, topics),
        "first_message": _first_message(topics, [opening for _, opening in incidents]),
    }


def _sentences(words: str) -> list[str]:
    return [sentence.strip() for sentence in _SENTENCE.split(words) if sentence.strip()]


def _hits(table: Mapping[tuple[str, ...], str], words: Sequence[str]) -> Iterable[str]:
    """The names whose phrases stand in `words`; a plural "s" is understood, the longest phrase wins."""
    at = 0
    while at < len(words):
        for length in range(min(_LONGEST_PHRASE, len(words) - at), 0, -1):
            phrase = tuple(words[at : at + length])
            name = table.get(phrase) or table.get((*phrase[:-1], phrase[-1].removesuffix("'s").removesuffix("s")))
            if name:
                yield name
                at += length
                break
        else:
            at += 1


def _topics(lexicon: Lexicon, said: list[str], tokens: Mapping[str, list[str]], known: Sequence[str]) -> list[str]:
    counts = Counter(name for sentence in said for name in _hits(lexicon.phrases, tokens[sentence]))
    spelling = {topic.casefold(): topic for topic in known if 0 < len(topic.strip()) <= 80}
    # most_common keeps first-seen order among equals.
    return [spelling.get(name.casefold(), name).strip() for name, _ in counts.most_common(6)]


def _tone(lexicon: Lexicon, said: list[str], tokens: Mapping[str, list[str]]) -> str:
    counts = Counter(name for sentence in said for name in _hits(lexicon.feelings, tokens[sentence]))
    if not counts:
        return "curious" if sum(sentence.endswith("?") for sentence in said) > 1 else "neutral"
    dark = sum(count for name, count in counts.items() if name in lexicon.dark)
    bright = counts.total() - dark
    if min(dark, bright) and min(dark, bright) * 2 > max(dark, bright):
        return "mixed"
    return next(name for name, _ in counts.most_common() if (name in lexicon.dark) == (dark > bright))


def _incidents(
    lexicon: Lexicon, said: list[str], tokens: Mapping[str, list[str]]
) -> list[tuple[dict[str, Any], str]]:
    """(incident, opening line of the next conversation), each title once."""
    found: dict[str, tuple[dict[str, Any], str]] = {}
    for sentence in said:
        if sentence.endswith("?") or _HYPOTHETICAL.search(sentence):
            continue
        words = frozenset(tokens[sentence])
        for kind in lexicon.incidents:
            if kind.cues.isdisjoint(words):
                continue
            match = next((m for pattern in kind.patterns if (m := pattern.search(sentence))), None)
            if match is None:
                continue
            whose = next((group for group in match.groups() if group), "")
            title = (
                kind.title.format(whose.capitalize()) if whose else kind.title.removeprefix("{}'s ").capitalize()
            )
            title = title.replace(" to {}", "")
            incident = {"title": title[:200], "description": _quote(sentence), "tags": kind.tags}
            found.setdefault(title, (incident, kind.opening))
    return list(found.values())[:5]


def _follow_ups(said: list[str], exchanges: Sequence[tuple[str, str]]) -> list[str]:
    reminders = [f"Remind: {_quote(s)}" for s in said if _REMINDER.search(s)]
    plans = [f"Means to: {_quote(s)}" for s in said if _INTENTION.search(s) and not s.endswith("?")]
    advice = [
        f"Astra suggested: {_quote(s)}"
        for asked, _ in exchanges
        for s in _sentences(asked)
        if _SUGGESTION.search(s) and not s.endswith("?") and len(s) > 15
    ]
    return _unique([*reminders[:3], *plans[:3], *advice[:2]])


def _preferences(lexicon: Lexicon, said: list[str], tokens: Mapping[str, list[str]]) -> dict[str, Any]:
    style = None
    systems: set[str] = set()
    interests: dict[str, None] = {}
    for sentence in said:
        if sentence.endswith("?"):
            continue
        if _HOW_TO_TALK.search(sentence):
            style = next((name for name, words in _STYLES if words.search(sentence)), style)
        if _FOLLOWS.search(sentence):
            systems |= {match.lower() for match in _SYSTEM.findall(sentence)}
        if loves := _INTEREST.search(sentence):
            interests |= dict.fromkeys(_hits(lexicon.phrases, words_of(sentence[loves.end() :])))
    words = [word for sentence in said for word in tokens[sentence]]
    hindi = sum(word in hinglish.words() for word in words)
    share = round(100 * hindi / len(words)) if words else 0
    return {
        "communication_style": style,
        "topics_of_interest": [name for name in interests if name not in lexicon.astro][:20],
        "hinglish_level": share or None,
        "astrology_system": "both" if len(systems) == 2 else next(iter(systems), None),
        "favorite_astro_topics": [name for name in interests if name in lexicon.astro][:20],
    }


def _summary(topics: list[str], feeling: str | None, incidents: list[dict[str, Any]], questions: list[str]) -> str:
    about = f"Talked about {_and(topics[:3])}" if topics else "A short conversation without a clear subject"
    parts = [about + (f"; felt {feeling}." if feeling else ".")]
    if incidents:
        parts.append(f"Told of: {'; '.join(incident['title'] for incident in incidents[:3])}.")
    if questions:
        parts.append(f"Asked: {questions[0]}")
    return " ".join(parts)[:1000]


def _emotion(feeling: str, topics: list[str]) -> dict[str, Any]:
    about = f" when talking about {topics[0]}" if topics else ""
    return {"type": "emotion", "content": f"Felt {feeling}{about}.", "confidence": 0.6}


def _profile(occupation: str | None, topics: list[str]) -> str | None:
    who = f"Works as {_a(occupation)}." if occupation else ""
    what = f"Talks about {_and(topics[:3])}." if topics else ""
    return f"{who} {what}".strip()[:1200] or None


def _first_message(topics: list[str], openings: list[str]) -> str | None:
    if openings:
        return openings[0]
    if not topics:
        return None
    return f"Hi [USERNAME], last time we spoke about {topics[0]}. What has happened since?"


def _a(noun: str) -> str:
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _quote(sentence: str) -> str:
    """A sentence to remember: on one line, not too long, with a capital letter first."""
    text = " ".join(sentence.split()).strip(' "')
    if len(text) > _LONGEST_QUOTE:
        text = text[: _LONGEST_QUOTE - 1].rstrip() + "…"
    return text[:1].upper() + text[1:]


def _unique(texts: Iterable[str]) -> list[str]:
    return list({text.casefold(): text for text in reversed([text for text in texts if text.strip()])}.values())[
        ::-1
    ]
