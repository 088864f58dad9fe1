from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import pytest
from elevenlabs import ElevenLabs
from elevenlabs.core.api_error import ApiError
from elevenlabs.errors import BadRequestError
from elevenlabs.types import GetConversationResponseModel, GetConversationsPageResponseModel

from astra_pipeline.sandbox.process import ELEVENLABS_API_KEY, Control
from astra_pipeline.sandbox.signing import post_call_event, sign_webhook
from astra_pipeline_tests.sandbox.conftest import ASHA, NOW, conversation

CONVERSATIONS = "/v1/convai/conversations"


def sdk(url: str, key: str = ELEVENLABS_API_KEY) -> ElevenLabs:
    return ElevenLabs(api_key=key, base_url=url, timeout=10)


def plain(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"xi-api-key": ELEVENLABS_API_KEY}, timeout=10)


def test_the_official_sdk_lists_every_page_and_gets_every_conversation(url: str, control: Control):
    control.add_conversations(conversation(f"conv_more_{number:03}") for number in range(230))
    client = sdk(url)
    listed, cursor, pages = [], None, 0
    while True:
        page = client.conversational_ai.conversations.list(cursor=cursor, page_size=100)
        listed += page.conversations
        pages += 1
        if not page.has_more:
            break
        cursor = page.next_cursor
    assert pages == 3
    assert {one.conversation_id for one in listed} == {
        *(f"conv_more_{number:03}" for number in range(230)),
        *(one.id for one in ASHA.conversations),
    }
    assert len(listed) == 237
    starts = [one.start_time_unix_secs for one in listed]
    assert starts == sorted(starts, reverse=True)
    for one in listed:
        got = client.conversational_ai.conversations.get(one.conversation_id)
        assert (got.conversation_id, got.status) == (one.conversation_id, "done")
        assert got.metadata.start_time_unix_secs == one.start_time_unix_secs
        assert [turn.role for turn in got.transcript] == ["agent", "user", "agent", "agent"]


def test_answers_satisfy_the_sdk_models_checked_strictly(url: str):
    # The SDK itself builds its models without checking them.
    with plain(url) as client:
        page = client.get(CONVERSATIONS).json()
        GetConversationsPageResponseModel.model_validate(page)
        for one in page["conversations"]:
            got = client.get(f"{CONVERSATIONS}/{one['conversation_id']}").json()
            GetConversationResponseModel.model_validate(got)
            assert got["metadata"]["timezone"] == "Asia/Kolkata"
            assert got["transcript"][2]["message"] is None
            assert got["transcript"][2]["tool_calls"]


def test_list_filters_by_agent_and_start(url: str, control: Control):
    control.add_conversations([conversation("conv_elsewhere", agent_id="agent_other")])
    client = sdk(url).conversational_ai.conversations
    assert [one.conversation_id for one in client.list(agent_id="agent_other").conversations] == ["conv_elsewhere"]
    day = 86400  # the calls are at 16:00 UTC, NOW is 12:00
    recent = client.list(call_start_after_unix=int(NOW.timestamp()) - 3 * day, agent_id="agent_astra")
    assert [one.conversation_id for one in recent.conversations] == [
        "conv_asha_01",
        "conv_asha_02",
        "conv_asha_03",
    ]
    older = client.list(call_start_before_unix=int(NOW.timestamp()) - 6 * day)
    assert [one.conversation_id for one in older.conversations] == ["conv_asha_07"]


def test_a_page_does_not_shift_when_conversations_arrive_between_pages(url: str, control: Control):
    client = sdk(url).conversational_ai.conversations
    first = client.list(page_size=4)
    newest = conversation("conv_newest")
    newest["metadata"] = {**newest["metadata"], "start_time_unix_secs": int(NOW.timestamp())}
    control.add_conversations([newest])
    second = client.list(page_size=4, cursor=first.next_cursor)
    ids = [one.conversation_id for one in [*first.conversations, *second.conversations]]
    assert ids == [f"conv_asha_{number:02}" for number in range(1, 8)]


