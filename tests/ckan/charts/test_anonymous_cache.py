"""The memory before CKAN: never more readers, never longer, than CKAN allowed."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from ckanext.budget.charts.anonymous_cache import MARK, MAX_ENTRIES, AnonymousCache

PATH = "/budgets/resume/one.json"


class Portal:
    """Stands for CKAN: answers what it is told, counts, and marks what anonymous readers get."""

    def __init__(self) -> None:
        self.calls = 0
        self.status = "200 OK"
        self.body = b"first"
        self.is_anonymous = True

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.calls += 1
        assert "HTTP_IF_NONE_MATCH" not in environ or not environ["PATH_INFO"].startswith(PATH)
        if self.is_anonymous and self.status == "200 OK":
            environ[MARK] = True
        headers = [("ETag", f'W/"{self.body.decode()}"'), ("Set-Cookie", "ckan=secret"),
                   ("Content-Type", "application/json")]  # fmt: skip
        start_response(self.status, headers)
        return [self.body]


class Reader:
    def __init__(self) -> None:
        self.now = 0.0
        self.state: dict[str, Any] = {}
        self.portal = Portal()
        self.asked: list[str] = []
        self.cache = AnonymousCache(self.portal, 10, self.state_of, lambda: self.now)

    def state_of(self, resource_id: str) -> Any:
        self.asked.append(resource_id)
        return self.state.get(resource_id, "as ever")

    def get(self, path: str = PATH, **environ: str) -> tuple[str, dict[str, str], bytes]:
        heard: list[Any] = []
        wanted = {"PATH_INFO": path, "REQUEST_METHOD": "GET", "HTTP_ACCEPT_ENCODING": "gzip"}
        body = b"".join(
            self.cache(wanted | environ, lambda status, headers: heard.append((status, headers)))
        )
        status, headers = heard[0][0], dict(heard[0][1])
        if headers.get("Content-Encoding") == "gzip":
            assert int(headers["Content-Length"]) == len(body)
            body = gzip.decompress(body)
        return status, headers, body


@pytest.fixture
def reader() -> Reader:
    return Reader()


def test_a_second_reader_is_answered_without_ckan(reader: Reader) -> None:
    assert reader.get()[2] == reader.get()[2] == b"first"
    assert reader.portal.calls == 1


def test_a_cookie_is_never_given_to_another_reader(reader: Reader) -> None:
    assert "Set-Cookie" in reader.get()[1]
    assert "Set-Cookie" not in reader.get()[1]


def test_what_a_signed_in_reader_gets_is_not_kept(reader: Reader) -> None:
    reader.portal.is_anonymous = False
    reader.get()
    reader.get()
    assert reader.portal.calls == 2


def test_nothing_outlives_the_delay(reader: Reader) -> None:
    reader.get()
    reader.portal.body = b"second"
    reader.now = 10
    assert reader.get()[2] == b"second"


@pytest.mark.parametrize("state", ["changed", None])
def test_a_change_counts_within_a_second(reader: Reader, state: Any) -> None:
    reader.get()
    reader.portal.body = b"second"
    reader.state["one"] = state
    reader.now = 0.99
    assert reader.get()[2] == b"first"
    reader.now = 1
    assert reader.get()[2] == b"second"
    assert reader.portal.calls == 2


def test_the_database_is_asked_once_a_second(reader: Reader) -> None:
    reader.get()
    reader.asked.clear()
    for tenth in range(1, 31):
        reader.now = tenth / 10
        reader.get()
    assert len(reader.asked) == 3
    assert reader.portal.calls == 1


def test_nothing_is_kept_of_what_nobody_knows(reader: Reader) -> None:
    reader.state["one"] = None
    reader.get()
    reader.get()
    assert reader.portal.calls == 2


def test_a_change_while_ckan_answers_is_not_missed(reader: Reader) -> None:
    def changing(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        reader.state["one"] = "changed meanwhile"
        return reader.portal(environ, start_response)

    reader.cache.app = changing
    reader.get()
    reader.portal.body = b"second"
    reader.now = 1
    assert reader.get()[2] == b"second"


def test_half_way_one_request_renews_for_all(reader: Reader) -> None:
    reader.get()
    reader.portal.body = b"second"
    reader.now = 5
    assert [reader.get()[2] for _ in range(3)] == [b"second"] * 3
    assert reader.portal.calls == 2


def test_a_resource_made_private_is_dropped_when_ckan_says_so(reader: Reader) -> None:
    reader.get()
    reader.portal.status = "403 FORBIDDEN"
    reader.now = 5
    assert reader.get()[0] == reader.get()[0] == "403 FORBIDDEN"


def test_a_signed_in_reader_does_not_prolong_what_anonymous_ones_may_see(reader: Reader) -> None:
    reader.get()
    reader.portal.is_anonymous = False
    reader.portal.body = b"for members"
    reader.now = 5
    assert reader.get()[2] == b"for members"
    assert reader.get()[2] == b"first"
    reader.now = 10
    reader.portal.status = "403 FORBIDDEN"
    assert reader.get()[0] == "403 FORBIDDEN"


@pytest.mark.parametrize("again", [True, False])
def test_the_etag_is_answered_from_memory_too(reader: Reader, again: bool) -> None:
    if again:
        reader.get()
    status, headers, body = reader.get(HTTP_IF_NONE_MATCH='W/"first"')
    assert status.startswith("304") and body == b"" and "Content-Type" not in headers
    assert reader.get(HTTP_IF_NONE_MATCH='W/"older"')[0] == "200 OK"
    assert reader.portal.calls == 1


@pytest.mark.parametrize(
    "environ",
    [
        {"QUERY_STRING": "x"},
        {"HTTP_ORIGIN": "https://example.org"},
        {"HTTP_ACCEPT_ENCODING": "identity"},
        {"REQUEST_METHOD": "HEAD"},
        {"path": "/budgets/evolution/one.json"},
        {"path": "/budgets/resume/one"},
        {"path": "/api/3/action/budget_summary", "QUERY_STRING": "id=one&callback=f"},
        {"path": "/api/3/action/budget_series", "QUERY_STRING": "id=one"},
    ],
)
def test_other_requests_go_to_ckan(reader: Reader, environ: dict[str, str]) -> None:
    reader.get(**environ)
    reader.get(**environ)
    assert reader.portal.calls == 2


def test_the_api_is_answered_too_and_compressed(reader: Reader) -> None:
    asked = {"path": "/api/3/action/budget_summary", "QUERY_STRING": "id=one"}
    assert reader.get(**asked)[2] == b"first"
    _, headers, body = reader.get(**asked)
    assert body == b"first" and headers["Content-Encoding"] == "gzip"
    assert headers["Vary"] == "Accept-Encoding"
    reader.get(**asked | {"QUERY_STRING": "id=other"})
    assert reader.asked == ["one", "other"] and reader.portal.calls == 2


def test_it_may_be_off(reader: Reader) -> None:
    reader.cache.seconds = 0
    reader.get()
    reader.get()
    assert reader.portal.calls == 2


def test_memory_is_bounded(reader: Reader) -> None:
    for number in range(MAX_ENTRIES + 5):
        reader.get(f"/budgets/resume/{number}.json")
    calls = reader.portal.calls
    reader.get(f"/budgets/resume/{MAX_ENTRIES + 4}.json")
    assert reader.portal.calls == calls
    reader.get("/budgets/resume/0.json")
    assert reader.portal.calls == calls + 1
