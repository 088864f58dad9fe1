"""A writer at work on MongoDB, and an erasure that happens just before one of its commands."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pymongo import AsyncMongoClient, MongoClient
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from astra_pipeline.batches.work import Work
from astra_pipeline.llm.offline import OfflineRunner
from astra_pipeline.settings import settings

# An erasure that waits for the writer's transaction goes on after its end.
_WAITS_SECONDS = 0.3
_ENDS_SECONDS = 60.0
_NO_COMMANDS = {"endSessions", "killCursors"}


@dataclass
class Interruption(CommandListener):
    """Calls `happens`, in a thread of its own, before the command with the number `before`, counted from 0."""

    happens: Callable[[], object]
    before: int | None = None
    commands: list[str] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    thread: threading.Thread | None = None

    def started(self, event: CommandStartedEvent) -> None:
        """Count the command; before the one that was chosen, do what happens."""
        if event.command_name in _NO_COMMANDS:
            return
        number = len(self.commands)
        self.commands.append(event.command_name)
        if number == self.before:
            is_open = event.command.get("autocommit") is False and not event.command.get("startTransaction")
            self.thread = threading.Thread(target=self._run)
            self.thread.start()
            self.thread.join(_WAITS_SECONDS if is_open else _ENDS_SECONDS)

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Nothing is to be done."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Nothing is to be done: the writer hears of it."""

    def finish(self) -> None:
        """Wait for the end of what happens. Raises its error."""
        if self.thread is None:
            self._run()
        else:
            self.thread.join(_ENDS_SECONDS)
            assert not self.thread.is_alive(), "the erasure does not end"
        if self.errors:
            raise self.errors[0]

    def _run(self) -> None:
        try:
            self.happens()
        except BaseException as error:  # noqa: BLE001  (raised in the test's thread)
            self.errors.append(error)


@contextmanager
def interrupted_work(interruption: Interruption) -> Iterator[Work]:
    """A Work whose commands to MongoDB are watched, with the offline runner."""
    uri, name = settings().required("MONGODB_URI"), settings().mongodb_db
    options: dict[str, Any] = {"tz_aware": True, "event_listeners": [interruption], "retryReads": False}
    with asyncio.Runner() as loop, MongoClient(uri, **options) as sync:
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(uri, **options)
        try:
            yield Work(db=client[name], sync=sync[name], run_id="run_a", runner=OfflineRunner(), loop=loop)
        finally:
            loop.run(client.close())
