"""The service that takes in people of the old system: a seat in a cohort and a Julep user for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.scope import Scope
from astra_pipeline.batches.work import Work
from astra_pipeline.migration import julep_users, people


@dataclass(frozen=True)
class TakenIn:
    """The result of a migration."""

    result: BatchResult
    wanted: int
    """The number of people who lacked something."""
    seated: int
    """The number of them who got a seat."""
    synced_already: int
    unreadable: Mapping[str, Sequence[str]]
    """User -> the fields of their document that no rule reads in full."""
    cohort_of: Mapping[str, str]
    """User -> their cohort, of the users taken in."""


def take_in(work: Work, scope: Scope) -> TakenIn:
    """Give a Julep user and a cohort to everybody of the scope who lacks one, also after an earlier failure.

    A person who fails does not stop the rest. Raises SettingError without a Julep key.
    """
    synced_already = people.synced(work.sync, only=scope.user_ids)
    users = people.to_sync(work.sync, only=scope.user_ids, limit=scope.limit)
    seated = people.seat(work.sync, users, now=work.now)
    result = work.run(julep_users.sync(work, users, Scope(user_ids=scope.user_ids, force=True)))
    return TakenIn(
        result=result,
        wanted=len(users),
        seated=seated,
        synced_already=synced_already,
        unreadable=people.unreadable_of(work.sync, result.done),
        cohort_of=people.cohorts_of(work.sync, result.done),
    )
