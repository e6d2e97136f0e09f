"""The desk as people use it: in Chromium, by mouse and by keyboard alone, and as axe-core reads it.

With DESK_SHOTS=docs/images it also takes the pictures of the documentation.
"""

import os
import re
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from bundling import rules_alone
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from aboveboard.project import open_project
from aboveboard.verifying import verify
from aboveboard.workspace import make_workspace

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
PASSWORD = "a tap by the river"
SHOTS = os.environ.get("DESK_SHOTS")
SAYS = (
    "There are 214 stations, and each of them fills any bottle.",
    "Last chance! Everybody you know has been there already.",
    "Hurry, the map is nearly full.",
    "Fill up on the way to work, or on the way home.",
)
FORM = {
    "title": "Tap week",
    "audience": "People who carry a bottle",
    "brand": "Quell",
    "voice": "A neighbour who knows where the tap is.",
    "fact-1-statement": "There are 214 stations.",
    "fact-1-source": "Public map",
    "fact-1-value": "214",
    "link": "https://quell.example/map",
    "label": "the refill map",
    "responsible": "Head of communication",
    "starts": "2027-03-01",
    "ends": "2027-03-14",
    "timezone": "Europe/Berlin",
    "channel-mastodon": "2",
    "channel-linkedin": "2",
}


class Served:
    """A desk in a process of its own."""

    def __init__(self, root: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.root = root
        self.address = f"http://127.0.0.1:{port}"
        self._log = root / "serve.log"
        command = [sys.executable, "-m", "aboveboard", "serve", "-w", str(root), "--port", str(port)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)

    def first_link(self) -> str:
        for _ in range(600):
            found = re.search(r"http://\S+/welcome/\S+", self._log.read_text(encoding="utf-8"))
            if found:
                time.sleep(0.5)
                return found.group(0)
            time.sleep(0.1)
        raise AssertionError(self._log.read_text(encoding="utf-8"))

    def stop(self) -> None:
        self._process.terminate()
        assert self._process.wait(20) is not None


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    root = tmp_path / "tap-week"
    make_workspace(root)
    rules_alone(root)
    for brief in (root / "briefs").glob("*.yaml"):
        brief.unlink()
    says = [
        f'{{"says": [{{"text": "{text}", "headline": "{text.split(",")[0].split("!")[0]}", "alt_text": ""}}]}}\n'
        for text in SAYS
    ]
    (root / "script.jsonl").write_text("".join(says), encoding="utf-8")
    settings = root / "aboveboard.toml"
    settings.write_text(
        'text_model = "scripted:script.jsonl"\n' + settings.read_text(encoding="utf-8"), encoding="utf-8"
    )
    desk = Served(root)
    yield desk
    desk.stop()


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def watched(context: BrowserContext) -> Page:
    """Return a page whose every complaint fails the test: a broken script, a blocked style, a foreign request."""
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"{page.url}: {error}"))
    page.on("console", lambda told: _demand_silence(page, told))
    page.on("request", lambda request: _demand_home(request.url))
    return page


def _demand_silence(page: Page, told: Any) -> None:
    if told.type == "error" and "status of 4" not in told.text:
        pytest.fail(f"{page.url}: {told.text}")


def _demand_home(url: str) -> None:
    assert url.startswith(("http://127.0.0.1:", "data:", "blob:")), f"the page asks elsewhere: {url}"


def welcome(page: Page, link: str, **fields: str) -> None:
    page.goto(link)
    for name, value in fields.items():
        page.fill(f"[name={name}]", value)
    page.fill("[name=password]", PASSWORD)
    page.click("button.main")
    page.wait_for_url("**/")


def invited(admin: Page, desk: Served, name: str, role: str, browser: Browser) -> Page:
    """Have the admin invite somebody, and return a page of theirs."""
    admin.goto(f"{desk.address}/people")
    admin.fill("[name=name]", name)
    admin.fill("[name=email]", f"{name.casefold()}@quell.example")
    admin.select_option("form .fields [name=role], [name=role] >> nth=-1", role)
    admin.get_by_role("button", name="Make a link").click()
    field = admin.locator("[value*='/welcome/']").first
    field.wait_for()
    theirs = watched(browser.new_context(viewport={"width": 1440, "height": 900}))
    welcome(theirs, str(field.get_attribute("value")))
    return theirs


def produced(author: Page, desk: Served) -> None:
    """Fill in the form, save the brief, produce it and watch it to its end."""
    author.goto(f"{desk.address}/briefs/new")
    for name, value in FORM.items():
        author.fill(f"[name='{name}']", value)
    author.get_by_role("button", name="Look it over").click()
    expect(author.get_by_text("It reads well: 8 posts")).to_be_visible()
    author.get_by_role("button", name="Save").click()
    author.wait_for_url("**/briefs/tap-week")
    author.get_by_role("button", name="Produce").click()
    author.wait_for_url("**/runs/*")
    expect(author.get_by_text("8 of 8 posts")).to_be_visible(timeout=90_000)
    expect(author.get_by_role("link", name="To the plan")).to_be_visible(timeout=30_000)
    assert author.locator(".made img").count() >= 1  # pictures, not logs


