import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from bundling import ASKED
from desking import PASSWORD, a_desk, address, browser
from making import a_finding
from sqlalchemy import text
from starlette.testclient import TestClient

from aboveboard import accounts
from aboveboard.database import writing
from aboveboard.deciding import decide, reword
from aboveboard.errors import AccountError, ReviewError
from aboveboard.people import Person
from aboveboard.project import Project, open_project
from aboveboard.web.access import Visitor
from aboveboard.web.alike import grouped
from aboveboard.web.app import make_app
from aboveboard.web.assets import hindrances
from aboveboard.web.desk import warm_up

Desk = tuple[Project, dict[str, TestClient]]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_desk(tmp_path / "work", images=None) as made:
        yield made


def test_who_is_not_signed_in_is_sent_to_the_door_and_back_again(desk: Desk) -> None:
    nobody = desk[1]["nobody"]
    there = nobody.get("/calendar")
    assert (there.status_code, there.headers["location"]) == (303, "/sign-in?next=/calendar")
    assert 'name="next" value="/calendar"' in nobody.get(there.headers["location"]).text


def test_the_first_link_makes_an_admin_once(tmp_path: Path) -> None:
    from bundling import workspace

    with open_project(workspace(tmp_path / "work")) as project:
        nobody = TestClient(make_app(project), base_url="http://localhost", follow_redirects=False)
        token = accounts.first_link(project.store.engine)
        told = {"name": "Mara", "email": "Mara@example.org", "password": "short"}
        assert nobody.post(f"/welcome/{token}", data=told).status_code == 422
        assert nobody.post(f"/welcome/{token}", data=told | {"password": PASSWORD}).status_code == 303
        assert nobody.get("/people").status_code != 303  # she is in
        assert accounts.first_link(project.store.engine) is None
        assert (
            "used already"
            in TestClient(make_app(project), base_url="http://localhost").get(f"/welcome/{token}").text
        )
        assert accounts.sign_in(project.store.engine, " mara@EXAMPLE.org", PASSWORD).role == "admin"


def test_a_wrong_password_and_a_wrong_address_are_told_alike_and_soon_not_at_all(desk: Desk) -> None:
    project, browsers = desk
    accounts.accept(project.store.engine, _invitation(project), PASSWORD)
    nobody = browsers["nobody"]
    wrong = [
        nobody.post("/sign-in", data={"email": email, "password": "no such password"})
        for email in ("vera@example.org", "nobody@example.org")
    ]
    assert [one.status_code for one in wrong] == [401, 401]
    assert _alert(wrong[0].text) == _alert(wrong[1].text)
    more = [nobody.post("/sign-in", data={"email": "vera@example.org", "password": "x"}) for _ in range(9)]
    assert more[-1].status_code == 429
    right = nobody.post("/sign-in", data={"email": "vera@example.org", "password": PASSWORD})
    assert right.status_code == 429  # who guesses can't tell a right guess from a wrong one


def _invitation(project: Project) -> str:
    return accounts.invite(project.store.engine, "Vera", "vera@example.org", "reviewer")[1]


def _alert(text: str) -> str:
    found = re.search(r'role="alert">([^<]+)<', text)
    assert found
    return found.group(1)


def test_the_queue_shows_what_waits_the_soonest_first_with_what_was_found(desk: Desk) -> None:
    project, browsers = desk
    page = browsers["reviewer"].get("/").text
    waiting = project.store.queue(states=("flagged", "blocked"))
    places = [page.index(f"/assets/{one.plan_id[:16]}/{one.id[:16]}") for one in waiting]
    assert waiting and places == sorted(places)
    assert "Time pressure the facts don" in page


def test_a_filter_leaves_what_meets_it_and_counts_the_rest(desk: Desk) -> None:
    project, browsers = desk
    blocked = [one for one in project.store.queue(states=("blocked",))]
    page = browsers["reviewer"].get("/?state=blocked").text
    assert page.count("data-row") == len(blocked)
    assert browsers["reviewer"].get("/?rule=no-such-rule").text.count("data-row") == 0


