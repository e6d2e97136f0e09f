import json
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from writing_parts import Shelf

from aboveboard.calls import open_calls
from aboveboard.models.kept import CALL, KEPT, KeptTransport, call_digest, keeping

ASKED = {"model": "m", "messages": [{"role": "user", "content": "hé"}]}


def posting(body=None, **headers):
    return httpx.Request("POST", "http://127.0.0.1:1/v1/x?a=1", json=body or ASKED, headers=headers)


class Upstream(httpx.BaseTransport):
    """Answers with each of `answers` in turn, the last again and again; notes what it was asked."""

    def __init__(self, *answers):
        self.answers, self.seen = list(answers), []

    def handle_request(self, request):
        self.seen.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def answered(status=200, **headers):
    return httpx.Response(status, json={"n": 1}, headers=headers)


def test_the_same_request_is_asked_once_and_answered_from_the_table_after(tmp_path):
    calls = open_calls(f"sqlite:///{tmp_path / 'calls.db'}")
    upstream = Upstream(answered())
    first, second = (KeptTransport(calls, upstream).handle_request(posting()) for _ in range(2))
    assert (first.headers[KEPT], second.headers[KEPT]) == ("0", "1")
    assert first.json() == second.json() == {"n": 1}
    assert len(upstream.seen) == 1 and calls.pending() == []


def test_a_call_is_known_by_its_body_whatever_the_order_of_keys_and_never_by_headers():
    turned = dict(reversed(ASKED.items()))
    assert call_digest(posting(turned, authorization="Bearer one")) == call_digest(
        posting(authorization="Bearer two")
    )
    assert call_digest(posting({**ASKED, "model": "other"})) != call_digest(posting())


def test_another_host_is_another_call_and_another_port_of_this_machine_is_not():
    def asked_of(address):
        return call_digest(httpx.Request("POST", f"{address}/v1/x?a=1", json=ASKED))

    assert asked_of("http://127.0.0.1:2") == call_digest(posting())
    assert asked_of("http://models.example:1") != call_digest(posting())
    assert asked_of("http://models.example:1") != asked_of("http://models.example:2")


def test_no_header_and_no_key_is_stored(tmp_path):
    place = tmp_path / "calls.db"
    KeptTransport(open_calls(f"sqlite:///{place}"), Upstream(answered(**{"set-cookie": "s3cret"}))).handle_request(
        posting(authorization="Bearer s3cret")
    )
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("calls.db*"))
    assert b"s3cret" not in stored and "hé".encode() in stored


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_what_is_no_answer_passes_through_and_is_asked_again(status):
    shelf, upstream = Shelf(), Upstream(answered(status, **{"retry-after": "7"}), answered())
    kept = KeptTransport(shelf, upstream)
    refused = kept.handle_request(posting())
    assert (refused.status_code, refused.headers["retry-after"]) == (status, "7")
    assert kept.handle_request(posting()).status_code == 200
    assert len(upstream.seen) == 2


def test_a_page_of_html_is_not_kept():
    shelf, upstream = Shelf(), Upstream(httpx.Response(200, html="<p>a portal</p>"), answered())
    kept = KeptTransport(shelf, upstream)
    assert "portal" in kept.handle_request(posting()).text
    assert kept.handle_request(posting()).json() == {"n": 1}


def test_a_call_that_comes_to_nothing_is_asked_again_under_the_same_idempotency_key():
    shelf, upstream = Shelf(), Upstream(httpx.ReadTimeout("gone"), answered())
    kept = keeping(shelf)(upstream)
    with pytest.raises(httpx.ReadTimeout):
        kept.handle_request(posting())
    assert kept.handle_request(posting()).status_code == 200
    assert {asked.headers["idempotency-key"] for asked in upstream.seen} == {call_digest(posting())}


def test_callers_at_the_same_time_share_one_flight():
    gate, shelf = threading.Barrier(2), Shelf()

    class Slow(Upstream):
        def handle_request(self, request):
            gate.wait(5)
            return super().handle_request(request)

    upstream = Slow(answered())
    kept = KeptTransport(shelf, upstream)
    with ThreadPoolExecutor(8) as pool:
        asking = [pool.submit(kept.handle_request, posting()) for _ in range(8)]
        gate.wait(5)
        replies = [one.result(5) for one in asking]
    assert len(upstream.seen) == 1
    assert sorted(reply.headers[KEPT] for reply in replies) == ["0"] + ["1"] * 7
    assert {reply.headers[CALL] for reply in replies} == set(shelf.done)


def test_the_request_that_is_stored_is_the_body_alone():
    shelf = Shelf()
    KeptTransport(shelf, Upstream(answered())).handle_request(posting(authorization="Bearer s3cret"))
    assert [json.loads(request) for request in shelf.begun.values()] == [ASKED]
