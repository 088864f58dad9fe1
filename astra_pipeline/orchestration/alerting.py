"""An alert: what happened, how grave it is, the command that mends it, and the page of the run-book. Pure.

One message has all alerts of a tick, the gravest first, in Slack's markup or as a JSON document.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["info", "warning", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")

# Slack refuses a message of more than 40,000 characters.
_LONGEST_LINE = 400
_MARKS = {"info": ":information_source:", "warning": ":warning:", "critical": ":fire:"}


@dataclass(frozen=True)
class Alert:
    """News of one kind.

    name: the page of the run-book, docs/runbook/NAME.md
    lines: a sentence each; they name jobs, assets and items, and no word of a person
    command: what mends it, or shows more of it
    link: the place in Dagster's UI, if it has an address
    """

    name: str
    severity: Severity
    title: str
    lines: Sequence[str]
    command: str
    link: str | None = None

    def runbook(self, base: str) -> str:
        """The address of its page in the run-book."""
        return f"{base.rstrip('/')}/{self.name}.md"


def from_severity(alerts: Sequence[Alert], least: Severity) -> list[Alert]:
    """The alerts of at least this severity, the gravest first."""
    found = [alert for alert in alerts if SEVERITIES.index(alert.severity) >= SEVERITIES.index(least)]
    return sorted(found, key=lambda alert: -SEVERITIES.index(alert.severity))


def as_slack(alerts: Sequence[Alert], *, runbook: str) -> str:
    """The text of a message in Slack's markup."""
    lines: list[str] = []
    for alert in alerts:
        lines.append(f"{_MARKS[alert.severity]} *{alert.severity.upper()}: {alert.title}*")
        lines += [*alert.lines, f"Mend: `{alert.command}`; run-book: {alert.runbook(runbook)}"]
        lines += [f"Look: {alert.link}"] if alert.link else []
    return "\n".join(_cut(line) for line in lines)


def as_json(alerts: Sequence[Alert], *, runbook: str, at: dt.datetime) -> dict[str, Any]:
    """The same as a JSON document."""
    return {
        "source": "astra-pipeline",
        "at": at.isoformat(timespec="seconds"),
        "severity": alerts[0].severity if alerts else None,
        "alerts": [
            {
                "name": alert.name,
                "severity": alert.severity,
                "title": alert.title,
                "lines": [_cut(line) for line in alert.lines],
                "command": alert.command,
                "runbook": alert.runbook(runbook),
                "link": alert.link,
            }
            for alert in alerts
        ],
    }


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1] + "…"
