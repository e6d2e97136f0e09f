"""Signing in with a provider: a real one, on this machine."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from desk_parts import served
from oidc_provider_mock import User, run_server_in_thread

from aboveboard import accounts
from aboveboard.web import elsewhere

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
USERS = (
    User(sub="r-1", claims={"email": "Reviewer@desk.example", "email_verified": True, "name": "Rosa"}),
    User(sub="s-1", claims={"email": "stranger@desk.example", "email_verified": True}),
    User(sub="u-1", claims={"email": "admin@desk.example", "email_verified": False}),
    User(sub="u-2", claims={"email": "admin@desk.example", "email_verified": "true"}),
)


@pytest.fixture(scope="module")
def issuer():
    with run_server_in_thread(require_nonce=True, user_claims=USERS) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def desk(tmp_path, issuer, monkeypatch):
    monkeypatch.setenv("OIDC_CLIENT_SECRET", "s3cret-of-the-client")
    with served(
        tmp_path / "w", f'oidc_issuer = "{issuer}"\noidc_client_id = "desk"\noidc_name = "Quell ID"\n'
    ) as desk:
        yield desk


def sent_to_provider(browser):
    answer = browser.get("/sign-in/elsewhere")
    assert answer.status_code == 302
    return answer.headers["Location"]


def agreed(there, sub):
    """Return where the provider sends somebody back to."""
    back = httpx.post(there, data={"sub": sub}).headers["Location"]
    return f"{urlsplit(back).path}?{urlsplit(back).query}"


def test_an_invited_person_comes_in_and_is_known_from_then_on(desk):
    browser = desk.client()
    assert "Sign in with Quell ID" in browser.get("/sign-in").text
    answer = browser.get(agreed(sent_to_provider(browser), "r-1"))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "Reviewer" in browser.get("/me").text
    again = desk.client()
    assert again.get(agreed(sent_to_provider(again), "r-1")).status_code == 303
    accounts.change(desk.project.store.engine, desk.people["reviewer"].id, active=False)
    out = desk.client()
    assert out.get(agreed(sent_to_provider(out), "r-1")).status_code == 403


@pytest.mark.parametrize("sub", ["s-1", "u-1", "u-2"])
def test_nobody_comes_in_uninvited_or_by_an_address_that_wasn_t_verified(desk, sub):
    browser = desk.client()
    answer = browser.get(agreed(sent_to_provider(browser), sub))
    assert answer.status_code == 403 and "Ask an admin" in answer.text
    assert browser.get("/").headers["Location"] == "/sign-in"


def test_the_provider_is_asked_with_pkce_state_and_nonce(desk):
    browser = desk.client()
    asked = parse_qs(urlsplit(sent_to_provider(browser)).query)
    assert asked["code_challenge_method"] == ["S256"] and asked["code_challenge"] and asked["nonce"]
    assert asked["redirect_uri"] == ["http://localhost/sign-in/back"] and asked["scope"] == [
        "openid email profile"
    ]
    kept = browser.get("/sign-in/elsewhere").headers["Set-Cookie"]
    assert re.search(r"(?i)path=/sign-in; max-age=600; httponly; samesite=lax", kept)


def test_what_comes_back_in_another_browser_or_twice_lets_nobody_in(desk):
    browser, other = desk.client(), desk.client()
    back = agreed(sent_to_provider(browser), "r-1")
    assert other.get(back).status_code == 401
    assert browser.get(back.replace("state=", "state=x")).status_code == 401
    assert browser.get("/sign-in/back?error=access_denied").status_code == 401
    assert browser.get("/sign-in/back").status_code == 401


def test_a_token_for_somebody_else_s_desk_lets_nobody_in(desk):
    browser = desk.client()
    back = agreed(sent_to_provider(browser), "r-1")
    desk.app.state.provider.client_id = "another"
    assert browser.get(back).status_code == 401


def test_a_provider_by_another_name_or_in_the_clear_is_not_asked(desk, issuer):
    browser = desk.client()
    sent_to_provider(browser)
    desk.app.state.provider.server_metadata["token_endpoint"] = "http://elsewhere.example/token"
    assert browser.get("/sign-in/elsewhere").status_code == 401
    desk.app.state.provider.server_metadata["issuer"] = "https://other.example"
    assert browser.get("/sign-in/elsewhere").status_code == 401


def test_where_the_provider_is_gone_it_is_said(desk, monkeypatch):
    async def gone(*_):
        raise httpx.ConnectError("refused")

    monkeypatch.setattr(elsewhere, "_provider", gone)
    answer = desk.client().get("/sign-in/elsewhere")
    assert answer.status_code == 502 and "can&#39;t be reached" in answer.text


def test_without_a_provider_there_is_no_such_way_in(tmp_path):
    with served(tmp_path / "w") as desk:
        assert desk.client().get("/sign-in/elsewhere").status_code == 404
        assert "Sign in with" not in desk.client().get("/sign-in").text
