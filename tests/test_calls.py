import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from aboveboard.calls import Calls, Reply, open_calls

REPLY = Reply(status=200, body=b'{"text":"\x00\xff"}', content_type="application/json", milliseconds=412)

COURIER = """
import sys
from aboveboard.calls import Reply, open_calls
calls = open_calls(sys.argv[1])
for number in range(40):
    calls.begin(f"{sys.argv[2]}-{number}", "m", "{}")
    calls.finish(f"{sys.argv[2]}-{number}", Reply(status=200, body=b"x", content_type="a/b", milliseconds=1))
"""


@pytest.fixture
def calls(database_url: str) -> Iterator[Calls]:
    opened = open_calls(database_url)
    yield opened
    opened.close()


def test_a_finished_call_gives_its_reply_back_byte_for_byte(calls: Calls) -> None:
    calls.begin("d", "gpt", '{"prompt": "hello"}')
    calls.finish("d", REPLY)
    assert calls.reply("d") == REPLY


def test_a_call_has_no_reply_before_it_is_finished(calls: Calls) -> None:
    calls.begin("d", "gpt", "{}")
    assert calls.reply("d") is None
    assert calls.pending() == ["d"]


def test_beginning_a_finished_call_again_keeps_its_reply(calls: Calls) -> None:
    calls.begin("d", "gpt", "{}")
    calls.finish("d", REPLY)
    calls.begin("d", "gpt", "{}")
    assert (calls.reply("d"), calls.pending()) == (REPLY, [])


def test_the_first_reply_to_a_call_stays(calls: Calls) -> None:
    calls.begin("d", "gpt", "{}")
    calls.finish("d", REPLY)
    calls.finish("d", REPLY.model_copy(update={"body": b"another"}))
    calls.fail("d")
    assert calls.reply("d") == REPLY


def test_a_failed_call_is_no_longer_pending_and_may_be_begun_again(calls: Calls) -> None:
    calls.begin("d", "gpt", "{}")
    calls.fail("d")
    assert calls.pending() == []
    calls.begin("d", "gpt", "{}")
    assert calls.pending() == ["d"]


def test_a_request_no_database_can_hold_is_kept_all_the_same(calls: Calls) -> None:
    calls.begin("d", "gpt", "NUL \0 and half a pair \ud800")
    assert calls.pending() == ["d"]


def test_replies_outlive_the_process_that_got_them(calls: Calls, database_url: str) -> None:
    calls.begin("d", "gpt", "{}")
    calls.finish("d", REPLY)
    assert open_calls(database_url).reply("d") == REPLY


def test_sixteen_threads_share_one_table(calls: Calls) -> None:
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: calls.begin(f"{number:03}", "m", "{}"), range(160)))
    assert sorted(calls.pending()) == [f"{number:03}" for number in range(160)]


def test_processes_that_open_a_new_database_at_once_all_write_to_it(database_url: str) -> None:
    couriers = [subprocess.Popen([sys.executable, "-c", COURIER, database_url, name]) for name in "abc"]
    assert [courier.wait(60) for courier in couriers] == [0, 0, 0]
    calls = open_calls(database_url)
    assert all(calls.reply(f"{name}-{number}") for name in "abc" for number in range(40))
