"""Birth charts in bulk, as JSON lines."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Iterable
from typing import Any

import orjson
import pytest

from astra_pipeline.astrology.births import from_record
from astra_pipeline.astrology.chart import charts
from astra_pipeline.charts import batch

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
JHAJJAR = {"date": "2002-08-14", "time": "07:15", "lat": 28.6064, "lon": 76.6565, "tz": "Asia/Kolkata"}


def _written(lines: Iterable[bytes], **options: Any) -> bytes:
    target = io.BytesIO()
    batch.write_charts(lines, target, now=options.pop("now", NOW), **options)
    return target.getvalue()


def test_a_batch_answers_every_line_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_BLOCK", 3)
    lines = [
        orjson.dumps(JHAJJAR | {"id": "a"}),
        b"{not json",
        orjson.dumps(JHAJJAR | {"id": "c", "time": "25:00"}),
        b"",
        orjson.dumps(JHAJJAR),
        b"[1, 2]",
        orjson.dumps(JHAJJAR | {"id": ["odd"], "tz": "UTC"}),
        orjson.dumps({"id": "h", "date": "2002-08-14", "time": "07:15", "place": "Jhajjar, Haryana, India"}),
    ]
    answers = [orjson.loads(line) for line in _written(lines).splitlines()]
    assert [answer["id"] for answer in answers] == ["a", 2, "c", 5, 6, ["odd"], "h"]
    assert [("error" in answer) for answer in answers] == [False, True, True, False, True, False, False]
    assert "time is no time of day" in answers[2]["error"]
    whole = charts([from_record(JHAJJAR)], now=NOW)[0]
    assert answers[0] == {"id": "a"} | orjson.loads(orjson.dumps(whole, option=orjson.OPT_UTC_Z))


def test_one_line_that_json_can_read_and_not_write_stops_nobody_else() -> None:
    deep = b'{"id": ' + b"[" * 400 + b"]" * 400 + b"}"
    lines = [deep, orjson.dumps(JHAJJAR | {"id": "b"}), b'{"id": "\\ud800", "date": "2002-08-14"}']
    answers = [orjson.loads(line) for line in _written(lines).splitlines()]
    assert [answer["id"] for answer in answers] == [1, "b", 3]
    assert all("id cannot be repeated" in answers[index]["error"] for index in (0, 2))


def test_what_other_writers_of_json_leave_is_read_or_named_under_its_id() -> None:
    lines = [
        b"\xef\xbb\xbf" + orjson.dumps(JHAJJAR | {"id": "marked"}),
        json.dumps(JHAJJAR | {"id": "nan", "lat": float("nan")}).encode(),
        b'{"id": "huge", "date": "2002-08-14", "time": "07:15", "lat": 1e400, "lon": 76.6, "tz": "Asia/Kolkata"}',
    ]
    answers = [orjson.loads(line) for line in _written(lines).splitlines()]
    assert [answer["id"] for answer in answers] == ["marked", "nan", "huge"]
    assert "western" in answers[0]
    assert [answer["error"][:8] for answer in answers[1:]] == ["lat is n", "lat is n"]


def test_a_batch_of_many_blocks_answers_as_each_block_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_BLOCK", 20)
    monkeypatch.setattr(batch.os, "cpu_count", lambda: 2)
    lines = [
        orjson.dumps(JHAJJAR | {"id": number, "date": f"{1901 + number}-02-{number % 31 + 1:02d}"})
        for number in range(130)
    ]
    answers = _written(lines)
    assert [orjson.loads(answer)["id"] for answer in answers.splitlines()] == list(range(130))
    assert 0 < answers.count(b'"error"') < 20
    monkeypatch.setattr(batch, "_BLOCK", 21)
    assert answers == b"".join(_written(lines[first : first + 20]) for first in range(0, 130, 20))
