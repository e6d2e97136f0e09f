import os
import sqlite3
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from making import POLICY, a_finding, a_judged, a_plan
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from aboveboard.database import HEAD, connect, writing
from aboveboard.digests import canonical_json
from aboveboard.errors import StoreError
from aboveboard.ledger import to_jsonl, verify
from aboveboard.review import decide
from aboveboard.store import Store, open_store
from aboveboard.tables import decisions

PLAN = a_plan()
JUDGED = [a_judged(0), a_judged(1, "review"), a_judged(2, "block")]


@pytest.fixture
def filled(store: Store) -> Store:
    store.record(PLAN, JUDGED, {}, "Anna")
    return store


def test_what_is_recorded_comes_back_whole_and_in_plan_order(store: Store) -> None:
    store.record(PLAN, list(reversed(JUDGED)), {}, "Anna")
    assert [one.judged for one in store.judged(PLAN.id)] == JUDGED
    assert canonical_json(store.plan(PLAN.id)) == canonical_json(PLAN)


def test_a_brief_comes_back_with_its_own_order_of_languages_and_channels(filled: Store) -> None:
    assert filled.plan(PLAN.id).model_dump_json() == PLAN.model_dump_json()


def test_verdicts_become_states(filled: Store) -> None:
    assert [one.state for one in filled.judged(PLAN.id)] == ["cleared", "flagged", "blocked"]
    assert [one.judged for one in filled.cleared(PLAN.id)] == JUDGED[:1]
    assert [one.judged for one in filled.queue()] == JUDGED[1:2]


def test_recording_again_changes_nothing(filled: Store) -> None:
    before = to_jsonl(filled.ledger())
    filled.record(PLAN, [a_judged(0, "block")], {}, "Berta")
    assert to_jsonl(filled.ledger()) == before
    assert [one.judged for one in filled.judged(PLAN.id)] == JUDGED


@pytest.mark.usefixtures("fixed_clock")
def test_the_ledger_has_the_same_bytes_whatever_order_drafts_arrive_in(tmp_path: Path) -> None:
    written = set()
    for number, order in enumerate((JUDGED, JUDGED[::-1])):
        store = open_store(f"sqlite:///{tmp_path}/{number}.db")
        store.record(PLAN, order, {}, "Anna")
        written.add(to_jsonl(store.ledger(PLAN.id)))
    assert len(written) == 1


def test_the_slice_of_a_plan_verifies_among_others(filled: Store) -> None:
    other = a_plan(2)
    filled.record(other, [a_judged(0)], {}, "Anna")
    decide(
        filled, JUDGED[1].draft.id, "approve", actor="Berta", role="editor", policy=POLICY, reason="It is true."
    )
    run = filled.ledger(PLAN.id)
    assert verify(run.entries, run.anchor) == []
    kinds = [entry.kind for entry in run.entries if entry.body]
    assert kinds == ["plan.recorded", *["draft.judged"] * 3, "decision.approve"]


def test_the_ledger_leaves_the_house_without_names(filled: Store) -> None:
    decide(filled, JUDGED[1].draft.id, "reject", actor="Berta", role="editor", policy=POLICY)
    assert not {"Anna", "Berta"} & set(to_jsonl(filled.ledger()).split('"'))


def test_a_plan_finding_flags_a_draft_the_guards_had_cleared(store: Store) -> None:
    finding = a_finding("pressure-budget").model_copy(update={"asset": "plan"})
    store.record(PLAN, JUDGED, {JUDGED[0].draft.id: (finding,), JUDGED[2].draft.id: (finding,)}, "Anna")
    assert [one.state for one in store.judged(PLAN.id)] == ["flagged", "flagged", "blocked"]
    assert store.queue(rule="pressure-budget")[0].judged.verdict.rules == ("pressure-budget",)


def test_a_plan_finding_about_an_unknown_draft_is_refused_and_nothing_kept(store: Store) -> None:
    with pytest.raises(StoreError, match="aren't in plan"):
        store.record(PLAN, JUDGED, {"0" * 64: (a_finding(),)}, "Anna")
    assert not store.recorded(PLAN.id)


