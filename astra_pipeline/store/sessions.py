"""The end of what a process that is gone left open in MongoDB.

A transaction belongs to a session and not to a connection. When its process is killed, the server keeps it open
until `transactionLifetimeLimitSeconds` (60 s by default) are over. Every other write of a document that it wrote
waits for that long, those of the web app too. Each client says in its handshake for which run it works, and MongoDB
names the client beside each session, so that the sessions of a run that is known to be dead are found.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.driver_info import DriverInfo

log = structlog.get_logger(__name__)

_DRIVER = "astra_pipeline"
# Parts of a driver's metadata are joined by this.
_BETWEEN = "|"


def driver_info(run_id: str) -> DriverInfo:
    """The client's words about itself in the handshake: the run it works for."""
    from pymongo.driver_info import DriverInfo

    return DriverInfo(_DRIVER, run_id)


async def end_sessions(db: AsyncDatabase[dict[str, Any]], run_ids: Collection[str]) -> int:
    """Abort the transactions that processes of dead runs left open; returns how many sessions were ended.

    A user of MongoDB may see and end the sessions of its own name without any further right. Where the server
    offers neither command, the transactions end by its clock, and this ends none.
    """
    from pymongo.errors import OperationFailure

    if not run_ids:
        return 0
    try:
        sessions = [session async for session in await _open(db) if _run_of(session) in run_ids]
        if sessions:
            await db.client.admin.command("killSessions", [{"id": one["lsid"]["id"]} for one in sessions])
    except OperationFailure as error:
        log.warning("sessions of dead runs could not be ended", code=error.code)
        return 0
    return len(sessions)


async def _open(db: AsyncDatabase[dict[str, Any]]) -> Any:
    """The sessions in a transaction, and the operations at work in one."""
    return await db.client.admin.aggregate(
        [
            {"$currentOp": {"idleSessions": True, "allUsers": False}},
            {"$match": {"transaction": {"$exists": True}, "clientMetadata.driver.name": {"$regex": _DRIVER}}},
            {"$project": {"lsid": 1, "clientMetadata.driver": 1}},
        ]
    )


def _run_of(session: dict[str, Any]) -> str:
    return session["clientMetadata"]["driver"]["version"].rpartition(_BETWEEN)[2]
