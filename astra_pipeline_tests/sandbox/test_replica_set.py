"""Three embedded members behave as a replica set in production does when its members fail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import AutoReconnect, WriteConcernError

from astra_pipeline.sandbox.replica_set import ReplicaSet, paused
from astra_pipeline_tests.sandbox.test_process import gone

Client = MongoClient[dict[str, Any]]


@pytest.fixture(scope="module")
def replica_set(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReplicaSet]:
    with ReplicaSet(tmp_path_factory.mktemp("replica_set")) as running:
        yield running


@pytest.fixture
def client(replica_set: ReplicaSet) -> Iterator[Client]:
    # Heartbeats as short as the elections: a driver notices a stopped member only when one is not answered.
    options: dict[str, Any] = {"heartbeatFrequencyMS": 1_000, "connectTimeoutMS": 2_000}
    with Client(replica_set.uri, appname="a_test", **options) as client:
        yield client
        client.drop_database("astra")


def test_a_killed_primary_has_a_successor_with_its_data_and_comes_back_as_a_secondary(
    replica_set: ReplicaSet, client: Client
):
    client.astra.kept.insert_many([{"_id": number} for number in range(100)])
    killed = replica_set.wait_for_primary()
    replica_set.kill(killed)
    successor = replica_set.wait_for_primary(other_than=killed)
    assert client.astra.kept.count_documents({}) == 100
    client.astra.kept.insert_one({"_id": 100})
    replica_set.restart(killed)
    assert replica_set.wait_for_primary() == successor
    with replica_set.members[killed].client() as direct:
        assert direct.admin.command("hello")["setName"] == "astra"


def test_a_primary_that_steps_down_leaves_the_office_to_another(replica_set: ReplicaSet, client: Client):
    before = replica_set.step_down(seconds=10)
    assert replica_set.wait_for_primary(other_than=before) != before
    client.astra.kept.insert_one({"_id": "after"})
    assert client.astra.kept.count_documents({"_id": "after"}) == 1


def test_a_primary_that_is_stopped_is_replaced_and_its_late_writes_count_nowhere(
    replica_set: ReplicaSet, client: Client
):
    stopped = replica_set.wait_for_primary()
    with paused(replica_set, stopped):
        replica_set.wait_for_primary(other_than=stopped)
        client.astra.kept.insert_one({"_id": "meanwhile"})
    assert replica_set.wait_for_primary(other_than=stopped) != stopped
    assert client.astra.kept.count_documents({"_id": "meanwhile"}) == 1


def test_a_closed_connection_meets_the_named_application_only(replica_set: ReplicaSet, client: Client):
    replica_set.close_connections(["find"], times=2, app_name="a_test")
    with Client(replica_set.uri, appname="another") as other:
        assert other.astra.kept.find_one() is None
    with Client(replica_set.uri, appname="a_test", retryReads=False) as unlucky, pytest.raises(AutoReconnect):
        unlucky.astra.kept.find_one()
    replica_set.calm()
    assert client.astra.kept.find_one() is None


def test_a_write_whose_reply_is_lost_took_place_once_however_often_the_driver_repeats_it(
    replica_set: ReplicaSet, client: Client
):
    client.astra.counted.insert_one({"_id": 1, "times": 0})
    replica_set.lose_replies(["update"], times=1, app_name="a_test")
    client.astra.counted.update_one({"_id": 1}, {"$inc": {"times": 1}})
    assert client.astra.counted.find_one() == {"_id": 1, "times": 1}
    with Client(replica_set.uri, appname="a_test", retryWrites=False) as unsure:
        replica_set.lose_replies(["update"], times=1, app_name="a_test")
        with pytest.raises(WriteConcernError):
            unsure.astra.counted.update_one({"_id": 1}, {"$inc": {"times": 1}})
    replica_set.calm()
    assert client.astra.counted.find_one() == {"_id": 1, "times": 2}


def test_all_members_end_by_their_own_pids_and_another_server_lives_on(tmp_path: Path, replica_set: ReplicaSet):
    with ReplicaSet(tmp_path / "short", members=3) as short:
        pids = [member.pid for member in short.members]
        short.pause(0)
    assert all(gone(pid) for pid in pids)
    assert all(replica_set.is_running(number) for number in range(3))


def test_the_data_are_there_when_the_whole_set_is_started_again(tmp_path: Path):
    replica_set = ReplicaSet(tmp_path)
    with replica_set, Client(replica_set.uri) as client:
        client.astra.kept.insert_one({"_id": "kept"})
    with replica_set, Client(replica_set.uri) as client:
        assert client.astra.kept.find_one() == {"_id": "kept"}
