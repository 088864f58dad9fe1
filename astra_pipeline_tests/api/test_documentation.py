"""The OpenAPI document says what the API does, and its page asks nobody else for anything."""

from __future__ import annotations

import re

import pytest

from astra_pipeline_tests.api.every_route import PERSONAL

pytestmark = pytest.mark.anyio


async def test_the_document_names_every_route_with_its_answers(db, opened) -> None:
    async with opened() as door:
        answer = await door.client.get("/api/tasks/openapi.json")
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    named = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert named == PERSONAL.keys()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation.get("description"), path
            assert {"400", "401", "403", "404", "429", "500", "503"} <= set(operation["responses"]), path
            assert "422" not in operation["responses"], path
            assert operation["security"] == [{"session": []}, {"service": []}]
            if method == "post":
                assert operation["requestBody"]["content"].keys() == {"application/json"}
    references = set(re.findall(r'"\$ref": ?"#/components/schemas/([^"]+)"', answer.text))
    assert references <= document["components"]["schemas"].keys()


async def test_the_page_is_whole_without_scripts_and_without_others(db, opened) -> None:
    async with opened() as door:
        page = await door.client.get("/api/tasks/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for method, path in PERSONAL:
        assert f"{method} {path}" in page.text
    assert "<script" not in page.text
    assert not re.findall(r"""(?:src|href)=["'](?!/api/tasks/)""", page.text)
    assert "streak_days: integer" in page.text
