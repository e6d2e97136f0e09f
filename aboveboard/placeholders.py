"""What the placeholders of the pattern language meet, language by language. `measures.py` reads their values."""

from dataclasses import dataclass
from functools import cache

# Zones as people write them after a time of day, and the IANA names their clocks keep.
ZONES = {
    "utc": "UTC",
    "gmt": "Europe/London",
    "bst": "Europe/London",
    "uk time": "Europe/London",
    "cet": "Europe/Berlin",
    "cest": "Europe/Berlin",
    "mez": "Europe/Berlin",
    "mesz": "Europe/Berlin",
    "et": "America/New_York",
    "est": "America/New_York",
    "edt": "America/New_York",
    "ct": "America/Chicago",
    "cst": "America/Chicago",
    "cdt": "America/Chicago",
    "pt": "America/Los_Angeles",
    "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles",
}
DIGITS = r"(?:\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d+)?)"
# A hundred and more, but no year of the last or this century, which asserts nothing by itself.
HOUR = r"(?:[01]?\d|2[0-4])(?:[:.][0-5]\d)?"
LARGE = r"(?:\d{1,3}(?:[.,' ]\d{3})+|[1-9]\d{2}|1[0-8]\d{2}|2[1-9]\d{2}|[3-9]\d{3}|[1-9]\d{4,})"
CURRENCY = {
    "EUR": ("€", "eur", "euro", "euros"),
    "USD": ("us$", "$", "usd", "dollar", "dollars", "dólares"),
    "GBP": ("£", "gbp", "pounds", "pfund", "libras"),
    "CHF": ("chf", "franken", "francs"),
    "INR": ("₹", "inr", "rupees"),
}
UNITS = (
    "ml|cl|l|litre|litres|liter|liters|litro|litros|litri|g|gram|grams|gramm|kg|kilo|kilos|mg|t|tonne|tonnes|tons|"
    "tonnen|toneladas|mm|cm|m|metre|metres|meter|meters|metros|km|miles|inch|inches|w|kw|kwh|watt|mah|gb|tb|mb|"
    "°c|kcal|calories|co2e?"
)


@dataclass(frozen=True)
class Words:
    """One language's words for numbers, times and days, as alternatives of a regular expression."""

    small: str  # number words below a hundred
    scales: str  # number words that multiply
    few: str
    about: str  # what makes a count a lower bound or a rounding
    crowds: str  # counts without a number
    units_of_time: str
    percent: str
    multiples: str
    weekdays: str
    months: str
    day_prefix: str
    near_days: str
    clock: str
    clock_prefix: str
    from_to: str  # between the two ends of a range
    hour_prefix: str  # before a bare hour: "until eight"
    halves: str  # "half past", "viertel vor"
    period_prefix: str  # before a month, a season, a feast or a year
    seasons: str
    feasts: str
    fractions: str
    free: str  # for no money
    in_every: str  # between the numbers of "1 in 3"


EN_ONES = "one|two|three|four|five|six|seven|eight|nine"
DE_ONES = "ein|eins|eine|einen|einem|einer|zwei|drei|vier|fünf|sechs|sieben|acht|neun"
ES_ONES = "uno|una|un|dos|tres|cuatro|cinco|seis|siete|ocho|nueve"
FR_ONES = "un|une|deux|trois|quatre|cinq|six|sept|huit|neuf"
IT_ONES = "uno|una|un|due|tre|quattro|cinque|sei|sette|otto|nove"
TENS = {
    "en": "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety",
    "de": "zwanzig|dreissig|vierzig|fünfzig|sechzig|siebzig|achtzig|neunzig",
    "es": "veinte|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa",
    "fr": "vingt|trente|quarante|cinquante|soixante",
    "it": "venti|trenta|quaranta|cinquanta|sessanta|settanta|ottanta|novanta",
}

