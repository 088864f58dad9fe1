"""Birth charts in bulk: births come in as JSON lines, charts go out as JSON lines, computed on every core."""

from __future__ import annotations

import codecs
import datetime as dt
import gc
import json
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from typing import Any

import orjson

from astra_pipeline.astrology.births import Birth
from astra_pipeline.charts.births import from_record
from astra_pipeline.errors import BadBirth

# Births computed at once: enough for numpy, few enough for memory.
_BLOCK = 1_000


def chart_lines(lines: Iterable[bytes], *, now: dt.datetime, true_node: bool = False) -> Iterator[bytes]:
    """Compute birth charts line by line: {id, date, time, lat, lon, tz} gives {id, ...chart} or {id, error}.

    A place may stand for coordinates and zone. Answers come in the order of the lines. `now` (aware) decides on the
    current dasha. A line that is no JSON object is answered with its number, from 1, as id. Blank lines are
    skipped, and so is the byte order mark that some editors write.
    """
    unmarked = (line if number else line.removeprefix(codecs.BOM_UTF8) for number, line in enumerate(lines))
    numbered = ((number, line) for number, line in enumerate(unmarked, start=1) if line.strip())
    first = list(islice(numbered, _BLOCK))
    if len(first) < _BLOCK:
        yield _charts_of(first, now, true_node)
        return
    workers = os.cpu_count() or 1
    # Millions of small objects and no cycles among them: looking for garbage takes a third of the time.
    with ProcessPoolExecutor(workers, initializer=gc.disable) as pool:
        waiting: deque[Future[bytes]] = deque([pool.submit(_charts_of, first, now, true_node)])
        while block := list(islice(numbered, _BLOCK)):
            waiting.append(pool.submit(_charts_of, block, now, true_node))
            # A few blocks ahead of the reader and no more: memory stays the same for any number of births.
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _charts_of(lines: list[tuple[int, bytes]], now: dt.datetime, true_node: bool) -> bytes:
    from astra_pipeline.astrology.chart_text import chart_texts

    answers: list[tuple[Any, str | None]] = []
    births: list[Birth] = []
    for number, line in lines:
        name: Any = number
        try:
            record = _object_of(line)
            name = _id_of(record, number)
            births.append(from_record(record))
        except BadBirth as error:
            answers.append((name, str(error)))
        else:
            answers.append((name, None))
    texts = iter(chart_texts(births, now=now, true_node=true_node))
    parts: list[bytes] = []
    for name, error in answers:
        if error is None:
            # The id goes first into the object that the chart is: `{"id":7` and the chart after its brace.
            parts += (orjson.dumps({"id": name})[:-1], b",", next(texts)[1:], b"\n")
        else:
            parts.append(orjson.dumps({"id": name, "error": error}, option=orjson.OPT_APPEND_NEWLINE))
    return b"".join(parts)


def _object_of(line: bytes) -> dict[str, Any]:
    """The JSON object that a line holds. Raises BadBirth."""
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        # Python's reader accepts the NaN that Python's writer leaves; then the field is named, under its id.
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            raise BadBirth(f"the line is no JSON: {error.msg}") from None
    if not isinstance(record, dict):
        raise BadBirth("the line is no JSON object")
    return record


def _id_of(record: dict[str, Any], number: int) -> Any:
    """The id of the answer. Raises BadBirth when JSON cannot repeat it: nested too deeply, broken text."""
    name = record.get("id", number)
    try:
        orjson.dumps({"id": name})
    except orjson.JSONEncodeError as error:
        raise BadBirth(f"id cannot be repeated: {error}") from None
    return name
