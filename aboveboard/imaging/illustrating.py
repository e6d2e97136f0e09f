"""From a caption to its picture: the card's words, a backdrop if there is a painter, alt text."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from aboveboard.brief import Brief
from aboveboard.channel import Channel, Images
from aboveboard.commission import Painter, Room, Scene
from aboveboard.digests import digest
from aboveboard.draft import Caption, Judged, Picture
from aboveboard.errors import ImageError
from aboveboard.finding import Evidence, Finding, Severity
from aboveboard.imaging.alt_text import alt_text, colour_name
from aboveboard.imaging.card import Backdrop, Card, CardWords, house_of, render_card
from aboveboard.imaging.colour import Scheme
from aboveboard.imaging.emphasis import listed, occasion, quotation
from aboveboard.imaging.logo import read_logo
from aboveboard.imaging.sheet import NOTHING, Insets
from aboveboard.keeping import keep as keep_file
from aboveboard.picturing import inspect_wishes, is_abstract, label_for, refused
from aboveboard.plan import Slot
from aboveboard.policy import Policy, Thresholds
from aboveboard.prompts import render

PLAIN = "card:plain"
NO_PICTURE = "no-picture"  # what a draft is flagged with whose picture can't be made
DETAIL = 110  # letters of a fact's statement that still make a line under a headline
ADDRESS = 32  # letters of a host and path that can be read off a picture


def illustrated(
    judged: Judged,
    brief: Brief,
    channel: Channel,
    painter: Painter | None,
    policy: Policy,
    *,
    keep: Callable[[bytes], str],
    painted: Path,
    workspace: Path | None = None,
) -> Judged:
    """Return `judged` with its draft's picture, handed to `keep`; or with a finding that says why there is none.

    `painted` is the folder in which painted backdrops are kept, so that none is paid for twice. What a painter
    would be asked for is judged first: where it is refused the painter isn't called, the card is plain and the
    draft is flagged.
    """
    draft = judged.draft
    label = None
    if painter and channel.images:
        told_words = not is_abstract(painter.id)
        asked = prompts_for(draft.caption, brief, channel.images, workspace) if told_words else ()
        found = inspect_wishes(asked, brief, draft.slot, policy)
        label = label_for(brief, draft.slot, policy, painter.id, found)
        judged = _flagged(judged, found)
        painter = None if refused(found, policy, label) else painter
    try:
        picture, data = illustrate(
            draft.caption, brief, draft.slot, channel, painter, policy.thresholds,
            variant=draft.variant, painted=painted, workspace=workspace, label=label,
        )  # fmt: skip
    except ImageError as problem:
        return _flagged(judged, (_no_picture(problem),))
    keep(data)
    return judged.model_copy(update={"draft": draft.model_copy(update={"picture": picture})})


def _flagged(judged: Judged, findings: tuple[Finding, ...]) -> Judged:
    told = (*judged.inspection.findings, *findings)
    return judged.model_copy(update={"inspection": judged.inspection.model_copy(update={"findings": told})})


def prompts_for(caption: Caption, brief: Brief, page: Images, workspace: Path | None = None) -> tuple[str, ...]:
    """Return every text that decides what is painted: the brief's wishes as written, and the whole prompt."""
    wishes = brief.images.wishes if brief.images else None
    prompt = scene_for(caption, brief, page, 0, workspace).prompt
    return (wishes, prompt) if wishes else (prompt,)


def illustrate(
    caption: Caption,
    brief: Brief,
    slot: Slot,
    channel: Channel,
    painter: Painter | None,
    thresholds: Thresholds,
    *,
    variant: str = "a",
    painted: Path | None = None,
    workspace: Path | None = None,
    label: str | None = None,
) -> tuple[Picture, bytes]:
    """Return the picture of one slot's variant and its file; without a painter, a plain typographic card.

    A painted card bears `label`, where there is one.

    Raises:
        ImageError: The channel takes no picture, or the card can't be set, painted or made legible.
    """
    page = channel.images
    if page is None:
        raise ImageError(f"{channel.title} takes no pictures. Leave {channel.id} out of images.channels.")
    chosen = {"seed": brief.images.seed} if brief.images and brief.images.seed else {}
    seed = int(digest({"campaign": brief.campaign, "slot": slot.id, "variant": variant, **chosen})[:8], 16)
    place = slot.number * brief.variants + ord(variant[0]) - ord("a")
    scene = scene_for(caption, brief, page, seed, workspace, place=place)
    card = render_card(
        card_words(caption, brief, slot).model_copy(update={"label": label if painter else None}),
        brief.brand.palette,
        (page.width, page.height),
        seed=seed,
        place=place,
        backdrop=backdrop_by(painter, scene, painted) if painter else None,
        minimum_contrast=thresholds.minimum_contrast,
        most_bytes=page.most_bytes.value,
        jpeg="image/png" not in page.formats,
        safe=Insets(*page.safe.edges) if page.safe else NOTHING,
        logo=read_logo(brief.brand.logo, workspace) if brief.brand.logo else None,
        workspace=workspace,
    )
    return _picture(card, slot, page, painter, seed), card.data