WORDS = {
    "en": Words(
        small=f"(?:{TENS['en']})(?:[- ](?:{EN_ONES}))?|{EN_ONES}|ten|eleven|twelve|thirteen|fourteen|fifteen|"
        "sixteen|seventeen|eighteen|nineteen|a dozen|half a dozen",
        scales="hundred|thousand|million|billion|k|m|mn|bn",
        few="a few|few|very few|a handful(?: of)?|a couple(?: of)?|limited",
        about="over|more than|at least|almost|nearly|about|around|some|up to",
        crowds="thousands|hundreds|millions|tens of thousands|hundreds of thousands|dozens",
        units_of_time="s|secs?|seconds?|mins?|minutes?|h|hrs?|hours?|d|days?|nights?|wks?|weeks?|fortnights?|months?|years?",
        percent="%|percent|per cent|pct",
        multiples="twice|double|triple|three times|half",
        weekdays="monday|tuesday|wednesday|thursday|friday|saturday|sunday",
        months="january|february|march|april|may|june|july|august|september|october|november|december|"
        "jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec",
        day_prefix="on|on the|this|this coming|next|the",
        near_days="today|tonight|tomorrow|tomorrow night|this evening|this afternoon|this morning|this weekend|"
        "the weekend|this week|midnight|midnight tonight|tonight at midnight|"
        "(?:the )?end of (?:the |this )?(?:day|week|month|year)",
        clock=r"\d{1,2}(?:[:.]\d{2})? ?[ap]\.?m\.?|\d{1,2}:\d{2}(?: h)?|noon|midday|midnight|\d{1,2} o'clock",
        clock_prefix="at|by|from|until|till",
        from_to="to|until|through",
        hour_prefix="(?:from|until|till|by|before|after|at|between)",
        halves="(?:(?:from|until|till|by|before|after|at|between) )?(?:(?:half|quarter) (?:past|to)|half)",
        period_prefix="in|since|by|until|till|before|after|from|for|of|this|last|next|early|late|mid|through|during",
        seasons="spring|summer|autumn|winter",
        feasts="new year's eve|new year's day|new year's|christmas eve|christmas day|christmas|boxing day|easter|"
        "halloween|black friday|valentine's day",
        fractions="half|(?:a|one) (?:third|quarter|fifth|tenth)|two[- ](?:thirds|fifths)|"
        "three[- ](?:quarters|fifths)|four[- ]fifths",
        free="free(?: of charge)?|for nothing|on the house|costs? nothing|costs? you nothing|"
        "nothing to pay|no charge|without charge|complimentary",
        in_every="in|out of|of every|in every",
    ),
    "de": Words(
        small=f"(?:(?:{DE_ONES})und)?(?:{TENS['de']})|{DE_ONES}|zehn|elf|zwölf|dreizehn|vierzehn|fünfzehn|sechzehn|"
        "siebzehn|achtzehn|neunzehn|ein dutzend",
        scales="hundert|tausend|million|millionen|mio|tsd",
        few="(?:ganz )?wenige|ein paar|eine handvoll|wenig|begrenzte",
        about="über|mehr als|mindestens|fast|knapp|rund|etwa|bis zu",
        crowds="tausende|hunderte|millionen|zehntausende|hunderttausende|dutzende",
        units_of_time="sekunden?|min|minuten?|h|std|stunden?|tage?n?|nächten?|nacht|wochen?|monate?n?|jahre?n?",
        percent="%|prozent",
        multiples="doppelt|doppelte|dreifach|zweimal|dreimal|halb|hälfte",
        weekdays="montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag",
        months="januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember|"
        "jan|feb|mär|apr|jun|jul|aug|sept?|okt|nov|dez",
        day_prefix="am|den|dem|der|diesen|diesem|kommenden|kommendem|nächsten|nächstem|zum",
        near_days="heute|heute abend|heute nacht|morgen|morgen abend|dieses wochenende|diesem wochenende|"
        "am wochenende|diese woche|dieser woche|mitternacht|heute um mitternacht|"
        "(?:zum |am )?(?:ende (?:des|dieses) (?:tages|monats|jahres)|ende (?:der|dieser) woche|monatsende|"
        "jahresende)",
        clock=r"\d{1,2}(?:[:.]\d{2})? ?uhr|\d{1,2}:\d{2}|mittag|mitternacht",
        clock_prefix="um|ab|bis|gegen",
        from_to="bis",
        hour_prefix="um|ab|bis|gegen|vor|nach",
        halves="(?:(?:um |ab |bis )?(?:halb|viertel (?:vor|nach)))",
        period_prefix="im|seit|bis|vor|nach|ab|für|diesen|diesem|letzten|letztem|nächsten|nächstem|anfang|ende|mitte|in",
        seasons="frühjahr|frühling|sommer|herbst|winter",
        feasts="silvester|neujahr|heiligabend|weihnachten|ostern|nikolaus|black friday",
        fractions="die hälfte|ein (?:drittel|viertel|fünftel|zehntel)|zwei (?:drittel|fünftel)|drei(?: |)viertel",
        free="kostenlos\\w*|gratis|umsonst|kostet nichts|kostenfrei\\w*|eintritt frei|geschenkt",
        in_every="von",
    ),
    "es": Words(
        small=f"(?:{TENS['es']})(?: y (?:{ES_ONES}))?|{ES_ONES}|diez|once|doce|trece|catorce|quince|dieciséis|"
        "diecisiete|dieciocho|diecinueve|veintiun[oa]|veintidós|veintitrés|veinticuatro|veinticinco|veintiséis|"
        "veintisiete|veintiocho|veintinueve|una docena",
        scales="cien|ciento|cientos|mil|millón|millones",
        few="(?:muy )?poc[oa]s|un par(?: de)?|un puñado(?: de)?|unas pocas|unos pocos|contad[oa]s",
        about="más de|al menos|casi|cerca de|unos|unas|hasta",
        crowds="miles|cientos|millones|decenas|decenas de miles",
        units_of_time="segundos?|min|minutos?|h|horas?|días?|noches?|semanas?|mes|meses|años?",
        percent="%|por ciento|por cien",
        multiples="el doble|doble|el triple|triple|dos veces|tres veces|la mitad",
        weekdays="lunes|martes|miércoles|jueves|viernes|sábado|domingo",
        months="enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|"
        "ene|feb|mar|abr|jun|jul|ago|sept?|oct|nov|dic",
        day_prefix="el|este|el próximo|al|del|el día",
        near_days="hoy|esta noche|esta tarde|hoy mismo|mañana|este fin de semana|el fin de semana|esta semana|"
        "medianoche|(?:a )?la medianoche|(?:el )?fin(?:al)?(?:es)? de (?:mes|semana|año)",
        clock=r"\d{1,2}:\d{2}(?: ?h)?|\d{1,2} ?h|las \d{1,2}(?::\d{2})?|mediodía|medianoche",
        clock_prefix="a|a las|desde|hasta|a la",
        from_to="a|hasta",
        hour_prefix="a las|hasta las|desde las|de|antes de las",
        halves="(?:a las)",
        period_prefix="en|desde|hasta|para|antes de|después de|de|este|pasado|próximo",
        seasons="primavera|verano|otoño|invierno",
        feasts="nochevieja|año nuevo|nochebuena|navidad|reyes|semana santa|halloween|black friday",
        fractions="la mitad|(?:un|una) (?:tercio|cuarto|quinto|tercera parte|cuarta parte)|dos tercios|"
        "tres cuartos",
        free="gratis|gratuit[oa]s?|sin coste|no cuesta nada",
        in_every="(?:[a-zà-ž]+ )?de cada",
    ),
    "fr": Words(
        small=f"(?:{TENS['fr']})(?:[- ](?:et[- ])?(?:{FR_ONES}))?|{FR_ONES}|dix|onze|douze|treize|quatorze|quinze|"
        "seize|dix-sept|dix-huit|dix-neuf|quatre-vingts?|une douzaine",
        scales="cent|cents|mille|million|millions",
        few="quelques|peu de|une poignée(?: de)?|de rares|rares",
        about="plus de|au moins|presque|près de|environ|jusqu'à",
        crowds="milliers|centaines|millions|dizaines",
        units_of_time="secondes?|min|minutes?|h|heures?|jours?|nuits?|semaines?|mois|ans?|années?",
        percent="%|pour cent|pourcent",
        multiples="deux fois|trois fois|le double|double|le triple|la moitié",
        weekdays="lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche",
        months="janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre",
        day_prefix="le|ce|au|du",
        near_days="aujourd'hui|ce soir|cette nuit|demain|demain soir|ce week-end|cette semaine|minuit|"
        "(?:la )?fin (?:du mois|de la semaine|de l'année)",
        clock=r"\d{1,2} ?h(?: ?\d{2})?|\d{1,2}:\d{2}|midi|minuit",
        clock_prefix="à|dès|jusqu'à",
        from_to="à",
        hour_prefix="à|dès|jusqu'à|avant|après|vers",
        halves="(?:à)",
        period_prefix="en|depuis|jusqu'en|avant|après|pour|de|ce|cet|dernier|au",
        seasons="printemps|été|automne|hiver",
        feasts="saint-sylvestre|nouvel an|jour de l'an|noël|pâques|halloween|black friday",
        fractions="la moitié|un (?:tiers|quart|cinquième|dixième)|deux tiers|trois quarts",
        free="gratuite?s?|offerte?s?|ne coûte rien|sans frais",
        in_every="(?:[a-zà-ž]+ )?sur",
    ),
    "it": Words(
        small=f"(?:{TENS['it']})(?:due|tre|quattro|cinque|sei|sette|nove)?|{IT_ONES}|dieci|undici|dodici|tredici|"
        "quattordici|quindici|sedici|diciassette|diciotto|diciannove|ventuno|ventotto|trentuno|una dozzina",
        scales="cento|mille|mila|milione|milioni",
        few="poch[ie]|pochissim[ie]|una manciata(?: di)?|alcun[ie]|qualche",
        about="oltre|più di|almeno|quasi|circa|fino a",
        crowds="migliaia|centinaia|milioni|decine",
        units_of_time="secondi|secondo|min|minut[oi]|h|or[ae]|giorn[oi]|nott[ei]|settiman[ae]|mes[ei]|ann[oi]",
        percent="%|per cento|percento",
        multiples="due volte|tre volte|il doppio|doppio|il triplo|la metà",
        weekdays="lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica",
        months="gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre",
        day_prefix="il|l'|questo|questa|prossimo|prossima|al|di",
        near_days="oggi|stasera|stanotte|domani|domani sera|questo weekend|questo fine settimana|questa settimana|"
        "mezzanotte|(?:la )?fine (?:del mese|della settimana|dell'anno)",
        clock=r"\d{1,2}:\d{2}|le \d{1,2}(?::\d{2})?|ore \d{1,2}(?::\d{2})?|mezzogiorno|mezzanotte",
        clock_prefix="alle|a|dalle|fino alle|ore",
        from_to="a|fino a",
        hour_prefix="alle|dalle|fino alle|dopo le|prima delle",
        halves="(?:alle)",
        period_prefix="a|in|da|dal|fino a|entro|per|di|prima di|questo|questa|scorso|prossimo",
        seasons="primavera|estate|autunno|inverno",
        feasts="san silvestro|capodanno|vigilia di natale|natale|pasqua|befana|halloween|black friday",
        fractions="la metà|un (?:terzo|quarto|quinto|decimo)|due terzi|tre quarti",
        free="gratis|gratuit[oaie]|in omaggio|non costa nulla",
        in_every="(?:[a-zà-ž]+ )?su",
    ),
}

