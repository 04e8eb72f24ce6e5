"""The small parts of the edge: paths, keys and correlation ids."""

import time
from hashlib import sha256
from urllib.parse import unquote
from uuid import UUID

import pytest

from orchestratord.http.correlation import correlation_id
from orchestratord.http.headers import Headers
from orchestratord.http.keys import Key, KeyRing
from orchestratord.http.paths import PathTable
from orchqueue_contract.operations import OPERATIONS

PATHS = PathTable(OPERATIONS.values())


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/tasks", {"POST"}),
        ("/metrics", {"GET"}),
        ("/v1/tasks/x/stream", {"GET"}),
        ("/v1/tasks/x/cancel", {"POST"}),
        ("/v1/capabilities", {"GET"}),
    ],
)
def test_paths_of_the_contract(path, methods) -> None:
    found = PATHS.methods(path, path.encode())
    assert found is not None
    assert set(found) == methods


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        "/v1/tasks/",
        "//v1/tasks",
        "/v1//tasks",
        "/v1/tasks//stream",
        "/v1/tasks/x/y/stream",
        "/V1/tasks",
    ],
)
def test_a_path_has_one_spelling(path) -> None:
    assert PATHS.methods(path, path.encode()) is None


@pytest.mark.parametrize("raw_path", [b"/v1%2fcapabilities", b"/v1%2Fcapabilities", b"/v1/tasks/x%2fstream"])
def test_an_encoded_slash_separates_nothing(raw_path) -> None:
    assert PATHS.methods(unquote(raw_path.decode()), raw_path) is None


@pytest.mark.requirement("OC-CTRL-2042")
def test_keys_are_known_by_their_digests_only() -> None:
    ring = KeyRing(
        [Key(name, sha256(name.encode()).digest(), "t", frozenset()) for name in ("alpha", "beta")], time.time
    )
    assert [ring.find(name.encode()) and ring.find(name.encode()).id for name in ("alpha", "beta")] == [
        "alpha",
        "beta",
    ]
    assert ring.find(b"three") is None
    assert ring.find(sha256(b"alpha").digest()) is None
    assert b"alpha" not in repr(ring.known).replace("id='alpha'", "").encode()


@pytest.mark.requirement("OC-CTRL-2042")
def test_every_key_is_compared_whichever_matches(monkeypatch) -> None:
    compared: list[bytes] = []
    monkeypatch.setattr(
        "orchestratord.http.keys.compare_digest", lambda a, b: compared.append(a) is None and a == b
    )
    keys = [Key(str(number), sha256(b"%d" % number).digest(), "t", frozenset()) for number in range(5)]
    for presented in (b"0", b"4", b"unknown"):
        compared.clear()
        KeyRing(keys, time.time).find(presented)
        assert compared == [key.digest for key in keys]


@pytest.mark.requirement("OC-CTRL-2045")
def test_a_key_is_taken_until_its_moment() -> None:
    now = 100.0
    ring = KeyRing([], lambda: now)
    key, endless = Key("a", b"", "t", frozenset(), not_after=101.0), Key("b", b"", "t", frozenset())
    assert [ring.expired(key), ring.expired(endless)] == [False, False]
    now = 101.0
    assert [ring.expired(key), ring.expired(endless)] == [True, False]


@pytest.mark.parametrize("value", [b"a", b"!~", b"x" * 128])
def test_a_fit_correlation_id_is_echoed(value) -> None:
    assert correlation_id(Headers([(b"x-correlation-id", value)])) == value.decode()


@pytest.mark.parametrize(
    "values", [[], [b""], [b"x" * 129], [b"a b"], [b"\x7f"], [b"\xe9"], [b"a\n"], [b"a", b"a"]]
)
def test_any_other_is_replaced(values) -> None:
    made = correlation_id(Headers([(b"x-correlation-id", value) for value in values]))
    assert UUID(made).version == 4
    assert made == made.lower()


def test_headers_are_told_as_often_as_they_came() -> None:
    headers = Headers([(b"a", b"1"), (b"b", b""), (b"a", b"2")])
    assert [list(headers.all(name)) for name in (b"a", b"b", b"c")] == [[b"1", b"2"], [b""], []]
    assert [headers.joined(name) for name in (b"a", b"b", b"c")] == ["1, 2", "", None]
    assert [name in headers for name in (b"b", b"c")] == [True, False]
