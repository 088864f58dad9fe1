"""The reconciler: calls that are over and of which neither the app nor a webhook told.

Three things are done at each tick, each of them bounded, and nothing is read that is settled:
- the calls of our agents at ElevenLabs are listed from a watermark on, and those that are over are closed;
- documents that have been open for half an hour are looked up by their id;
- events whose person nobody knew are tried once more.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import failures
from astra_pipeline.batches.failures import Subject
from astra_pipeline.batches.retry_marks import ERASED, PARKED
from astra_pipeline.conversations import events, provisional
from astra_pipeline.conversations.elevenlabs import ElevenLabsClient
from astra_pipeline.conversations.ending import Closing, EndedCall
from astra_pipeline.conversations.open_calls import OpenCall, look_again, open_calls
from astra_pipeline.conversations.watermark import Watermark
from astra_pipeline.conversations.wire import Listed, Page
from astra_pipeline.errors import BadDocument, ItemError, NotFound
from astra_pipeline.settings import settings
from astra_pipeline.store.collections import CONVERSATIONS
from astra_pipeline.store.documents import at_path

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]
    Database = AsyncDatabase[Document]

# Of one tick: pages of a hundred calls, calls and documents asked for by id, and events tried again.
_PAGES, _ASKED, _AGAIN = 20, 100, 50
# A tick must end, because Dagster gives up on one after a minute: it begins nothing new after the first time, and
# what it waits for ends at the second.
_TICK_SECONDS, _LAST_SECONDS = 35.0, 50.0
_GONE_AFTER = dt.timedelta(hours=24)
# Calls that ElevenLabs could not answer for, after which a tick asks for no other: it is away.
_OUTAGES_AT_MOST = 5


@dataclass
class Reconciled:
    """The outcome of a tick."""

    watermark: Watermark
    closings: Counter[Closing] = field(default_factory=Counter)
    listed: int = 0
    """Calls that ElevenLabs listed."""
    looked_up: int = 0
    """Documents that were open, and calls without a document, asked for by id."""
    trouble: str | None = None
    """The service that was away, in words; the next tick goes on."""

    @property
    def in_words(self) -> str:
        """The outcome as a line for Dagster: numbers only."""
        counts = ", ".join(f"{number} {closing.replace('_', ' ')}" for closing, number in self.closings.items())
        agents = (
            "" if settings().astra_webhook_agent_ids else "; ASTRA_WEBHOOK_AGENT_IDS is not set, nothing listed"
        )
        trouble = f"; to be gone on with: {self.trouble}" if self.trouble else ""
        return (
            f"{self.listed} calls listed, {self.looked_up} asked for, {counts or 'none to close'}{agents}{trouble}"
        )


async def reconcile(db: Database, cursor: str | None, *, now: dt.datetime) -> Reconciled:
    """Close what is over and was never told. `cursor` is the JSON of the last tick's watermark.

    Safe to repeat, and beside the app and the webhook. Raises CredentialsRejected, and SettingError without a key.
    """
    tick = _Tick(db, Reconciled(Watermark.read(cursor, now=now)), now)
    try:
        async with asyncio.timeout(_LAST_SECONDS), ElevenLabsClient() as elevenlabs:
            tick.elevenlabs = elevenlabs
            for agent_id in settings().astra_webhook_agent_ids:
                await tick.list_calls(agent_id)
            await tick.look_up()
            await tick.try_again()
    except TimeoutError:
        tick.result.trouble = f"not done after {_LAST_SECONDS:g} s"
    return tick.result


class _Tick:
    """One tick on its way."""

    elevenlabs: ElevenLabsClient

    def __init__(self, db: Database, result: Reconciled, now: dt.datetime) -> None:
        self._db, self.result, self._now = db, result, now
        self._until = time.monotonic() + _TICK_SECONDS
        self._asked = 0
        self._found = False
        self._gone: list[OpenCall] = []
        self._outages = 0

    @property
    def _is_over(self) -> bool:
        """Whether nothing new is begun: the time is up, or ElevenLabs is away for everything."""
        return time.monotonic() > self._until or self._outages >= _OUTAGES_AT_MOST

    def _note(self, error: ItemError) -> None:
        """Note the trouble of one call or one agent. The others go on."""
        self.result.trouble = str(error)
        self._outages += error.outage

    async def list_calls(self, agent_id: str) -> None:
        """Go through an agent's calls since the watermark, page by page, the newest first. What is left over when
        the tick ends, or the agent cannot be listed, is gone on with at the next one."""
        try:
            await self._list(agent_id)
        except ItemError as error:
            self._note(error)

    async def _list(self, agent_id: str) -> None:
        position = self.result.watermark.position(agent_id, now=self._now)
        for _ in range(_PAGES):
            if self._is_over:
                break
            try:
                page = await self.elevenlabs.page(agent_id, since=position.since, cursor=position.page)
            except BadDocument:
                # A page's cursor that ElevenLabs does not know any more: the list begins anew.
                if position.page is None:
                    raise
                position = position.from_the_first_page()
                continue
            settled = await self._settle(page)
            position = position.after(page, settled=settled)
            self.result.watermark = self.result.watermark.with_position(agent_id, position)
            if position.is_done:
                break

    async def _settle(self, page: Page) -> bool:
        """Close the calls of a page that are over; whether all of those could be looked at."""
        self.result.listed += len(page.conversations)
        self._found = self._found or bool(page.conversations)
        over = {one.conversation_id: one for one in page.conversations if one.final_status is not None}
        documents = await _documents(self._db, list(over))
        missing = [key for key in over if key not in documents]
        known = await failures.known(self._db, "webhooks", missing)
        for key, document in documents.items():
            if _is_unsettled(document):
                await self._close(_call_of(over[key]))
        for key in missing:
            if key in known:
                continue  # nobody knows whose it is; it is tried again as an event is
            if self._asked >= _ASKED or self._is_over:
                return False
            await self._ask(key)
        return True

    async def look_up(self) -> None:
        """Ask for the documents that have been open for long, those that are due the longest first."""
        due = await open_calls(self._db, now=self._now, at_most=max(_ASKED - self._asked, 0))
        for start in range(0, len(due), settings().astra_elevenlabs_concurrency):
            if self._is_over:
                return
            some = due[start : start + settings().astra_elevenlabs_concurrency]
            results = await asyncio.gather(*map(self._look_at, some), return_exceptions=True)
            for problem in results:
                if isinstance(problem, BaseException):
                    raise problem
        await self._give_up()

    async def _give_up(self) -> None:
        """Abandon the old documents of which ElevenLabs knows nothing.

        A key of another workspace finds nothing at all. So nothing is given up in a tick that found no call.
        """
        for one in self._gone:
            if self._found and one.conversation_id is not None:
                await self._close(
                    EndedCall(conversation_id=one.conversation_id, source="reconciler", connected=False)
                )
            else:
                await look_again(self._db, one, one.next_look(self._now))

    async def _look_at(self, one: OpenCall) -> None:
        if one.was_erased or one.conversation_id is None:
            await look_again(self._db, one, ERASED if one.was_erased else PARKED)
            return
        self.result.looked_up += 1
        try:
            heard = await self.elevenlabs.conversation(one.conversation_id)
        except NotFound:
            if one.began <= self._now - _GONE_AFTER:
                self._gone.append(one)
            else:
                await look_again(self._db, one, one.next_look(self._now))
            return
        except ItemError as error:
            self._note(error)
            await look_again(self._db, one, one.next_look(self._now))
            return
        self._found = True
        if heard.is_final:
            # The answer may name another id than the one it was asked for.
            await self._close(EndedCall.heard(heard, "reconciler", conversation_id=one.conversation_id))
        else:
            await look_again(self._db, one, one.next_look(self._now))

    async def _ask(self, conversation_id: str) -> Closing | None:
        """Ask for a call without a document, to learn whose it is; None when ElevenLabs does not know it. What it
        cannot answer, or cannot answer yet, becomes the call's failure, and is tried again as an event is."""
        self._asked += 1
        self.result.looked_up += 1
        try:
            heard = await self.elevenlabs.conversation(conversation_id)
            if not heard.is_final:
                raise ItemError("the call is not over")
        except NotFound:
            return None
        except ItemError as error:
            self._note(error)
            await failures.record(self._db, "webhooks", Subject(conversation_id), error, run_id="reconciler")
            return Closing.UNKNOWN_OWNER
        if heard.conversation_id == conversation_id:
            return await self._close(EndedCall.heard(heard, "reconciler"))
        return None

    async def _close(self, call: EndedCall) -> Closing:
        outcome = await events.close(self._db, call)
        self.result.closings[outcome] += 1
        return outcome

    async def try_again(self) -> None:
        """Try the calls once more whose person nobody knew. Of one that a list named there is no event: it is asked
        for again."""
        due = await failures.due(self._db, "webhooks", now=self._now)
        for conversation_id in list(due)[:_AGAIN]:
            if self._is_over:
                return
            outcome = await events.again(self._db, conversation_id)
            if outcome is not None:
                self.result.closings[outcome] += 1
            else:
                outcome = await self._ask(conversation_id)
            if outcome is not Closing.UNKNOWN_OWNER:
                await failures.clear(self._db, "webhooks", conversation_id)


def _call_of(listed: Listed) -> EndedCall:
    times = listed.times
    return EndedCall(
        conversation_id=listed.conversation_id,
        source="reconciler",
        status=listed.final_status,
        agent_id=listed.agent_id,
        started_at=times.started_at,
        ended_at=times.ended_at,
        duration_ms=times.duration_ms,
    )


async def _documents(db: Database, conversation_ids: Sequence[str]) -> dict[str, Document]:
    """Conversation -> its document, as far as it tells whether it is closed."""
    fields = dict.fromkeys(("conversation_id", "status", "ended_at", "astra"), 1)
    found = db[CONVERSATIONS].find({"conversation_id": {"$in": list(conversation_ids)}}, fields)
    return {document["conversation_id"]: document async for document in found}


def _is_unsettled(document: Mapping[str, Any]) -> bool:
    """Whether a document is still open, or has an end that ElevenLabs can correct."""
    is_open = document.get("status") in (None, "active") and at_path(document, "astra.erased_at") is None
    return is_open or provisional.is_provisional(document)
