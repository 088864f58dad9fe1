"""A turn of the caller, and the part of it whose values may be of the caller's own birth.

Clauses are read in order. Each tells whose birth it is about, or leaves it to the one before it: after "my daughter"
a date is hers, after "I was born" it is the caller's, and after "I moved" it is of the move.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from astra_pipeline.language.spoken_birth import owner_patterns as patterns
from astra_pipeline.language.spoken_birth import words
from astra_pipeline.language.spoken_birth.clause_split import Span, spans
from astra_pipeline.language.spoken_birth.direct_speech import quoted_spans
from astra_pipeline.language.spoken_birth.mapped_text import MappedText
from astra_pipeline.language.spoken_birth.numerals import latin
from astra_pipeline.language.spoken_birth.owners import (
    About,
    Clause,
    clause_of,
    core_of,
    holds_only_a_value,
    is_unreal,
    opens_a_question,
)

_LEADS = ("in ", "on ", "at ", "around ")
_KEPT = (About.CALLER, About.BIRTH, About.ELLIPTIC, About.OPEN, About.DOCUMENT)


@dataclass(frozen=True)
class Expected:
    """The owner of the values of a turn that says nothing of whose they are."""

    # The agent asked for the caller's birth, or the caller corrects it.
    caller: bool = False
    # Only clauses that hold little beside a value are of it: a correction that nobody asked for.
    only_values: bool = False
    # The agent asked for somebody else's, or somebody else is talked about.
    another: bool = False


@dataclass(frozen=True)
class OwnWords:
    """A turn with everything but the caller's own birth blanked out, at the same positions."""

    text: str
    # The turn with only what is said of others and of other events blanked out.
    near: str
    # What somebody else reports, while somebody else is talked about: it may be of the caller's birth.
    reported: str
    # The caller speaks of their own birth.
    speaks_of_own: bool
    # The caller denies a value of their own birth: "I was not born in Pune".
    denies_own: bool
    # The last birth or person that the turn speaks of is somebody else's.
    speaks_of_another: bool

    @property
    def has_any(self) -> bool:
        """True when something is left of the turn."""
        return any(sign.isalnum() for sign in self.text)


def own_words(said: str, expected: Expected) -> OwnWords:
    """The words of a turn whose values may be of the caller's own birth."""
    text = latin(said)
    found = spans(text.plain)
    clauses = _settled(text.plain, found)
    owners = _with_what_leads_up(found, clauses, _resolved(found, clauses, expected))
    owners = _without_documents(clauses, owners)
    near = [span for span, owner in zip(found, owners, strict=True) if owner is not About.CALLER]
    if expected.only_values:
        owners = _only_values(text, said, found, clauses, owners)
    last = next((owner for owner in reversed(owners) if owner in (About.CALLER, About.OTHER)), None)
    return OwnWords(
        text=_blanked(
            text, said, [span for span, owner in zip(found, owners, strict=True) if owner is not About.CALLER]
        ),
        near=_blanked(text, said, near),
        reported=" ".join(
            said[text.at[span.start] : text.at[span.end]]
            for span, clause, owner in zip(found, clauses, owners, strict=True)
            if clause.is_report and owner is not About.CALLER
        ),
        denies_own=any(clause.about is About.DENIED for clause in clauses),
        speaks_of_own=any(clause.about in (About.CALLER, About.DENIED) for clause in clauses)
        or any(
            clause.about in (About.BIRTH, About.ELLIPTIC) and owner is About.CALLER
            for clause, owner in zip(clauses, owners, strict=True)
        ),
        speaks_of_another=last is About.OTHER,
    )


