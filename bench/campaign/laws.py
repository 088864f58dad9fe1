"""The laws that must hold after a campaign, as pure functions of the evidence. Their source is the fault list.

Each law says how many things it examined and which of them break it, in words that name ids and no words of a
person. A law that examined nothing has shown nothing, and the report says so.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.campaign import laws_of_writes
from bench.campaign.evidence import Evidence, Execution, metrics_of, noted_insights, recent_entries
from bench.campaign.model import Call, World, world_of
from bench.campaign.oracle import end_of, expected

IN_FLIGHT = dt.timedelta(seconds=2.5)
"""The age up to which an execution may be unknown to a run that is killed: the campaign's HTTP time-out and a bit.
Of an older one the run had the answer, and had noted it."""
_OVERDUE = dt.timedelta(seconds=60)
# The app writes an end twice, and rounds it: ends within this are one. Words are compared whatever the end.
_SAME_END = dt.timedelta(seconds=1)
_LISTED = 10


@dataclass(frozen=True)
class Verdict:
    """The outcome of one law. `counts` are for the report."""

    law: str
    examined: int
    broken: Sequence[str] = ()
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return not self.broken


def check(evidence: Evidence) -> list[Verdict]:
    """Every law against the evidence, in the order of the report."""
    world = world_of(evidence.events)
    return [Verdict(name, *law(evidence, world)) for name, law in LAWS.items()]


Found = tuple[int, list[str], dict[str, int]]
"""(how many were examined, what breaks the law, counts)"""


def nothing_is_lost(evidence: Evidence, world: World) -> Found:
    """Every completed call of a person who is not erased is done, parked, or due with a reason."""
    broken: list[str] = []
    counts: Counter[str] = Counter()
    held = evidence.held()
    for call in world.calls.values():
        if call.erased:
            continue
        missing = _missing(evidence, world, call)
        waits = held.get(call.call) or held.get(call.person)
        if missing is None:
            counts["done"] += 1
        elif waits is None:
            broken.append(f"{call.call}: {missing}, and nothing waits for it")
        elif not waits.reason:
            broken.append(f"{call.call}: {missing}, and it waits without a reason")
        elif waits.due_at is not None and waits.due_at < evidence.checked_at - _OVERDUE:
            broken.append(f"{call.call}: {missing}, it was due at {waits.due_at:%H:%M:%S} and not tried")
        else:
            counts[waits.state] += 1
    return sum(counts.values()) + len(broken), broken, dict(counts)


def _missing(evidence: Evidence, world: World, call: Call) -> str | None:
    """The thing that a call lacks to be done: its newest words in a fact or in the overview. None: nothing."""
    document = evidence.conversations().get(call.call)
    if document is None:
        return "the app's record is gone"
    for collection in ("astra_transcripts", "astra_insights"):
        fact = evidence.facts(collection).get(call.call)
        if fact is None:
            return f"nothing in {collection}"
        if (version := call.version(str(fact))) < len(call.words):
            return f"{collection} knows {version} of {len(call.words)} completions"
        if call.dated and not call.moved_earlier and document["ended_at"] - fact["ended_at"] > _SAME_END:
            return f"{collection} has an end that was corrected since"
    if (document.get("metadata") or {}).get("transcript_processed") is not True:
        return "the app's record is not marked as processed"
    return _missing_entry(evidence, world, call)


def _missing_entry(evidence: Evidence, world: World, call: Call) -> str | None:
    user = evidence.users().get(call.person)
    if user is None:
        return "the person has no document"
    entries = {entry.get("conversation_id"): entry for entry in recent_entries(user)}
    if call.call in entries:
        version = call.version(str(entries[call.call]))
        return None if version == len(call.words) else f"its entry knows {version} of {len(call.words)} completions"
    # The overview lists the newest ten: one that is not there must be older than all that are.
    end = world.ends[call.call]
    newer = [other for other in world.calls_of(call.person) if _newest_end(evidence, world, other) >= end]
    return "the overview has no entry" if len(newer) <= _LISTED else None


def _newest_end(evidence: Evidence, world: World, call: Call) -> dt.datetime:
    """The end of a call. One without a date ended when somebody last wrote its document before it was taken."""
    fact = None if call.dated else evidence.facts("astra_insights").get(call.call)
    return max(world.ends[call.call], fact["ended_at"]) if fact else world.ends[call.call]


def nothing_is_there_twice(evidence: Evidence, world: World) -> Found:
    """Entries, insights, topics, milestones and Julep users are unique, and belong to calls of the person."""
    broken: list[str] = []
    examined = 0
    for person, user in evidence.users().items():
        entries, insights = recent_entries(user), noted_insights(user)
        metrics = metrics_of(user)
        examined += len(entries) + len(insights)
        lists = {
            "entries": [entry.get("conversation_id") for entry in entries],
            "insights": [(one.get("conversation_id"), one.get("type"), one.get("content")) for one in insights],
            "topics": [str(topic).casefold() for topic in metrics.get("topics_explored") or []],
            "milestones": list(metrics.get("milestones_unlocked") or []),
        }
        for name, values in lists.items():
            twice = sum(count - 1 for count in Counter(values).values())
            if twice:
                broken.append(f"{person}: {twice} of {len(values)} {name} twice")
        if len(entries) > _LISTED:
            broken.append(f"{person}: {len(entries)} entries, at most {_LISTED} are listed")
        theirs = {call.call for call in world.calls_of(person)}
        strange = {str(entry.get("conversation_id")) for entry in entries} - theirs
        broken += [f"{person}: an entry of {call}, which is no call of theirs" for call in sorted(strange)]
    owners = Counter((one.get("metadata") or {}).get("app_id") for one in evidence.julep_users)
    broken += [f"{person}: {count} users at Julep" for person, count in owners.items() if person and count > 1]
    return examined, broken, {"entries": examined, "julep_users": sum(owners.values())}


def nothing_is_paid_twice(evidence: Evidence, world: World) -> Found:
    """A call costs one execution for each version of it, and a persona one for every five calls.

    Those in flight when their run was killed are excused.
    """
    by_item: dict[str, list[Execution]] = {}
    for execution in evidence.executions:
        by_item.setdefault(execution.item, []).append(execution)
    kills = [event.at for event in evidence.events if event.kind == "killed"]
    broken: list[str] = []
    counts: Counter[str] = Counter(executions=len(evidence.executions))
    for item, executions in by_item.items():
        payable = world.payable(item)
        spoilt = sum(execution.spoilt for execution in executions)
        excess = len(executions) - spoilt - payable
        if excess <= 0:
            continue
        in_flight = sum(_in_flight(execution, kills) for execution in executions)
        counts["in_flight_at_a_kill"] += min(excess, in_flight)
        if excess > in_flight:
            times = ", ".join(f"{execution.created_at:%H:%M:%S.%f}"[:-5] for execution in executions)
            broken.append(f"{item}: {len(executions)} executions for {payable} ({times})")
    counts["twice"] = len(broken)
    return len(by_item), broken, dict(counts)


def _in_flight(execution: Execution, kills: Sequence[dt.datetime]) -> bool:
    return any(execution.created_at <= kill <= execution.created_at + IN_FLIGHT for kill in kills)


def nothing_is_left_of_the_erased(evidence: Evidence, world: World) -> Found:
    """No collection, no file of Dagster's and no user at Julep holds a word of calls that were erased."""
    broken = [f"{trace.person}: words in {trace.place}" for trace in evidence.traces_of_erased]
    gone = {person.person for person in world.people.values() if person.erased_at}
    owners = [(user.get("metadata") or {}).get("app_id") for user in evidence.julep_users]
    broken += [f"{owner}: a user at Julep" for owner in owners if owner in gone]
    for person, user in evidence.users().items():
        if person in gone and (recent_entries(user) or metrics_of(user) or user.get("julep_user_id")):
            broken.append(f"{person}: the user document has an overview")
    erased = sum(call.erased for call in world.calls.values())
    return erased, broken, {"people": sum(person.erasures for person in world.people.values()), "calls": erased}


