"""Dagster's UI used by a program: a run is launched, or ended, by the requests that the UI sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

_LAUNCH = """
mutation ($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}
"""
_TERMINATE = """
mutation ($run: String!) {
  terminateRun(runId: $run) {
    __typename
    ... on TerminateRunFailure { message }
    ... on PythonError { message }
  }
}
"""


class Ui:
    """The web server at `url`. `location` is the code location's name."""

    def __init__(self, url: str, location: str = "astra_pipeline") -> None:
        self._client = httpx.Client(base_url=url, timeout=60.0, trust_env=False)
        self._selector = {"repositoryLocationName": location, "repositoryName": "__repository__"}

    def launch(self, job: str, *, tags: Mapping[str, str] | None = None) -> str:
        """Launch a job; the id of the run. Raises RuntimeError when the answer is no run."""
        wanted = {
            "selector": {**self._selector, "jobName": job},
            "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in (tags or {}).items()]},
        }
        answer = self._ask(_LAUNCH, params=wanted)["launchRun"]
        if answer["__typename"] != "LaunchRunSuccess":
            raise RuntimeError(f"{job} was not launched: {answer}")
        return answer["run"]["runId"]

    def terminate(self, run_id: str) -> str:
        """Ask for the end of a run; the name of the answer, `TerminateRunSuccess` when all is well."""
        return self._ask(_TERMINATE, run=run_id)["terminateRun"]["__typename"]

    def _ask(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = self._client.post("/graphql", json={"query": query, "variables": variables})
        answer.raise_for_status()
        document = answer.json()
        if document.get("errors"):
            raise RuntimeError(f"the UI answered: {document['errors'][0]['message']}")
        return document["data"]
