"""Telling people: messages to a Slack-compatible incoming webhook."""

from __future__ import annotations

import dagster as dg

from astra_pipeline.settings import settings


class AlertsResource(dg.ConfigurableResource):
    """Posts to ASTRA_ALERT_WEBHOOK_URL; off when that is unset."""

    @property
    def on(self) -> bool:
        return settings().astra_alert_webhook_url is not None

    def send(self, lines: list[str]) -> None:
        """One message of Slack markup. Raises httpx.HTTPError when the webhook does not take it after a few
        tries, so that the caller says it again at its next tick."""
        import httpx
        import stamina

        url = settings().required("ASTRA_ALERT_WEBHOOK_URL")
        for attempt in stamina.retry_context(on=httpx.HTTPError, attempts=3, wait_initial=0.5, timeout=20):
            with attempt:
                httpx.post(url, json={"text": "\n".join(lines)}, timeout=10).raise_for_status()
