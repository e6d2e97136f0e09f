"""Makes the contact sheets beside it: twelve cards of each example brief, as its own channels would get them.

Run from the top of the checkout: `python docs/images/contact_sheets.py`. The headlines stand in for a writer's.
Each sheet is made twice: with the embedded model's backdrops, and as `…-plain.jpg` without.
"""

import io
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from aboveboard.brief import Brief
from aboveboard.channel import load_channels
from aboveboard.draft import Caption
from aboveboard.imaging.backdrop import open_painter
from aboveboard.imaging.illustrating import illustrate
from aboveboard.plan import Slot
from aboveboard.reading import read_brief
from aboveboard.rulebook import load_policy
from aboveboard.settings import Settings

HERE = Path(__file__).parent
ROWS = ("instagram", "linkedin", "bluesky")
WIDTH, GAP = 1440, 12
CARDS = {
    "spring-refill": (
        ("en", "90% recycled steel", "recycled-steel"),
        ("en", "There is a tap closer than you think", "refill-map"),
        ("en", "The lid leaks? We mend it.", "ten-year-lid"),
        ("en", "Fits a standard bike cage", "size"),
        ("en", "214 places fill your bottle", "refill-map"),
        ("en", "Made at Bristol harbour", "harbour-workshop"),
        ("en", "Meet us at the harbour", "refill-stand"),
        ("en", "The Spring Bottle is here", "size"),
        ("en", "£18 until Sunday 11 April", "launch-price"),
        ("en", "Eleven people, one workshop", "harbour-workshop"),
        ("en", "Ten years on every lid", "ten-year-lid"),
        ("en", "Refill, free of charge", "refill-map"),
    ),
    "reading-week": (
        ("en", "Reading Week starts on Monday", "week"),
        ("de", "Die Bibliothek liest vor", "reading-aloud"),
        ("es", "42 actividades en tres idiomas", "programme"),
        ("en", "Open until 21:00, every evening", "open-late"),
        ("de", "Büchertausch im Innenhof", "book-swap"),
        ("es", "Cambia un libro por otro", "book-swap"),
        ("en", "24 places in the writing workshop", "writing-workshop"),
        ("de", "Stufenlos durch die Lesewoche", "step-free"),
        ("es", "Leer en voz alta, de 9:00 a 21:00", "reading-aloud"),
        ("en", "Your first year is free", "free-card"),
        ("de", "61.000 Bücher zum Ausleihen", "collection"),
        ("es", "Sin escalones", "step-free"),
    ),
    "security-tool": (
        ("en", "340 kinds of credentials, one check", "before-the-push"),
        ("en", "Your code stays with you", "stays-local"),
        ("en", "94% found, 6% published", "benchmark"),
        ("en", "We list what we missed", "missed"),
        ("en", "A rotation guide for each finding", "rotation-guide"),
        ("en", "Open source, Apache 2.0", "open-source"),
        ("en", "$6 per developer a month", "team-price"),
        ("en", "Cancel online, at any time", "team-price"),
        ("en", "Set up in 45 minutes", "live-session"),
        ("en", "Checked before it leaves your machine", "before-the-push"),
        ("en", "Two engineers, live", "live-session"),
        ("en", "The benchmark, misses included", "missed"),
    ),
}


def main() -> None:
    channels, policy = load_channels(), load_policy()
    embedded = open_painter("backdrop", Settings())
    for campaign, cards in CARDS.items():
        brief = read_brief(Path("briefs") / f"{campaign}.yaml")
        for painter, name in ((embedded, campaign), (None, f"{campaign}-plain")):
            rows = [
                [
                    card_of(brief, channels[channel], policy.thresholds, painter, number, *cards[number])
                    for number in range(at, at + 4)
                ]
                for at, channel in zip((0, 4, 8), ROWS, strict=True)
            ]
            _sheet(rows).save(HERE / f"{name}.jpg", quality=75, optimize=True, progressive=True)


def card_of(
    brief: Brief, channel, thresholds, painter, number: int, language: str, headline: str, fact: str
) -> Image.Image:
    slot = Slot(
        id=f"{number:02}-{channel.id}-{language}",
        channel=channel.id,
        at=datetime(2027, 4, 1, tzinfo=UTC),
        language=language,
        focus=fact,
        number=number,
        image=True,
    )
    picture, data = illustrate(
        Caption(text=headline, headline=headline), brief, slot, channel, painter, thresholds
    )
    print(f"{brief.campaign} {slot.id}: {picture.alt_text}")
    return Image.open(io.BytesIO(data)).convert("RGB")


def _sheet(rows: list[list[Image.Image]]) -> Image.Image:
    across = (WIDTH - GAP * 5) // 4
    heights = [round(across * row[0].height / row[0].width) for row in rows]
    sheet = Image.new("RGB", (WIDTH, sum(heights) + GAP * 4), "#d9d9d9")
    for number, (row, height) in enumerate(zip(rows, heights, strict=True)):
        top = GAP + sum(heights[:number]) + GAP * number
        for place, card in enumerate(row):
            small = card.resize((across, height), Image.Resampling.LANCZOS)
            sheet.paste(small, (GAP + place * (across + GAP), top))
    return sheet


if __name__ == "__main__":
    main()
