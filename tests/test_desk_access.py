"""Who may do what on the desk: every route, every role, their own things and another workspace's."""

import logging
import re

import pytest
from bundling import produced
from desk_parts import HERE, PASSWORD, routes, served, served_at
from fastapi.testclient import TestClient

from aboveboard import accounts, serving
from aboveboard.people import RIGHTS, ROLES
from aboveboard.web.access import cookie_name, signed
from aboveboard.web.app import HEADERS
from aboveboard.web.entering import SLOWER

PUBLIC = {
    "GET /sign-in", "POST /sign-in", "GET /sign-in/elsewhere", "GET /sign-in/back",
    "GET /welcome/{token}", "POST /welcome/{token}", "GET /static/", "GET /api/v1/openapi.json",
    "GET /healthz", "GET /readyz",
}  # fmt: skip
EVERYBODY_S = ("/policy/", "/briefs/{name}/check")  # the same in every workspace: nothing there is foreign
NOBODY = "nobody"


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with served(tmp_path_factory.mktemp("desk") / "workspace") as desk:
        yield desk


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """Return another workspace's desk, with a database, pictures and people of its own."""
    root = tmp_path_factory.mktemp("other") / "workspace"
    produced(root, campaign="other-week", title="Other week")
    with served_at(root) as desk:
        yield desk


def test_every_route_names_its_right_or_is_known_to_be_public(desk):
    found = {f"{method} {path}": rights for method, path, rights in routes(desk.app)}
    assert {name for name, rights in found.items() if rights is None} == PUBLIC
    assert len(found) > 30


def test_who_may_only_read_changes_nothing_but_what_is_their_own(desk):
    own = ("/me/", "/sign-out", "/api/v1/check")
    changes = {
        path
        for method, path, rights in routes(desk.app)
        if rights and method != "GET" and RIGHTS["auditor"] & set(rights)
    }
    assert {path for path in changes if not path.startswith(own)} == set()
    managing = {rights for _, path, rights in routes(desk.app) if path.startswith("/people")}
    assert managing == {("manage",)}


def things(desk, role):
    """Return something for each parameter of a path: this desk's own, and this person's where it is personal."""
    flagged = [one for one in desk.project.store.queue()] or desk.project.store.judged(
        desk.project.store.plans()[0].id
    )
    pictured = next(
        one.judged.draft.picture
        for one in desk.project.store.judged(flagged[0].plan_id)
        if one.judged.draft.picture
    )
    somebody = accounts.invite(
        desk.engine, "Passing", f"{len(accounts.everybody(desk.engine))}@desk.example", "author"
    )[0]
    me = desk.people[role]
    accounts.issue(desk.engine, "session", me)
    accounts.issue(desk.engine, "token", me)
    return {
        "plan": flagged[0].plan_id,
        "draft": flagged[0].id,
        "action": "approve",
        "rule_id": "false-urgency",
        "/pictures/{digest}": pictured.digest,
        "/me/sessions/{digest}": accounts.passes_of(desk.engine, me, "session")[0].digest,
        "/me/tokens/{digest}": accounts.passes_of(desk.engine, me, "token")[0].digest,
        "/people/{id}": somebody.id,
        "/policy/rules/{id}": "false-urgency",
        "campaign": desk.project.store.plans()[0].campaign,
    }


def filled(path, given):
    for name, value in given.items():
        path = path.replace(name, re.sub(r"\{\w+\}", value, name)) if name.startswith("/") else path
        path = path.replace(f"{{{name}}}", value)
    return re.sub(r"\{\w+\}", "x", path)


def asked(desk, role, method, path):
    """Return the answer to one request, by page or by API, of somebody with this role."""
    if path.startswith("/api/"):
        given = {"Authorization": f"Bearer {desk.tokens[role]}"} if role != NOBODY else {}
        return desk.client(raise_server_exceptions=False).request(method, path, headers=given)
    browser = desk.client("" if role == NOBODY else role, raise_server_exceptions=False)
    return browser.request(method, path)


def denied(answer):
    return answer.status_code in (401, 403) or answer.headers.get("Location", "").startswith("/sign-in?next")


