"""The overview's lists: what facts tell, and what the old system left in them. Pure.

Entries of the old system without a conversation id are matched to facts: by the same words, else by time, each
entry and each fact at most once, the nearest first; a date without a time by the local day, when as many facts as
entries are of it. What a fact tells now takes the entry's place, fields that are not ours included, and the entry
itself is set aside. A conversation whose transcript is empty by now tells nothing: the old system's entry stands.

What was set aside takes part whenever the lists are folded anew, so the outcome is that of all facts together,
whatever the order in which they became known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from astra_pipeline.conversations.fact import EMPTY_SUMMARY, Fact
from astra_pipeline.store.documents import Document, canonical, readings, says_something
from astra_pipeline.zones import local_date

RECENT_CONVERSATIONS = 10
INCIDENTS = 10
INSIGHTS = 200
"""The newest insights that the overview lists; `astra_insights` keeps all of them."""
SAME_CALL = dt.timedelta(minutes=10)
"""An entry of the old system without an id is about the conversation that ended within this of its date."""
_SAME_WORDS = dt.timedelta(days=1)
"""Two summaries in the same words are of one conversation, unless their dates are further apart."""
_OF_NO_CONTENT = ("conversation_id", "date")
_EARLIEST = dt.datetime.min.replace(tzinfo=dt.UTC)

Lists = tuple[list[Any], list[Any]]
"""(what is listed, what is set aside)."""


def recent_entry(fact: Fact) -> dict[str, Any]:
    """The fact as an entry of `recent_conversations`."""
    told = fact.insights
    return {
        "conversation_id": fact.conversation_id,
        "date": fact.ended_at,
        "topics": list(told.topics),
        "summary": told.summary,
        "key_insights": list(told.key_insights),
        "questions_asked": list(told.questions_asked),
        "emotional_tone": told.emotional_tone,
        "follow_up_actions": list(told.follow_up_actions),
    }


def id_of(entry: Document) -> str | None:
    """The id of the conversation an entry is about; None for none, and for one that is no text."""
    name = entry.get("conversation_id")
    return name if isinstance(name, str) and name.strip() else None


def is_ours(entry: Document, facts: Mapping[str, Fact]) -> bool:
    """Whether an entry of `recent_conversations` is what one of the facts, by id, tells."""
    fact = facts.get(id_of(entry) or "")
    return fact is not None and all(entry.get(name) == value for name, value in recent_entry(fact).items())


def recent(
    listed: Sequence[Any], aside: Sequence[Any], facts: Sequence[Fact], *, old_ids: frozenset[str], zone: str
) -> Lists:
    """`recent_conversations`, the newest ten, oldest first. Facts are in the order of their ends."""
    pool = _pool(listed, aside, facts, old_ids)
    entries = [entry for entry in pool if isinstance(entry, Mapping)]
    told_of = matched(entries, facts, zone)
    theirs: dict[str, list[int]] = {}
    for number in sorted(told_of, key=lambda number: _order(entries[number])):
        theirs.setdefault(told_of[number].conversation_id, []).append(number)

    # What stands where: when it was, and which entry of the pool it is, unless it is made from one.
    rows: list[tuple[dt.datetime, bool, str, Any, int | None]] = []
    for number, entry in enumerate(entries):
        if number not in told_of:
            date = _date(entry)
            # Those without a usable date stay first.
            rows.append((date or _EARLIEST, False, canonical(entry), entry, number))
    for fact in facts:
        numbers = theirs.get(fact.conversation_id, [])
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
    listed: Sequence[Any], aside: Sequence[Any], facts: Sequence[Fact], *, old_ids: frozenset[str]
) -> Lists:
    """`insights`, the newest 200: what the old system noted and no fact says in the same words, then what facts
    tell."""
    pool = _pool(listed, aside, facts, old_ids)
    telling = {fact.conversation_id for fact in facts if fact.insights.insights}
    contents = {_plain(insight.content) for fact in facts for insight in fact.insights.insights}

    def is_told(entry: Any) -> bool:
        if not isinstance(entry, Mapping):
            return _plain(entry) in contents
        name = id_of(entry)
        # The old system noted no ids; what it says in the same words is told by a fact now.
        return name in telling if name else _plain(entry.get("content")) in contents

    told = [
        {"type": insight.type, "content": insight.content, "generated_at": fact.created_at}
        | ({} if insight.confidence is None else {"confidence": insight.confidence})
        | {"conversation_id": fact.conversation_id}
        for fact in facts
        for insight in fact.insights.insights
    ]
    kept = [entry for entry in pool if not is_told(entry)]
    kept.sort(key=lambda entry: isinstance(entry, Mapping))
    crowded_out = kept[: max(len(kept) + len(told) - INSIGHTS, 0)]
    return [*kept, *told][-INSIGHTS:], _in_order([*(entry for entry in pool if is_told(entry)), *crowded_out])


def incidents(listed: Sequence[Any], aside: Sequence[Any], facts: Sequence[Fact]) -> Lists:
    """`incident_map`, the newest ten."""
    all_told = [incident.model_dump() for fact in facts for incident in fact.insights.incidents]
    told = {_event(incident): incident for incident in all_told}
    # An incident has no id: one that earlier insights of a conversation told of is known by its words.
    ours = {canonical(one) for one in (*all_told, *(old for fact in facts for old in fact.replaced_incidents))}
    pool = [*aside, *(entry for entry in listed if canonical(entry) not in ours)]
    kept = [entry for entry in pool if not (isinstance(entry, Mapping) and _event(entry) in told)]
    replaced = [entry for entry in pool if isinstance(entry, Mapping) and _event(entry) in told]
    kept.sort(key=lambda entry: isinstance(entry, Mapping))
    shown = [*kept, *told.values()][-INCIDENTS:]
    crowded_out = kept[: max(len(kept) + len(told) - INCIDENTS, 0)]
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
    """The facts an entry can be told by, and how surely: the smaller the surer."""
    dates, words = readings(entry.get("date")), _plain(entry.get("summary"))
    for fact in facts:
        apart = min((abs(reading.at - fact.ended_at) for reading in dates), default=None)
        same_words = words == _plain(fact.insights.summary) and not _is_empty(fact)
        if same_words and (apart is None or apart <= _SAME_WORDS):
            yield fact, (0, apart or dt.timedelta())
        elif apart is not None and apart <= SAME_CALL:
            yield fact, (1, apart)


def _of_whole_days(entries: Mapping[int, Document], facts: Sequence[Fact], zone: str) -> dict[int, Fact]:
    told_on: dict[dt.date, list[Fact]] = {}
    for fact in facts:
        told_on.setdefault(local_date(fact.ended_at, zone), []).append(fact)
    noted_on: dict[dt.date, list[int]] = {}
    for number, entry in sorted(entries.items(), key=lambda item: canonical(item[1])):
        days = [reading.day for reading in readings(entry.get("date")) if reading.day in told_on]
        if len(days) == 1 and days[0]:
            noted_on.setdefault(days[0], []).append(number)
    return {
        number: fact
        for day, numbers in noted_on.items()
        if len(numbers) == len(told_on[day])
        for number, fact in zip(numbers, told_on[day], strict=True)
    }


def _shown(fact: Fact, entries: Sequence[Document]) -> dict[str, Any]:
    """What is shown of a conversation that entries of the old system are about, too."""
    telling = [entry for entry in entries if _tells(entry)]
    if _is_empty(fact) and telling:
        return {**telling[-1], "conversation_id": fact.conversation_id}
    named = recent_entry(fact)
    extras = {name: value for entry in entries for name, value in entry.items() if name not in named}
    return extras | named


def _pool(listed: Sequence[Any], aside: Sequence[Any], facts: Sequence[Fact], old_ids: frozenset[str]) -> list[Any]:
    """Entries that are not ours, those set aside included. One with the id of a fact is ours, unless the old system
    had one of this id that is not set aside yet."""
    known = {fact.conversation_id for fact in facts}
    moved = {id_of(entry) for entry in aside if isinstance(entry, Mapping)}

    def is_theirs(entry: Any) -> bool:
        name = id_of(entry) if isinstance(entry, Mapping) else None
        return name not in known or (name in old_ids and name not in moved)

    return [*aside, *filter(is_theirs, listed)]


def _is_empty(fact: Fact) -> bool:
    return fact.insights.summary == EMPTY_SUMMARY


def _tells(entry: Document) -> bool:
    """Whether an entry holds more than which conversation it is of, or that nothing was said in it."""
    summary = entry.get("summary")
    if summary == EMPTY_SUMMARY:
        return False
    return any(says_something(value) for name, value in entry.items() if name not in _OF_NO_CONTENT)


def _event(incident: Document) -> str:
    return canonical([incident.get("title"), incident.get("description")])


def _date(entry: object) -> dt.datetime | None:
    """When an entry was: of two readings the earlier."""
    dates = readings(entry.get("date")) if isinstance(entry, Mapping) else ()
    return min((reading.at for reading in dates), default=None)


def _order(entry: object) -> tuple[dt.datetime, str]:
    return _date(entry) or _EARLIEST, canonical(entry)


def _in_order(entries: Sequence[Any]) -> list[Any]:
    return sorted(entries, key=_order)


def _plain(text: object) -> str | None:
    return " ".join(text.split()).casefold().rstrip(".") if isinstance(text, str) else None
