"""An answer about a person is sent again only when it changed, to nobody but them."""

from __future__ import annotations

import gzip
import json

import pytest

from astra_pipeline_tests.api.doors import SERVICE, signed_in

pytestmark = pytest.mark.anyio
PATH = "/api/tasks/chart"
FEEDBACK = "/api/tasks/horoscope/feedback"


async def test_an_answer_that_did_not_change_is_not_sent_again(db, opened) -> None:
    asha = signed_in(db, "user_asha", user_overview={"birth_chart": {"engine": "x"}})
    async with opened() as door:
        first = await door.client.get(PATH, headers=asha)
        again = await door.client.get(PATH, headers=asha | {"If-None-Match": first.headers["etag"]})
        among = await door.client.get(PATH, headers=asha | {"If-None-Match": f'"other", W/{first.headers["etag"]}'})
        db["user"].update_one({"id": "user_asha"}, {"$set": {"user_overview.birth_chart.engine": "y"}})
        changed = await door.client.get(PATH, headers=asha | {"If-None-Match": first.headers["etag"]})
    assert first.status_code == 200
    assert first.headers["cache-control"] == "private, no-cache"
    assert {part.strip() for part in first.headers["vary"].split(",")} >= {"Cookie", "Authorization"}
    assert first.headers["etag"].startswith('"')
    for unchanged in (again, among):
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        for name in ("cache-control", "vary", "etag"):
            assert unchanged.headers[name] == first.headers[name]
    assert (changed.status_code, changed.json()["chart"]) == (200, {"engine": "y"})
    assert changed.headers["etag"] != first.headers["etag"]


async def test_two_people_with_the_same_answer_have_different_tags(db, opened) -> None:
    asha, bela = signed_in(db, "user_asha"), signed_in(db, "user_bela")
    async with opened() as door:
        tags = [(await door.client.get(PATH, headers=who)).headers["etag"] for who in (asha, bela)]
    assert tags[0] != tags[1]


async def test_a_tag_is_no_credential(db, opened) -> None:
    asha, bela = signed_in(db, "user_asha"), signed_in(db, "user_bela")
    async with opened() as door:
        known = {"If-None-Match": (await door.client.get(PATH, headers=asha)).headers["etag"]}
        nobody = await door.client.get(PATH, headers=known)
        other = await door.client.get(PATH, params={"user_id": "user_asha"}, headers=bela | known)
    assert (nobody.status_code, other.status_code) == (401, 403)


async def test_long_answers_are_compressed_and_have_a_tag_of_their_own(db, opened) -> None:
    chart = {"text": "words " * 500}
    asha = signed_in(db, "user_asha", user_overview={"birth_chart": chart})
    async with opened() as door:
        plain = await door.client.get(PATH, headers=asha | {"Accept-Encoding": "identity"})
        async with door.client.stream("GET", PATH, headers=asha | {"Accept-Encoding": "br, gzip"}) as streamed:
            compressed = b"".join([part async for part in streamed.aiter_raw()])
        refused = await door.client.get(PATH, headers=asha | {"Accept-Encoding": "gzip;q=0"})
        again = await door.client.get(
            PATH, headers=asha | {"Accept-Encoding": "gzip", "If-None-Match": streamed.headers["etag"]}
        )
    assert json.loads(gzip.decompress(compressed)) == plain.json()
    assert streamed.headers["content-encoding"] == "gzip"
    assert int(streamed.headers["content-length"]) == len(compressed) < len(plain.content)
    assert streamed.headers["etag"] != plain.headers["etag"]
    assert "content-encoding" not in refused.headers
    assert again.status_code == 304


async def test_a_head_is_a_get_without_its_body(db, opened) -> None:
    asha = signed_in(db, "user_asha")
    async with opened() as door:
        got, head = await door.client.get(PATH, headers=asha), await door.client.head(PATH, headers=asha)
        nobody = await door.client.head(PATH)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("etag", "content-length", "content-type", "cache-control"):
        assert head.headers[name] == got.headers[name]
    assert nobody.status_code == 401


async def test_pages_of_trusted_origins_are_permitted_and_no_others(db, opened) -> None:
    asha = signed_in(db, "user_asha")
    ours, other = {"Origin": "https://astra.example"}, {"Origin": "https://evil.example"}
    asked = {"Access-Control-Request-Method": "POST"}
    async with opened(ASTRA_TRUSTED_ORIGINS="https://astra.example") as door:
        permitted = await door.client.options(PATH, headers=ours | asked)
        refused = await door.client.options(PATH, headers=other | asked)
        read = await door.client.get(PATH, headers=asha | ours)
        read_elsewhere = await door.client.get(PATH, headers=asha | other)
        large = await door.client.post(FEEDBACK, content=b" " * 70_000, headers=asha | ours)
    assert large.status_code == 413
    assert permitted.status_code == 204
    for answer in (permitted, read, large):
        assert answer.headers["access-control-allow-origin"] == "https://astra.example"
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "Origin" in answer.headers["vary"]
    assert refused.status_code == 403
    for answer in (refused, read_elsewhere):
        assert "access-control-allow-origin" not in answer.headers


async def test_the_id_of_a_request_comes_back(db, opened) -> None:
    async with opened() as door:
        named = await door.client.get(PATH, headers=SERVICE | {"X-Request-Id": "req-17"})
        odd = await door.client.get(PATH, headers=SERVICE | {"X-Request-Id": "two words\t"})
        none = await door.client.get(PATH)
    assert named.headers["x-request-id"] == "req-17"
    ids = {odd.headers["x-request-id"], none.headers["x-request-id"]}
    assert len(ids) == 2
    assert all(len(one) == 32 for one in ids)
