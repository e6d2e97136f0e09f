import json
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from bundling import bundle, produced
from hypothesis import given
from hypothesis import strategies as st
from making import a_finding, a_judged

from aboveboard.finding import Inspection, Support
from aboveboard.marking import pieces

CHROMIUM = "/usr/bin/chromium"
NASTY = '<script>alert("x")</script><img src=x onerror=alert(1)> " \' {{ 7 * 7 }} &amp;'
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2


@pytest.fixture
def page(tmp_path: Path) -> str:
    return (bundle(tmp_path / "workspace") / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle from a brief and captions that try to break out of the page, or break it."""
    root = tmp_path_factory.mktemp("nasty")
    brand = {
        "name": '<b>"Quell"</b>',
        "voice": {"summary": "Plain."},
        "palette": {"ink": "#101010", "paper": "#ffffff", "accent": "#0a5c6b", "support": "#dfe8e6"},
    }
    disclosure = {"responsible": "Head of <script>alert(3)</script>"}
    facts = [{"id": "stations", "statement": "There are 214 stations.", "source": NASTY, "value": 214}]
    return produced(root, title=NASTY, brand=brand, disclosure=disclosure, facts=facts, images=None).bundle


class Outline(HTMLParser):
    """Collects every tag with its attributes, and the text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


# What the page says


def test_the_page_has_its_landmarks_one_heading_and_a_language(page: str) -> None:
    outline = Outline(page)
    assert outline.all("html") == [{"lang": "en"}]
    assert [len(outline.all(tag)) for tag in ("h1", "main", "footer", "title")] == [1, 1, 1, 1]
    assert {"href": "#posts", "class": "skip"} in outline.all("a")


def test_every_picture_has_its_words_and_every_post_its_language(page: str) -> None:
    outline = Outline(page)
    assert outline.all("img") and all(image["alt"] for image in outline.all("img"))
    posts = [div for div in outline.all("div") if div.get("class") == "words"]
    assert len(posts) == 6 and all(post["lang"] == "en" for post in posts)


def test_every_link_leads_somewhere_on_the_page_or_to_a_law(page: str) -> None:
    outline = Outline(page)
    ids = {f"#{attrs['id']}" for _, attrs in outline.tags if attrs.get("id")}
    leads = {str(link["href"]) for link in outline.all("a")}
    assert {lead for lead in leads if lead.startswith("#")} <= ids
    assert all(lead.startswith(("#", "https://")) for lead in leads)


def test_every_id_is_there_once(page: str) -> None:
    ids = [attrs["id"] for _, attrs in Outline(page).tags if attrs.get("id")]
    assert len(ids) == len(set(ids))


def test_there_is_no_script_and_nothing_is_loaded_from_elsewhere(page: str) -> None:
    outline = Outline(page)
    assert not {tag for tag, _ in outline.tags} & {"script", "iframe", "object", "embed", "form", "link", "base"}
    assert not [name for _, attrs in outline.tags for name in attrs if name.startswith("on")]
    assert all(str(image["src"]).startswith("assets/") for image in outline.all("img"))
    assert "url(" not in page and "@import" not in page


def test_a_claim_stands_with_its_fact_and_source(page: str) -> None:
    flat = " ".join(Outline(page).text.split())
    assert "What it rests on 214 stations in the post There are 214 stations. Public map" in flat


def test_a_finding_is_marked_in_the_post_and_explained_beside_it(page: str) -> None:
    assert '<mark class="block">100% recycled steel</mark>' in page
    flat = " ".join(Outline(page).text.split())
    assert "What the guards found" in flat and "can't be posted In the post: 100% recycled steel" in flat
    assert re.search(r'<a href="https://[^"]+" rel="noreferrer">Unfair Commercial Practices Directive', page)


def test_who_cleared_a_post_is_said_by_role(page: str) -> None:
    assert "approved by a person" in page and "Approved by the editor, " in page
    assert "edited by a person, cleared by the guards" in page and "cleared by the guards" in page


def test_markup_in_brief_and_captions_is_only_text(nasty: Path) -> None:
    outline = Outline((nasty / "index.html").read_text(encoding="utf-8"))
    assert not {tag for tag, _ in outline.tags} & {"script", "img"}
    assert outline.text.count(NASTY) == 3  # title, heading, source
    assert '<b>"Quell"</b>' in outline.text


# The pieces of a post


def test_links_and_hashtags_are_told_apart_from_words() -> None:
    found = pieces(
        "See https://a.example/b and a.example/b, #Tap #Week but not C#", Inspection(), "https://a.example/b"
    )
    kinds = [(piece.kind, piece.text) for piece in found if piece.kind]
    assert kinds == [("link", "https://a.example/b"), ("link", "a.example/b"), ("tag", "#Tap"), ("tag", "#Week")]


spans = st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted)


@given(st.text(max_size=30), st.lists(spans), st.lists(spans))
def test_the_pieces_together_are_the_text(text: str, found: list[list[int]], proven: list[list[int]]) -> None:
    findings = tuple(a_finding().model_copy(update={"start": one, "end": other}) for one, other in found)
    support = a_judged().inspection.supports[0]
    supports = tuple(support.model_copy(update={"start": one, "end": other}) for one, other in proven)
    cut = pieces(text, Inspection(findings=findings, supports=supports))
    assert "".join(piece.text for piece in cut) == text


