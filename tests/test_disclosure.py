from datetime import UTC, datetime

import pytest

from aboveboard.finding import Copy, Finding
from aboveboard.guards.disclosure import inspect
from aboveboard.policy import Rule
from aboveboard.rulebook import load_policy

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def rule() -> Rule:
    return load_policy().rule("missing-disclosure")


def found(rule: Rule, text: str, language: str = "en", **circumstances: object) -> list[Finding]:
    return inspect(rule, Copy(text=text, language=language, at=NOON, **{"sponsored": True, **circumstances}))[0]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Ad\n\nThe new pan browns evenly.", "en"),
        ("Ad · with Northpan\nThe new pan.", "en"),
        ("✨ #AD The new pan.", "en"),
        ("(Advertisement) The new pan.", "en"),
        ("Anzeige · mit Northpan\nDie neue Pfanne.", "de"),
        ("Werbung: Die neue Pfanne.", "de"),
        ("Publicidad · con Cumbre\nLas botas.", "es"),
        ("Publicité · avec Cime\nLes bottes.", "fr"),
        ("Pubblicità · con Cima\nGli stivali.", "it"),
        ("Sponsored by Northpan, before anything else. The new pan.", "en"),
        ("Gesponsert von Northpan. Die neue Pfanne.", "de"),
        ("Patrocinado por Cumbre. Las botas.", "es"),
        ("Sponsorisé par Cime. Les bottes.", "fr"),
        ("Collaboration commerciale avec Cime. Les bottes.", "fr"),
        ("Sponsorizzato da Cima. Gli stivali.", "it"),
        ("Advertentie · met Top\nDe laarzen.", "nl"),
        ("Publicidade · com Pico\nAs botas.", "pt"),
    ],
)
def test_a_label_first_in_the_readers_language_is_enough(rule, text, language):
    assert not found(rule, text, language)


@pytest.mark.parametrize(
    ("text", "language", "quote"),
    [
        ("The new pan browns evenly. #ad", "en", "#ad"),
        ("#sp The new pan.", "en", "#sp"),
        ("Thanks to @northpan for the pan!", "en", "Thanks to @northpan"),
        ("The new pan. It browns evenly.", "en", "The new pan."),
        ("Ad astra with the new pan.", "en", "Ad astra with the new pan."),
        ("#ad Die neue Pfanne.", "de", "#ad"),
        ("Werbung für Faule: die neue Pfanne.", "de", "Werbung für Faule: die neue Pfanne."),
    ],
)
def test_a_missing_late_or_vague_label_is_found_where_it_stands(rule, text, language, quote):
    (finding,) = found(rule, text, language)
    assert finding.quote == quote == text[finding.start : finding.end]


def test_what_nobody_paid_for_needs_no_label(rule):
    assert not found(rule, "Thanks to @northpan for lending us the pans!", sponsored=False)


@pytest.mark.parametrize("asset", ["alt_text", "image_text"])
def test_only_the_caption_carries_the_label(rule, asset):
    assert not found(rule, "A pan on a stove.", asset=asset)
