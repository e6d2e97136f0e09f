"""Alt text: what is on the card, in the slot's language, for whoever doesn't see it. Never "image of"."""

from typing import NamedTuple

from aboveboard.channel import Limit
from aboveboard.counting import measure
from aboveboard.imaging.card import Card
from aboveboard.imaging.colour import distance

COLOURS = (  # a plain name for each region of colour: English, German, Spanish
    ("#000000", "black", "Schwarz", "negro"),
    ("#ffffff", "white", "Weiß", "blanco"),
    ("#3d3f44", "dark grey", "Dunkelgrau", "gris oscuro"),
    ("#85878c", "grey", "Grau", "gris"),
    ("#d0d2d6", "light grey", "Hellgrau", "gris claro"),
    ("#f2f5f9", "off-white", "Naturweiß", "blanco roto"),
    ("#9fb3c8", "grey blue", "Graublau", "azul grisáceo"),
    ("#b5401b", "rust red", "Rostrot", "rojo óxido"),
    ("#f7f0e0", "cream", "Cremeweiß", "crema"),
    ("#d8c4a0", "beige", "Beige", "beis"),
    ("#7a4b2a", "brown", "Braun", "marrón"),
    ("#3f2618", "dark brown", "Dunkelbraun", "marrón oscuro"),
    ("#d42a2a", "red", "Rot", "rojo"),
    ("#7a1a1e", "dark red", "Dunkelrot", "rojo oscuro"),
    ("#d9634a", "brick red", "Ziegelrot", "rojo ladrillo"),
    ("#ee7f2d", "orange", "Orange", "naranja"),
    ("#f3b7a0", "pale orange", "Blassorange", "naranja pálido"),
    ("#efb944", "golden yellow", "Goldgelb", "amarillo dorado"),
    ("#fff05a", "yellow", "Gelb", "amarillo"),
    ("#a9d18a", "light green", "Hellgrün", "verde claro"),
    ("#3b9a48", "green", "Grün", "verde"),
    ("#12402b", "dark green", "Dunkelgrün", "verde oscuro"),
    ("#95c7ba", "pale green", "Blassgrün", "verde pálido"),
    ("#14a398", "turquoise", "Türkis", "turquesa"),
    ("#0f4143", "dark teal", "Dunkelpetrol", "verde azulado oscuro"),
    ("#a8cdf0", "light blue", "Hellblau", "azul claro"),
    ("#3566ee", "blue", "Blau", "azul"),
    ("#101f42", "dark blue", "Dunkelblau", "azul oscuro"),
    ("#7a4cc0", "violet", "Violett", "violeta"),
    ("#3a1e4a", "dark violet", "Dunkelviolett", "violeta oscuro"),
    ("#c6abe2", "lilac", "Flieder", "lila"),
    ("#f2a2c0", "pink", "Rosa", "rosa"),
    ("#d0308e", "magenta", "Magenta", "magenta"),
)


class Tongue(NamedTuple):
    """How one language says what is on a card. `look` and its like are format strings."""

    look: str
    among: str  # joins the last two colours
    reads: str
    below: str
    quotes: tuple[str, str]
    motifs: dict[str, str]