def test_the_weightier_word_wins_where_two_overlap() -> None:
    text = "Hurry, 214 stations"
    support = Support(rule="x", start=0, end=10, quote="Hurry, 214", fact="f", says="f")
    [first, second, third] = pieces(text, Inspection(findings=(a_finding(),), supports=(support,)))
    assert [(piece.text, piece.weight) for piece in (first, second, third)] == [
        ("Hurry", "review"),
        (", 214", "pass"),
        (" stations", ""),
    ]


# The page in a browser

needs_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium isn't here: apt-get install chromium"),
]
CONTRASTS = """() => {
  const channel = v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const parts = c => { const p = c.match(/[\\d.]+/g).map(Number); return p.length < 4 ? [...p, 1] : p; };
  const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const behind = e => { for (; e; e = e.parentElement) {
    const c = parts(getComputedStyle(e).backgroundColor); if (c[3] === 1) return c; } return [255, 255, 255, 1]; };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    if (!walk.currentNode.textContent.trim()) continue;
    const e = walk.currentNode.parentElement;
    const [a, b] = [light(parts(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    found.push([(a + 0.05) / (b + 0.05), e.className, walk.currentNode.textContent.trim()]);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright isn't here: install the dev extra")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


def opened(browser: Any, page: Path, scheme: str = "light", width: int = 1280) -> Any:
    """Open a page from disk; whatever it asks for besides files is in `asked`."""
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    tab = context.new_page()
    tab.asked = []
    tab.on("request", lambda request: tab.asked.append(request.url))
    tab.on("dialog", lambda dialog: tab.asked.append("dialog"))
    tab.goto(page.as_uri())
    return tab


class TestInABrowser:
    pytestmark = needs_browser

    @pytest.fixture(scope="class")
    def whole(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        return bundle(tmp_path_factory.mktemp("page") / "workspace") / "index.html"

    def test_it_opens_from_disk_with_its_pictures_and_asks_nobody(self, browser: Any, whole: Path) -> None:
        tab = opened(browser, whole)
        tab.evaluate("document.querySelectorAll('img').forEach(image => image.loading = 'eager')")
        tab.wait_for_function("[...document.images].every(image => image.complete && image.naturalWidth)")
        assert tab.asked and all(url.startswith(whole.parent.as_uri()) for url in tab.asked)

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_all_text_stands_out_from_what_is_behind_it(self, browser: Any, whole: Path, scheme: str) -> None:
        found = opened(browser, whole, scheme).evaluate(CONTRASTS)
        assert len(found) > 100
        assert [one for one in found if one[0] < 4.5] == []

    @pytest.mark.parametrize("width", [320, 390, 800, 1280])
    def test_the_page_never_scrolls_sideways(self, browser: Any, whole: Path, nasty: Path, width: int) -> None:
        for page in (whole, nasty / "index.html"):
            tab = opened(browser, page, width=width)
            assert tab.evaluate("document.documentElement.scrollWidth") <= width

    def test_a_very_long_word_stays_in_its_post(self, browser: Any, whole: Path, tmp_path: Path) -> None:
        longer = shutil.copytree(whole.parent, tmp_path / "long") / "index.html"
        longer.write_text(whole.read_text(encoding="utf-8").replace("stations", LONG), encoding="utf-8")
        assert LONG in longer.read_text(encoding="utf-8")
        assert opened(browser, longer, width=390).evaluate("document.documentElement.scrollWidth") <= 390

    def test_everything_to_act_on_is_reached_by_the_keyboard(self, browser: Any, whole: Path) -> None:
        tab = opened(browser, whole)
        wanted = tab.evaluate("document.querySelectorAll('a[href], summary, [tabindex=\"0\"]').length")
        reached = set()
        for _ in range(wanted):
            tab.keyboard.press("Tab")
            reached.add(tab.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)"))
        assert len(reached) == wanted > 10

    def test_nothing_in_the_brief_runs(self, browser: Any, nasty: Path) -> None:
        tab = opened(browser, nasty / "index.html")
        assert tab.asked == [(nasty / "index.html").as_uri()]
        assert tab.title().startswith("<script>alert")

    def test_the_picture_comes_first_where_pictures_are_the_point(self, browser: Any, tmp_path: Path) -> None:
        made = produced(tmp_path, schedule=ONE_CHANNEL, images={"channels": ["instagram"]})
        tab = opened(browser, made.bundle / "index.html")
        parts = "[...document.querySelector('.shown').children].map(child => child.className || child.tagName)"
        assert tab.evaluate(parts) == ["who", "IMG", "words", "length"]


ONE_CHANNEL = {
    "starts": "2027-03-01",
    "ends": "2027-03-03",
    "timezone": "Europe/Berlin",
    "channels": {"instagram": {"per_week": 1}},
}


def test_the_manifest_lists_what_the_page_shows(tmp_path: Path) -> None:
    root = bundle(tmp_path / "workspace")
    plan = json.loads((root / "plan.json").read_text(encoding="utf-8"))
    source = (root / "index.html").read_text(encoding="utf-8")
    assert all(entry["draft"][:12] in source for entry in plan["entries"])
