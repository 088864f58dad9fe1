"""A person's traces in Dagster are found by whole ids, and by an index instead of a search (F18, fault list)."""

from __future__ import annotations

import json

import dagster as dg
import pytest

from astra_pipeline.definitions import defs
from astra_pipeline.personal_data.dagster_traces import Traces


@pytest.mark.parametrize("user_id", ["user_1", "auth0|ann", "o'neil@example.com", "Zoë", 'a"b\\c', "संध्या"])
@pytest.mark.parametrize("storage", ["stored_instance", "postgresql_instance"])
def test_an_id_of_any_letters_is_found_and_no_longer_one(
    user_id: str, storage: str, request: pytest.FixtureRequest
) -> None:
    instance: dg.DagsterInstance = request.getfixturevalue(storage)
    job = defs.resolve_job_def("birth_charts_job")

    def ran(named: str | None = None, said: str | None = None) -> str:
        config = {"ops": {"birth_charts": {"config": {"user_ids": [named]}}}} if named else {}
        run = instance.create_run_for_job(job, run_config=config, status=dg.DagsterRunStatus.STARTED)
        if said:
            instance.report_engine_event(said, run)
        instance.report_run_failed(run)
        return run.run_id

    ran(user_id)
    ran(said=f"Of these:\n{user_id}\n{user_id}s")
    ran(said=json.dumps({"of": f"these:\n{user_id}"}))
    others = {ran(f"{user_id}0"), ran(f"my-{user_id}"), ran(said=f"{user_id}0, my{user_id}"), ran()}
    assert Traces(instance, [user_id]).erase().runs == 3
    assert set(instance.get_run_ids()) == others
