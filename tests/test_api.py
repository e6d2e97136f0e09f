"""The REST API does what the pages do, once each, and refuses in words."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from desk_parts import served
from sqlalchemy import update

from aboveboard import accounts, commenting, replying
from aboveboard.tables import replies

WORDS = "Fill up on the way."


@pytest.fixture(scope="module")
def reading(tmp_path_factory):
    """Return a desk on which nothing is changed."""
    with served(tmp_path_factory.mktemp("desk") / "workspace") as desk:
        yield desk


@pytest.fixture
def desk(tmp_path):
    with served(tmp_path / "workspace") as desk:
        yield desk


def at(one):
    return f"/assets/{one.plan_id}/{one.id}"


def approve(program, one, key=None, **body):
    told = {"action": "approve", "reason": "True at the counter.", "seen": one.id} | body
    return program.post(f"{at(one)}/decisions", json=told, headers={"Idempotency-Key": key} if key else {})


@pytest.fixture
def waiting(desk):
    return desk.flagged()


def test_it_says_whose_token_it_is_and_what_it_may(reading):
    told = reading.bearer("auditor").get("/me").json()
    assert (told["name"], told["role"], told["rights"]) == ("Auditor", "auditor", ["audit", "read"])


def test_a_token_does_no_more_than_its_scopes_and_no_more_than_its_owner(reading):
    engine = reading.project.store.engine
    narrow = accounts.issue(engine, "token", reading.people["reviewer"], "narrow", ["read"])
    wide = accounts.issue(engine, "token", reading.people["author"], "wide", ["read", "audit", "manage"])
    for token, words in ((narrow, "hasn't the scope 'audit'"), (wide, "As author you may not")):
        answer = reading.bearer("author").get("/ledger", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 403 and words in answer.json()["detail"]
        assert 'scope="audit"' in answer.headers["WWW-Authenticate"]


def test_without_a_token_or_with_a_session_s_cookie_there_is_only_a_challenge(reading):
    for browser in (reading.client(), reading.client("admin")):
        answer = browser.get("/api/v1/me")
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert reading.bearer("admin").get("/me", headers={"Authorization": "Bearer ab_other"}).status_code == 401


def test_campaigns_are_told_with_counts_by_state(reading):
    (plan,) = reading.bearer("auditor").get("/campaigns").json()["items"]
    recorded = reading.project.store.judged(plan["plan"])
    assert plan["campaign"] == "tap-week" and sum(plan["counts"].values()) == len(recorded)
    assert plan["counts"]["superseded"] == 1


@pytest.mark.parametrize("limit", [1, 2, 3, 200])
def test_every_asset_comes_once_page_by_page(reading, limit):
    program, cursor, seen = reading.bearer("author"), None, []
    while True:
        asked = {"limit": limit, **({"cursor": cursor} if cursor else {})}
        page = program.get("/assets", params=asked).json()
        seen += [one["draft"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    everyone = [one.id for one in reading.project.store.judged(reading.project.store.plans()[0].id)]
    assert sorted(seen) == sorted(everyone)


def test_what_is_decided_meanwhile_hides_nothing_and_brings_nothing_twice(desk, waiting):
    program = desk.bearer("reviewer")
    first = program.get("/assets", params={"limit": 4}).json()
    assert approve(program, waiting).status_code == 201
    rest = program.get("/assets", params={"cursor": first["next"]}).json()
    ids = [one["draft"] for one in first["items"] + rest["items"]]
    assert len(ids) == len(set(ids)) == len(desk.project.store.judged(waiting.plan_id))


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        ({"state": "blocked"}, lambda one: one["state"] == "blocked"),
        ({"channel": "bluesky"}, lambda one: one["channel"] == "bluesky"),
        ({"rule": "false-urgency"}, lambda one: "false-urgency" in one["rules"]),
        ({"severity": "block"}, lambda one: one["outcome"] == "block"),
    ],
)
def test_assets_are_chosen_by_what_they_are(reading, asked, holds):
    items = reading.bearer("author").get("/assets", params=asked).json()["items"]
    assert items and all(map(holds, items))
    assert reading.bearer("author").get("/assets", params={"campaign": "another"}).json()["items"] == []


@pytest.mark.parametrize(
    "cursor", ["x", "é", "W10", "bnVsbA", "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzIzOjU5IiwxLDEsImEiXQ"]
)
def test_a_cursor_that_is_none_is_said_to_be_none(reading, cursor):
    answer = reading.bearer("author").get("/assets", params={"cursor": cursor})
    assert answer.status_code == 422 and "none of ours" in answer.json()["detail"]


def test_an_asset_is_told_whole_and_found_by_short_ids_too(reading):
    one = reading.flagged()
    told = reading.bearer("auditor").get(f"/assets/{one.plan_id[:16]}/{one.id[:16]}").json()
    assert (told["draft"], told["state"], told["post"]) == (one.id, "flagged", one.judged.draft.post)
    assert [found["rule"] for found in told["findings"]] == [f.rule for f in one.judged.inspection.findings]


@pytest.mark.parametrize("name", ["f" * 64, "x", "%00", "%F0%9F", "9" * 5000])
def test_what_isn_t_here_isn_t_found(reading, name):
    one, program = reading.flagged(), reading.bearer("admin")
    for path in (f"/assets/{name}/{one.id}", f"/assets/{one.plan_id}/{name}", f"/pictures/{name}"):
        assert program.get(path).status_code == 404
    assert program.get(f"/policy/rules/{name}").status_code == 404


def test_a_decision_is_taken_and_told(desk, waiting):
    answer = approve(desk.bearer("reviewer"), waiting)
    told = answer.json()
    assert (answer.status_code, told["state"]) == (201, "cleared")
    assert (told["decisions"][-1]["by"]["name"], told["decisions"][-1]["reason"]) == (
        "Reviewer",
        "True at the counter.",
    )


def test_who_comes_second_is_told_so(desk, waiting):
    assert approve(desk.bearer("reviewer"), waiting).status_code == 201
    second = approve(desk.bearer("admin"), waiting, action="reject")
    assert second.status_code == 409 and "is cleared" in second.json()["problems"][0]


def test_a_refusal_names_every_reason(desk, waiting):
    answer = approve(desk.bearer("reviewer"), waiting, reason=" ", seen="0" * 64)
    assert answer.status_code == 409 and len(answer.json()["problems"]) == 2


def test_an_edit_is_judged_at_once_and_takes_the_scope_to_write(desk, waiting):
    given = {"action": "edit", "text": WORDS, "seen": waiting.id}
    assert desk.bearer("auditor").post(f"{at(waiting)}/decisions", json=given).status_code == 403
    told = desk.bearer("author").post(f"{at(waiting)}/decisions", json=given).json()
    assert (told["post"], told["state"]) == (WORDS, "cleared")
    assert approve(desk.bearer("author"), waiting).status_code == 403


def test_a_comment_is_kept_and_told(desk):
    one, program = desk.flagged(), desk.bearer("author")
    said = program.post(
        f"{at(one)}/comments",
        json={"text": "Ask the\0 owner \ud83d".encode("utf-16", "surrogatepass").decode("utf-16", "replace")},
    )
    assert said.status_code == 201
    assert program.get(f"{at(one)}/comments").json()["items"] == [said.json()]


def test_any_copy_is_judged(reading):
    program = reading.bearer("auditor")
    pressed = program.post("/check", json={"text": "Hurry! Only 40 left.", "channel": "mastodon"}).json()
    assert (pressed["verdict"], pressed["policy"]) == ("review", reading.project.policy_digest)
    proven = {"text": "Only 40 left.", "facts": [{"statement": "There are 40 bottles.", "stock": 40}]}
    assert program.post("/check", json=proven).json()["verdict"] == "pass"
    odd = program.post("/check", json={"text": "x", "timezone": "Nowhere/Land"})
    assert odd.status_code == 422 and "IANA" in odd.json()["detail"]


def test_the_policy_and_each_rule_are_told(reading):
    program = reading.bearer("auditor")
    told = program.get("/policy").json()
    assert told["digest"] == reading.project.policy_digest
    assert {program.get(f"/policy/rules/{rule['id']}").status_code for rule in told["rules"]} == {200}


def test_the_ledger_is_told_to_its_head_and_holds(reading):
    program, after, entries = reading.bearer("auditor"), 0, []
    while after is not None:
        page = program.get("/ledger", params={"after": after, "limit": 5}).json()
        entries, after = entries + page["items"], page["next"]
    assert [one["seq"] for one in entries] == list(range(1, len(entries) + 1))
    assert entries[-1]["hash"] == page["head"]["hash"]
    assert all(after["prev"] == before["hash"] for before, after in zip(entries, entries[1:], strict=False))
    assert reading.bearer("author").get("/ledger").status_code == 403


def test_a_picture_is_given_by_its_digest(reading):
    one = next(
        one
        for one in reading.project.store.judged(reading.project.store.plans()[0].id)
        if one.judged.draft.picture
    )
    answer = reading.bearer("auditor").get(f"/pictures/{one.judged.draft.picture.digest}")
    assert answer.content[1:4] == b"PNG" and answer.headers["Content-Type"] == "image/png"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[" * 100_000, b'{"text": "\\ud800"}', b'{"text": "a", "facts": [{"stock": 1e400}]}', b"\xff"],
)
def test_a_body_that_can_t_be_read_is_refused_in_words(reading, body):
    told = {"Content-Type": "application/json"}
    answer = reading.bearer("author").post("/check", content=body, headers=told)
    assert answer.status_code in (400, 422) and answer.json()["problems"]
    big = reading.bearer("author").post("/check", content=b" " * 2_000_000, headers=told)
    assert big.status_code == 413


# --- idempotency keys


def test_one_key_does_once_and_answers_twice_alike(desk, waiting):
    program = desk.bearer("reviewer")
    first, again = approve(program, waiting, "k1"), approve(program, waiting, "k1")
    assert (first.status_code, first.content) == (again.status_code, again.content) == (201, first.content)
    assert len(desk.project.store.decisions(waiting.id)) == len(waiting.decisions) + 1
    assert approve(program, waiting).status_code == 409


def test_a_refusal_is_answered_alike_too(desk, waiting):
    program = desk.bearer("reviewer")
    first, again = (approve(program, waiting, '"k"', reason="") for _ in range(2))
    assert (first.status_code, first.content) == (409, again.content)


def test_a_key_is_for_one_request_and_one_person(desk, waiting):
    program, say = desk.bearer("reviewer"), {"Idempotency-Key": "k"}
    assert program.post(f"{at(waiting)}/comments", json={"text": "One"}, headers=say).status_code == 201
    other = program.post(f"{at(waiting)}/comments", json={"text": "Two"}, headers=say)
    assert other.status_code == 422 and "another request" in other.json()["detail"]
    assert (
        desk.bearer("admin").post(f"{at(waiting)}/comments", json={"text": "Two"}, headers=say).status_code == 201
    )


def test_the_same_request_at_once_is_done_once(desk, waiting):
    program, say = desk.bearer("reviewer"), {"Idempotency-Key": "k"}

    def send(_):
        return program.post(f"{at(waiting)}/comments", json={"text": "Once"}, headers=say).status_code

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(send, range(12)))
    assert 201 in answers and answers <= {201, 409}
    assert len(commenting.comments_on(desk.project.store.engine, waiting)) == 1


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("what", ["decisions", "comments"])
def test_cut_off_before_the_answer_was_kept_it_is_answered_and_not_done_again(desk, waiting, monkeypatch, what):
    program, engine = desk.bearer("reviewer"), desk.project.store.engine
    body = {"decisions": {"action": "approve", "reason": "True.", "seen": waiting.id}, "comments": {"text": "Hm"}}

    def send():
        return program.post(f"{at(waiting)}/{what}", json=body[what], headers={"Idempotency-Key": "k"})

    def killed(*_):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(replying, "keep_reply", killed)
        with pytest.raises(Killed):
            send()
    assert (send().status_code, send().headers["Retry-After"]) == (409, "2")
    with engine.begin() as connection:
        late = replying.now() - replying.STALE - timedelta(seconds=1)
        connection.execute(update(replies).values(created_at=late))
    assert send().status_code == 201 and send().status_code == 201
    assert len(commenting.comments_on(engine, waiting)) == (what == "comments")
    assert len(desk.project.store.decisions(waiting.id)) == len(waiting.decisions) + (what == "decisions")
