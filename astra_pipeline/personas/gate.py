"""The way from a runner's accepted answer to evidence: numbers become conversations, and names stay out. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from astra_pipeline.conversations.lexicon import words_of
from astra_pipeline.conversations.sentences import Sentence
from astra_pipeline.personas.claims import Evidence
from astra_pipeline.personas.excluded import excluded_subject
from astra_pipeline.personas.input import Talk
from astra_pipeline.personas.kinds import CLOSED, Kind, Source, as_kind, claim_id
from astra_pipeline.personas.stated import is_a_name, wishes_in
from astra_pipeline.personas.task import PersonaProposals, Proposal


def evidence_of(
    answer: PersonaProposals, talks: Sequence[Talk], present: Mapping[str, tuple[Kind, str]]
) -> list[Evidence]:
    """The evidence that an answer gives. `talks` are those of its input in their order, `present` its claims."""
    found = [one for proposal in answer.proposals for one in _proposed(proposal, talks)]
    for verdict in answer.verdicts:
        if verdict.verdict == "no_evidence" or verdict.id not in present:
            continue
        kind, value = present[verdict.id]
        polarity = 1 if verdict.verdict == "holds" else -1
        heard = (talks[number - 1] for number in sorted(set(verdict.conversations)))
        found.extend(_evidence(kind, value, "observed", talk, polarity) for talk in heard)
    return found + list(_retracted(talks, present))


def _proposed(proposal: Proposal, talks: Sequence[Talk]) -> Iterator[Evidence]:
    kind = as_kind(proposal.kind)
    if kind == "topic_preference" and not proposal.stated:
        return  # what is talked of is counted, not guessed
    if kind is None or excluded_subject(proposal.value):
        return
    if kind not in CLOSED and _names_somebody(proposal.value, talks):
        return
    value = proposal.value if kind in ("topic_preference", "response_style") else proposal.value.casefold()
    for number in sorted(set(proposal.conversations)):
        talk = talks[number - 1]
        quote = next((one for one in proposal.quotes if any(_flat(one) in _flat(said) for said in talk.said)), None)
        # A conversation without a quote of its own shows what another one states.
        source: Source = "stated" if proposal.stated and quote else "observed"
        yield _evidence(kind, value, source, talk, 1, quote=quote)


def _retracted(talks: Sequence[Talk], present: Mapping[str, tuple[Kind, str]]) -> Iterator[Evidence]:
    """The wishes that the person took back. Rules hear them for every runner: they are a stop."""
    for talk in talks:
        for words in talk.said:
            for wish in wishes_in(Sentence.of(words)):
                if wish.polarity < 0 and claim_id(wish.kind, wish.value) in present:
                    yield _evidence(wish.kind, wish.value, "stated", talk, -1, quote=wish.quote)


def _evidence(
    kind: Kind, value: str, source: Source, talk: Talk, polarity: int, *, quote: str | None = None
) -> Evidence:
    return Evidence(kind, value, source, talk.conversation_id, talk.ended_at, talk.day, polarity, quote)


def _names_somebody(value: str, talks: Sequence[Talk]) -> bool:
    """Whether a value names a person of whom one of the conversations told, or has a name in the caller's words."""
    names = {word for talk in talks for name in talk.names for word in words_of(name)}
    if names & set(words_of(value)):
        return True
    return any(is_a_name(value, said) for talk in talks for said in talk.said)


def _flat(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").split())
