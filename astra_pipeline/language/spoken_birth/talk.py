"""The thread of a conversation about births: whose birth the agent asked for, and of whom the caller speaks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from astra_pipeline.language.spoken_birth.corrections import contrast, correction, denies_first, not_as_repeated
from astra_pipeline.language.spoken_birth.numerals import latin
from astra_pipeline.language.spoken_birth.owner_patterns import first_person, report
from astra_pipeline.language.spoken_birth.owners import core_of, has_value, holds_only_a_value
from astra_pipeline.language.spoken_birth.ownership import Expected, own_words
from astra_pipeline.language.spoken_birth.questions import Question, Whose, question_in


@dataclass(frozen=True)
class Turn:
    """A turn of the caller, and the reasons to read it."""

    # The number of the turn among the caller's, from 0.
    number: int
    # All that the caller said.
    said: str
    # The same with all but the caller's own birth blanked out.
    words: str
    question: Question
    # The caller speaks of their own birth.
    own: bool
    # The agent asked for the caller's birth.
    answers: bool
    # The turn corrects a birth that was said just before.
    corrects: bool
    # The caller denies a value of their own birth.
    denies: bool
    # A birth was said so shortly before that the turn may correct it.
    correctable: bool
    # The fields of which the agent's words repeat the value.
    repeated: frozenset[str]
    # The turn without what is said of others and of other events.
    near: str
    # What somebody else reports in it, and may be of the caller's birth.
    reported: str


@dataclass(frozen=True)
class Talk:
    """The question that is open, and the person of whom the last turns spoke."""

    question: Question = field(default_factory=Question)
    is_answered: bool = False
    # Somebody else's birth is talked about.
    of_another: bool = False

    def next(
        self, asked: str, said: str, number: int, *, correctable: bool, repeated: frozenset[str] = frozenset()
    ) -> tuple[Talk, Turn]:
        """The thread after one more exchange, and its turn.

        `correctable` tells that a birth was said so shortly before that a correction counts, and `repeated` of which
        fields the agent's words repeat the value.
        """
        question = self._resolved(question_in(asked) if asked else Question(is_silent=True))
        answers = question.of_the_caller
        plain = latin(said).plain
        about_it = question.of_the_caller or not question.asks_something_else or bool(repeated)
        corrects = (
            correctable
            and about_it
            and question.whose is not Whose.OTHER
            and (
                _reports_a_value(plain)
                or bool(correction().search(plain) or denies_first().match(plain))
                or bool(repeated and _is_another_value(said, plain))
            )
        )
        another = question.whose is Whose.OTHER or (
            question.whose is Whose.NOBODY and (self.of_another or question.names_another)
        )
        own = own_words(
            said,
            Expected(
                caller=answers or corrects or bool(repeated),
                only_values=not answers,
                another=(another or (question.whose is Whose.NOBODY and question.asks_about_another))
                and not corrects,
            ),
        )
        talk = Talk(
            question=question,
            is_answered=False,
            of_another=own.speaks_of_another or (another and not own.speaks_of_own),
        )
        turn = Turn(
            number=number,
            said=said,
            words=own.text,
            question=question,
            own=own.speaks_of_own,
            answers=answers and own.has_any,
            corrects=corrects and own.has_any,
            denies=own.denies_own,
            correctable=correctable and about_it and question.whose is not Whose.OTHER,
            repeated=repeated,
            near=own.near,
            reported=own.reported,
        )
        return talk, turn

    def _resolved(self, question: Question) -> Question:
        """The question with its owner, which a question that goes on takes from the one before."""
        if question.is_silent:
            return Question() if self.is_answered else replace(self.question, goes_on=True)
        if question.goes_on and self.question.whose is Whose.NOBODY:
            return replace(question, whose=Whose.OTHER if question.whose is Whose.OTHER else Whose.NOBODY)
        if question.whose is Whose.UNSAID:
            if question.goes_on:
                return replace(question, whose=self.question.whose)
            return replace(question, whose=Whose.OTHER if self.of_another else Whose.CALLER)
        return question


def _reports_a_value(plain: str) -> bool:
    """True for what somebody else says of the caller's birth right after it was told: "mum just texted, it was 7"."""
    found = report().match(core_of(plain))
    return bool(found) and not first_person().match(core_of(plain)) and has_value(plain)


def _is_another_value(said: str, plain: str) -> bool:
    """True for an answer to a repeated value that gives another one: "almost, the 23rd", "8:45"."""
    contrasts = bool(contrast().search(plain))
    return bool(not_as_repeated().match(plain)) or (has_value(plain) and (contrasts or holds_only_a_value(said)))