def test_an_asset_shows_the_exact_words_the_rule_the_law_and_a_way_out(desk: Desk) -> None:
    project, browsers = desk
    one = project.store.queue()[0]
    finding = one.judged.inspection.findings[0]
    page = browsers["reviewer"].get(address(one)).text
    rule = project.policy.rule(finding.rule)
    law = project.policy.law(finding.law[0])
    assert rule and law
    for told in (rule.title.replace("'", "&#39;"), finding.fix, law.url):
        assert told in page
    assert re.search(r"<mark[^>]*>(<span[^>]*>)?" + re.escape(finding.quote[:6]), page)


def test_approving_takes_a_reason_and_lands_in_the_ledger(desk: Desk) -> None:
    project, browsers = desk
    one = project.store.queue()[0]
    without = browsers["reviewer"].post(f"{address(one)}/approve", data={"seen": one.id})
    assert without.status_code == 409 and "without a reason" in without.text
    told = {"seen": one.id, "reason": "It is true, and says so."}
    assert browsers["reviewer"].post(f"{address(one)}/approve", data=told).status_code == 200
    assert project.store.find(one.id).state == "cleared"
    entry = project.store.ledger().entries[-1]
    assert entry.kind == "decision.approve" and (entry.body or {})["reason"] == told["reason"]


def test_who_asked_for_the_campaign_or_edited_the_words_cannot_approve(desk: Desk) -> None:
    project, browsers = desk
    one = project.store.queue()[0]
    words = "Last chance! The kettle is on, the door is open, the tap runs."
    edited = browsers["reviewer"].post(f"{address(one)}/edit", data={"seen": one.id, "text": words})
    assert edited.status_code == 200 and "edited the text and so can&#39;t approve" in edited.text
    after = next(other for other in project.store.queue() if other.judged.draft.post == words)
    told = {"seen": after.id, "reason": "Mine is better."}
    refused = browsers["reviewer"].post(f"{address(after)}/approve", data=told)
    assert refused.status_code == 409 and "edited the text" in refused.text
    assert browsers["admin"].post(f"{address(after)}/approve", data=told).status_code == 200


def test_who_started_it_in_a_terminal_is_known_again_by_their_name_or_address(desk: Desk) -> None:
    project, browsers = desk  # the run was started in a terminal, by ASKED
    one = project.store.queue()[0]
    told = {"seen": one.id, "reason": "Fair in this context"}
    for name, email in ((ASKED, "w@example.org"), ("W", f"{ASKED}@example.org"), ("W", ASKED)):
        visitor = Visitor(Person(id="p_1", name=name, email=email, role="reviewer"), "", "")
        assert any("asked for" in why for why in hindrances(one, visitor, project.policy_digest))
    same = browser(project, make_app(project), "reviewer", ASKED)
    assert "asked for" in same.post(f"{address(one)}/approve", data=told).text
    assert browsers["reviewer"].post(f"{address(one)}/approve", data=told).status_code == 200


def test_who_gives_the_address_of_an_account_in_a_terminal_acts_as_its_person(desk: Desk) -> None:
    project, browsers = desk
    one = project.store.queue()[0]
    mine = accounts.sign_in_elsewhere(project.store.engine, "iss|1", "an.reviewer@example.org", "")
    words = "Last chance! The kettle is on, the door is open, the tap runs."
    after, _ = reword(project.root, one.id, words, "", "An.Reviewer@example.org", "editor")
    assert [made.actor for made in after.decisions] == [mine.id]
    told = {"seen": after.id, "reason": "Mine is better."}
    assert "edited the text" in browsers["reviewer"].post(f"{address(after)}/approve", data=told).text
    with pytest.raises(ReviewError, match="edited the text"):
        decide(project.root, after.id, "approve", "Mine.", "an.reviewer", "editor")


def test_the_second_of_two_reviewers_is_told_and_nothing_is_lost(desk: Desk) -> None:
    project, browsers = desk
    one = project.store.queue()[0]
    told = {"seen": one.id, "reason": "Fair in this context"}
    assert browsers["reviewer"].post(f"{address(one)}/approve", data=told).status_code == 200
    second = browsers["admin"].post(f"{address(one)}/reject", data=told)
    assert second.status_code == 409 and "is cleared" in second.text
    assert [made.action for made in project.store.find(one.id).decisions] == ["approve"]


