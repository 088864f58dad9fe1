"""`astra demo` as a newcomer runs it: processes of its own, a real daemon, a fresh home."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from astra_pipeline.gamification.milestones import MILESTONES
from astra_pipeline.horoscopes.rules import Reader, reader_of
from astra_pipeline.people.birth import BirthData
from astra_pipeline.people.person import Person
from astra_pipeline.sandbox.mongod import Mongod
from astra_pipeline.zones import local_date, person_zone

OWN_SERVICES = ("MONGODB_URI", "MONGODB_DB", "ELEVENLABS_API_KEY", "JULEP_API_KEY", "BACKGROUND_WORKER_AGENT_ID")


def demo(home: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in OWN_SERVICES} | {
        "COLUMNS": "200"
    }
    ran = subprocess.run(
        [sys.executable, "-m", "astra_pipeline", "demo", "--home", str(home)],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-4000:]
    return ran.stdout


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_demo_accounts_for_every_conversation_and_a_second_one_changes_nothing(tmp_path: Path) -> None:
    began = dt.datetime.now(dt.UTC)
    first = demo(tmp_path)
    with Mongod(tmp_path / "mongod") as mongod:
        from pymongo import MongoClient

        with MongoClient(mongod.uri, tz_aware=True) as client:
            db = client["astra"]
            completed = db["elevenlabs_conversations"].count_documents({"status": "completed"})
            processed = db["astra_insights"].count_documents({"folded_at": {"$ne": None}})
            parked = db["astra_failures"].count_documents({"parked_at": {"$ne": None}})
            users = list(db["user"].find())
    assert completed >= 60
    assert processed + parked == completed
    numbers = [int(n) for n in re.findall(r"\d+", first.split("Completed conversations")[1].splitlines()[4])]
    assert numbers[:4] == [processed - numbers[1], numbers[1], 0, parked]
    assert numbers[4] == completed
    unlocked = {
        milestone for user in users for milestone in user["user_overview"]["gamification"]["milestones_unlocked"]
    }
    assert unlocked >= {m.id for m in MILESTONES if m.threshold <= 25 or m.id == "full_chart"}
    streaks = [user["user_overview"]["gamification"] for user in users]
    assert any(0 == s["streak_days"] < s["best_streak"] for s in streaks), "nobody's streak lapsed"
    assert any(s["streak_days"] >= 7 for s in streaks)
    for user in users:
        assert user["id"] in first
        migrated = user["astra"].get("migration") is not None
        assert migrated == ("-migrated-" in user["astra"]["cohort"]), user["id"]
        assert user["julep_user_id"]
        charted = "engine" in (user["user_overview"].get("birth_chart") or {})
        assert charted == BirthData.read(user).is_complete, user["id"]
        eligible = isinstance(reader_of(Person.read(user)), Reader)
        assert ("latest_horoscope" in user["user_overview"]) == eligible == charted, user["id"]
    assert sum("migration" in user["astra"] for user in users) >= 5
    assert sum(BirthData.read(user).is_complete for user in users) >= 15
    assert sum("latest_weekly_report" in user["user_overview"] for user in users) >= 10
    assert "Aquarius / Aquarius / Pisces" in first

    second = demo(tmp_path)
    if dates_of(users, began) != dates_of(users, dt.datetime.now(dt.UTC)):
        # Midnight came to somebody, whose streak may have lapsed with it.
        second = demo(tmp_path)
    assert "Nothing changed" in second, second[-2000:]


def dates_of(users: list[dict[str, Any]], at: dt.datetime) -> list[dt.date]:
    """Everybody's own date at a moment."""
    return [local_date(at, person_zone(user, "Asia/Kolkata")) for user in users]
