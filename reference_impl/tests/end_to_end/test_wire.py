"""The edge over real sockets: what no handler ever sees, and what must hold for every answer."""

import json
import time
from uuid import UUID

import pytest

HOST = b"Host: x\r\n"
KEY = b"X-API-Key: key-both\r\n"
CHUNKED = b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"


def envelope_of(exchange, status: int, code: str) -> dict:
    assert exchange.status == status, exchange.text
    body = exchange.json()
    assert body["code"] == code
    assert exchange.header_values("x-correlation-id") == [body["correlation_id"]]
    return body


def head(method: str, path: str, *lines: bytes) -> bytes:
    return f"{method} {path} HTTP/1.1\r\n".encode() + HOST + b"".join(lines) + b"\r\n"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "NOT_FOUND"),
        ("GET", "/schema", 404, "NOT_FOUND"),
        ("GET", "/v1/replicasets", 404, "NOT_FOUND"),
        ("POST", "/v1/tasks/", 404, "NOT_FOUND"),
        ("POST", "//v1/tasks", 404, "NOT_FOUND"),
        ("POST", "/completion", 404, "NOT_FOUND"),
        ("GET", "/v1/tasks/not-a-uuid/stream", 404, "NOT_FOUND"),
        ("POST", "/v1/tasks/00000000-0000-4000-8000-000000000000/cancel", 404, "NOT_FOUND"),
        ("GET", "/v1/tasks/a%2Fb/stream", 404, "NOT_FOUND"),
        ("GET", "/v1/tasks", 405, "METHOD_NOT_ALLOWED"),
        ("OPTIONS", "/v1/tasks", 405, "METHOD_NOT_ALLOWED"),
        ("DELETE", "/metrics", 405, "METHOD_NOT_ALLOWED"),
    ],
)
def test_what_is_not_served(client, method, path, status, code) -> None:
    exchange = client.request(method, path)
    envelope_of(exchange, status, code)
    assert (exchange.header("allow") is not None) == (status == 405)


@pytest.mark.parametrize(("target", "status"), [(b"/metrics", b"405"), (b"x:443", b"400")])
def test_no_tunnel_is_opened_and_the_server_lives_on(client, target, status) -> None:
    request = b"CONNECT " + target + b" HTTP/1.1\r\n" + HOST + b"\r\n"
    reply = client.send_raw(request + b"GET /metrics HTTP/1.1\r\n\r\n", until_closed=True, timeout_s=60)
    assert reply.data.startswith(b"HTTP/1.1 " + status), reply.data
    assert reply.data.count(b"HTTP/1.1") == 1
    assert reply.closed
    assert client.get("/metrics").status == 200


def test_head_has_no_body(client) -> None:
    exchange = client.request("HEAD", "/metrics")
    assert (exchange.status, exchange.body, exchange.header("allow")) == (405, b"", "GET")


def test_keys_and_scopes(server, client, task) -> None:
    nobody = server.client(None)
    refused = nobody.post("/v1/tasks", json=task())
    envelope_of(refused, 401, "UNAUTHENTICATED")
    assert refused.header("www-authenticate") == 'ApiKey realm="orchqueue"'
    envelope_of(nobody.get("/v1/nothing"), 404, "NOT_FOUND")
    assert nobody.get("/metrics").status == 200
    envelope_of(server.client("wrong").get("/v1/capabilities"), 403, "FORBIDDEN")
    envelope_of(server.client("key-data-only").get("/v1/capabilities"), 403, "FORBIDDEN")
    envelope_of(server.client("key-control-only").post("/v1/tasks", json=task()), 403, "FORBIDDEN")
    assert server.client("key-control-only").get("/v1/capabilities").status == 200
    twice = client.get("/v1/capabilities", headers=[("X-API-Key", "key-both"), ("X-API-Key", "key-both")])
    assert twice.status == 403


def test_tenants_do_not_see_each_other(server, client, task) -> None:
    one = task()
    assert client.post("/v1/tasks", json=one).status == 202
    path = f"/v1/tasks/{one['task_id']}"
    envelope_of(server.client("key-other").post(f"{path}/cancel"), 404, "NOT_FOUND")
    envelope_of(server.client("key-other").get(f"{path}/stream"), 404, "NOT_FOUND")
    assert server.client("key-other").post("/v1/tasks", json={**one, "prompt": "other"}).status == 202