def no_words_are_logged(evidence: Evidence, world: World) -> Found:
    """No word, name or address of anybody is in what runs and commands printed."""
    broken = [f"{trace.person}: words in {trace.place}" for trace in evidence.traces_in_logs]
    return len(world.calls), broken, {}


def gamification_is_recomputed(evidence: Evidence, world: World) -> Found:
    """The stored metrics are those that an independent computation gets from the same documents."""
    broken: list[str] = []
    examined = 0
    for person in world.people.values():
        user = evidence.users().get(person.person)
        if user is None or person.erased_at or not world.calls_of(person.person):
            continue
        examined += 1
        broken += [f"{person.person}: {problem}" for problem in _differences(evidence, world, person.person)]
    return examined, broken, {"people": examined}


def _differences(evidence: Evidence, world: World, person: str) -> list[str]:
    calls = world.calls_of(person)
    documents = [evidence.conversations()[call.call] for call in calls if call.call in evidence.conversations()]
    insights = [one for one in evidence.of("astra_insights") if one.get("user_id") == person]
    user = evidence.users()[person]
    transcripts = [one for one in evidence.of("astra_transcripts") if one.get("user_id") == person]
    wanted = expected(user, documents, insights, transcripts, now=evidence.checked_at)
    stored = metrics_of(user)
    exact = ["streak_days", "total_conversations", "topics_explored", "chart_completion_percent"]
    if all(call.dated for call in calls):  # the others end whenever somebody writes their document
        exact.append("last_conversation_date")
    problems = [
        f"{name} differs from the recomputation" for name in exact if stored.get(name) != getattr(wanted, name)
    ]
    unlocked, best = set(stored.get("milestones_unlocked") or []), stored.get("best_streak") or 0
    # What was reached once is kept, although a corrected end or another zone may have taken its reason away.
    loose = world.people[person].moved or any(call.moved_later or call.moved_earlier for call in calls)
    loose = loose or any(len(call.words) > 1 for call in calls)
    if not wanted.milestones <= unlocked or (not loose and wanted.milestones != unlocked):
        problems.append("milestones_unlocked differs from the recomputation")
    if best < wanted.best_streak or (not loose and best != wanted.best_streak):
        problems.append(f"best_streak is {best}, recomputed {wanted.best_streak}")
    return problems


