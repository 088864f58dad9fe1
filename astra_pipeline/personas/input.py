"""The input of the task `persona-enrichment`: what the newest talks tell of how to talk to somebody. Pure.

A conversation that asked for care is not in it: nobody's style is learnt from their worst day. Nothing of the
excluded subjects is in it either. Conversations are numbered, so that no id has to be repeated by a model.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field

from astra_pipeline.conversations.sentences import Sentence, sentences
from astra_pipeline.llm.prompt import PersonsWords
from astra_pipeline.llm.task import Given
from astra_pipeline.personas.excluded import excluded_subject, without_excluded
from astra_pipeline.personas.figures import TalkFigures
from astra_pipeline.personas.stated import LONGEST_QUOTE, wishes_in

MOST_TALKS = 20
_MOST_SAID, _MOST_TOPICS = 4, 30
_SUMMARY, _TOPIC = 240, 60
_NUMBERED = re.compile(r"#(\d{1,2}) (.*)", re.DOTALL)


@dataclass(frozen=True)
class Talk:
    """One conversation as a persona is learnt from it. `day` and `hour` are local."""

    conversation_id: str
    ended_at: dt.datetime
    day: dt.date
    hour: int
    topics: tuple[str, ...] = ()
    tone: str = ""
    summary: str = field(default="", repr=False)
    questions: int = 0
    care: str | None = None
    said: tuple[str, ...] = field(default=(), repr=False)
    """The caller's sentences that are a wish for how to be talked to."""
    names: tuple[str, ...] = field(default=(), repr=False)
    """Names of other people, which no claim may have."""
    figures: TalkFigures = field(default_factory=TalkFigures)
    minutes: float | None = None


class PersonaInput(Given):
    """All that the persona of one person may be learnt from."""

    reader: str = Field(description="A pseudonym, always the same for one person.")
    talks: Annotated[list[str], PersonsWords(joined_by="\n")] = Field(
        description="A line a conversation, newest first: its number, date, topics, mood, summary."
    )
    said: Annotated[list[str], PersonsWords(joined_by="\n")] = Field(
        description="The person's own sentences about how to talk to them: number of the conversation, words."
    )
    topics: Annotated[list[str], PersonsWords(joined_by="\n")] = Field(
        description="All topics, in the spelling that a claim may have."
    )
    claims: Annotated[list[str], PersonsWords(joined_by="\n")] = Field(description="The ids of the present claims.")
    figures: list[Figures] = Field(description="Reactions, counted by us, a conversation an entry.")


class Figures(Given):
    """The counts of one conversation: of the agent's turns, those that reached the person and the others."""

    n: int = Field(description="The number of the conversation.")
    words: int = Field(description="The person's words.")
    hinglish: int = Field(description="The share of Hindi in them, 0 to 100.")
    short: list[int] = Field(description="Short turns of the agent: effective, ineffective.")
    long: list[int] = Field(description="Long ones.")
    cut_long: int = Field(description="Long ones that the person cut short.")
    forms: dict[str, list[int]] = Field(description="Form of a turn: effective, ineffective.")


PersonaInput.model_rebuild()


def wishes_of(turns: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The sentences of a caller that are wishes for how to be talked to, of turns that give no instruction."""
    from astra_pipeline.conversations.exchanges import exchanges_of

    lines = [f"{turn.get('role')}: {' '.join(str(turn.get('message') or '').split())}" for turn in turns]
    found = [
        sentence
        for _, words in exchanges_of("\n".join(lines))
        for sentence in sentences(words)
        if any(True for _ in wishes_in(Sentence.of(sentence)))
    ]
    return tuple(" ".join(one.split())[:LONGEST_QUOTE] for one in found[:_MOST_SAID])


def persona_input(user_id: str, talks: Sequence[Talk], claims: Sequence[str]) -> tuple[PersonaInput, list[Talk]]:
    """(the input, the talks by their number from 1), of the newest talks that asked for no care."""
    numbered = sorted(
        (talk for talk in talks if talk.care is None),
        key=lambda talk: (talk.ended_at, talk.conversation_id),
        reverse=True,
    )[:MOST_TALKS]
    topics = dict.fromkeys(topic for talk in numbered for topic in _topics(talk))
    made = PersonaInput(
        reader=hashlib.sha256(user_id.encode()).hexdigest()[:16],
        talks=[_line(number, talk) for number, talk in enumerate(numbered, start=1)],
        said=[f"#{number} {words}" for number, talk in enumerate(numbered, start=1) for words in talk.said],
        topics=list(topics)[:_MOST_TOPICS],
        claims=list(claims),
        figures=[_figures(number, talk.figures) for number, talk in enumerate(numbered, start=1)],
    )
    return made, numbered


def numbered(line: str) -> tuple[int, str]:
    """(number of the conversation, the rest) of a line of the input; (0, line) for another one."""
    found = _NUMBERED.match(line)
    return (int(found[1]), found[2]) if found else (0, line)


def _line(number: int, talk: Talk) -> str:
    summary = without_excluded(" ".join(talk.summary.split())[:_SUMMARY])
    tone = talk.tone if excluded_subject(talk.tone) is None else ""
    return f"#{number} {talk.day.isoformat()} | {', '.join(_topics(talk))} | {tone} | {summary}"


def _topics(talk: Talk) -> list[str]:
    found = [" ".join(topic.split())[:_TOPIC] for topic in talk.topics]
    return [topic for topic in found if topic and excluded_subject(topic) is None]


def _figures(number: int, figures: TalkFigures) -> Figures:
    return Figures(
        n=number,
        words=figures.user_words,
        hinglish=figures.hinglish,
        short=list(figures.short),
        long=list(figures.long),
        cut_long=figures.long_interrupted,
        forms={form: list(pair) for form, pair in figures.forms.items()},
    )