def test_an_edit_made_from_an_older_page_is_refused(desk: Desk) -> None:
    project, browsers = desk
    one = project.store.queue()[0]
    first = browsers["author"].post(
        f"{address(one)}/edit", data={"seen": one.id, "text": "The tap runs till six."}
    )
    second = browsers["admin"].post(f"{address(one)}/edit", data={"seen": one.id, "text": "The tap runs."})
    assert (first.status_code, second.status_code) == (200, 409)
    assert "superseded" in second.text


def test_what_was_decided_can_be_taken_back(desk: Desk) -> None:
    project, browsers = desk
    one = project.store.queue()[0]
    browsers["reviewer"].post(f"{address(one)}/reject", data={"seen": one.id})
    assert project.store.find(one.id).state == "rejected"
    assert browsers["reviewer"].post(f"{address(one)}/withdraw", data={}).status_code == 200
    assert project.store.find(one.id).state == "flagged"


def test_other_words_are_judged_as_they_are_typed_and_nothing_is_kept(desk: Desk) -> None:
    project, browsers = desk
    one = project.store.queue()[0]
    before = project.store.ledger().anchor.head
    page = browsers["author"].post(f"{address(one)}/check", data={"text": "Hurry! A cup of water."}).text
    assert "gone:" in page or "stays:" in page
    assert "Passes" in browsers["author"].post(f"{address(one)}/check", data={"text": "A cup of water."}).text
    assert project.store.ledger().anchor.head == before


def test_a_suggestion_can_be_taken(desk: Desk) -> None:
    project, browsers = desk
    offered = []
    for one in project.store.queue(states=("flagged", "blocked")):
        page = browsers["author"].get(f"{address(one)}/suggestions").text
        offered += re.findall(r'name="text" value="([^"]+)"', page)
    assert offered  # at least one of these posts can be mended without a model


def test_comments_stand_beside_the_post_and_never_in_it(desk: Desk) -> None:
    project, browsers = desk
    one = project.store.queue()[0]
    said = browsers["author"].post(f"{address(one)}/comments/add", data={"text": "Is this <b>so</b>?"})
    assert "Is this &lt;b&gt;so&lt;/b&gt;?" in said.text
    assert "Is this &lt;b&gt;" in browsers["auditor"].get(address(one)).text
    assert "Is this" not in project.store.find(one.id).model_dump_json()
    assert browsers["author"].post(f"{address(one)}/comments/add", data={"text": " "}).status_code == 409


def test_only_what_the_guards_found_the_same_in_can_be_approved_together(desk: Desk) -> None:
    project, browsers = desk
    waiting = project.store.queue()
    names = [f"{one.plan_id}:{one.id}" for one in waiting]
    assert len(names) > 1
    refused = browsers["reviewer"].post("/alike", data={"chosen": names, "reason": "All fair"})
    assert refused.status_code == 409 and project.store.queue() == waiting


def test_a_group_holds_those_found_to_say_the_very_same(desk: Desk) -> None:
    one, *_ = desk[0].store.queue()
    twin, other = one.model_copy(update={"id": "b" * 64}), one
    inspection = one.judged.inspection.model_copy(update={"findings": (a_finding(),)})
    other = one.model_copy(update={"judged": one.judged.model_copy(update={"inspection": inspection})})
    assert grouped([one, other, twin]) == [[one, twin]]


def test_the_calendar_tells_states_apart_without_colour(desk: Desk) -> None:
    page = desk[1]["author"].get("/calendar?campaign=tap-week&day=2027-03-01").text
    for sign, words in (("✓", "cleared"), ("!", "waiting for review"), ("×", "blocked")):
        assert f">{sign}</span>" in page and words in page
    assert "Times in Europe/Berlin." in page
    assert desk[1]["author"].get("/calendar?day=yesterday").status_code == 409


def test_the_audit_room_verifies_the_chain_and_hands_it_out_whole(desk: Desk) -> None:
    from aboveboard import ledger

    project, browsers = desk
    assert "The chain holds" in browsers["auditor"].get("/audit/state").text
    run = ledger.from_jsonl(browsers["auditor"].get("/audit/ledger.jsonl").text)
    assert ledger.verify(run.entries, run.anchor) == [] and run == project.store.ledger()
    page = browsers["auditor"].get("/audit?kind=plan.recorded").text
    assert "A plan was recorded" in page and "Approved</strong>" not in page


