"""Documents of the old system in a real MongoDB, through the fold and the metrics: nobody is held up, nothing is
lost, and what no rule read is named."""

from __future__ import annotations

import asyncio
import copy
import datetime as dt
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import bson
import dagster as dg
from bson.datetime_ms import DatetimeMS

from astra_pipeline.charts import preview as charts_preview
from astra_pipeline.conversations.task import TranscriptInsights
from astra_pipeline.defs.gamification.checks import streak_invariants
from astra_pipeline.gamification import write as metrics
from astra_pipeline.gamification.stored import METRIC_RULES as METRICS
from astra_pipeline.gamification.stored import milestone_ids
from astra_pipeline.migration.plan import RULES, unreadable
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.overview import write as overview
from astra_pipeline.store.collections import CONVERSATIONS, INSIGHTS, USERS
from astra_pipeline.store.documents import at_path, canonical, texts
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import conversation, recently, user
from astra_pipeline_tests.overview.old_documents import leaves
from astra_pipeline_tests.pipeline import contents

_NOW = recently()
_METRICS = "user_overview.gamification"
_VALUES: Sequence[Any] = (
    *(None, "", "30", "30%", "²", 30, 30.5, -1, True, float("nan"), float("inf"), bson.Int64(2**62)),
    *([], ["a", 1, None, {"b": 2}], {}, {"a": 1}, [[1]], {"0": "career"}, {"$date": "2025-11-03"}, {"a.b": 1}),
    *(dt.datetime(2025, 11, 3, tzinfo=dt.UTC), dt.datetime(1, 1, 1, tzinfo=dt.UTC), DatetimeMS(10**15)),
    *("2025-11-03", "Nov 3, 2025", "11/03/2025", "love, career", "x" * 500, "first_conversation,streak_7"),
    *(bson.ObjectId("a" * 24), bson.Decimal128("12.5"), bson.Binary(b"\x00\xff"), bson.Regex("^a"), "Asia/Kolkata"),
    *([{"summary": "a", "date": "2025-11-03"}], {"0": {"summary": "a"}}, [{"conversation_id": {"$oid": "x"}}]),
)
_PATHS = (
    *(path for path in RULES if path != "name"),
    *("birth_time", "birth_location", "birth_city", "astra", "astra.applied", "user_overview.last_updated"),
)


def old_documents(number: int) -> Iterator[dict[str, Any]]:
    """People with an overview of the old system in which one to three fields hold anything."""
    drawn = random.Random(20261125)
    for person in range(number):
        said = recently(days=drawn.randrange(1, 40))
        overview = {
            "profile_summary": "A nurse, mother of two.",
            "preferences": {"hinglish_level": "40", "topics_of_interest": ["Tarot"], "flirt_opt_in": True},
            "recent_conversations": [
                {"date": said.isoformat(), "summary": "Spoke of a move.", "mood": "calm"},
                {"conversation_id": f"conv_{person}_1", "date": said, "summary": "Told of the surgery."},
            ],
            "insights": [{"content": "Wants to move."}, "writes poems", {"conversation_id": f"conv_{person}_0"}],
            "incident_map": [{"title": "Arm", "description": "Broke an arm", "tags": None, "weight": 3}],
            "gamification": {"best_streak": 9, "topics_explored": ["Travel"], "level": "gold"},
        }
        document = user(f"user_{person:03d}", user_overview=overview)
        for path in drawn.sample(_PATHS, drawn.randrange(1, 4)):
            *parents, leaf = path.split(".")
            place: Any = document
            for parent in parents:
                place = place.setdefault(parent, {}) if isinstance(place, dict) else None
            if isinstance(place, dict):
                place[leaf] = copy.deepcopy(drawn.choice(_VALUES))
        yield document


