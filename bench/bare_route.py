"""The least a route can be that reads a person: Starlette, one indexed `find_one`, JSON. The API is measured by it.

It reads the same fields as GET gamification.
The server is the API's: the same uvicorn under the same settings.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from astra_pipeline.api import serving
from astra_pipeline.gamification.answer import FIELDS
from astra_pipeline.settings import settings
from astra_pipeline.store.client import open_client
from astra_pipeline.store.collections import USERS

_FIELDS = {"_id": 0} | dict.fromkeys(FIELDS, 1)


async def _person(request: Request) -> Response:
    found = await request.app.state.db[USERS].find_one({"id": request.query_params["user_id"]}, _FIELDS)
    return Response(orjson.dumps(found, default=str), media_type="application/json")


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    async with open_client(settings().required("MONGODB_URI")) as client:
        app.state.db = client[settings().mongodb_db]
        yield


def main() -> None:
    app = Starlette(routes=[Route("/person", _person)], lifespan=_lifespan)
    serving.run(app, "127.0.0.1", int(sys.argv[1]))


if __name__ == "__main__":
    main()
