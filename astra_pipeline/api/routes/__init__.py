"""The routes, a module a resource. Each has a `router`, made by `api.door`, and is named here."""

from __future__ import annotations

from astra_pipeline.api.routes import (
    asked_gamification,
    asked_texts,
    asked_transcript,
    gamification,
    health,
    requests,
)

ROUTERS = (
    gamification.router,
    requests.router,
    asked_transcript.router,
    asked_texts.charts,
    asked_texts.horoscopes,
    asked_texts.weekly_reports,
    asked_texts.personas,
    asked_gamification.router,
    health.router,
)