def tell(world: World, user_id: str, name: str, *, ended_at: dt.datetime, **told: Any) -> None:
    """A conversation that is extracted and not folded yet."""
    world.db[CONVERSATIONS].insert_one(conversation(user_id, ended_at=ended_at, conversation_id=name))
    answer = {"summary": "Talked about Education.", "topics": ["Education"], "emotional_tone": "calm"} | told
    output = TranscriptInsights.model_validate(answer).model_dump()
    world.db[INSIGHTS].insert_one(
        {"_id": name, "user_id": user_id, "ended_at": ended_at, "empty": False, "timezone": None}
        | {"output": output, "folded_at": None, "created_at": ended_at}
    )


def folded(ids: Sequence[str]) -> list[str]:
    """The people whose document had to be written."""

    async def fold_all() -> list[str]:
        async with MongoResource().connect() as db:
            changed = [user_id for user_id in ids if await overview.fold_user(db, user_id, run_id="run")]
            assert not any([await overview.differences(db, user_id) for user_id in ids])
            return changed

    return asyncio.run(fold_all())


def people(world: World) -> dict[str, dict[str, Any]]:
    return {user["id"]: user for user in world.db[USERS].find()}


def known(user: Mapping[str, Any]) -> set[str]:
    """All that a document knows and that is not counted anew: in its overview, and in quarantine."""
    overview = user.get("user_overview")
    stored = at_path(user, _METRICS)
    found = {*leaves(at_path(user, "astra.set_aside"))}
    if not isinstance(overview, Mapping) or not isinstance(stored, Mapping):
        return found | {*leaves(overview)}
    found |= {*leaves({name: value for name, value in overview.items() if name != "gamification"})}
    for name, value in stored.items():
        if name not in METRICS or (value is not None and not METRICS[name].reads(value)):
            found |= {*leaves(value)}
    named = [*texts(stored.get("topics_explored"))[0], *milestone_ids(stored.get("milestones_unlocked"))[0]]
    topics = at_path(overview, "preferences.topics_of_interest")
    return found | {*leaves(named), *leaves(texts(topics)[0])}


def named_by(user: Mapping[str, Any]) -> set[str]:
    """Paths of what is told to be unreadable."""
    return {told.split(" ")[0].rstrip(":") for told in unreadable(user)}


def checked() -> dg.AssetCheckResult:
    result = streak_invariants(MongoResource())
    assert isinstance(result, dg.AssetCheckResult)
    return result


def test_two_hundred_odd_documents_lose_nothing_and_hold_nobody_up(world: World) -> None:
    world.db[USERS].insert_many(old_documents(200))
    before = people(world)
    for number, user_id in enumerate(before):
        tell(world, user_id, f"conv_{number}_0", ended_at=recently(days=30), profile_summary="Talks of Education.")
        insights = [{"type": "emotion", "content": "Felt calm."}]
        topics = {"topics_of_interest": ["Saturn"], "hinglish_level": 10}
        tell(world, user_id, f"conv_{number}_1", ended_at=_NOW, insights=insights, preferences=topics)
    assert folded(list(before)) == list(before)
    result, _ = metrics.refresh_users(world.db, list(before), now=_NOW)
    assert not result.skipped
    for user_id, now in people(world).items():
        overview, then = now["user_overview"], before[user_id]
        entries = [entry for entry in overview["recent_conversations"] if isinstance(entry, dict)]
        assert sum(str(entry.get("conversation_id")).startswith("conv_") for entry in entries) == 2, user_id
        assert overview["preferences"]["hinglish_level"] == 10
        assert overview["gamification"]["total_conversations"] == 2
        topics = at_path(then, "user_overview.preferences.topics_of_interest")
        lost = known(then) - known(now) - ({*leaves(topics)} if isinstance(topics, str) else set())
        assert not lost, (user_id, lost)
        odd = {path for path in named_by(then) if at_path(now, f"astra.set_aside.{path.replace('.', '_')}")}
        assert odd <= named_by(now), user_id

    assert checked().passed
    once = canonical(contents(world.db))
    assert folded(list(before)) == []
    assert not metrics.refresh_users(world.db, list(before), now=_NOW)[0].done
    assert canonical(contents(world.db)) == once


