"""Telling people: messages to a Slack-compatible incoming webhook."""

from __future__ import annotations

import dagster as dg

from astra_pipeline.errors import ServiceAway
from astra_pipeline.settings import settings


class AlertsResource(dg.ConfigurableResource):
    """Posts to ASTRA_ALERT_WEBHOOK_URL; off when that is unset."""

    @property
    def on(self) -> bool:
        return settings().astra_alert_webhook_url is not None

    def send(self, lines: list[str]) -> None:
        """One message of Slack markup. Raises ServiceAway when the webhook does not take it after a few tries,
        so that the caller says it again at its next tick."""
        import stamina

        for attempt in stamina.retry_context(on=ServiceAway, attempts=3, wait_initial=0.5, timeout=20):
            with attempt:
                self._post("\n".join(lines))

    @staticmethod
    def _post(text: str) -> None:
        import httpx

        url = settings().required("ASTRA_ALERT_WEBHOOK_URL")
        try:
            status = httpx.post(url, json={"text": text}, timeout=10).status_code
        # The URL of a webhook is its password, and httpx's errors quote it.
        except httpx.HTTPError as error:
            raise ServiceAway(f"ASTRA_ALERT_WEBHOOK_URL: {type(error).__name__}") from None
        if status >= 300:
            raise ServiceAway(f"ASTRA_ALERT_WEBHOOK_URL: answered {status}")