def card_words(caption: Caption, brief: Brief, slot: Slot) -> CardWords:
    """Return what the card says: the caption's headline, and under it the slot's fact where it adds to that.

    What the fact dates, quotes or lists is made much of, if the caption rests on the fact.
    """
    fact = brief.fact(slot.focus) if not caption.facts or slot.focus in caption.facts else None
    statement = brief.says(fact.statement, slot.language) if fact else None
    return CardWords(
        headline=caption.headline,
        brand=brief.brand.name,
        detail=_detail(caption.headline, statement),
        link=address(brief.action.link),
        occasion=occasion(fact, brief, slot.language) if fact else None,
        quotation=quotation(fact, brief, slot.language) if fact else None,
        entries=_beside(listed(statement or "", slot.language), caption.headline),
        language=slot.language,
    )


def address(link: str) -> str:
    """Return the host of `link`, with its path where that is short enough to be read off a picture."""
    parts = urlsplit(link)
    host = (parts.hostname or "").removeprefix("www.")
    full = host + parts.path.rstrip("/")
    return full if len(full) <= ADDRESS and full.isascii() else host


def scene_for(
    caption: Caption, brief: Brief, page: Images, seed: int, workspace: Path | None = None, *, place: int = 0
) -> Scene:
    """Return what to paint behind the headline: the brand's colours in words, and the brief's wishes as data."""
    wishes = brief.images
    avoid = wishes.avoid if wishes else ()
    colours = brief.brand.palette.model_dump().values()
    prompt = render(
        "image",
        workspace,
        subject=caption.headline,
        wishes=wishes.wishes if wishes and wishes.wishes else "",
        avoid=avoid,
        colours=tuple(dict.fromkeys(colour_name(colour, "en") for colour in colours)),
    )
    negative = ", ".join(["lettering", "text", "logo", "watermark", "person", "face", *avoid])
    return Scene(
        prompt=prompt,
        negative=negative,
        width=page.width,
        height=page.height,
        seed=seed,
        wishes=wishes.wishes if wishes and wishes.wishes else "",
        house=house_of(brief.brand.name, brief.brand.palette),
        place=place,
    )


def backdrop_by(painter: Painter, scene: Scene, folder: Path | None) -> Backdrop:
    """Return the backdrop of `scene`: in each card's colours where the painter can, else painted once for all."""
    motif = painter.motif(scene)
    free = scene.model_copy(update={"wishes": "", "house": 0, "place": 0})  # in its prompt already

    @cache
    def paint(scheme: Scheme, rooms: tuple[Room, ...]) -> bytes:
        colours = (scheme.ground, *scheme.shapes)
        bound = scene.model_copy(update={"prompt": "", "negative": "", "colours": colours, "rooms": rooms})
        return backdrop_for(painter, bound, folder)

    once = cache(lambda: backdrop_for(painter, free, folder))
    return Backdrop(paint, motif) if motif else Backdrop(lambda scheme, rooms: once())


def backdrop_for(painter: Painter, scene: Scene, folder: Path | None) -> bytes:
    """Return the backdrop of `scene`, painted now or kept in `folder` from before.

    A kept file is named by what was asked and by the digest of what came; one that was changed since isn't used.
    """
    if folder is None:
        return painter.paint(scene)
    asked = digest({"painter": painter.id, "scene": scene})
    for place in sorted(folder.glob(f"{asked}-*.png")):
        data = place.read_bytes()
        if place.stem == f"{asked}-{digest(data)}":
            return data
    data = painter.paint(scene)
    keep_file(folder / f"{asked}-{digest(data)}.png", data)
    return data


def _detail(headline: str, statement: str | None) -> str | None:
    """Return the fact if it is short and the headline leaves most of it out."""
    if not statement or len(statement) > DETAIL:
        return None
    said, stated = _stems(headline), _stems(statement)
    return statement if len(said & stated) < 0.5 * len(said) else None


def _beside(entries: tuple[str, ...], headline: str) -> tuple[str, ...]:
    """Return what a fact lists, unless the headline says some of it already."""
    told = headline.casefold()
    return () if any(entry.casefold() in told for entry in entries) else entries


def _stems(words: str) -> set[str]:
    letters = "".join(letter if letter.isalnum() else " " for letter in words.casefold())
    return {word[:5] for word in letters.split() if len(word) > 2 or word.isdigit()}


def _picture(card: Card, slot: Slot, page: Images, painter: Painter | None, seed: int) -> Picture:
    return Picture(
        digest=digest(card.data),
        media_type=card.media_type,
        width=card.width,
        height=card.height,
        alt_text=alt_text(card, slot.language, page.alt),
        words=card.lines,
        provider=painter.id if painter else PLAIN,
        generated=painter is not None,
        seed=seed,
        contrast=card.contrast,
    )


def _no_picture(problem: ImageError) -> Finding:
    return Finding(
        rule=NO_PICTURE,
        severity=Severity.REVIEW,
        asset="image_text",
        start=0,
        end=0,
        quote="",
        evidence=(Evidence(kind="crash", says=str(problem)[:400]),),
        message=f"The slot wants a picture, and none could be made: {problem.problems[0]}",
        fix="Shorten or change the headline, or approve the post without a picture.",
        layer="imaging",
    )
