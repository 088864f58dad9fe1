"""Odd answers of ElevenLabs, failed executions, long names, old dates (F14, F20, F21 of the fault list)."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest

from astra_pipeline import names
from astra_pipeline.batches.scope import Days, Scope
from astra_pipeline.conversations import insights, transcripts
from astra_pipeline.conversations.elevenlabs import ElevenLabsClient
from astra_pipeline.conversations.insights import extraction_input
from astra_pipeline.conversations.task import TASK
from astra_pipeline.conversations.wire import ElevenLabsConversation
from astra_pipeline.conversations.wire_json import readable
from astra_pipeline.errors import BadAnswer, NotFound
from astra_pipeline.language.contract import is_certain
from astra_pipeline.language.contract.shape import MARKUP
from astra_pipeline.llm.runner import read_answer
from astra_pipeline.monitoring.holdings import read_holdings
from astra_pipeline.people.person import Person
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import FAILURES
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import recently
from astra_pipeline_tests.working import work

_NOW = dt.datetime.now(dt.UTC)
_LATELY = Scope(days=Days(_NOW - dt.timedelta(days=1), _NOW + dt.timedelta(days=1)))
_BODY = rb'{"conversation_id": "c", "status": "done", "transcript": [{"role": "user", "message": "%s"}]}'
# Far more than linear work takes on any machine, far less than the square of these lengths.
_GENEROUS = 60


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (rb"fine \ud83d", "fine \ufffd"),
        (rb"\ude42 fine", "\ufffd fine"),
        (rb"\ud83d\ude42 fine", "\U0001f642 fine"),
        (rb"a path: C:\\ud83d", "a path: C:\\ud83d"),
    ],
)
def test_half_a_surrogate_pair_is_replaced_and_the_call_kept(sent: bytes, read: str) -> None:
    heard = ElevenLabsConversation.model_validate_json(readable(_BODY % sent))
    assert heard.transcript[0].message == read


@pytest.mark.parametrize("odd", ["..", ".", "../../v1/user", "", "a/b", "a?b=c", "a%2Fb", "a\x00b", "ab\n"])
def test_an_id_that_leads_elsewhere_is_never_part_of_an_address(odd: str, world: World) -> None:
    """It may be the word of a client."""

    def asked() -> int:
        answered = world.sandbox.stats()["requests"]
        return sum(n for routes in answered.values() for statuses in routes.values() for n in statuses.values())

    async def ask() -> None:
        async with ElevenLabsClient() as elevenlabs:
            await elevenlabs.conversation(odd)

    before = asked()
    with pytest.raises(NotFound):
        asyncio.run(ask())
    assert asked() == before


def test_the_reason_of_a_failed_execution_is_its_id_and_none_of_the_servers_words(
    world: World, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ASTRA_ANSWER_ATTEMPTS", "1")
    forget_settings()
    world.join("user_asha")
    conversation_id = world.talk("user_asha", "My xylophone worries me.")
    # Of this seed's draws the first truncation is an execution that failed and quotes its output.
    messages = []
    for seed in range(6):
        faults = [{"service": "julep", "rate": 1.0, "kinds": ["truncated_json"], "seed": seed}]
        with work() as at_work:
            at_work.run(transcripts.fetch(at_work, _LATELY))
            world.sandbox.configure(faults=faults)
            at_work.run(insights.extract(at_work, Scope(days=_LATELY.days, force=True)))
            world.sandbox.configure(faults=[])
        stored = world.db[FAILURES].find_one({"conversation_id": conversation_id})
        assert stored is not None
        messages.append((stored["error"], stored["message"]))
    assert any(error == "ExecutionFailed" for error, _ in messages) or any("failed" in m for _, m in messages)
    executions = [one["id"] for one in world.sandbox.stats()["executions"][conversation_id]]
    for _, message in messages:
        assert "xylophone" not in message
        if message.startswith("execution "):
            assert message.split()[1] in executions
            assert len(message.split()) == 3


def test_conversations_before_the_start_date_are_counted(world: World, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ASTRA_START_DATE", recently(days=10).date().isoformat())
    forget_settings()
    world.join("user_asha")
    world.talk("user_asha", "It was long ago.", ended_at=recently(days=12))
    world.talk("user_asha", "It was in 1970.", ended_at=dt.datetime(1970, 1, 1, 12, tzinfo=dt.UTC))
    world.talk("user_asha", "It was today.")
    holdings = read_holdings(world.db, now=dt.datetime.now(dt.UTC))
    assert (holdings.before_start, holdings.completed, holdings.waiting) == (2, 1, 1)


def stored_transcript() -> dict[str, Any]:
    return {"_id": "conv_1", "ended_at": _NOW, "turns": [{"role": "user", "message": "Hello."}]}


def test_a_name_and_topics_of_a_megabyte_are_not_sent() -> None:
    endless = {"topics_explored": ["love" * 250_000]}
    user = {"name": "A" * 1_000_000, "user_overview": {"gamification": endless}}
    sent = extraction_input(stored_transcript(), Person.read(user), _NOW.date())
    assert len(TASK.render(sent)[1]["content"]) < 20_000
    assert len(sent.model_dump_json()) < 2_000


@pytest.mark.timeout(_GENEROUS)
@pytest.mark.parametrize("filling", ["\n", " ", "a-", "you will get ", "guarantee "])
def test_no_text_holds_up_the_event_loop(filling: str) -> None:
    """A generous bound on work that took minutes: nothing is said about the machine."""
    text = filling * (200_000 // len(filling)) + "x"
    with pytest.raises(BadAnswer):
        read_answer(TASK.output_model, f"```json{text}", {})
    is_certain(text)
    names.called(text)
    assert not MARKUP.search(text)