@pytest.mark.parametrize("role", [*ROLES, NOBODY])
def test_each_role_may_do_what_its_rights_say_and_no_more(desk, role):
    wrong = []
    for method, path, rights in routes(desk.app):
        if rights is None:
            continue
        mine = filled(path, things(desk, role if role != NOBODY else "author"))
        answer = asked(desk, role, method, mine)
        if role == NOBODY:
            door = answer.headers.get("Location", "").startswith("/sign-in")
            right = answer.status_code == 401 if path.startswith("/api/") else answer.status_code == 303 and door
        elif RIGHTS[role] & set(rights):
            right = answer.status_code < 500 and (not denied(answer) or _by_action(path, answer))
        else:
            right = answer.status_code == 403
        if not right:
            wrong.append((method, path, rights, answer.status_code, answer.text[:80]))
    assert wrong == []


def _by_action(path, answer):
    """Whether a decision was refused for what it was, after the route itself let somebody in."""
    return path.endswith("/decisions") and answer.status_code == 403


@pytest.mark.parametrize("role", ROLES)
def test_another_workspace_s_things_are_not_here(desk, elsewhere, role):
    theirs, wrong = things(elsewhere, role), []
    for method, path, rights in routes(desk.app):
        if rights is None or "{" not in path or any(part in path for part in EVERYBODY_S):
            continue
        if not RIGHTS[role] & set(rights):
            continue
        answer = asked(desk, role, method, filled(path, theirs))
        if answer.status_code not in (404, 422) or "Other week" in answer.text:
            wrong.append((method, path, answer.status_code, answer.text[:80]))
    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_another_workspace_s_sessions_and_tokens_let_nobody_in(desk, elsewhere, role):
    browser = elsewhere.client(role)
    here = TestClient(desk.app, base_url=HERE, follow_redirects=False, cookies=dict(browser.cookies))
    assert here.get("/").headers["Location"] == "/sign-in"
    secret = accounts.issue(elsewhere.engine, "session", elsewhere.people[role])
    forged = {cookie_name(desk.app.state.desk): signed(desk.app.state.desk, secret)}
    assert desk.client(cookies=forged).get("/").status_code == 303
    token = {"Authorization": f"Bearer {elsewhere.tokens[role]}"}
    assert desk.client().get("/api/v1/me", headers=token).status_code == 401


# --- what another site can do: nothing


def changes(desk):
    return [
        (method, path)
        for method, path, rights in routes(desk.app)
        if rights and method != "GET" and "/api/" not in path
    ]


@pytest.mark.parametrize("told", [None, "", "x" * 43, "foreign"])
def test_without_their_own_page_s_word_nothing_is_changed(desk, told):
    browser, other = desk.client("admin"), desk.client("admin")
    del browser.headers["X-CSRF-Token"]
    if told is not None:
        browser.headers["X-CSRF-Token"] = other.headers["X-CSRF-Token"] if told == "foreign" else told
    given = things(desk, "admin")
    answers = {path: browser.request(method, filled(path, given)).status_code for method, path in changes(desk)}
    assert set(answers.values()) == {403}


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}],
)
def test_what_another_site_s_page_sends_is_refused(desk, headers):
    browser, given = desk.client("admin", headers=headers), things(desk, "admin")
    answers = {path: browser.request(method, filled(path, given)).status_code for method, path in changes(desk)}
    assert set(answers.values()) == {403}
    signing_in = {"email": "admin@desk.example", "password": PASSWORD}
    assert desk.client(headers=headers).post("/sign-in", data=signing_in).status_code == 403


def test_another_host_s_name_is_not_answered(desk):
    assert desk.client("admin").get("/", headers={"Host": "evil.example"}).status_code == 400


# --- signing in


def test_guessing_is_slowed_and_told_alike_whoever_it_is(tmp_path):
    with served(tmp_path / "w") as desk:
        browser = desk.client()

        def tried(email, password):
            answer = browser.post("/sign-in", data={"email": email, "password": password})
            alert = re.search(r'role="alert">([^<]*)', answer.text)
            return answer.status_code, alert and alert[1]

        first = [tried("admin@desk.example", "wrong but long enough"), tried("nobody@desk.example", "wrong")]
        assert first[0] == first[1] and first[0][0] == 401
        for _ in range(6):
            tried("admin@desk.example", "wrong but long enough")
        assert tried("admin@desk.example", PASSWORD) == tried("nobody@desk.example", PASSWORD) == (429, SLOWER)