def test_processing_conversation_is_done_after_the_requests_it_asked_for(url: str, control: Control):
    control.add_conversations([conversation("conv_slow", processing_requests=2)])
    client = sdk(url).conversational_ai.conversations
    answers = [client.get("conv_slow") for _ in range(3)]
    assert [answer.status for answer in answers] == ["processing", "processing", "done"]
    assert [len(answer.transcript) for answer in answers] == [2, 2, 4]
    with plain(url) as http:
        assert "processing_requests" not in http.get(f"{CONVERSATIONS}/conv_slow").json()


def test_unknown_conversation_is_404(url: str):
    with pytest.raises(ApiError) as refused:
        sdk(url).conversational_ai.conversations.get("conv_nobody")
    assert refused.value.status_code == 404
    assert "conv_nobody" in refused.value.body["detail"]["message"]


def test_improvised_words_are_the_same_in_every_sandbox_and_name_nobody(serve: Callable[..., str]):
    urls = [serve(people=[], improvise_from=[ASHA]) for _ in range(2)]
    before = int(time.time())
    texts = set()
    for number in range(20):
        answers = [sdk(url).conversational_ai.conversations.get(f"conv_by_hand_{number}") for url in urls]
        assert answers[0].transcript == answers[1].transcript
        assert answers[0].conversation_id == f"conv_by_hand_{number}"
        assert answers[0].metadata.start_time_unix_secs >= before
        assert answers[0].user_id is None
        assert answers[0].metadata.timezone is None
        texts.add(answers[0].transcript[1].message)
    assert len(texts) > 1


@pytest.mark.parametrize("key", ["wrong", None])
def test_wrong_or_missing_key_is_401_in_their_shape(url: str, key: str | None):
    with httpx.Client(base_url=url, headers={"xi-api-key": key} if key else {}) as client:
        for path in (CONVERSATIONS, f"{CONVERSATIONS}/conv_asha_01"):
            response = client.get(path)
            assert response.status_code == 401
            expected = "invalid_api_key" if key else "needs_authorization"
            assert response.json()["detail"]["status"] == expected


@pytest.mark.parametrize(
    "query",
    ["page_size=101", "page_size=0", "page_size=many", "cursor=made-up", "cursor=W10=", "agentid=x"],
)
def test_list_refuses_a_query_it_does_not_know(url: str, query: str):
    with plain(url) as client:
        assert client.get(f"{CONVERSATIONS}?{query}").status_code == 422


def test_unknown_path_is_404_and_unknown_method_405(url: str, control: Control):
    with plain(url) as client:
        assert client.get("/v1/convai/agents").status_code == 404
        assert client.patch(f"{CONVERSATIONS}/conv_asha_01").status_code == 405
    assert control.stats()["requests"]["unknown"] == {
        "GET /v1/convai/agents": {"404": 1},
        f"PATCH {CONVERSATIONS}/conv_asha_01": {"405": 1},
    }


def test_conversations_that_lack_what_a_client_needs_are_not_taken(control: Control):
    lame = conversation("conv_lame")
    del lame["metadata"]["call_duration_secs"]
    with pytest.raises(httpx.HTTPStatusError, match=r"422.*call_duration_secs"):
        control.add_conversations([conversation("conv_fine"), lame])
    assert control.stats()["conversations"] == 7


def test_thousands_of_conversations_are_taken_at_once(control: Control):
    assert control.add_conversations(conversation(f"conv_{number}") for number in range(5000)) == 5000
    assert control.stats()["conversations"] == 5007


def test_sdk_accepts_the_signed_webhook():
    body = post_call_event(conversation("conv_हिन्दी"), int(time.time()))
    header = sign_webhook("whsec", body, int(time.time()))
    event = sdk("http://127.0.0.1:1").webhooks.construct_event(body.decode(), header, "whsec")
    assert event["type"] == "post_call_transcription"
    assert event["data"]["conversation_id"] == "conv_हिन्दी"


@pytest.mark.parametrize("spoil", ["body", "secret", "age"])
def test_sdk_refuses_a_webhook_that_is_not_ours(spoil: str):
    body = post_call_event(conversation("conv_1"), int(time.time())).decode()
    sent = int(time.time()) - (31 * 60 if spoil == "age" else 0)
    header = sign_webhook("other" if spoil == "secret" else "whsec", body, sent)
    if spoil == "body":
        body = body.replace("conv_1", "conv_2")
    with pytest.raises(BadRequestError):
        sdk("http://127.0.0.1:1").webhooks.construct_event(body, header, "whsec")