TONGUES = {
    "en": Tongue(
        "{ground} card with {motif} in {colours}.",
        " and ",
        "The words read: {words}",
        "From {brand}.",
        ("“", "”"),
        {
            "tiles": "a pattern of quarter circles and petals",
            "arcs": "broad concentric arcs",
            "waves": "a disc above waves",
            "discs": "overlapping discs",
            "ribbons": "slanting ribbons",
            "dots": "a field of dots",
            "arches": "nested arches",
            "quote": "a large quotation mark",
            "painted": "a background painted by a model",
            "painted-dawn": "a sky that brightens towards the horizon",
            "painted-mesh": "soft fields of colour",
            "painted-dunes": "ridges one behind another",
            "painted-waves": "rolling waves",
            "painted-paper": "layers of cut paper",
            "painted-arches": "arches within arches",
            "painted-ripples": "rings as in water",
            "painted-folds": "cloth in soft folds",
            "painted-leaves": "broad leaves",
            "painted-orbs": "round shapes in soft light",
        },
    ),
    "de": Tongue(
        "Karte in {ground} mit {motif} in {colours}.",
        " und ",
        "Darauf steht: {words}",
        "Von {brand}.",
        ("„", "“"),
        {
            "tiles": "einem Muster aus Viertelkreisen und Blattformen",
            "arcs": "breiten konzentrischen Bögen",
            "waves": "einer Scheibe über Wellen",
            "discs": "sich überlappenden Kreisen",
            "ribbons": "schrägen Bändern",
            "dots": "einem Raster aus Punkten",
            "arches": "ineinanderliegenden Rundbögen",
            "quote": "einem großen Anführungszeichen",
            "painted": "einem von einem Modell gemalten Hintergrund",
            "painted-dawn": "einem Himmel, der zum Horizont hin heller wird",
            "painted-mesh": "weichen Farbfeldern",
            "painted-dunes": "hintereinanderliegenden Höhenzügen",
            "painted-waves": "rollenden Wellen",
            "painted-paper": "Lagen aus geschnittenem Papier",
            "painted-arches": "Bögen in Bögen",
            "painted-ripples": "Ringen wie im Wasser",
            "painted-folds": "Stoff in weichen Falten",
            "painted-leaves": "breiten Blättern",
            "painted-orbs": "runden Formen in weichem Licht",
        },
    ),
    "es": Tongue(
        "Tarjeta de color {ground} con {motif} en {colours}.",
        " y ",
        "Se lee: {words}",
        "De {brand}.",
        ("«", "»"),
        {
            "tiles": "un mosaico de cuartos de círculo y pétalos",
            "arcs": "anchos arcos concéntricos",
            "waves": "un disco sobre ondas",
            "discs": "discos superpuestos",
            "ribbons": "bandas inclinadas",
            "dots": "una trama de puntos",
            "arches": "arcos dentro de arcos",
            "quote": "unas grandes comillas",
            "painted": "un fondo pintado por un modelo",
            "painted-dawn": "un cielo que se aclara hacia el horizonte",
            "painted-mesh": "campos de color suaves",
            "painted-dunes": "crestas una tras otra",
            "painted-waves": "olas que ruedan",
            "painted-paper": "capas de papel recortado",
            "painted-arches": "arcos dentro de arcos",
            "painted-ripples": "anillos como en el agua",
            "painted-folds": "tela en pliegues suaves",
            "painted-leaves": "hojas anchas",
            "painted-orbs": "formas redondas en luz suave",
        },
    ),
}


def alt_text(card: Card, language: str, limit: Limit | None) -> str:
    """Return what `card` shows and says, in `language`, within `limit`; the words on it come before its looks.

    In a language we don't describe pictures in, it is the card's own words alone.
    """
    for told in _tellings(card, language):
        if limit is None or measure(told, limit.unit) <= limit.value:
            return told
    return _shortened(card.words.headline, limit)


def colour_name(colour: str, language: str) -> str:
    """Return the plain name of the nearest colour in our table, in English, German or Spanish."""
    nearest = min(COLOURS, key=lambda entry: distance(entry[0], colour))
    return nearest[1 + ("en", "de", "es").index(language)]


def _tellings(card: Card, language: str) -> list[str]:
    """From the fullest telling to the barest."""
    words = card.told
    tongue = TONGUES.get(language)
    if tongue is None:
        return [" ".join([*map(_stopped, words), _stopped(card.words.brand)]), _stopped(words[0])]
    opening, closing = tongue.quotes
    quoted = [line if line.startswith(opening) else opening + line + closing for line in words]
    reads = _stopped(tongue.reads.format(words=", ".join(quoted)))
    look = _look(card, language, tongue)
    signed = tongue.below.format(brand=card.words.brand)
    return [f"{look} {reads} {signed}", f"{reads} {signed}", reads, quoted[0]]


def _look(card: Card, language: str, tongue: Tongue) -> str:
    ground = colour_name(card.scheme.ground, language)
    others = [colour_name(colour, language) for colour in card.colours]
    seen = [name for name in dict.fromkeys(others) if name != ground][:3] or [ground]
    colours = tongue.among.join([", ".join(seen[:-1]), seen[-1]]) if len(seen) > 1 else seen[0]
    told = tongue.look.format(ground=ground, motif=tongue.motifs[card.ornament or "painted"], colours=colours)
    return told[0].upper() + told[1:]


def _stopped(words: str) -> str:
    return words if words.rstrip("”“»")[-1:] in ".!?" else words + "."


def _shortened(words: str, limit: Limit | None) -> str:
    while limit and words and measure(words + "…", limit.unit) > limit.value:
        words = words.rpartition(" ")[0] or words[:-1]
    return words + "…"
