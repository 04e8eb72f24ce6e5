"""Sessions over real sockets: the forms of their ids, methods and headers."""

from uuid import uuid4

import pytest


def test_a_session_is_read_under_either_case_of_its_id(server, client, task) -> None:
    body = task(session_id=str(uuid4()).upper(), max_tokens=1)
    accepted = client.post("/v1/tasks", json=body)
    assert accepted.status == 202
    assert accepted.header("x-budget-tokens-remaining") == str(50_000 - 3)
    assert accepted.header("x-budget-time-remaining-ms") == "540000"
    assert accepted.header("x-budget-cost-remaining") == "0.999994"
    for session_id in (body["session_id"], body["session_id"].lower()):
        told = client.get(f"/v1/sessions/{session_id}")
        assert (told.status, told.json()["turns"], told.json()["kv_migrated"]) == (200, 1, False)
    assert server.client("key-other").get(f"/v1/sessions/{body['session_id']}").status == 404
    assert client.request("DELETE", f"/v1/sessions/{body['session_id']}").status == 204
    assert client.get(f"/v1/sessions/{body['session_id']}").status == 404


@pytest.mark.parametrize(
    "session_id", ["no-uuid", "0", "%2e%2e", "x" * 500, "6f9e0f0e-9a2f-4a9d-8f55-3a51f1a0c001%0a"]
)
def test_of_an_id_that_cannot_be_there_is_no_session(client, session_id) -> None:
    assert client.get(f"/v1/sessions/{session_id}").status == 404
    gone = client.request("DELETE", f"/v1/sessions/{session_id}")
    assert (gone.status, gone.body) == (204, b"")


def test_a_session_has_two_methods(client) -> None:
    refused = client.post(f"/v1/sessions/{uuid4()}", json={})
    assert (refused.status, refused.header("allow")) == (405, "DELETE, GET")
    assert client.get("/v1/sessions").status == client.get("/v1/sessions/").status == 404