def _settled(plain: str, found: Sequence[Span]) -> list[Clause]:
    """The clauses, of which those of a question or of an unreal birth say nothing."""
    clauses = [clause_of(plain[span.start : span.end]) for span in found]
    for start, end in quoted_spans(plain):
        for at, span in enumerate(found):
            if span.start < end and start < span.end and clauses[at].about in (*_KEPT, About.ELLIPTIC):
                clauses[at] = replace(clauses[at], about=About.OTHER)
    for at in range(1, len(found)):
        if found[at].runs_on and clauses[at].about is About.CALLER and clauses[at - 1].is_figure:
            clauses[at] = replace(clauses[at], about=About.EVENT)
    for number in {span.sentence for span in found}:
        inside = [at for at, span in enumerate(found) if span.sentence == number]
        start, end = found[inside[0]].start, found[inside[-1]].end
        unreal = is_unreal(plain[start:end])
        asks = _asked_from(plain[start:end], [clauses[at] for at in inside])
        for position, at in enumerate(inside):
            in_unreal = unreal is not None and found[at].end > start + unreal
            if in_unreal or (asks is not None and position >= asks):
                kept = (clauses[at].about in (About.OTHER, About.EVENT) and not in_unreal) or clauses[
                    at
                ].about is About.OTHER
                clauses[at] = clauses[at] if kept else replace(clauses[at], about=About.NOTHING)
    return clauses


def _asked_from(sentence: str, clauses: Sequence[Clause]) -> int | None:
    """The first clause of a sentence that is asked; None for a sentence that asks nothing."""
    if not sentence.rstrip().endswith("?"):
        return None
    opens = (at for at, clause in enumerate(clauses) if opens_a_question(clause.plain))
    first = next(opens, 0)
    return first if first and clauses[0].about is About.CALLER else 0


def _resolved(found: Sequence[Span], clauses: Sequence[Clause], expected: Expected) -> list[About]:
    """CALLER, OTHER or EVENT for each clause, the first of which follow what was expected."""
    current = About.CALLER if expected.caller else About.OTHER if expected.another else About.OPEN
    another = expected.another or (not expected.caller and any(clause.names_another for clause in clauses))
    me = taken_back = False
    owners: list[About] = []
    for at, clause in enumerate(clauses):
        if at and found[at].sentence != found[at - 1].sentence:
            me = False
        about = clause.about
        if patterns.takes_back().search(clause.plain):
            owners = [About.EVENT if owner is About.CALLER else owner for owner in owners]
            taken_back = True
        if about is About.BIRTH and not (me or expected.caller) and _follows_a_name(found, clauses, at):
            about = About.OTHER
        if about is About.BIRTH:
            current = _of_a_birth(current, me=me, another=another, answers=expected.caller)
        elif about is About.CALLER or about is About.OTHER:
            current = about
        elif about is About.DENIED:
            current = About.CALLER
        elif about is About.ELLIPTIC:
            current = _of_a_comparison(current, clauses[:at], expected)
        elif about is About.EVENT and (clause.has_value or clause.turns_away or current is not About.CALLER):
            current = About.EVENT
        kept = about in _KEPT and current is About.CALLER
        owners.append(About.CALLER if kept else About.OTHER if current is About.OTHER else About.EVENT)
        if taken_back and expected.caller:
            current = About.CALLER  # what follows "that's my brother's" answers the question
            taken_back = False
        me = clause.of_me or (me and about is not About.OTHER and not clause.names_another)
    return owners


def _follows_a_name(found: Sequence[Span], clauses: Sequence[Clause], at: int) -> bool:
    """True for the "born 14 March 1879" behind "Einstein," in the same sentence."""
    if not at or found[at - 1].sentence != found[at].sentence:
        return False
    before = clauses[at - 1]
    return (
        before.about is About.OPEN
        and not before.has_value
        and any(sign.isalpha() for sign in core_of(before.plain))
    )


def _of_a_comparison(current: About, before: Sequence[Clause], expected: Expected) -> About:
    """The owner of "mine is 3 May": of what the caller or the agent compares it with, a birth or another date."""
    births = (About.CALLER, About.BIRTH, About.OTHER)
    compared = next((clause.about for clause in reversed(before) if clause.about is not About.OPEN), None)
    if any(clause.turns_away for clause in before) or compared is About.EVENT:
        return About.EVENT
    is_birth = compared in births or expected.caller or expected.another
    return About.CALLER if is_birth else current