def test_correlation_ids(client, task) -> None:
    assert client.get("/nothing", headers={"X-Correlation-Id": "mine"}).header("x-correlation-id") == "mine"
    made = client.get("/nothing", headers={"X-Correlation-Id": "not fit"}).header("x-correlation-id")
    assert UUID(made).version == 4
    one = task(max_tokens=1)
    assert client.post("/v1/tasks", json=one, headers={"X-Correlation-Id": "of-task"}).status == 202
    cancelled = client.post(f"/v1/tasks/{one['task_id']}/cancel", headers={"X-Correlation-Id": "of-cancel"})
    assert (cancelled.status, cancelled.header("x-correlation-id")) == (204, "of-cancel")


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 202),
        ("Application/JSON; charset=UTF-8", 202),
        ("application/json; charset=latin-1", 415),
        ("text/plain", 415),
        ("application/jsonx", 415),
        (None, 415),
    ],
)
def test_content_types(client, task, content_type, status) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    exchange = client.post("/v1/tasks", body=json.dumps(task()).encode(), headers=headers)
    assert exchange.status == status, exchange.text
    if status == 415:
        envelope_of(exchange, 415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("size", [5000, 30_000])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_body_is_refused_and_the_answer_not_lost(client, size, chunked) -> None:
    headers = {"Content-Type": "application/json", **({"Transfer-Encoding": "chunked"} if chunked else {})}
    exchange = client.post("/v1/tasks", body=b" " * size, headers=headers)
    envelope_of(exchange, 413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize(
    ("line", "path", "status"),
    [
        (b"X-API-Key: unknown\r\n", "/v1/tasks", b"403"),
        (b"", "/v1/tasks", b"401"),
        (KEY, "/v1/tasks", b"413"),
        (KEY, "/nothing", b"404"),
    ],
)
def test_an_early_answer_reaches_a_client_that_is_slow_to_send_and_closes(client, line, path, status) -> None:
    size = 25_000
    lines = (line, b"Connection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n" % size)
    with client.raw() as connection:
        connection.send(head("POST", path, *lines))
        connection.receive(lambda data: b"correlation_id" in data)
        assert connection.send(b" " * size)
        reply = connection.receive_until_closed()
    assert reply.data.startswith(b"HTTP/1.1 " + status)
    assert reply.closed
    assert not reply.reset


def test_a_body_without_end_is_not_read_for_ever(client) -> None:
    with client.raw() as connection:
        connection.send(
            head(
                "POST", "/v1/tasks", KEY, b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
            )
        )
        assert any(not connection.send(b"1000\r\n" + b" " * 4096 + b"\r\n") for _ in range(10_000))


def test_a_large_body_without_a_key_is_401(server) -> None:
    exchange = server.client(None).post(
        "/v1/tasks", body=b" " * 20_000, headers={"Content-Type": "application/json"}
    )
    envelope_of(exchange, 401, "UNAUTHENTICATED")


@pytest.mark.requirement("OC-CTRL-2044")
@pytest.mark.parametrize("filler", [b"X-A: " + b"a" * 3000 + b"\r\n", b"X-A: b\r\n" * 400])
def test_large_headers(client, filler) -> None:
    reply = client.send_raw(head("GET", "/metrics", filler))
    envelope_of(reply.exchange(), 431, "HEADERS_TOO_LARGE")


def test_a_header_that_never_ends(client) -> None:
    with client.raw() as connection:
        connection.send(b"GET /metrics HTTP/1.1\r\nX-Correlation-Id: half\r\nX-A: ")
        for _ in range(40):
            connection.send(b"a" * 1000)
        reply = connection.receive_response()
    assert envelope_of(reply.exchange(), 431, "HEADERS_TOO_LARGE")["correlation_id"] == "half"


@pytest.mark.requirement("OC-CTRL-2044")
@pytest.mark.parametrize("keep_alive", [False, True])
def test_a_half_head_times_out(client, keep_alive) -> None:
    with client.raw() as connection:
        if keep_alive:
            connection.send(head("GET", "/metrics"))
            assert b"200 OK" in connection.receive_response().data
        connection.send(b"GET /metrics HTTP/1.1\r\nHost: x\r\n")
        reply = connection.receive_until_closed()
    data = reply.data[reply.data.rindex(b"HTTP/1.1 4") :]
    assert data.startswith(b"HTTP/1.1 408")
    assert b'"REQUEST_TIMEOUT"' in data
    assert reply.closed
    assert not reply.reset


def test_a_half_body_times_out(client) -> None:
    request = head("POST", "/v1/tasks", KEY, b"Content-Type: application/json\r\nContent-Length: 100\r\n")
    reply = client.send_raw(request + b"{")
    envelope_of(reply.exchange("POST"), 408, "REQUEST_TIMEOUT")


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
@pytest.mark.parametrize(
    "hosts",
    [
        b"",
        b"Host: a\r\nHost: b\r\n",
        b"Host: a b\r\n",
        b"Host: \xff\r\n",
        b"Host: a@b\r\n",
        b"Host: [::1\r\n",
        b"Host: a:b\r\n",
    ],
)
def test_exactly_one_host(client, hosts, version) -> None:
    reply = client.send_raw(b"GET /metrics HTTP/" + version + b"\r\n" + hosts + b"\r\n", until_closed=True)
    if version == b"1.0" and not hosts:
        assert reply.data.startswith(b"HTTP/1.1 200")
        return
    assert envelope_of(reply.exchange(), 400, "INVALID_PARAMS")["details"][0]["name"] == "Host"


@pytest.mark.parametrize("host", [b"", b"a", b"a.b-c:80", b"127.0.0.1:", b"[::1]:8080", b"%41"])
def test_what_is_a_host(client, host) -> None:
    reply = client.send_raw(b"GET /metrics HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
    assert reply.exchange().status == 200


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST /v1/tasks HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_what_is_no_request_is_a_bare_400(client, data) -> None:
    reply = client.send_raw(data, until_closed=True)
    assert reply.data.startswith(b"HTTP/1.1 400")
    assert reply.closed


def test_a_client_that_expects_to_be_asked_is_not_waited_for(client) -> None:
    lines = b"Content-Type: application/json\r\nContent-Length: 10\r\nExpect: 100-continue\r\n"
    reply = client.send_raw(head("POST", "/v1/tasks", lines), until_closed=True)
    assert reply.data.startswith(b"HTTP/1.1 401")
    assert reply.closed


def test_a_request_after_a_refused_body_is_still_served(client) -> None:
    body = b"x" * 6000
    with client.raw() as connection:
        connection.send(
            head("POST", "/v1/tasks", KEY, b"Content-Type: application/json\r\nContent-Length: 6000\r\n")
        )
        assert b" 413 " in connection.receive(lambda data: b"correlation_id" in data).data
        connection.send(body + head("GET", "/metrics"))
        assert b"200 OK" in connection.receive(lambda data: b"pool_ready{" in data).data


def test_two_requests_at_once_are_answered_in_order(client) -> None:
    with client.raw() as connection:
        connection.send(head("GET", "/one") + head("GET", "/metrics"))
        data = connection.receive(lambda data: b"pool_ready{" in data).data
    assert data.index(b"404") < data.index(b"200 OK")


def test_secrets_are_nowhere(server, client, task) -> None:
    marked = task(prompt="PLANTED-PROMPT", max_tokens=2)
    assert client.post("/v1/tasks", json=marked).status == 202
    stream = client.stream(f"/v1/tasks/{marked['task_id']}/stream")
    stream.read_until(lambda event: event.event in ("end", "error"))
    client.post("/v1/tasks", json={**marked, "prompt": 3, "max_tokens": "PLANTED-VALUE"})
    server.client("PLANTED-KEY").get("/v1/capabilities")
    server.wait_for_log(
        lambda line: line.get("task_id") == marked["task_id"] and line["event"] == "task.finished"
    )
    seen = "\n".join(server.log_lines()) + client.get("/metrics").text
    assert "PLANTED" not in seen
    assert "key-both" not in seen


def test_open_streams_are_bounded_and_freed(client, task) -> None:
    # A task that waits behind others on all slots has no events yet that could be trimmed.
    tasks = [task(max_tokens=4000) for _ in range(5)]
    for each in tasks:
        assert client.post("/v1/tasks", json=each).status == 202
    path = f"/v1/tasks/{tasks[-1]['task_id']}/stream"
    held = [client.stream(path), client.stream(path)]
    refused = client.get(path)
    body = envelope_of(refused, 429, "QUOTA_EXCEEDED")
    assert body["policy_label"] == "quota"
    assert int(refused.header("x-backoff-ms")) == body["retry_after_ms"]
    held[0].close()
    deadline = time.monotonic() + 60
    while (again := client.stream(path)).status == 429:
        again.close()
        assert time.monotonic() < deadline
    again.close()
    held[1].close()
    for each in reversed(tasks):
        client.post(f"/v1/tasks/{each['task_id']}/cancel")


@pytest.mark.parametrize(
    "behind",
    [
        b"GET /met",
        b"X: " + b"a" * 3000,
        b"nonsense\r\n\r\n",
        head("POST", "/v1/tasks", KEY, CHUNKED) + b"zz\r\n",
    ],
)
def test_what_cannot_be_read_behind_a_stream_leaves_the_stream_whole(client, task, behind) -> None:
    one = task(max_tokens=700)
    assert client.post("/v1/tasks", json=one).status == 202
    with client.raw() as connection:
        connection.send(head("GET", f"/v1/tasks/{one['task_id']}/stream", KEY))
        connection.receive(lambda data: b"event: token" in data)
        connection.send(behind[:8])
        connection.send(behind[8:])
        reply = connection.receive_until_closed()
    stream, answer, refusal = reply.data.partition(b"\r\n0\r\n\r\n")
    assert answer
    assert stream.count(b"HTTP/1.1") == 1
    assert b"event: end" in stream
    assert refusal.startswith(b"HTTP/1.1 4")
    assert reply.closed


def test_an_empty_line_behind_a_request_is_no_half_head(client) -> None:
    with client.raw() as connection:
        connection.send(head("GET", "/one") + b"\r\n")
        connection.receive(lambda data: b"correlation_id" in data)
        connection.send(b"\r\n")
        assert connection.receive(lambda data: b" 408 " in data, 0.6).data.count(b"HTTP/1.1") == 1
        connection.send(head("GET", "/metrics"))
        assert b"200 OK" in connection.receive(lambda data: b"pool_ready{" in data).data


def test_a_body_that_comes_after_its_answer_holds_no_connection(client) -> None:
    with client.raw() as connection:
        connection.send(head("POST", "/nothing", b"Content-Length: 100\r\n"))
        connection.receive(lambda data: b"correlation_id" in data)
        connection.send(b"{")
        assert connection.receive_until_closed().closed


def test_trailers_are_bounded_and_are_no_headers(client, task) -> None:
    body = json.dumps(task()).encode()
    start = head("POST", "/v1/tasks", KEY, CHUNKED) + b"%x\r\n%s\r\n0\r\n" % (len(body), body)
    reply = client.send_raw(start + b"Content-Type: text/plain\r\nHost: y\r\n\r\n")
    assert reply.data.startswith(b"HTTP/1.1 202")
    with client.raw() as connection:
        connection.send(start)
        assert any(not connection.send(b"X-A: " + b"a" * 500 + b"\r\n") for _ in range(10_000))


def test_requests_that_wait_for_their_turn_are_not_read_without_bound(client) -> None:
    flood, sent = head("GET", "/nothing") * 1000, 0
    with client.raw(timeout_s=0.5) as connection:
        while sent < 40_000_000 and connection.send(flood):
            sent += len(flood)
    assert sent < 40_000_000


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
def test_a_wish_for_another_protocol_is_passed_over(client, task, protocol) -> None:
    body = json.dumps(task()).encode()
    wish = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: %s\r\n" % protocol
    length = b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(body)
    with client.raw() as connection:
        connection.send(head("POST", "/v1/tasks", KEY, wish, length))
        connection.send(body[:10])
        connection.send(body[10:] + head("GET", "/metrics", wish))
        data = connection.receive(lambda data: b"pool_ready{" in data).data
    assert data.startswith(b"HTTP/1.1 202")
    assert b"HTTP/1.1 200" in data