def test_names_of_people_stay_out_of_the_ledger(desk: Desk) -> None:
    project, browsers = desk
    one = project.store.queue()[0]
    browsers["reviewer"].post(f"{address(one)}/reject", data={"seen": one.id, "reason": "Off brand"})
    told = browsers["auditor"].get("/audit/ledger.jsonl").text
    assert "An reviewer" not in told and ASKED not in told
    assert "An reviewer" in browsers["auditor"].get(address(one)).text  # the desk knows who it was


def test_somebody_erased_leaves_their_decisions_and_a_chain_that_holds(desk: Desk) -> None:
    project, browsers = desk
    one = project.store.queue()[0]
    browsers["reviewer"].post(f"{address(one)}/reject", data={"seen": one.id})
    engine = project.store.engine
    person = next(person for person in accounts.everybody(engine) if person.role == "reviewer")
    accounts.erase(engine, person.id)
    assert browsers["reviewer"].get("/").status_code == 401
    assert "former colleague" in browsers["auditor"].get(address(one)).text
    assert "The chain holds" in browsers["auditor"].get("/audit/state").text


def test_the_last_admin_stays(desk: Desk) -> None:
    engine = desk[0].store.engine
    admin = next(person for person in accounts.everybody(engine) if person.role == "admin")
    with pytest.raises(AccountError, match="last admin"):
        accounts.change(engine, admin.id, role="author")
    assert accounts.find_person(engine, admin.id).role == "admin"


@pytest.mark.parametrize(
    "asked", ["//evil.example/", "https://evil.example/", "/\\evil.example", "/\r\nSet-Cookie: a=b"]
)
def test_nobody_is_sent_to_another_site_after_signing_in(desk: Desk, asked: str) -> None:
    project, browsers = desk
    accounts.accept(project.store.engine, _invitation(project), PASSWORD)
    told = {"email": "vera@example.org", "password": PASSWORD, "next": asked}
    there = browsers["nobody"].post("/sign-in", data=told)
    assert (there.status_code, there.headers["location"]) == (303, "/")


def test_a_picture_is_asked_for_by_its_digest_alone(desk: Desk) -> None:
    author = desk[1]["author"]
    for name in ("..%2f..%2faboveboard.toml", "a" * 63, "A" * 64, "0" * 64):
        assert author.get(f"/pictures/{name}").status_code in (404, 422)


def test_another_workspace_is_out_of_reach(desk: Desk, tmp_path: Path) -> None:
    project, browsers = desk
    with a_desk(tmp_path / "other", campaign="other-week", images=None) as (theirs, strangers):
        one = theirs.store.queue()[0]
        assert browsers["admin"].get(address(one)).status_code == 404
        assert browsers["admin"].post(f"{address(one)}/reject", data={"seen": one.id}).status_code == 404
        borrowed = browser(project, make_app(project), "reviewer", name="Rita")
        borrowed.cookies = strangers["admin"].cookies
        assert borrowed.get("/").status_code == 401
        assert theirs.store.find(one.id).state == "flagged"


def test_whether_it_lives_and_whether_it_is_ready_are_told_to_anybody(desk: Desk) -> None:
    project, browsers = desk
    nobody = browsers["nobody"]
    assert nobody.get("/healthz").text == "ok"
    cold = nobody.get("/readyz")
    assert (cold.status_code, cold.json()) == (503, {"database": "ok", "classifier": "not ready"})
    warm_up(nobody.app.state.desk)  # type: ignore[attr-defined]
    assert nobody.get("/readyz").status_code == 200
    with writing(project.store.engine).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert nobody.get("/readyz").json()["database"] == "not ready"


def test_a_page_reads_no_more_of_a_form_than_any_has_need_of(desk: Desk) -> None:
    endless = (b"x" * 65_536 for _ in range(64))
    told = {"Content-Type": "application/x-www-form-urlencoded"}
    assert desk[1]["author"].post("/briefs/new", content=endless, headers=told).status_code == 413


def test_a_database_that_cannot_be_asked_is_no_missing_page(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    project, browsers = desk
    one = project.store.queue()[0]
    with writing(project.store.engine).begin() as connection:
        connection.execute(text("ALTER TABLE findings RENAME TO gone"))
        connection.execute(text("ALTER TABLE drafts RENAME TO gone_too"))
    assert browsers["reviewer"].get(address(one)).status_code == 503
