"""The laws of folding facts into documents of the old system, drawn at random."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from astra_pipeline.conversations.fact import Fact
from astra_pipeline.overview.fold import fold
from astra_pipeline.people.quarantine import room
from astra_pipeline.store.documents import at_path, canonical, texts
from astra_pipeline_tests.overview.old_documents import facts_of, leaves, old_users
from astra_pipeline_tests.overview.test_fold import folded, overview_of


def kept_of(user: Mapping[str, Any]) -> set[str]:
    """All that a document knows: in the overview (topics in one text as they are read), and in quarantine."""
    topics = [at_path(user, f"user_overview.preferences.{name}") for name in ("topics_of_interest",)]
    named = [text for value in topics if isinstance(value, str) for text in texts(value)[0]]
    places = (user["user_overview"], at_path(user, "astra.set_aside"), named)
    return {leaf for place in places for leaf in leaves(place)}


@settings(max_examples=300)
@given(old_users(), facts_of())
def test_nothing_an_old_document_knew_is_lost(user: dict[str, Any], facts: list[Fact]) -> None:
    after = folded(user, *facts)
    lost = kept_of(user) - kept_of(after)
    topics = at_path(user, "user_overview.preferences.topics_of_interest")
    assert lost <= {*leaves(topics)} if isinstance(topics, str) else not lost


@settings(max_examples=300)
@given(old_users(), facts_of())
def test_folding_an_old_document_again_changes_nothing(user: dict[str, Any], facts: list[Fact]) -> None:
    once = folded(user, *facts)
    assert fold(once, facts) == {}
    assert room(once) == {}


@settings(max_examples=300)
@given(old_users(), facts_of())
def test_no_conversation_is_listed_twice(user: dict[str, Any], facts: list[Fact]) -> None:
    overview = overview_of(folded(user, *facts))
    entries, insights, incidents = (
        [entry for entry in overview[name] if isinstance(entry, Mapping)]
        for name in ("recent_conversations", "insights", "incident_map")
    )
    shown = [entry.get("conversation_id") for entry in entries]
    assert all(shown.count(fact.conversation_id) == 1 for fact in facts)
    said = {insight.content for fact in facts for insight in fact.insights.insights}
    telling = sum(len(fact.insights.insights) for fact in facts)
    nameless = [entry for entry in insights if not isinstance(entry.get("conversation_id"), str)]
    assert not any(entry.get("content") in said for entry in nameless)
    assert sum(entry.get("type") == "emotion" for entry in insights) == telling
    events = [(entry.get("title"), entry.get("description")) for entry in incidents]
    told = {(incident.title, incident.description) for fact in facts for incident in fact.insights.incidents}
    assert all(events.count(event) == 1 for event in told)


@settings(max_examples=300)
@given(old_users(), facts_of(), st.randoms(use_true_random=False))
def test_the_order_of_facts_does_not_matter_to_an_old_document(
    user: dict[str, Any], facts: list[Fact], random: Any
) -> None:
    at_once = folded(user, *facts)
    shuffled = list(facts)
    random.shuffle(shuffled)
    step_by_step = user
    for count in range(1, len(shuffled) + 1):
        step_by_step = folded(step_by_step, *shuffled[:count])
    for document in (at_once, step_by_step):
        for name, value in list((at_path(document, "astra.set_aside") or {}).items()):
            if value == []:  # there was something, and it found its place again
                del document["astra"]["set_aside"][name]
        if at_path(document, "astra.set_aside") == {}:
            del document["astra"]["set_aside"]
        # The order of topics is the one in which the app and conversations named them.
        if isinstance(topics := at_path(document, "user_overview.preferences.topics_of_interest"), list):
            topics.sort(key=canonical)
    assert canonical(step_by_step) == canonical(at_once)
