"""Makes the contact sheets beside it: twelve cards of each example brief, as its own channels would get them.

Each sheet is made twice: with the embedded model's backdrops, and as `…-plain.jpg` without; `layouts.jpg` shows
every layout in every format. Run from the top of the checkout: `python docs/images/contact_sheets.py`. The
headlines stand in for a writer's.
"""

import io
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from aboveboard.brief import Brief
from aboveboard.channel import load_channels
from aboveboard.draft import Caption
from aboveboard.imaging.backdrop import open_painter
from aboveboard.imaging.card import CardWords, render_card
from aboveboard.imaging.emphasis import Occasion, Quotation
from aboveboard.imaging.illustrating import illustrate
from aboveboard.imaging.sheet import Insets
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

FORMATS = ((1080, 1080), (1080, 1350), (1080, 566), (1080, 1920), (1000, 1500), (1200, 630))
STATION = Occasion(weekday="Saturday", day="27", month="March", hours="10:00–16:00", where="Bristol harbour")
HEARD = Quotation(words="“I have not bought a bottle of water since.”", by="Ada, who cycles to work in Bath")
PARTS = ("Holds 600 ml", "Weighs 240 g", "Fits a standard bike cage")
LAYOUTS = {  # what a card says, and the place in a campaign at which it says it
    "statement": ({"headline": "There is a tap closer than you think"}, 0),
    "number": ({"headline": "214 places fill your bottle"}, 1),
    "quote": ({"headline": "A reader on refills", "quotation": HEARD}, 2),
    "event": ({"headline": "Meet us at the harbour", "occasion": STATION}, 4),
    "list": ({"headline": "The Spring Bottle", "entries": PARTS}, 5),
    "image-first": ({"headline": "Refill, free of charge", "detail": "Cafés, libraries and stations."}, 6),
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
    _specimen().save(HERE / "layouts.jpg", quality=68, optimize=True, progressive=True)


def _specimen() -> Image.Image:
    """Return every layout, one a row, in every format."""
    brand = read_brief(Path("briefs/spring-refill.yaml")).brand
    story = load_channels()["instagram"].images.story
    height, left = 200, GAP
    widths = [round(height * width / tall) for width, tall in FORMATS]
    sheet = Image.new("RGB", (sum(widths) + GAP * 7, (height + GAP) * len(LAYOUTS) + GAP), "#d9d9d9")
    for across, size in enumerate(FORMATS):
        safe = Insets(*story.safe.edges) if size[1] == story.height else Insets()
        for down, (layout, (said, place)) in enumerate(LAYOUTS.items()):
            words = CardWords(brand=brand.name, link="tidewell.example/refill", **said)
            cards = (
                render_card(words, brand.palette, size, seed=7 * across + down, place=at, safe=safe)
                for at in range(place + 12 * across, place + 12 * across + 12)
            )
            card = next(card for card in cards if card.layout == layout)
            picture = Image.open(io.BytesIO(card.data)).convert("RGB")
            small = picture.resize((widths[across], height), Image.Resampling.LANCZOS)
            sheet.paste(small, (left, GAP + down * (height + GAP)))
        left += widths[across] + GAP
    return sheet


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
