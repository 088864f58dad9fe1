"""The routes, a module a resource. Each has a `router`, made by `api.door`, and is named here."""

from __future__ import annotations

from astra_pipeline.api.routes import gamification, health

ROUTERS = (gamification.router, health.router)