@pytest.mark.parametrize(("url", "name"), [("", "desk"), ("https://desk.example", "__Host-desk")])
def test_the_cookie_is_for_this_host_and_no_script(tmp_path, url, name):
    with served(tmp_path / "w", f'desk_url = "{url}"\n') as desk:
        browser = desk.client(base_url=url or HERE)
        answer = browser.post("/sign-in", data={"email": "admin@desk.example", "password": PASSWORD})
        cookie = answer.headers["Set-Cookie"]
        assert answer.status_code == 303 and cookie.startswith(f"{name}=")
        flags = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "path=/", "samesite=lax"} <= flags and ("secure" in flags) == bool(url)
        assert ("Strict-Transport-Security" in answer.headers) == bool(url) and "domain" not in cookie.lower()


def test_nobody_is_sent_to_another_site_from_the_door(desk):
    for there in ("//evil.example", "https://evil.example", "/\\evil.example", "\t//evil.example"):
        told = {"email": "admin@desk.example", "password": PASSWORD, "next": there}
        desk.app.state.desk.limiter.storage.reset()
        assert desk.client().post("/sign-in", data=told).headers["Location"] == "/"


def test_a_link_works_once(desk):
    _, link = accounts.invite(desk.engine, "Once", "once@desk.example", "author")
    assert desk.client().post(f"/welcome/{link}", data={"password": "short"}).status_code == 422
    assert desk.client().post(f"/welcome/{link}", data={"password": PASSWORD}).status_code == 303
    for answer in (
        desk.client().get(f"/welcome/{link}"),
        desk.client().post(f"/welcome/{link}", data={"password": PASSWORD}),
    ):
        assert answer.status_code == 422 and "used already" in answer.text


# --- what ends


def test_what_is_ended_ends_at_once(tmp_path):
    with served(tmp_path / "w") as desk:
        admin, mine = desk.client("admin"), desk.client("reviewer")
        person, token = desk.people["reviewer"], desk.bearer("reviewer")
        (here,) = [one.digest for one in accounts.passes_of(desk.engine, person, "session") if one.name == "tests"]
        other = desk.client("reviewer")
        sessions = {one.digest for one in accounts.passes_of(desk.engine, person, "session")} - {here}
        assert {mine.post(f"/me/sessions/{one}/end").status_code for one in sessions} == {200}
        assert (other.get("/").status_code, mine.get("/").status_code) == (303, 200)
        made = accounts.passes_of(desk.engine, person, "token")[0].digest
        assert token.get("/me").status_code == 200
        assert mine.post(f"/me/tokens/{made}/revoke").status_code == 200
        assert token.get("/me").status_code == 401
        assert desk.client("author").post(f"/me/tokens/{made}/revoke").status_code == 404
        assert admin.post(f"/people/{person.id}/out").status_code == 200
        assert mine.get("/").status_code == 303
        gone = desk.client("author")
        assert gone.post("/sign-out").status_code == 303 and gone.get("/").status_code == 303


def test_who_changes_their_password_ends_their_other_sessions(tmp_path):
    with served(tmp_path / "w") as desk:
        mine, other = desk.client("author"), desk.client("author")
        _, link = accounts.invite(desk.engine, "Later", "later@desk.example", "author")
        fresh = "a quite different river"
        assert mine.post("/me/password", data={"old": "wrong", "new": fresh}).status_code == 422
        assert mine.post("/me/password", data={"old": PASSWORD, "new": "short"}).status_code == 422
        assert mine.post("/me/password", data={"old": PASSWORD, "new": fresh}).status_code == 200
        assert (mine.get("/").status_code, other.get("/").status_code) == (200, 303)
        assert desk.bearer("author").get("/me").status_code == 200
        assert accounts.invited(desk.engine, link).name == "Later"
        assert accounts.sign_in(desk.engine, "author@desk.example", fresh)


def test_the_last_admin_stays_and_another_may_go(tmp_path):
    with served(tmp_path / "w") as desk:
        admin, mine = desk.client("admin"), desk.people["admin"].id
        for what in ("out", "erase"):
            assert admin.post(f"/people/{mine}/{what}").status_code == 422
        assert admin.post(f"/people/{desk.people['author'].id}/role", data={"role": "admin"}).status_code == 200
        answer = admin.post(f"/people/{mine}/role", data={"role": "auditor"})
        assert answer.headers["HX-Redirect"] == "/" and admin.get("/").status_code == 303


