"""Birth charts in bulk: births come in as JSON lines, charts go out as JSON lines, computed on every core."""

from __future__ import annotations

import codecs
import datetime as dt
import gc
import json
import mmap
import multiprocessing
import os
import tempfile
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from itertools import chain, cycle, islice
from typing import IO, Any

import orjson

from astra_pipeline.astrology.births import Birth
from astra_pipeline.charts.births import from_record
from astra_pipeline.errors import BadBirth

# Births computed at once: enough for numpy, few enough for memory.
_BLOCK = 1_000
# The lines that are computed at once, with their numbers.
Block = list[tuple[int, bytes]]
_ANY_BIRTH = b'{"date": "1950-01-01", "time": "12:00", "lat": 28.6, "lon": 77.2, "tz": "Asia/Kolkata"}'


def write_charts(lines: Iterable[bytes], target: IO[bytes], *, now: dt.datetime, true_node: bool = False) -> None:
    """Write birth charts line by line: {id, date, time, lat, lon, tz} gives {id, ...chart} or {id, error}.

    A place may stand for coordinates and zone. Answers come in the order of the lines. `now` (aware) decides on the
    current dasha. A line that is no JSON object is answered with its number, from 1, as id. Blank lines are
    skipped, and so is the byte order mark that some editors write.
    """
    unmarked = (line if number else line.removeprefix(codecs.BOM_UTF8) for number, line in enumerate(lines))
    numbered = ((number, line) for number, line in enumerate(unmarked, start=1) if line.strip())
    first = list(islice(numbered, _BLOCK))
    if len(first) < _BLOCK:
        target.writelines(_charts_of(first, now, true_node))
        return
    blocks = chain([first], iter(lambda: list(islice(numbered, _BLOCK)), []))
    _write_from_processes(blocks, target, now, true_node)


def _write_from_processes(blocks: Iterable[Block], target: IO[bytes], now: dt.datetime, true_node: bool) -> None:
    """Write the answers of each block, computed by as many processes as there are cores."""
    workers = os.cpu_count() or 1
    _charts_of([(0, _ANY_BIRTH)], now, true_node)  # the workers inherit what is loaded and made once
    with ExitStack() as stack:
        # A few blocks ahead of the target and no more: memory stays the same for any number of births. Answers are
        # megabytes; they come in files without names, which the workers inherit: a pipe takes three times as long.
        files = [stack.enter_context(_nameless_file()).fileno() for _ in range(2 * workers + 1)]
        pool = stack.enter_context(
            # Millions of small objects and no cycles among them: looking for garbage takes a third of the time.
            ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("fork"), initializer=gc.disable)
        )
        waiting: deque[tuple[int, Future[int]]] = deque()
        for file, block in zip(cycle(files), blocks, strict=False):
            waiting.append((file, pool.submit(_write_block, file, block, now, true_node)))
            if len(waiting) == len(files):
                _copy(*waiting.popleft(), target)
        while waiting:
            _copy(*waiting.popleft(), target)


def _copy(file: int, length: Future[int], target: IO[bytes]) -> None:
    with mmap.mmap(file, length.result(), access=mmap.ACCESS_READ) as answers:
        target.write(answers)


def _write_block(file: int, lines: Block, now: dt.datetime, true_node: bool) -> int:
    """Write the answers of a block over what the file holds; return their length in bytes."""
    end = 0
    for text in _charts_of(lines, now, true_node):
        while text:
            written = os.pwrite(file, text, end)
            end, text = end + written, text[written:]
    return end


def _nameless_file() -> IO[bytes]:
    """A file that ends with the processes that have it open, in memory where the system can."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("astra-charts"), "w+b")
    return tempfile.TemporaryFile()


def _charts_of(lines: Block, now: dt.datetime, true_node: bool) -> list[bytes]:
    """The answer to each line of a block, with its line end."""
    from astra_pipeline.astrology.chart_text import chart_texts

    answers: list[bytes | None] = []
    births: list[Birth] = []
    ids: list[bytes] = []
    for number, line in lines:
        name = orjson.dumps(number)
        try:
            record = _object_of(line)
            name = _id_of(record, number)
            births.append(from_record(record))
        except BadBirth as error:
            answers.append(b'{"id":%b,"error":%b}\n' % (name, orjson.dumps(str(error))))
        else:
            ids.append(name)
            answers.append(None)
    texts = iter(chart_texts(births, now=now, true_node=true_node, ids=ids, end=b"\n"))
    return [next(texts) if answer is None else answer for answer in answers]


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


def _id_of(record: dict[str, Any], number: int) -> bytes:
    """The id of the answer, as JSON. Raises BadBirth when JSON cannot repeat it: nested too deeply, broken text."""
    try:
        return orjson.dumps({"id": record.get("id", number)})[len(b'{"id":') : -1]
    except orjson.JSONEncodeError as error:
        raise BadBirth(f"id cannot be repeated: {error}") from None