NAMES = (
    "date",
    "time",
    "duration",
    "quantity",
    "few",
    "count",
    "price",
    "percent",
    "times",
    "measure",
    "many",
    "number",
    "to",
    "hour",
    "monthday",
    "period",
    "month",
    "share",
    "free",
    "weekday",
)


@cache
def meets(name: str, language: str) -> str:
    """Return the expression, without capturing groups, that placeholder `name` stands for in `language`."""
    words = WORDS.get(language, WORDS["en"])
    number = _number(words)
    money = "|".join(
        sorted((_literal(sign) for signs in CURRENCY.values() for sign in signs), key=len, reverse=True)
    )
    some = f"(?:(?:{words.about}) )?"
    # "may" and "march" are more often other words than months, unless a preposition stands before them.
    long_months = "|".join(month for month in words.months.split("|") if len(month) > 5)
    return {
        "number": DIGITS,
        "quantity": number,
        "many": f"{some}(?:{LARGE}\\+?|{number} (?:{words.scales}){_rest(words)})",
        "few": f"(?:{words.few})",
        "count": f"(?:{some}{number}\\+?|(?:{words.crowds})(?: (?:and|und|y|et|e) (?:{words.crowds}))?)",
        "duration": f"(?:{DIGITS} ?|(?:{number}|{words.few}|a|an|half an?)[ -])(?:{words.units_of_time})",
        "time": f"(?:{words.clock})",
        "price": f"(?:{some}(?:(?:{money}) ?{number}|{number} ?(?:{money})))",
        "percent": f"(?:{some}{number} ?(?:{words.percent}))",
        "times": f"(?:{DIGITS} ?x|{number}(?: times| mal|-mal|-fach| veces| fois| volte)|{words.multiples})",
        "measure": f"{some}(?:{DIGITS} ?|{number}[ -])(?:{UNITS})",
        "date": _date(words),
        "weekday": f"(?:(?:(?:{words.day_prefix}) )?(?:{words.weekdays}))",
        "to": f"(?: ?- ?| (?:{words.from_to}) )",
        "hour": f"(?:(?:{words.hour_prefix}) (?:{HOUR}|{words.small})|{words.halves} (?:{HOUR}|{words.small}))",
        "monthday": r"(?:(?:the|le|il|el|am|zum|den|der|del|al|au|du) )?"
        r"(?:\d{1,2}(?:st|nd|rd|th|er|º)(?: of (?:this|the) month)?"
        r"|\d{1,2}\. (?:dieses|des) monats|\d{1,2} (?:de este mes|de ce mois|di questo mese))",
        "period": f"(?:(?:(?:{words.period_prefix})(?: the)? )?(?:{long_months}|{words.seasons}|{words.feasts})"
        f"(?: (?:19|20)\\d\\d)?|(?:{words.period_prefix}) (?:{words.months}|(?:19|20)\\d\\d))",
        "month": f"(?:(?:(?:{words.period_prefix}) )?(?:{words.months})(?: (?:19|20)\\d\\d)?)",
        "free": f"(?:{_expanded(words.free)})",
        "share": f"(?:{number} (?:{words.in_every}) {number}|{words.fractions})",
    }[name]