def test_who_is_erased_leaves_a_bare_id(tmp_path):
    with served(tmp_path / "w") as desk:
        one, reviewer = desk.flagged(), desk.people["reviewer"]
        body = {"action": "approve", "reason": "True.", "seen": one.id}
        headers = {"Idempotency-Key": "k"}
        path = f"/assets/{one.plan_id}/{one.id}/decisions"
        assert desk.bearer("reviewer").post(path, json=body, headers=headers).status_code == 201
        page = desk.client("admin").post(f"/people/{reviewer.id}/erase").text
        assert "reviewer@desk.example" not in page and "former colleague" not in page
        told = desk.bearer("admin").get(f"/assets/{one.plan_id}/{one.id}").json()["decisions"][-1]
        assert told["by"] == {"id": reviewer.id, "name": "former colleague"}


def test_a_token_is_shown_once_and_gives_no_more_than_its_maker_has(desk):
    browser = desk.client("author")
    answer = browser.post("/me/tokens", data={"name": "nightly", "scopes": ["read", "write"], "days": "7"})
    secret = re.search(r"ab_[\w-]{43}", answer.text)[0]
    assert secret not in browser.get("/me").text and "nightly" in browser.get("/me").text
    told = desk.client().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).json()
    assert told["rights"] == ["read", "write"]
    for wrong in (
        {"name": "x", "scopes": ["manage"]},
        {"name": "x"},
        {"scopes": ["read"]},
        {"name": "x", "days": "9999"},
    ):
        assert browser.post("/me/tokens", data=wrong).status_code == 422


# --- what every answer bears, and what nothing tells


def test_every_answer_bears_the_headers_errors_and_files_too(desk, monkeypatch):
    admin = desk.client("admin", raise_server_exceptions=False)
    answers = {
        200: admin.get("/people"),
        404: admin.get("/nowhere"),
        403: desk.client("author").get("/people"),
        405: admin.delete("/people"),
        422: admin.get("/welcome/x"),
        400: admin.get("/", headers={"Host": "evil.example"}),
        303: desk.client().get("/"),
        401: desk.client().get("/api/v1/me"),
    }
    static, api = admin.get("/static/desk.css"), desk.bearer("author").get("/nowhere")
    monkeypatch.setattr(type(desk.project.store), "queue", lambda *_, **__: 1 / 0)
    broken = admin.get("/")
    assert {status: answer.status_code for status, answer in answers.items()} == {
        status: status for status in answers
    }
    assert (static.status_code, api.status_code, broken.status_code) == (200, 404, 500)
    assert "ZeroDivisionError" not in broken.text.replace("(ZeroDivisionError)", "")
    for answer in (*answers.values(), static, api, broken):
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert answers[200].headers["Cache-Control"] == broken.headers["Cache-Control"] == "no-store"


def test_no_password_and_no_token_is_logged_or_kept(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    with served(tmp_path / "w") as desk:
        browser = desk.client()
        browser.post("/sign-in", data={"email": "admin@desk.example", "password": PASSWORD})
        browser.post("/sign-in", data={"email": "admin@desk.example", "password": "another secret word"})
        link = re.search(
            r"ab_[\w-]{43}",
            desk.client("admin")
            .post("/people", data={"name": "N", "email": "n@desk.example", "role": "author"})
            .text,
        )[0]
        browser.post(f"/welcome/{link}", data={"password": "yet another secret"})
        desk.bearer("author").post("/check", json={"text": "x"})
        desk.client(raise_server_exceptions=False).get(
            "/api/v1/me", headers={"Authorization": "Bearer ab_unknown"}
        )
        secrets = [
            PASSWORD,
            "another secret word",
            "yet another secret",
            link,
            *desk.tokens.values(),
            "ab_unknown",
        ]
        kept = b"".join(file.read_bytes() for file in (tmp_path / "w" / ".aboveboard").glob("aboveboard.db*"))
    ours = [one.getMessage() for one in caplog.records if not one.name.startswith(("httpx", "httpcore"))]
    assert not [secret for secret in secrets if any(secret in line for line in ours) or secret.encode() in kept]


def test_the_server_keeps_no_list_of_addresses_asked_for(tmp_path, monkeypatch):
    """A one-time link stands in an address: what is asked for isn't logged."""
    from bundling import finished

    given = {}
    monkeypatch.setattr("uvicorn.run", lambda _app, **options: given.update(options))
    serving.serve(finished(tmp_path / "w"), "127.0.0.1", 8001, lambda *_: None)
    assert given["access_log"] is False and given["server_header"] is False
