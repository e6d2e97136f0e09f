import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from writing_parts import fake_openai

from aboveboard.calls import open_calls
from aboveboard.errors import ModelError
from aboveboard.models.courier import answers, carried
from aboveboard.models.kept import KEPT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no Unix sockets for Python")

ASKS_TWELVE_TIMES = """
import sys, httpx
from pathlib import Path
from concurrent.futures import ThreadPoolExecutor
from aboveboard.models.courier import carried
address, calls, runtime = sys.argv[1:]
http = httpx.Client(transport=carried(calls, Path(runtime))(httpx.HTTPTransport()), timeout=30)
ask = lambda n: http.post(address + "/chat/completions", json=BODY).raise_for_status()
with ThreadPoolExecutor(4) as pool:
    list(pool.map(ask, range(12)))
"""
FACT = '<fact>{"id": "a", "statement": "s%d"}</fact>'
BODY = f'{{"model": "m", "messages": [{{"role": "user", "content": {FACT!r} % n}}]}}'


def chat(n: int) -> dict[str, object]:
    return {"model": "m", "messages": [{"role": "user", "content": FACT % n}]}


def calls_of(folder: Path) -> str:
    return f"sqlite:///{folder / 'calls.db'}"


def client(folder: Path) -> httpx.Client:
    return httpx.Client(transport=carried(calls_of(folder), folder / "run")(httpx.HTTPTransport()), timeout=30)


def asked_once(log: Path) -> Counter[str]:
    return Counter(json.loads(line)["digest"] for line in log.read_text(encoding="utf-8").splitlines())


def wait_until(true, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert true()


def test_a_kill_in_mid_flight_costs_no_call_twice(tmp_path):
    log = tmp_path / "log"
    program = [sys.executable, "-c", ASKS_TWELVE_TIMES.replace("BODY", BODY)]
    with fake_openai(latency=0.5, log=log) as (address, fake):
        arguments = [address, calls_of(tmp_path), str(tmp_path / "run")]
        for seen in (2, 6, 9):  # each with calls in flight
            killed = subprocess.Popen([*program, *arguments])
            wait_until(lambda seen=seen: fake.seen >= seen)
            os.kill(killed.pid, signal.SIGKILL)
            killed.wait()
        subprocess.run([*program, *arguments], check=True, timeout=30)
    assert set(asked_once(log).values()) == {1} and len(asked_once(log)) == 12


def test_answers_outlive_the_courier_and_the_next_one_finds_them(tmp_path):
    with fake_openai() as (address, fake):
        with client(tmp_path) as first:
            first.post(f"{address}/chat/completions", json=chat(1))
        (place,) = (tmp_path / "run").glob("*.sock")
        wait_until(lambda: not answers(place))
        with client(tmp_path) as second:
            assert second.post(f"{address}/chat/completions", json=chat(1)).headers[KEPT] == "1"
    assert fake.seen == 1


def test_two_askers_share_one_courier(tmp_path):
    with fake_openai(latency=0.3) as (address, fake), client(tmp_path) as one, client(tmp_path) as two:
        with ThreadPoolExecutor(8) as pool:
            asking = [pool.submit(who.post, f"{address}/chat/completions", json=chat(1)) for who in (one, two) * 4]
            assert {asked.result().status_code for asked in asking} == {200}
    assert fake.seen == 1 and len(list((tmp_path / "run").glob("*.sock"))) <= 1


def test_what_went_wrong_out_there_is_raised_here(tmp_path):
    with client(tmp_path) as http, pytest.raises(httpx.ConnectError):
        http.post("http://127.0.0.1:9/v1/chat/completions", json=chat(1))
    assert open_calls(calls_of(tmp_path)).pending() == []


def test_an_answer_that_takes_too_long_ends_as_a_timeout_and_not_as_a_lost_courier(tmp_path):
    with fake_openai(latency=1.0) as (address, _), client(tmp_path) as http, pytest.raises(httpx.ReadTimeout):
        http.post(f"{address}/chat/completions", json=chat(1), timeout=0.2)


def test_a_courier_that_was_killed_is_replaced(tmp_path):
    import psutil

    with fake_openai() as (address, _), client(tmp_path) as http:
        http.post(f"{address}/chat/completions", json=chat(1))
        (place,) = (tmp_path / "run").glob("*.sock")
        (courier,) = [p for p in psutil.process_iter(["cmdline"]) if str(place) in (p.info["cmdline"] or [])]
        courier.kill()
        courier.wait(5)
        assert http.post(f"{address}/chat/completions", json=chat(1)).headers[KEPT] == "1"
        assert http.post(f"{address}/chat/completions", json=chat(2)).headers[KEPT] == "0"


def test_a_folder_that_others_can_enter_is_refused(tmp_path):
    (tmp_path / "run").mkdir(mode=0o755)
    with pytest.raises(ModelError, match="others could listen"):
        carried(calls_of(tmp_path), tmp_path / "run")


def test_a_key_is_neither_stored_nor_logged(tmp_path):
    with fake_openai(key="s3cret") as (address, _), client(tmp_path) as http:
        headers = {"authorization": "Bearer s3cret"}
        assert http.post(f"{address}/chat/completions", json=chat(1), headers=headers).status_code == 200
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"s3cret" not in kept


def test_a_courier_that_cannot_start_says_where_the_reason_is(tmp_path):
    wrong = f"sqlite:///{tmp_path / 'nowhere' / 'at' / 'all'}\0.db"
    http = httpx.Client(transport=carried(wrong, tmp_path / "run")(httpx.HTTPTransport()))
    with pytest.raises(ModelError, match=r"\.log says why"):
        http.post("http://127.0.0.1:9/v1/x", json={})
