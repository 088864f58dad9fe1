"""Synthetic people with a planted manner, who talk with an agent that tries everything, and their personas.

A person answers at length what suits their manner and in a word what does not, and now and then says so.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from astra_pipeline.llm.runner import read_answer
from astra_pipeline.personas.claims import Claim
from astra_pipeline.personas.document import Persona
from astra_pipeline.personas.figures import figures_of
from astra_pipeline.personas.gate import evidence_of
from astra_pipeline.personas.input import MOST_TALKS, Talk, persona_input, wishes_of
from astra_pipeline.personas.kinds import Kind
from astra_pipeline.personas.measured import measured_evidence
from astra_pipeline.personas.rules import proposals
from astra_pipeline.personas.task import PersonaProposals

START = dt.datetime(2026, 9, 1, 15, 0, tzinfo=dt.UTC)
_SHORT = {
    "": "Saturn asks for patience with this, I think.",
    "practical_step": "Try one small step: write the letter tonight.",
    "story": "There was once a ferryman who never looked back.",
    "question_back": "And what would your oldest friend say?",
    "chart_detail": "Your Moon is in the tenth house of the chart.",
    "reassurance_first": "It's okay. You are doing more than you see.",
    "humour": "Haha, even Mercury would need a holiday after that.",
}
_FILL = (
    "When I look at the months behind you I see the same question coming back in different clothes, and each time "
    "you have answered it with a little more of yourself, which is why it feels heavier now and also why it may be "
    "nearer to its end than you think."
)
_PLEASED = {
    "english": "Yes, and then I began to think about what it would mean for the next year, and about my work",
    "light_hinglish": "Haan bilkul, and then I began to think about what it would mean for me, thoda work bhi",
    "heavy_hinglish": "Haan bilkul, phir main sochne laga ki agle saal mera kaam kaisa hoga aur kya karna hai",
}
_USUAL = {
    "english": "I am not so sure about that one",
    "light_hinglish": "I am not so sure, pata nahi yaar",
    "heavy_hinglish": "Mujhe iske baare mein pakka pata nahi hai",
}
_DULL = {"english": "Okay.", "light_hinglish": "Theek hai.", "heavy_hinglish": "Haan theek hai."}
_STATED = {
    "concise": "Keep it short, please.",
    "detailed": "Could you explain it more?",
    "story": "I love your stories.",
    "practical_step": "Give me one small thing to do.",
    "question_back": "I like it when you ask.",
    "chart_detail": "I love the chart details.",
}


@dataclass(frozen=True)
class Planted:
    """A manner."""

    length: str | None = None
    form: str | None = None
    language: str = "english"
    topic: str = "Career"
    hour: int = 21
    avoid: str | None = None
    states: float = 0.15
    """The share of conversations in which the person says what they want."""

    @property
    def claims(self) -> set[str]:
        """The ids of the claims that hold of the person."""
        found = {f"response_style.{self.language.replace('_', '-')}", f"topic_preference.{self.topic.casefold()}"}
        found |= {f"response_style.{value.replace('_', '-')}" for value in (self.length, self.form) if value}
        hours = (("early", range(4, 9)), ("day", range(9, 17)), ("evening", range(17, 22)))
        found.add(f"time_pattern.{next((name for name, h in hours if self.hour in h), 'night')}")
        if self.avoid:
            found.add(f"avoid.{self.avoid}")
        return found


def talk(number: int, manner: Planted, chance: random.Random) -> Talk:
    """One conversation of a person with this manner."""
    turns = _turns(manner, chance)
    at = START + dt.timedelta(days=number * 2, minutes=chance.randint(-20, 20))
    other = chance.choice(["Family", "Travel", "Friendship", "Sleep", "Study", "Garden"])
    return Talk(
        conversation_id=f"conv_{number:03}",
        ended_at=at,
        day=at.date(),
        hour=manner.hour,
        topics=(manner.topic, other) if chance.random() < 0.8 else (other,),
        tone="calm",
        summary="They talked about what the year may bring.",
        said=wishes_of(turns),
        figures=figures_of(turns),
    )


def _turns(manner: Planted, chance: random.Random) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = []
    kinds = [(form, size) for form in _SHORT for size in ("short", "long")]
    chance.shuffle(kinds)
    for form, size in kinds[:9]:
        words = _SHORT[form] if size == "short" else f"{_SHORT[form]} {_FILL}"
        if form == "question_back" and size == "long":
            words = f"{_FILL} {_SHORT[form]}"
        turns.append({"role": "agent", "message": words})
        likes = _likes(manner, form, size)
        if chance.random() < 0.08:
            likes = chance.choice([-1, 0, 1])  # nobody is the same every day
        if likes < 0 and size == "long" and chance.random() < 0.5:
            turns[-1]["interrupted"] = True
        reply = {1: _PLEASED, 0: _USUAL, -1: _DULL}[likes][manner.language]
        turns.append({"role": "user", "message": reply})
    wishes = [_STATED[value] for value in (manner.length, manner.form) if value in _STATED]
    if manner.avoid:
        wishes.append(f"Please don't talk about {manner.avoid}.")
    if wishes and chance.random() < manner.states:
        turns.append({"role": "user", "message": chance.choice(wishes)})
    return turns


def _likes(manner: Planted, form: str, size: str) -> int:
    """The way in which a turn of the agent is taken: 1 well, 0 as usual, -1 badly."""
    wanted = {"concise": "short", "detailed": "long"}.get(manner.length or "")
    if wanted and size != wanted:
        return -1
    if manner.form:
        return 1 if form == manner.form else 0 if wanted is None else -1 if form else 0
    return 1 if wanted else 0


def person(seed: int, *, talks: int = 20) -> tuple[Planted, list[Talk]]:
    """A person drawn by a seed, with their conversations in order."""
    chance = random.Random(seed)
    manner = Planted(
        length=chance.choice(["concise", "detailed", None]),
        form=chance.choice(["story", "practical_step", "question_back", "chart_detail", None]),
        language=chance.choice(["english", "light_hinglish", "heavy_hinglish"]),
        topic=chance.choice(["Career", "Love", "Astrology", "Travel"]),
        hour=chance.choice([7, 12, 20, 23]),
        avoid=chance.choice(["weddings", None, None]),
    )
    return manner, [talk(number, manner, chance) for number in range(talks)]


def learnt(talks: Sequence[Talk], *, persona: Persona | None = None, every: int = 5) -> Persona:
    """The persona after these conversations, learnt by the offline rules every five of them."""
    persona = persona or Persona("user_synthetic")
    for until in range(every, len(talks) + 1, every):
        persona = step(persona, talks[:until])
    return persona


def step(persona: Persona, talks: Sequence[Talk]) -> Persona:
    """One enrichment, as `personas.write` does it, without a database."""
    now = max(talk.ended_at for talk in talks) + dt.timedelta(hours=1)
    standing = [claim for claim in persona.claims if claim.status != "retired"]
    present: dict[str, tuple[Kind, str]] = {claim.id: (claim.kind, claim.value) for claim in standing}
    task_input, numbered = persona_input(persona.user_id, talks[-MOST_TALKS:], sorted(present))
    answer = read_answer(PersonaProposals, dict(proposals(task_input)), task_input.model_dump())
    found = [*evidence_of(answer, numbered, present), *measured_evidence(talks)]
    return replace(persona.with_evidence(found), computed_at=now).folded(now)


def active(persona: Persona) -> dict[str, Claim]:
    """The claims that an agent is told, by id."""
    return {claim.id: claim for claim in persona.claims if claim.status == "active"}
