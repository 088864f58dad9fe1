"""The routes, a module a resource. Their routers are made by `api.door`, and are named here."""

from __future__ import annotations

from astra_pipeline.api.routes import charts, gamification, health, horoscopes, personas, reports

ROUTERS = (
    gamification.router,
    charts.router,
    horoscopes.reads,
    horoscopes.ratings,
    reports.router,
    personas.router,
    health.router,
)
