"""The task `transcript-processor` without an LLM: topics, tones, questions and plans, found by words. Pure.

The same transcript always gives the same answer. Sentences in which a caller tries to give instructions are left
out before anything else is read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from astra_pipeline.conversations import births, life, opening, sentences
from astra_pipeline.conversations.care import kept, needed
from astra_pipeline.conversations.exchanges import exchanges_of
from astra_pipeline.conversations.incidents import incidents
from astra_pipeline.conversations.input import TranscriptInput
from astra_pipeline.conversations.lexicon import Lexicon, read_lexicon
from astra_pipeline.conversations.news import news
from astra_pipeline.conversations.portrait import portrait, with_its_article
from astra_pipeline.conversations.preferences import preferences
from astra_pipeline.conversations.sentences import Sentence, quote, unique
from astra_pipeline.store.documents import iso_date

_FILLER = re.compile(
    r"^(?:(?:so|um+|uh+|hmm+|okay|ok|well|and|but|arre|yaar|accha|achha|acha|haan|toh|aur|hey|hi|hello|please|astra|"
    r"waise|suno|sun|anyway|deal|yes|yeah|no|ha)[,.! ]+)+",
    re.IGNORECASE,
)
_REMINDER = re.compile(r"\bremind me\b|\byaad dila|\bdon'?t let me forget\b", re.IGNORECASE)
_INTENTION = re.compile(
    r"\bI(?:'ll| will|'m going to| am going to)\b|\b(?:karunga|karungi|karenge|bolunga|bolungi|likhunga|likhungi|jaunga|jaungi|"
    r"dunga|dungi|baat karta hoon|poochta hoon|poochti hoon)\b"
)
_WISH = re.compile(
    r"\bI(?:'d| would)? (?:really |just |so )?(?:want|hope|wish|dream|plan|like) to\b|\b(?:chahta|chahti) (?:hoon|hu|hun)\b"
    r"|\b(?:banna|banungi|banunga)\b"
)
_KEY_INSIGHTS = 6
_SUGGESTION = re.compile(r"^(?:Try|Write|Call|Take|Tell|Ask|Let|Start|Keep|Begin|Put)\b", re.IGNORECASE)


def extract(task_input: TranscriptInput) -> dict[str, Any]:
    """The answer to `transcript-processor`, which always fits `TranscriptInsights`."""
    lexicon = read_lexicon()
    exchanges = exchanges_of(task_input.transcript)
    said = sentences.said(exchanges)

    topics = _topics(lexicon, said, task_input.known_topics)
    tone = _tone(lexicon, said)
    questions = unique(quote(_FILLER.sub("", one.text)) for one in said if one.is_question and len(one.words) > 2)[
        :15
    ]
    happened = incidents(lexicon, said)
    wishes = unique(quote(one.text) for one in said if _WISH.search(one.latin) and not one.is_question)[:3]
    occupation = next(
        (m["what"] or m["hindi"] for one in said if (m := lexicon.occupation.search(one.latin))), None
    )
    feeling = None if tone in ("neutral", "curious") else tone
    wished = preferences(lexicon, said)
    of_life = life.spoken(said, iso_date(task_input.local_date))
    care = needed(task_input.transcript, task_input.local_date)
    answer: dict[str, Any] = {
        "summary": _summary(topics, feeling, happened, questions),
        "topics": topics,
        "key_insights": [
            *([f"Works as {with_its_article(occupation)}."] if occupation else []),
            *(f"{incident['title']}: {incident['description']}" for incident in happened),
            *(f"Wishes: {wish}" for wish in wishes),
            *news(said),
        ][:_KEY_INSIGHTS],
        "questions_asked": questions,
        "emotional_tone": tone,
        "follow_up_actions": _follow_ups(said, exchanges),
        "insights": [
            *(
                [{"type": "work", "content": f"Works as {with_its_article(occupation)}.", "confidence": 0.8}]
                if occupation
                else []
            ),
            *({"type": "life_event", "content": i["description"], "confidence": 0.7} for i in happened),
            *({"type": "goal", "content": wish, "confidence": 0.6} for wish in wishes),
            *([_emotion(feeling, topics)] if feeling else []),
        ][:8],
        "incidents": happened,
        "preferences": wished,
        **births.spoken(exchanges, lexicon.countries, iso_date(task_input.local_date)),
        "profile_summary": portrait(said, occupation, of_life["people"]).text,
        "first_message": opening.compose(
            said,
            of_life,
            level=care["level"],
            style=wished["communication_style"],
            seed=task_input.conversation_id,
        ),
        **of_life,
        "care": care,
    }
    return kept(answer)


def _topics(lexicon: Lexicon, said: Sequence[Sentence], known: Sequence[str]) -> list[str]:
    counts = Counter(name for sentence in said for name in sentence.hits(lexicon.phrases))
    spelling = {topic.casefold(): topic for topic in known if 0 < len(topic.strip()) <= 80}
    # most_common keeps first-seen order among equals.
    return [spelling.get(name.casefold(), name).strip() for name, _ in counts.most_common(6)]


def _tone(lexicon: Lexicon, said: Sequence[Sentence]) -> str:
    counts = Counter(name for sentence in said for name in sentence.hits(lexicon.feelings, denied=False))
    if not counts:
        return "curious" if sum(sentence.is_question for sentence in said) > 1 else "neutral"
    dark = sum(count for name, count in counts.items() if name in lexicon.dark)
    bright = counts.total() - dark
    if min(dark, bright) and min(dark, bright) * 2 > max(dark, bright):
        return "mixed"
    return next(name for name, _ in counts.most_common() if (name in lexicon.dark) == (dark > bright))


def _follow_ups(said: Sequence[Sentence], exchanges: Sequence[tuple[str, str]]) -> list[str]:
    reminders = [f"Remind: {quote(one.text)}" for one in said if _REMINDER.search(one.latin)]
    plans = [f"Means to: {quote(one.text)}" for one in said if _INTENTION.search(one.latin) and not one.is_question]
    advice = [
        f"Astra suggested: {quote(s)}"
        for asked, _ in exchanges
        for s in sentences.sentences(asked)
        if _SUGGESTION.search(s) and not s.endswith("?") and len(s) > 15
    ]
    return unique([*reminders[:3], *plans[:3], *advice[:2]])


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


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