def test_text_no_database_can_hold_is_recorded_all_the_same(store: Store) -> None:
    odd = a_finding(quote="NUL \0")
    judged = a_judged(0).model_copy(
        update={"inspection": a_judged(0).inspection.model_copy(update={"findings": (odd,)})}
    )
    store.record(PLAN, [judged], {}, "Anna")
    assert store.judged(PLAN.id)[0].judged == judged


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"campaign": "spring-refill"}, 1),
        ({"campaign": "another"}, 0),
        ({"channel": "mastodon", "language": "en"}, 1),
        ({"language": "de"}, 0),
        ({"rule": "false-urgency", "severity": "review"}, 1),
        ({"severity": "block"}, 0),
        ({"plan_id": PLAN.id}, 1),
        ({"limit": 10, "offset": 1}, 0),
    ],
)
def test_the_queue_is_asked_by_what_reviewers_look_for(
    filled: Store, wanted: dict[str, object], expected: int
) -> None:
    assert len(filled.queue(**wanted)) == expected  # type: ignore[arg-type]


def test_the_queue_starts_with_what_is_to_be_posted_soonest(store: Store) -> None:
    flagged = [a_judged(number, "review") for number in (2, 0, 1)]
    store.record(PLAN, flagged, {}, "Anna")
    assert [one.judged.draft.slot.number for one in store.queue()] == [0, 1, 2]


def test_a_draft_is_found_by_the_start_of_its_id(filled: Store) -> None:
    assert filled.find(JUDGED[0].draft.id[:10]).judged == JUDGED[0]


def test_an_id_that_could_mean_several_drafts_lists_them(filled: Store) -> None:
    with pytest.raises(StoreError) as refused:
        filled.find("")
    assert len(refused.value.problems) == 4
    assert all(any(one.draft.id[:12] in line for line in refused.value.problems) for one in JUDGED)


@pytest.mark.parametrize("prefix", ["zz", "%", "_", "zz:"])
def test_an_id_nothing_has_is_an_error(filled: Store, prefix: str) -> None:
    with pytest.raises(StoreError, match="No draft"):
        filled.find(prefix)


def test_the_same_draft_in_two_plans_means_the_one_that_waits(filled: Store) -> None:
    newer = a_plan(2)
    filled.record(newer, JUDGED[1:2], {}, "Anna")
    draft = JUDGED[1].draft.id
    assert filled.find(draft).plan_id == newer.id
    decide(filled, draft, "reject", actor="Berta", role="editor", policy=POLICY)
    assert filled.find(draft).plan_id == PLAN.id
    assert filled.find(f"{newer.id[:12]}:{draft[:12]}").state == "rejected"


def test_plans_are_listed_newest_first_and_found_by_prefix(filled: Store) -> None:
    newer = a_plan(2, campaign="autumn")
    filled.record(newer, [a_judged(0)], {}, "Berta")
    assert [record.id for record in filled.plans()] == [newer.id, PLAN.id]
    assert [record.triggered_by for record in filled.plans("spring-refill")] == ["Anna"]
    assert filled.find_plan(newer.id[:8]).policy == POLICY
    with pytest.raises(StoreError, match="2 plans"):
        filled.find_plan("")


def test_a_call_that_served_two_drafts_is_counted_once(store: Store) -> None:
    shared = [one.model_copy(update={"usage": JUDGED[0].usage}) for one in JUDGED[:2]]
    store.record(PLAN, [*shared, JUDGED[2]], {}, "Anna")
    totals = store.usage(PLAN.id)
    assert (totals.calls, totals.input_tokens, totals.money) == (2, 200, 0.5)


def test_what_is_kept_once_is_never_made_again(store: Store) -> None:
    assert store.keep_once("signature", "k", lambda: b"first\0") == b"first\0"
    assert store.keep_once("signature", "k", lambda: b"second") == b"first\0"
    assert store.keep_once("signature", "other", lambda: b"second") == b"second"