def it_comes_to_rest(evidence: Evidence, world: World) -> Found:
    """In the quiet after the faults sensors stop asking for runs, and every erasure that was asked for is done."""
    broken: list[str] = []
    if not any(event.kind == "settled" for event in evidence.events):
        broken.append("sensors still asked for runs when the quiet was over")
    asked = Counter(event["person"] for event in evidence.events if event.kind == "erasure_asked")
    done = Counter(event["person"] for event in evidence.events if event.kind == "erased")
    broken += [f"{person}: an erasure was not done" for person in asked - done]
    runs = Counter(event.kind for event in evidence.events)
    return runs["run_started"], broken, {"runs": runs["run_started"], "runs_killed": runs["killed"]}


LAWS: dict[str, Callable[[Evidence, World], Found]] = {
    "nothing is lost": nothing_is_lost,
    "nothing is there twice": nothing_is_there_twice,
    "nothing is paid twice": nothing_is_paid_twice,
    "nothing is left of the erased": nothing_is_left_of_the_erased,
    "nothing is written for the erased": laws_of_writes.nothing_is_written_for_the_erased,
    "nothing goes back": laws_of_writes.nothing_goes_back,
    "gamification is what a recomputation gets": gamification_is_recomputed,
    "no words are logged": no_words_are_logged,
    "it comes to rest": it_comes_to_rest,
}

__all__ = ["IN_FLIGHT", "LAWS", "Verdict", "check", "end_of"]