def bounds(language: str) -> str:
    """Return, as alternatives, the words that make a number a bound or a rounding: "over", "almost"."""
    return WORDS.get(language, WORDS["en"]).about


def _number(words: Words) -> str:
    # A number word needs a gap before its unit, or a "tent" would be ten tonnes; only hundreds may follow at once.
    spelled = f"(?:{words.small})(?:(?:(?:hundert|tausend|cento|mila)|[- ](?:{words.scales}))+{_rest(words)})?"
    whole = f"(?:half )?(?:a|ein|eine|un|une) (?:{words.scales}){_rest(words)}"
    return f"(?:{DIGITS}(?: ?(?:{words.scales}))*|{spelled}|{whole})"


def _rest(words: Words) -> str:
    return f"(?:(?: and| y| et)? (?:{words.small}))?"  # two hundred and fourteen


def _date(words: Words) -> str:
    ordinal = r"(?:st|nd|rd|th|er|º|ª|\.)?"
    year = r"(?:\.?,? (?:de |del )?\d{4})?"
    month = f"(?:{words.months})"
    dotted = r"(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])\.(?:\d{4}|\d{2})?"  # "26.99." is a price
    numeric = rf"\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}/\d{{1,2}}(?:/(?:\d{{4}}|\d{{2}}))?|{dotted}"
    day, tail = rf"\d{{1,2}}{ordinal}", r"\d{1,2}(?:st|nd|rd|th)?"
    dated = f"(?:{day} (?:of |de |di )?{month}{year}|{month}\\.? (?:the )?{tail}{year}|{numeric})"
    short = "|".join(sorted({day[:length] for day in words.weekdays.split("|") for length in (2, 3)}))
    prefix = f"(?:(?:{words.day_prefix}) )?"
    weekday = f"(?:(?:{words.weekdays})s?)"
    full = f"{prefix}(?:(?:{weekday}|(?:{short})\\.?),? (?:{words.day_prefix})? ?)?{dated}"
    clock = f"(?:,? (?:(?:{words.clock_prefix}) )?(?:{words.clock})(?: \\(?(?:{'|'.join(ZONES)})\\)?)?)?"
    part_of_day = "(?: (?:morning|afternoon|evening|night|abend|nacht|noche|tarde|soir|sera))?"
    return f"(?:(?:{full}|{prefix}{weekday}{part_of_day}|{words.near_days}){clock})"


def _expanded(words: str) -> str:
    return words.replace(r"\w", "[a-zà-ž]")


def _literal(sign: str) -> str:
    return sign.replace("$", r"\$")
