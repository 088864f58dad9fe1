"""The LLM executions asked for on behalf of leased items, kept in the leases until the answers are stored."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches.groups import Groups
from astra_pipeline.batches.leases import PAID_KEPT_MS, Lease
from astra_pipeline.errors import LeaseLost
from astra_pipeline.llm.runner import Pending
from astra_pipeline.store.collections import LEASES

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase


@dataclass(frozen=True)
class _Change:
    lease: Lease
    update: dict[str, Any] | list[dict[str, Any]]
    written: asyncio.Future[None]


class Executions:
    """The executions that a batch asked the LLM for, item by item.

    The intent to ask is written before the request, on the condition that the lease is still the run's. A run that
    takes an item over finds the intent, looks for its execution, and collects the answer instead of paying again.
    An answer that nobody could collect later is noted itself.
    `anew`: earlier runs' executions are not collected, because they answer what was asked then.
    """

    def __init__(
        self, db: AsyncDatabase[dict[str, Any]], leases: Mapping[str, Lease], *, anew: bool = False
    ) -> None:
        self._db = db
        self._leases = leases
        self._anew = anew
        self._changes = Groups(self._write)

    async def pending(self, item: str, task_id: str) -> Pending | None:
        """The execution of this task that an earlier run asked for; None when there is none."""
        lease = self._leases.get(item)
        if self._anew or lease is None or task_id not in lease.executions:
            return None
        return _pending(lease.executions[task_id], lease.asked_at)

    async def intend(self, item: str, task_id: str, request: str) -> None:
        """Note that an execution is about to be asked for under the id `request`. Raises LeaseLost."""
        await self._change(
            item,
            [
                {
                    "$set": {
                        f"executions.{task_id}": {"request": request},
                        "asked_at": "$$NOW",
                        "expires_at": {"$add": ["$$NOW", PAID_KEPT_MS]},
                    }
                }
            ],
        )

    async def note(self, item: str, task_id: str, execution_id: str) -> None:
        """Note the execution that was just created. Raises LeaseLost; who took over finds it by the intent."""
        await self._change(item, {"$set": {f"executions.{task_id}.id": execution_id}})

    async def keep(self, item: str, task_id: str, request: str, digest: str, answer: str) -> None:
        """Note the answer that just arrived. Raises LeaseLost; who took over pays for their own."""
        answered = {"request": request, "digest": digest, "answer": answer}
        await self._change(item, {"$set": {f"executions.{task_id}": answered}})

    async def forget(self, item: str, task_id: str) -> None:
        """Drop an execution that gave no usable answer. Raises LeaseLost."""
        if lease := self._leases.get(item):
            lease.executions.pop(task_id, None)
        await self._change(item, {"$unset": {f"executions.{task_id}": ""}})

    async def _change(self, item: str, update: dict[str, Any] | list[dict[str, Any]]) -> None:
        lease = self._leases.get(item)
        if lease is None:
            return  # an item that is not exclusive has no lease to note anything in
        change = _Change(lease, update, asyncio.get_running_loop().create_future())
        self._changes.add(change)
        await change.written

    async def _write(self, changes: list[_Change]) -> None:
        from pymongo import UpdateOne

        if not (changes := _awaited(changes)):
            return
        try:
            result = await self._db[LEASES].bulk_write(
                [UpdateOne(change.lease.query, change.update) for change in changes], ordered=True
            )
            lost = set() if result.matched_count == len(changes) else await self._lost(changes)
        except Exception as error:  # noqa: BLE001  (each item that waits raises it)
            for change in _awaited(changes):
                change.written.set_exception(error)
            return
        except asyncio.CancelledError:
            for change in _awaited(changes):
                change.written.cancel()
            raise
        for change in _awaited(changes):
            if change.lease.item in lost:
                change.written.set_exception(LeaseLost("another run took the item over"))
            else:
                change.written.set_result(None)

    async def _lost(self, changes: list[_Change]) -> set[str]:
        """Items whose lease is no longer this run's."""
        mine = self._db[LEASES].find({"$or": [change.lease.query for change in changes]}, {"_id": 1})
        held = {lease["_id"] async for lease in mine}
        return {change.lease.item for change in changes} - held


def _awaited(changes: Sequence[_Change]) -> list[_Change]:
    """The changes whose items were not given up meanwhile."""
    return [change for change in changes if not change.written.done()]


def _pending(execution: object, asked_at: Any) -> Pending:
    if isinstance(execution, Mapping):
        return Pending(
            execution.get("id"),
            execution.get("request"),
            asked_at,
            digest=execution.get("digest"),
            answer=execution.get("answer"),
        )
    # Before intents were written, an execution was its id alone.
    return Pending(str(execution), None, None)
