"""The routes, a module a resource. Their routers are made by `api.door`, and are named here."""

from __future__ import annotations

from astra_pipeline.api.routes import (
    asked_gamification,
    asked_texts,
    asked_transcript,
    charts,
    context,
    gamification,
    health,
    horoscopes,
    metrics,
    personas,
    reports,
    requests,
)

ROUTERS = (
    context.router,
    gamification.router,
    charts.router,
    horoscopes.reads,
    horoscopes.ratings,
    reports.router,
    personas.router,
    personas.corrections,
    asked_transcript.router,
    asked_texts.charts,
    asked_texts.horoscopes,
    asked_texts.weekly_reports,
    asked_texts.personas,
    asked_gamification.router,
    requests.router,
    health.router,
    metrics.router,
)
