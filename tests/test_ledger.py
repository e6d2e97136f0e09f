from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from aboveboard.database import connect, writing
from aboveboard.digests import digest
from aboveboard.errors import BundleError, StoreError
from aboveboard.ledger import GENESIS, Anchor, Entry, Slice, append, from_jsonl, slice_of, to_jsonl, verify
from aboveboard.tables import ledger

AT = datetime(2026, 12, 1, 12, tzinfo=UTC)
OURS, THEIRS = "plan-a", "plan-b"
WHO = "AABBAABA"  # whose entry stands at each place of the chain


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Slice:
    """Return plan A's slice of a chain in which another plan's entries stand too."""
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('chain')}/ledger.db")
    with writing(engine).begin() as connection:
        append(connection, "plan.recorded", THEIRS, {"before": True}, AT)
        for number, who in enumerate(WHO):
            body = {"number": number, "says": "line\u2028break, „ä“", "rules": ["fomo"]}
            append(
                connection, "draft.judged", OURS if who == "A" else THEIRS, body, AT + timedelta(seconds=number)
            )
        append(connection, "plan.recorded", THEIRS, {"after": True}, AT)
        return slice_of(connection, OURS)


def test_a_slice_runs_from_the_first_entry_of_its_plan_to_the_last(chain: Slice) -> None:
    assert [entry.seq for entry in chain.entries] == list(range(2, 10))
    assert (chain.anchor.first, chain.anchor.last, chain.anchor.head) == (2, 9, chain.entries[-1].hash)


def test_a_slice_tells_only_headers_of_other_plans(chain: Slice) -> None:
    assert "".join("A" if entry.body else "B" for entry in chain.entries) == WHO


def test_an_untouched_slice_has_no_problems(chain: Slice) -> None:
    assert verify(chain.entries, chain.anchor) == []


def test_a_slice_survives_being_written_and_read(chain: Slice) -> None:
    assert from_jsonl(to_jsonl(chain)) == chain


def test_the_hash_covers_the_moment_whatever_zone_it_was_told_in(tmp_path: Any) -> None:
    engine = connect(f"sqlite:///{tmp_path}/ledger.db")
    berlin = AT.astimezone(timezone(timedelta(hours=1)))
    with writing(engine).begin() as connection:
        appended = append(connection, "plan.recorded", OURS, {}, berlin)
        assert slice_of(connection, OURS).entries == (appended,)
    assert (appended.prev, appended.true_hash) == (GENESIS, appended.hash)


def altered(entry: Entry, **values: Any) -> Entry:
    return entry.model_copy(update=values)


def at(chain: Slice, place: int, entry: Entry) -> list[Entry]:
    return [*chain.entries[:place], entry, *chain.entries[place + 1 :]]


def test_a_changed_body_is_named(chain: Slice) -> None:
    forged = altered(chain.entries[1], body={"number": 1, "rules": []})
    assert verify(at(chain, 1, forged), chain.anchor) == ["The body of entry 3 (draft.judged) was changed."]


def test_a_body_made_to_fit_still_shows_in_the_header(chain: Slice) -> None:
    forged = altered(chain.entries[1], body={}, body_digest=digest({}))
    assert verify(at(chain, 1, forged), chain.anchor) == ["The header of entry 3 (draft.judged) was changed."]


def test_an_entry_sealed_anew_no_longer_fits_its_neighbours(chain: Slice) -> None:
    forged = altered(chain.entries[1], kind="decision.approve")
    forged = altered(forged, hash=forged.true_hash)
    expected = ["Entry 4 doesn't follow entry 3: one of them was replaced."]
    assert verify(at(chain, 1, forged), chain.anchor) == expected


def test_removed_entries_are_counted(chain: Slice) -> None:
    left = [*chain.entries[:2], *chain.entries[4:]]
    assert verify(left, chain.anchor) == ["Entries 4 to 5 were removed."]
    assert verify([], chain.anchor) == ["Entries 2 to 9 were removed."]


def test_an_inserted_entry_is_named(chain: Slice) -> None:
    assert "Entry 4 is there twice: one was inserted." in verify([*chain.entries, chain.entries[2]], chain.anchor)


def test_reordered_entries_are_named(chain: Slice) -> None:
    first, second, *rest = chain.entries
    assert verify([second, first, *rest], chain.anchor) == ["Entry 2 stands after entry 3: they were reordered."]


def test_an_anchor_a_long_way_off_costs_nothing_to_refuse(chain: Slice) -> None:
    far = chain.anchor.model_copy(update={"last": 10**15})
    assert verify(chain.entries, far) == [f"Entries 10 to {10**15} were removed."]


HEADERS = ("seq", "at", "kind", "plan_id", "body_digest", "prev", "hash")
CHANGES: dict[str, Any] = {
    "seq": st.integers(0, 20),
    "at": st.datetimes(timezones=st.just(UTC)),
    "body": st.none() | st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=3), max_size=2),
    "first": st.integers(0, 20),
    "last": st.integers(0, 20),
}


@given(place=st.integers(0, 7), field=st.sampled_from([*HEADERS, "body"]), data=st.data())
def test_any_single_change_to_an_entry_is_found(chain: Slice, place: int, field: str, data: st.DataObject) -> None:
    value = data.draw(CHANGES.get(field, st.text(max_size=64)))
    forged = altered(chain.entries[place], **{field: value})
    assert bool(verify(at(chain, place, forged), chain.anchor)) == (forged != chain.entries[place])


@given(field=st.sampled_from(list(Anchor.model_fields)), data=st.data())
def test_any_single_change_to_the_anchor_is_found(chain: Slice, field: str, data: st.DataObject) -> None:
    value = data.draw(CHANGES.get(field, st.text(max_size=64)))
    forged = chain.anchor.model_copy(update={field: value})
    assert bool(verify(chain.entries, forged)) == (forged != chain.anchor)


@given(kept=st.lists(st.integers(0, 7), max_size=10))
def test_any_other_choice_or_order_of_entries_is_found(chain: Slice, kept: list[int]) -> None:
    chosen = [chain.entries[place] for place in kept]
    assert bool(verify(chosen, chain.anchor)) == (kept != list(range(8)))


@pytest.mark.parametrize("line", ["", "{}", "[1]", '{"seq": "seven"}', "\ud800"])
def test_a_line_that_is_no_entry_is_named(chain: Slice, line: str) -> None:
    anchor, rest = to_jsonl(chain).split("\n", 1)
    with pytest.raises(BundleError, match=r"^ledger\.jsonl:2: "):
        from_jsonl(f"{anchor}\n{line}\n{rest}")


def test_a_ledger_without_an_anchor_is_refused() -> None:
    with pytest.raises(BundleError, match="anchor"):
        from_jsonl("")


def test_a_plan_without_entries_has_no_slice(tmp_path: Any) -> None:
    engine = connect(f"sqlite:///{tmp_path}/ledger.db")
    with engine.connect() as connection, pytest.raises(StoreError, match="no entry for plan"):
        slice_of(connection, OURS)


@pytest.mark.parametrize("change", [update(ledger).values(kind="x"), delete(ledger), text("DELETE FROM ledger")])
def test_the_database_refuses_to_change_the_ledger(database_url: str, change: Any) -> None:
    engine = connect(database_url)
    with writing(engine).begin() as connection:
        append(connection, "plan.recorded", OURS, {}, AT)
    with pytest.raises(DBAPIError, match="append-only"), writing(engine).begin() as connection:
        connection.execute(change)
    engine.dispose()