def test_values_of_old_metrics_are_read_or_set_aside(world: World) -> None:
    world.join("user_text", user_overview={_METRICS.split(".")[1]: "streak 5, best 12"})
    stored = {
        "best_streak": "12",
        "streak_days": "three",
        "topics_explored": "career, love",
        "milestones_unlocked": "first_conversation,streak_7",
        "milestones": [{"id": "early_bird", "title": "Early Bird", "points": 5}],
    }
    world.join("user_parts", user_overview={"gamification": stored})
    world.join("user_null", user_overview=None, astra=None)
    assert not metrics.refresh_users(world.db, ["user_text", "user_parts", "user_null"], now=_NOW)[0].skipped
    text, parts = (at_path(people(world)[name], "astra.set_aside") for name in ("user_text", "user_parts"))
    assert text == {"user_overview_gamification": "streak 5, best 12"}
    assert parts == {
        "user_overview_gamification_streak_days": "three",
        "user_overview_gamification_milestones": stored["milestones"],
    }
    counted = world.overview("user_parts")["gamification"]
    assert (counted["best_streak"], counted["streak_days"]) == (12, 0)
    assert counted["topics_explored"] == ["career", "love"]
    assert {"first_conversation", "streak_7", "early_bird"} <= {*counted["milestones_unlocked"]}
    assert sorted(unreadable(people(world)["user_parts"])) == [
        "user_overview.gamification.milestones was of type list, want a list of milestones; quarantined",
        "user_overview.gamification.streak_days was of type str, want a number; quarantined",
    ]


def test_an_old_conversation_leaves_what_the_old_system_learnt_since(world: World) -> None:
    knew = {
        "profile_summary": "Rich portrait of last month.",
        "preferences": {"astrology_system": "western", "communication_style": "formal"},
    }
    world.join("user_asha", user_overview=copy.deepcopy(knew))
    processed = conversation("user_asha", ended_at=recently(days=2), metadata={"transcript_processed": True})
    world.db[CONVERSATIONS].insert_one(processed)
    otherwise = {"astrology_system": "vedic", "communication_style": "casual", "hinglish_level": 20}
    told = {"profile_summary": "Talks of Education.", "preferences": otherwise}
    tell(world, "user_asha", "conv_old", ended_at=recently(days=200), **told)
    folded(["user_asha"])
    overview = world.overview("user_asha")
    assert overview["profile_summary"] == knew["profile_summary"]
    assert overview["preferences"] == knew["preferences"] | {"hinglish_level": 20}
    tell(world, "user_asha", "conv_new", ended_at=recently(days=1), **told)
    folded(["user_asha"])
    assert world.overview("user_asha")["profile_summary"] == "Talks of Education."
    assert (
        at_path(people(world)["user_asha"], "astra.set_aside.user_overview_profile_summary")
        == (knew["profile_summary"])
    )


def test_the_check_names_people_whose_metrics_are_in_pieces(world: World) -> None:
    world.join("user_half", user_overview={"gamification": {"milestones": [], "best_streak": 3}})
    world.join("user_odd", user_overview={"gamification": {"milestones": 5, "streak_days": "3"}})
    check = checked()
    assert not check.passed
    assert check.metadata["users_contradictory"].value == 2
    shown = check.metadata["users"].value
    assert all(name in str(shown) for name in ("user_half", "user_odd"))


def test_an_ascendant_that_is_no_text_spoils_no_count(world: World) -> None:
    for number, ascendant in enumerate((["Leo"], {"sign": "Leo"}, None, "Leo", 5)):
        chart = {"engine": "old", "vedic": {"ascendant": ascendant}}
        world.join(f"user_{number}", astra={"cohort": "c"}, user_overview={"birth_chart": chart})
    assert charts_preview.ascendants(world.db, ["c"]) == {"Leo": 1}
