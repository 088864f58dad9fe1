"""The embedded stack for a benchmark: fresh, in a temporary folder, LLM calls of a given length."""

from __future__ import annotations

import datetime as dt
import random
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import yaml

from astra_pipeline.astrology.births import Birth, birth
from astra_pipeline.astrology.chart import charts
from astra_pipeline.cli import stack
from astra_pipeline.errors import SettingError
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.store.collections import COHORTS, CONVERSATIONS, USERS
from astra_pipeline.zones import cohort_slug

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    from astra_pipeline.sandbox.process import Control

ZONE = "Asia/Kolkata"
RUNNER = click.option("--runner", type=click.Choice(["julep", "model"]), default="julep", show_default=True)
"""The option that says who does the tasks: Julep's SDK, or the `openai` SDK under pydantic-ai."""
_SEED = 20261123
_DEPLOYED_CELERY = Path(__file__).parents[1] / "deploy" / "dagster.celery.yaml"


@contextmanager
def fresh(*, llm_seconds: float) -> Iterator[tuple[Path, Database[dict[str, Any]], Control]]:
    """(home, database, the stand-ins' own door) of a stack whose ElevenLabs has words for every conversation id."""
    # What is measured is the writing. A judge asks the LLM once more for each text.
    with tempfile.TemporaryDirectory() as folder, stack.environment(ASTRA_JUDGE_SHARE="0"):
        home = Path(folder)
        with stack.services(home, improvise=True, answer_once=True, llm_seconds=llm_seconds) as sandbox:
            if sandbox is None:
                raise SettingError("a benchmark fills its database: unset MONGODB_URI and the keys to run it")
            yield home, MongoResource().db, sandbox.control


def instance_file(folder: Path, launcher: type, **config: Any) -> Path:
    """The project's dagster.yaml with another launcher, written into the folder; with Celery's as deployed, its run
    monitoring, too."""
    instance = yaml.safe_load(stack.own_instance_file().read_text())
    if launcher.__name__ == "CeleryLauncher":
        instance["run_monitoring"] = yaml.safe_load(_DEPLOYED_CELERY.read_text())["run_monitoring"]
    instance["run_launcher"] = {"module": launcher.__module__, "class": launcher.__name__, "config": config}
    folder.mkdir(exist_ok=True)
    (folder / "dagster.yaml").write_text(yaml.safe_dump(instance))
    return folder / "dagster.yaml"


def people(db: Database[dict[str, Any]], count: int, *, prefix: str = "user_") -> list[str]:
    """Users the app knows; returns their ids."""
    ids = [f"{prefix}{number:05d}" for number in range(count)]
    db[USERS].insert_many([{"id": i, "name": "Bench", "timezone": ZONE} for i in ids])
    return ids


def charted(db: Database[dict[str, Any]], count: int) -> tuple[str, list[str]]:
    """(cohort, ids of its users, in order), each with a chart of their own; every fourth reads the western one."""
    cohort = f"{cohort_slug(ZONE)}-001"
    drawn = random.Random(_SEED)
    found = charts([_birth(drawn) for _ in range(count)], now=dt.datetime.now(dt.UTC))
    ids = [f"user_{number:05d}" for number in range(count)]
    users = [
        {
            "id": user_id,
            "name": "Bench",
            "timezone": ZONE,
            "user_overview": {
                "birth_chart": chart,
                "preferences": {"astrology_system": "vedic" if number % 4 else "western"},
            },
            "astra": {"cohort": cohort},
        }
        for number, (user_id, chart) in enumerate(zip(ids, found, strict=True))
    ]
    db[COHORTS].insert_one({"_id": cohort, "zone": ZONE, "members": count, "counted": 1, "opened": 0})
    db[USERS].insert_many(users)
    return cohort, ids


def _birth(drawn: random.Random) -> Birth:
    date = dt.date(1950, 1, 1) + dt.timedelta(days=drawn.randrange(20_000))
    time = dt.time(drawn.randrange(24), drawn.randrange(60))
    return birth(date, time, drawn.uniform(8, 33), drawn.uniform(69, 96), ZONE)


def conversation(user_id: str, ended_at: dt.datetime | None = None) -> dict[str, Any]:
    """A completed conversation as the web app records it, that ended now unless told otherwise."""
    end = ended_at or dt.datetime.now(dt.UTC)
    return {
        "conversation_id": f"conv_{uuid.uuid4().hex}",
        "user_id": user_id,
        "status": "completed",
        "started_at": end - dt.timedelta(minutes=5),
        "ended_at": end,
        "duration_ms": 300_000,
        "updated_at": end,
    }


def insert(db: Database[dict[str, Any]], documents: list[dict[str, Any]]) -> None:
    db[CONVERSATIONS].insert_many(documents)
