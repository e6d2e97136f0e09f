import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from threading import get_ident

import pytest
from bundling import rules_alone
from terminal import COMMAND, piped

from aboveboard import bulk
from aboveboard.errors import AboveboardError
from aboveboard.finding import Inspection
from aboveboard.rulebook import load_policy

POLICY = load_policy()
TEXTS = ("Ends tonight. Hurry!", "The museum opens at ten.", "Only 3 left!", "A walk along the river.")


def lines(number):
    return [json.dumps({"id": f"n{n}", "text": f"{TEXTS[n % 4]} {n}"}).encode() for n in range(number)]


def alone(given):
    return list(bulk.answers(iter(given), {"at": "2026-12-01T12:00:00Z"}, POLICY, jobs=1))


def shared(given, jobs=2):
    return list(bulk.answers(iter(given), {"at": "2026-12-01T12:00:00Z"}, POLICY, jobs=jobs, alone=3))


def test_processes_answer_as_one_does_and_in_the_same_order():
    given = [*lines(70), b"", b"not JSON", *lines(41)]
    told = shared(given)
    assert told == alone(given)
    assert [one["id"] for one in told[:4]] == ["n0", "n1", "n2", "n3"]
    assert "line 72: not JSON" in told[70]["error"] and told[71]["id"] == "n0"


def test_a_few_lines_are_answered_here(monkeypatch):
    monkeypatch.setattr(bulk, "_processes", lambda *_: pytest.fail("nobody is called for a few lines"))
    assert len(list(bulk.answers(iter(lines(20)), {}, POLICY, jobs=2))) == 20


def test_who_waits_for_an_answer_before_writing_on_gets_it():
    given, told = lines(12), []

    def by_turns():
        for number, line in enumerate(given):
            deadline = time.monotonic() + 20
            while len(told) < number:  # as a program does that reads before it writes on
                assert time.monotonic() < deadline, "an answer is owed before the next line comes"
                time.sleep(0.005)
            yield line

    for one in bulk.answers(by_turns(), {}, POLICY, jobs=2, alone=1):
        told.append(one)
    assert len(told) == 12


def dies(parcel):
    """Stand for a guard that takes its process with it on one line."""
    if any(b"Only 3" in line for _, line in parcel):
        os._exit(9)
    return bulk._judge_here(parcel)


def test_a_process_that_dies_costs_an_error_on_its_line_and_no_other():
    given = lines(4) * 9
    crew = bulk._processes({}, POLICY, 2)._replace(judge=dies, parcel=4)
    told = list(bulk._shared((1, given[0]), bulk.islice(bulk.numbered(given), 1, None), crew))
    assert [one["id"] for one in told] == ["n0", "n1", "n2", "n3"] * 9
    assert ["error" in one for one in told] == [False, False, True, False] * 9


def always_dies(parcel):
    os._exit(9)


def test_processes_that_die_whatever_the_line_are_given_up():
    crew = bulk._processes({}, POLICY, 2)._replace(judge=always_dies)
    with pytest.raises(AboveboardError, match="--jobs 1"):
        list(bulk._shared((1, lines(1)[0]), bulk.numbered(lines(9)), crew))


def test_lines_for_a_critic_are_judged_at_once_and_told_in_order():
    seen = set()

    def slow(policy, copy):
        seen.add(get_ident())
        time.sleep(0.05 if copy.text.endswith("0") else 0.01)
        return Inspection(answered=policy.required)

    began = time.monotonic()
    told = list(bulk.answers_of_critic(lines(40), {}, POLICY, slow, 8))
    assert [one["id"] for one in told] == [f"n{n}" for n in range(40)] and len(seen) > 1
    assert time.monotonic() - began < 40 * 0.01


def test_a_file_that_cannot_be_read_to_its_end_says_so_after_what_was_read():
    def broken():
        yield from lines(10)
        raise AboveboardError("the disk is gone")

    told = []
    with pytest.raises(AboveboardError, match="the disk is gone"):
        for one in bulk.answers(broken(), {}, POLICY, jobs=2, alone=2):
            told.append(one)
    assert len(told) == 10


@pytest.fixture
def many(tmp_path):
    path = rules_alone(tmp_path) / "many.jsonl"
    path.write_bytes(b"\n".join(lines(700)))
    return path


def test_many_lines_are_answered_from_a_file_and_from_a_pipe(many):
    from_file = piped("check", "--jsonl", many, "--jobs", "2", cwd=many.parent)
    from_pipe = piped("check", "--jsonl", "-", "--jobs", "2", cwd=many.parent, given=many.read_bytes())
    assert from_file.returncode == from_pipe.returncode == 1
    told = [json.loads(line) for line in from_file.stdout.splitlines()]
    assert [one["id"] for one in told] == [f"n{n}" for n in range(700)]
    assert [one["verdict"] for one in told] == [json.loads(x)["verdict"] for x in from_pipe.stdout.splitlines()]
    assert from_file.stderr == b""


def children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_ctrl_c_ends_every_process_and_says_so_in_a_line(tmp_path):
    command = [*COMMAND, "check", "--jsonl", "-", "--jobs", "2"]
    heeding = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a job in the background is born deaf to it
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=heeding,
    ) as running:
        running.stdin.write(b"\n".join(lines(540)) + b"\n")
        running.stdin.flush()
        answered = [running.stdout.readline() for _ in range(540)]  # so its helpers are there; it waits for more
        helpers = children(running.pid)
        os.killpg(running.pid, signal.SIGINT)
        said = running.stderr.read()
        assert running.wait(20) == 130
    assert len(helpers) >= 2 and all(answered)
    assert said.count(b"\n") == 1 and b"Stopped" in said
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{helper}").exists() for helper in helpers):
        assert time.monotonic() < deadline, "a helper is still there"
        time.sleep(0.05)
