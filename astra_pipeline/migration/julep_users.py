"""The Julep users of people, made once under an id that follows from the person's.

`astra.migration` of a user: `synced_at`, and `backfill_due` until their past is complete.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Literal

from astra_pipeline.batches import failures
from astra_pipeline.batches.failures import Subject
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.scope import Scope
from astra_pipeline.batches.work import Stage, Work
from astra_pipeline.llm.julep import julep_client, julep_errors
from astra_pipeline.migration import plan as migration
from astra_pipeline.migration.people import cohorts_of
from astra_pipeline.people.julep_user import julep_user_id
from astra_pipeline.people.person import Person
from astra_pipeline.settings import settings
from astra_pipeline.store import clock
from astra_pipeline.store.collections import NOT_ERASED, USERS

if TYPE_CHECKING:
    from julep import AsyncJulep

KIND: Final[Literal["julep_users"]] = "julep_users"
_AT_ONCE = 24


async def sync(work: Work, people: Sequence[Person], scope: Scope) -> BatchResult:
    """Make the Julep users of people who have none, and mark their past as due.

    At most ASTRA_JULEP_USERS_PER_SECOND are made. A person with a `julep_user_id` costs no request: they needed a
    seat only. The id of a Julep user follows from the person's, and the write is create-or-update: done twice, or
    killed in between and repeated, it leaves one user. Raises SettingError without a Julep key.
    """
    subjects = [Subject(person.id, user_id=person.id) for person in people]
    async with julep_client() as client:
        syncing = _Syncing(work, client, people)
        return await work.through(syncing, subjects, scope, concurrency=_AT_ONCE, leased=False)


class _Syncing(Stage):
    kind = KIND

    def __init__(self, work: Work, client: AsyncJulep, people: Sequence[Person]) -> None:
        from aiolimiter import AsyncLimiter

        self._work, self._client = work, client
        self._people = {person.id: person for person in people}
        self._pace = AsyncLimiter(1, 1 / settings().astra_julep_users_per_second)

    async def do(self, subject: Subject) -> bool:
        person = self._people[subject.item]
        made = person.julep_user_id or julep_user_id(person.id)
        if not person.julep_user_id:
            async with self._pace:
                pass
            with julep_errors():
                await self._client.users.create_or_update(made, **migration.julep_profile(person))
        written = await self._work.db[USERS].update_one(
            {"id": subject.item, "julep_user_id": {"$in": [None, "", made]}, **NOT_ERASED},
            {
                "$set": {
                    "julep_user_id": made,
                    "julep_project": "astra",
                    "astra.migration": {"synced_at": clock.now(), "backfill_due": True},
                    # Also for people all of whose conversations the old system processed.
                    "astra.gamification_due": self._work.run_id,
                }
            },
        )
        if not written.matched_count:
            await self._take_back(subject.item, made)
        return bool(written.matched_count)

    async def _take_back(self, user_id: str, made: str) -> None:
        """Delete the Julep user of a person who was erased while it was being made."""
        from julep import NotFoundError

        erased = await self._work.db[USERS].find_one(
            {"id": user_id, "astra.erased_at": {"$type": "date"}}, {"_id": 1}
        )
        if erased is None:
            return
        with julep_errors(), suppress(NotFoundError):
            await self._client.users.delete(made)


async def syncs_due(work: Work) -> dict[str, list[str]]:
    """Cohort -> people whose Julep user could not be made and whose retry is due."""
    again = [user for user in (await failures.due(work.db, KIND, now=work.now)).values() if user]
    due: dict[str, list[str]] = {}
    for user_id, cohort in cohorts_of(work.sync, again).items():
        due.setdefault(cohort, []).append(user_id)
    return due