def test_threads_that_record_one_plan_at_once_record_it_once(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: store.record(PLAN, JUDGED, {}, "Anna"), range(8)))
    assert len(store.ledger().entries) == 4


@pytest.mark.parametrize("change", [update(decisions).values(reason="x"), delete(decisions)])
def test_the_database_refuses_to_change_decisions(filled: Store, database_url: str, change: object) -> None:
    decide(filled, JUDGED[1].draft.id, "reject", actor="Berta", role="editor", policy=POLICY)
    engine = connect(database_url)
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(change)  # type: ignore[call-overload]
    engine.dispose()


RECORD = """
import sys
import time
from making import a_judged, a_plan
from aboveboard.store import open_store
store, plan, judged = open_store(sys.argv[1]), a_plan(200), [a_judged(number) for number in range(200)]
print("now", flush=True)
store.record(plan, judged, {}, "Anna")
"""


@pytest.mark.parametrize("seconds", [0.0, 0.03, 0.1, 0.2])
def test_a_process_killed_while_recording_leaves_all_or_nothing(database_url: str, seconds: float) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    process = subprocess.Popen(
        [sys.executable, "-c", RECORD, database_url], env=environment, stdout=subprocess.PIPE
    )
    assert process.stdout and process.stdout.readline() == b"now\n"
    time.sleep(seconds)
    process.kill()
    process.communicate()
    store, plan = open_store(database_url), a_plan(200)
    assert len(store.judged(plan.id)) == (200 if store.recorded(plan.id) else 0)
    store.record(plan, [a_judged(number) for number in range(200)], {}, "Anna")
    run = store.ledger(plan.id)
    assert (len(run.entries), verify(run.entries, run.anchor)) == (201, [])


def test_a_database_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path}/private/a b/aboveboard.db").record(PLAN, JUDGED, {}, "Anna")
    folder = tmp_path / "private" / "a b"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_database_at_head_opens_without_alembic_and_quickly(database_url: str) -> None:
    open_store(database_url).close()
    ask = "import sys, time; from aboveboard.store import open_store; t = time.perf_counter()\n"
    ask += "open_store(sys.argv[1]); print(time.perf_counter() - t, 'alembic' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", ask, database_url], capture_output=True, text=True, check=True)
    seconds, imported = answer.stdout.split()
    assert (float(seconds) < 0.5, imported) == (True, "False")


def test_the_schema_alembic_makes_is_the_one_the_tables_describe(database_url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from aboveboard.tables import metadata

    with connect(database_url).connect() as connection:
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == HEAD
        assert compare_metadata(context, metadata) == []


def test_a_database_of_a_newer_version_is_refused(database_url: str) -> None:
    with writing(connect(database_url)).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer Aboveboard"):
        open_store(database_url)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "can't be read"),
        ("mysql://root@localhost/x", "isn't supported"),
        ("sqlite://", "isn't supported"),
        ("postgresql://someone:hunter2@127.0.0.1:1/nothing", "can't be opened"),
        ("sqlite:////proc/nothing/here.db", "can't be opened"),
    ],
)
def test_a_database_that_cannot_be_opened_says_so_without_the_password(url: str, says: str) -> None:
    with pytest.raises(StoreError, match=says) as refused:
        open_store(url)
    assert "hunter2" not in str(refused.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Dear diary, " * 100, encoding="utf-8")
    with pytest.raises(StoreError, match="file is not a database"):
        open_store(f"sqlite:///{tmp_path}/notes.txt")


def test_a_change_the_database_cannot_take_is_a_store_error(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    sqlite3.connect(tmp_path / "store.db").execute("DROP TABLE findings")
    with pytest.raises(StoreError, match="Nothing of this change was kept"):
        store.record(PLAN, JUDGED, {}, "Anna")
    assert not store.recorded(PLAN.id)
