"""The overview's lists: the entries that facts call for, and those that the old system left in them. Pure.

Entries of the old system without a conversation id are matched to facts: by the same words, else by time, each
entry and each fact at most once, the nearest first; a date without a time by the local day, when as many facts as
entries are of it. The fact's entry takes the place of the old one and keeps its fields that are not ours, and the
old one is quarantined. A conversation whose transcript is empty by now has no content: the old system's entry
stays.

Quarantined entries take part whenever the lists are folded anew, so the outcome is that of all facts together,
whatever the order in which they became known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from astra_pipeline.conversations.fact import EMPTY_SUMMARY, Fact
from astra_pipeline.people.recent_conversation import id_of
from astra_pipeline.store.documents import Document, canonical, readings, says_something
from astra_pipeline.zones import local_date

RECENT_CONVERSATIONS = 10
INCIDENTS = 10
# The newest insights that the overview lists; `astra_insights` keeps all of them.
INSIGHTS = 200
# An entry of the old system without an id is about the conversation that ended within this of its date.
SAME_CALL = dt.timedelta(minutes=10)
# Two summaries in the same words are of one conversation, unless their dates are further apart.
_SAME_WORDS = dt.timedelta(days=1)
_OF_NO_CONTENT = ("conversation_id", "date")
_EARLIEST = dt.datetime.min.replace(tzinfo=dt.UTC)

# (the entries of the list, the quarantined entries).
Lists = tuple[list[Any], list[Any]]


def recent_entry(fact: Fact) -> dict[str, Any]:
    """The fact as an entry of `recent_conversations`."""
    insights = fact.insights
    return {
        "conversation_id": fact.conversation_id,
        "date": fact.ended_at,
        "topics": list(insights.topics),
        "summary": insights.summary,
        "key_insights": list(insights.key_insights),
        "questions_asked": list(insights.questions_asked),
        "emotional_tone": insights.emotional_tone,
        "follow_up_actions": list(insights.follow_up_actions),
    }


def is_ours(entry: Document, facts: Mapping[str, Fact]) -> bool:
    """True when an entry of `recent_conversations` is the one that a fact of its id calls for."""
    fact = facts.get(id_of(entry) or "")
    return fact is not None and all(entry.get(name) == value for name, value in recent_entry(fact).items())


def recent(
    listed: Sequence[Any], quarantined: Sequence[Any], facts: Sequence[Fact], *, old_ids: frozenset[str], zone: str
) -> Lists:
    """`recent_conversations`, the newest ten, oldest first. Facts are in the order of their ends."""
    pool = _pool(listed, quarantined, facts, old_ids)
    entries = [entry for entry in pool if isinstance(entry, Mapping)]
    fact_of = matched(entries, facts, zone)
    numbers_of: dict[str, list[int]] = {}
    for number in sorted(fact_of, key=lambda number: _order(entries[number])):
        numbers_of.setdefault(fact_of[number].conversation_id, []).append(number)

    # The rows of the list: a date, and the number of the entry in the pool, unless the row is made of a fact.
    rows: list[tuple[dt.datetime, bool, str, Any, int | None]] = []
    for number, entry in enumerate(entries):
        if number not in fact_of:
            date = _date(entry)
            # Those without a usable date stay first.
            rows.append((date or _EARLIEST, False, canonical(entry), entry, number))
    for fact in facts:
        numbers = numbers_of.get(fact.conversation_id, [])
        shown = _shown(fact, [entries[number] for number in numbers])
        as_it_was = numbers[0] if len(numbers) == 1 and shown == entries[numbers[0]] else None
        rows.append((fact.ended_at, True, "", shown, as_it_was))
    rows.sort(key=lambda row: row[:3])
    odd = [entry for entry in pool if not isinstance(entry, Mapping)]
    crowded = max(len(odd) - max(RECENT_CONVERSATIONS - len(rows), 0), 0)
    rows = rows[-RECENT_CONVERSATIONS:]
    kept = {row[4] for row in rows}
    left = [entry for number, entry in enumerate(entries) if number not in kept]
    return [*odd[crowded:], *(row[3] for row in rows)], _in_order([*odd[:crowded], *left])


def insights(
    listed: Sequence[Any], quarantined: Sequence[Any], facts: Sequence[Fact], *, old_ids: frozenset[str]
) -> Lists:
    """`insights`, the newest 200: the old system's that no fact repeats word for word, then the facts'."""
    pool = _pool(listed, quarantined, facts, old_ids)
    with_insights = {fact.conversation_id for fact in facts if fact.insights.insights}
    contents = {_plain(insight.content) for fact in facts for insight in fact.insights.insights}

    def is_replaced(entry: Any) -> bool:
        if not isinstance(entry, Mapping):
            return _plain(entry) in contents
        name = id_of(entry)
        # The old system noted no ids: a fact replaces an entry in the same words.
        return name in with_insights if name else _plain(entry.get("content")) in contents

    ours = [
        {"type": insight.type, "content": insight.content, "generated_at": fact.created_at}
        | ({} if insight.confidence is None else {"confidence": insight.confidence})
        | {"conversation_id": fact.conversation_id}
        for fact in facts
        for insight in fact.insights.insights
    ]
    kept = [entry for entry in pool if not is_replaced(entry)]
    kept.sort(key=lambda entry: isinstance(entry, Mapping))
    crowded_out = kept[: max(len(kept) + len(ours) - INSIGHTS, 0)]
    replaced = [entry for entry in pool if is_replaced(entry)]
    return [*kept, *ours][-INSIGHTS:], _in_order([*replaced, *crowded_out])


def incidents(listed: Sequence[Any], quarantined: Sequence[Any], facts: Sequence[Fact]) -> Lists:
    """`incident_map`, the newest ten."""
    found = [incident.model_dump() for fact in facts for incident in fact.insights.incidents]
    by_event = {_event(incident): incident for incident in found}
    # An incident has no id: one of earlier insights of a conversation is known by its words.
    ours = {canonical(one) for one in (*found, *(old for fact in facts for old in fact.replaced_incidents))}
    pool = [*quarantined, *(entry for entry in listed if canonical(entry) not in ours)]
    kept = [entry for entry in pool if not (isinstance(entry, Mapping) and _event(entry) in by_event)]
    replaced = [entry for entry in pool if isinstance(entry, Mapping) and _event(entry) in by_event]
    kept.sort(key=lambda entry: isinstance(entry, Mapping))
    shown = [*kept, *by_event.values()][-INCIDENTS:]
    crowded_out = kept[: max(len(kept) + len(by_event) - INCIDENTS, 0)]
    return shown, _in_order([*replaced, *crowded_out])


def matched(entries: Sequence[Document], facts: Sequence[Fact], zone: str) -> dict[int, Fact]:
    """Number of an entry -> the fact of the same conversation."""
    by_id = {fact.conversation_id: fact for fact in facts}
    found = {number: by_id[name] for number, entry in enumerate(entries) if (name := id_of(entry)) in by_id}
    nameless = [number for number, entry in enumerate(entries) if id_of(entry) is None]
    taken = {fact.conversation_id for fact in found.values()}
    free = [fact for fact in facts if fact.conversation_id not in taken]
    claims = [
        (*claim, fact.ended_at, fact.conversation_id, canonical(entries[number]), number)
        for number in nameless
        for fact, claim in _claims(entries[number], free)
    ]
    for *_, name, _, number in sorted(claims):
        if number not in found and name not in taken:
            found[number] = by_id[name]
            taken.add(name)
    return found | _of_whole_days(
        {number: entries[number] for number in nameless if number not in found},
        [fact for fact in free if fact.conversation_id not in taken],
        zone,
    )


def _claims(entry: Document, facts: Sequence[Fact]) -> Iterable[tuple[Fact, tuple[int, dt.timedelta]]]:
    """The facts of the conversation that an entry may be about, each with a distance: the smaller the surer."""
    dates, words = readings(entry.get("date")), _plain(entry.get("summary"))
    for fact in facts:
        apart = min((abs(reading.at - fact.ended_at) for reading in dates), default=None)
        same_words = words == _plain(fact.insights.summary) and not _is_empty(fact)
        if same_words and (apart is None or apart <= _SAME_WORDS):
            yield fact, (0, apart or dt.timedelta())
        elif apart is not None and apart <= SAME_CALL:
            yield fact, (1, apart)


def _of_whole_days(entries: Mapping[int, Document], facts: Sequence[Fact], zone: str) -> dict[int, Fact]:
    facts_on: dict[dt.date, list[Fact]] = {}
    for fact in facts:
        facts_on.setdefault(local_date(fact.ended_at, zone), []).append(fact)
    entries_on: dict[dt.date, list[int]] = {}
    for number, entry in sorted(entries.items(), key=lambda item: canonical(item[1])):
        days = [reading.day for reading in readings(entry.get("date")) if reading.day in facts_on]
        if len(days) == 1 and days[0]:
            entries_on.setdefault(days[0], []).append(number)
    return {
        number: fact
        for day, numbers in entries_on.items()
        if len(numbers) == len(facts_on[day])
        for number, fact in zip(numbers, facts_on[day], strict=True)
    }


def _shown(fact: Fact, entries: Sequence[Document]) -> dict[str, Any]:
    """The entry of a conversation that entries of the old system are about, too."""
    with_content = [entry for entry in entries if _has_content(entry)]
    if _is_empty(fact) and with_content:
        return {**with_content[-1], "conversation_id": fact.conversation_id}
    named = recent_entry(fact)
    extras = {name: value for entry in entries for name, value in entry.items() if name not in named}
    return extras | named


def _pool(
    listed: Sequence[Any], quarantined: Sequence[Any], facts: Sequence[Fact], old_ids: frozenset[str]
) -> list[Any]:
    """Entries that are not ours, quarantined ones included.

    An entry with the id of a fact is ours, unless the old system had one of this id that is not quarantined yet.
    """
    known = {fact.conversation_id for fact in facts}
    moved = {id_of(entry) for entry in quarantined if isinstance(entry, Mapping)}

    def is_old(entry: Any) -> bool:
        name = id_of(entry) if isinstance(entry, Mapping) else None
        return name not in known or (name in old_ids and name not in moved)

    return [*quarantined, *filter(is_old, listed)]


def _is_empty(fact: Fact) -> bool:
    return fact.insights.summary == EMPTY_SUMMARY


def _has_content(entry: Document) -> bool:
    """True when an entry says something about its conversation besides its id, its date and that it was empty."""
    summary = entry.get("summary")
    if summary == EMPTY_SUMMARY:
        return False
    return any(says_something(value) for name, value in entry.items() if name not in _OF_NO_CONTENT)


def _event(incident: Document) -> str:
    return canonical([incident.get("title"), incident.get("description")])


def _date(entry: object) -> dt.datetime | None:
    """The date of an entry: of two readings the earlier."""
    dates = readings(entry.get("date")) if isinstance(entry, Mapping) else ()
    return min((reading.at for reading in dates), default=None)


def _order(entry: object) -> tuple[dt.datetime, str]:
    return _date(entry) or _EARLIEST, canonical(entry)


def _in_order(entries: Sequence[Any]) -> list[Any]:
    return sorted(entries, key=_order)


def _plain(text: object) -> str | None:
    return " ".join(text.split()).casefold().rstrip(".") if isinstance(text, str) else None