def _of_a_birth(current: About, *, me: bool, another: bool, answers: bool) -> About:
    """The owner of a birth without a subject: "born in Pune", "date of birth 3 May 1990"."""
    if current in (About.CALLER, About.OTHER):
        return current
    if me:
        return About.CALLER
    if another:
        return About.OTHER
    return About.CALLER if answers or current is About.OPEN else About.EVENT


def _with_what_leads_up(found: Sequence[Span], clauses: Sequence[Clause], owners: Sequence[About]) -> list[About]:
    """The owners, where "in 2011" before "I lost my father" is of the loss, and before "I was born" of the birth."""
    changed = list(owners)
    for at in range(len(found) - 2, -1, -1):
        after = at + 1
        if found[at].sentence != found[after].sentence or clauses[at].about is not About.OPEN:
            continue
        if not clauses[at].has_value:
            if clauses[after].about in (About.CALLER, About.OPEN) and changed[after] is About.CALLER:
                changed[at] = About.CALLER  # "actually" before "I was born"
            continue
        begins = at == 0 or found[at - 1].sentence != found[at].sentence
        runs_on = found[after].runs_on
        opening = clauses[at].plain.lstrip()
        joined = opening.split(" ")[0] in {*words.owners().joins, *words.owners().subordinators}
        begins = (
            begins
            or joined
            or not any(
                clauses[before].has_value or clauses[before].about is not About.OPEN
                for before in range(at)
                if found[before].sentence == found[at].sentence
            )
        )
        leads = (
            runs_on or opening.split(" ", 1)[-1 if joined else 0].startswith(_LEADS) or opening.startswith(_LEADS)
        )
        if not (begins and leads):
            continue
        if clauses[after].about in (About.EVENT, About.OTHER) and not clauses[after].has_value:
            changed[at] = changed[after]
        elif clauses[after].about is About.CALLER and (runs_on or not clauses[after].has_value):
            changed[at] = About.CALLER
    return changed


def _without_documents(clauses: Sequence[Clause], owners: Sequence[About]) -> list[About]:
    """The owners, where what a document says gives way to what the caller says in the same turn."""
    said = any(
        owner is About.CALLER and clause.about is not About.DOCUMENT and clause.has_value
        for clause, owner in zip(clauses, owners, strict=True)
    )
    return [
        About.EVENT if said and clause.about is About.DOCUMENT else owner
        for clause, owner in zip(clauses, owners, strict=True)
    ]


def _only_values(
    text: MappedText, said: str, found: Sequence[Span], clauses: Sequence[Clause], owners: Sequence[About]
) -> list[About]:
    """The owners of an unasked correction, where a clause that says more than a value is about something else.

    Behind a clause of the caller's birth everything is as it was.
    """
    changed = list(owners)
    for at, (span, clause, owner) in enumerate(zip(found, clauses, owners, strict=True)):
        if clause.about in (About.CALLER, About.BIRTH, About.ELLIPTIC, About.DENIED):
            break
        if owner is About.CALLER and not holds_only_a_value(said[text.at[span.start] : text.at[span.end]]):
            changed[at] = About.EVENT
    return changed


def _blanked(text: MappedText, said: str, away: Sequence[Span]) -> str:
    """The turn with spaces for the clauses that are not the caller's, and a stop where each begins."""
    signs = list(said)
    for span in away:
        start, end = text.at[span.start], text.at[span.end]
        inside = range(start, min(end, len(signs)))
        kept_stop = next((at for at in reversed(inside) if signs[at] in ".!?।"), None)
        for at in inside:
            signs[at] = " "
        if kept_stop is not None:
            signs[kept_stop] = "."
        elif inside:
            signs[inside[0]] = "."
    return "".join(signs)