def test_the_whole_way_from_a_brief_to_a_bundle_that_holds(
    served: Served, chromium: Browser, tmp_path: Path
) -> None:
    admin = watched(chromium.new_context(viewport={"width": 1440, "height": 900}))
    welcome(admin, served.first_link(), name="Mara", email="mara@quell.example")
    author = invited(admin, served, "Ada", "author", chromium)
    reviewer = invited(admin, served, "Rita", "reviewer", chromium)
    produced(author, served)
    shots(author, served)

    reviewer.goto(served.address)
    reviewer.keyboard.press("j")
    expect(reviewer.locator(".asset")).to_be_visible()
    held = reviewer.locator("[data-row]").count()
    assert held >= 2

    # Rita edits one, and can't approve her own words; Mara can.
    reviewer.keyboard.press("e")
    field = reviewer.locator("[data-form=edit] textarea[name=text]")
    field.fill("Last chance! The tap by the fountain runs till six.")
    expect(reviewer.locator(".checked")).to_contain_text("Still needs a person")
    reviewer.keyboard.press("Control+Enter")
    expect(reviewer.locator(".why")).to_contain_text("edited the text and so can't approve")
    assert reviewer.locator("[data-key=a]").count() == 0
    edited = reviewer.locator(".asset").get_attribute("data-asset")
    admin.goto(f"{served.address}{edited}")
    admin.keyboard.press("a")
    admin.fill("[data-form=approve] textarea", "It does close at six.")
    admin.keyboard.press("Control+Enter")
    expect(admin.locator(".assethead .chip")).to_contain_text("approved by a person")

    # A second who comes too late is told.
    late = reviewer.context.new_page()
    late.goto(f"{served.address}{edited}")
    late.keyboard.press("w")
    late.keyboard.press("Control+Enter")
    expect(late.locator(".assethead .chip")).to_contain_text("waits for review")
    late.close()

    by_keyboard_alone(reviewer, served)
    admin.goto(f"{served.address}/briefs")
    admin.get_by_role("link", name="Newest plan").click()
    admin.get_by_role("button", name="Release what is cleared").click()
    with admin.expect_download() as taken:
        admin.get_by_role("link", name="Take the bundle").click()
    bundle = tmp_path / "bundle.zip"
    taken.value.save_as(bundle)
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(tmp_path / "taken")
    inside = next((tmp_path / "taken").iterdir())
    assert [check.problems for check in verify(inside) if check.problems] == []
    assert accessible(admin, served) == []
    with open_project(served.root) as project:
        kinds = [entry.kind for entry in project.store.ledger().entries]
    assert {"decision.edit", "decision.approve", "decision.withdraw", "decision.reject"} <= set(kinds)


def by_keyboard_alone(page: Page, desk: Served) -> None:
    """Go to the queue, take up its first, reject it with a reason; no mouse."""
    page.goto(f"{desk.address}/calendar")
    page.keyboard.press("g")
    page.keyboard.press("q")
    page.wait_for_url("**/")
    before = page.locator("[data-row]").count()
    page.keyboard.press("j")
    expect(page.locator(".asset")).to_be_visible()
    page.keyboard.press("r")
    page.keyboard.type("Presses the reader")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-notice]")).to_contain_text("Rejected")
    expect(page.locator("[data-row]")).to_have_count(before - 1)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")


ROOMS = ("/", "/briefs", "/briefs/new", "/briefs/tap-week", "/calendar", "/calendar?view=week",
         "/calendar?view=day", "/policy", "/policy/fomo", "/audit", "/people", "/me", "/alike")  # fmt: skip


def accessible(page: Page, desk: Served) -> list[str]:
    """Return what axe-core finds serious or critical on any page, in both themes."""
    with open_project(desk.root) as project:
        plan = project.store.plans()[0].id
        asset = project.store.judged(plan)[0]
    rooms = (*ROOMS, f"/plans/{plan[:16]}", f"/assets/{plan[:16]}/{asset.id[:16]}")
    wrong = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for room in rooms:
            page.goto(f"{desk.address}{room}")
            page.wait_for_load_state("networkidle")
            found = Axe().run(page).response["violations"]
            wrong += [
                f"{scheme} {room}: {one['id']}: {one['nodes'][0]['html'][:160]}"
                for one in found
                if one["impact"] in ("serious", "critical")
            ]
    return wrong


def shots(page: Page, desk: Served) -> None:
    """Take the documentation's pictures, where asked to."""
    if not SHOTS:
        return
    state = page.context.storage_state()
    browser = page.context.browser
    assert browser is not None
    for width, height, scheme in ((1440, 900, "light"), (390, 844, "dark")):
        context = browser.new_context(
            viewport={"width": width, "height": height},
            storage_state=state,
            color_scheme=scheme,  # type: ignore[arg-type]
        )
        one = context.new_page()
        for name, room in (
            ("queue", "/"),
            ("calendar", "/calendar"),
            ("brief", "/briefs/tap-week"),
            ("policy", "/policy/fomo"),
        ):
            one.goto(f"{desk.address}{room}")
            if name == "queue" and width > 1000:
                one.keyboard.press("j")
            elif name == "queue":
                one.locator("[data-open]").first.click()
                one.wait_for_url("**/assets/**")
            one.wait_for_load_state("networkidle")
            one.wait_for_timeout(400)
            one.screenshot(path=f"{SHOTS}/desk-{name}-{width}.png")
        context.close()
