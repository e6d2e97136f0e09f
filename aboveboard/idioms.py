"""Numbers that assert nothing: phone numbers, list numbers, "24/7", one-of-a-kind; and numbers that only play."""

ADDRESS = (
    r"https?://[^ ]+|www\.[^ ]+|[^ ]+@[^ ]+|[^ ]+\.(?:com|org|net|example|eu|de|fr|es|it|io|co)(?:/[^ ]*)?|#\w+|"
    r"\d{3,5}[ -]\d{3,6}([ -]\d+)*"
)
IDIOMS: dict[str, tuple[str, ...]] = {
    "en": (
        ADDRESS,
        r"24/7|9[- ]to[- ]5|50/50|fifty[- ]fifty|20/20|360°",
        r"360[- ]?(degrees?|grad|grados|degrés|gradi|views?|tours?|panoramas?)",
        r"one[- ](of[- ]a[- ]kind|off|to[- ]one|another|day|by one|liner)",
        r"(no|every|any|some|this|that|the|which|each|either|another|only|good|old|new|big|little|last|next|"
        r"first) one",
        r"one (of|who|that|is|thing|more thing|where|you|way|or another|side)|zero[- ](waste|emission|proof|hour)",
        r"(call|ring|phone|tel|text|whatsapp|dial)[:.]? (\w+ )?[+\d][\d ()/-]{5,}",
        r"\+\d[\d ()/-]{6,}|0\d[\d ()/-]{6,}",
        r"(room|page|hall|route|bus|line|platform|gate|iso|chapter|track|step|day|week|part|episode|season|no\.?|"
        r"lot|pier|studio|level|unit|floor|bay|table|vol\.?|en|din) \d+\w?|number \d{1,2}",
        r"[2-6]g|4k|8k|mp3|web3|covid-19|b12|3d|2d|h2o|co2",
        r"(\w+-|feel |set |break |be |get |keep |of |is |are |still |hands )free",
        r"free (from|of|to|time|range|will|spirit|fall|"
        r"kick|house|speech|day|evening|hand|spot|seat|place|bed|table|standing|trade)s?|free-\w+|for nothing but",
        r"two cents|on cloud nine|second to none|one and only|at sixes and sevens|the whole nine yards",
        r"back to square one",
    ),
    "de": (
        r"24/7|50/50",
        r"(raum|saal|seite|bus|linie|gleis|kapitel|iso|halle|tag|woche|teil|folge|nr\.?|nummer|din|"
        r"tisch|etage) \d+\w?",
        r"(tel\.?|telefon|ruf|anruf)[:.]? (\w+ )?[+\d][\d ()/-]{5,}|\+\d[\d ()/-]{6,}|0\d[\d ()/-]{6,}",
    ),
    "es": (r"24/7|(sala|página|línea|autobús|capítulo|número|día) \d+\w?|\+?\d[\d ()/-]{7,}",),
    "fr": (r"24/7|24h/24|7j/7|(salle|page|ligne|bus|chapitre|numéro|n°|jour) \d+\w?|\+?\d[\d ()/-]{7,}",),
    "it": (r"24/7|(sala|pagina|linea|autobus|capitolo|numero|giorno) \d+\w?|\+?\d[\d ()/-]{7,}",),
}
HYPERBOLE: dict[str, tuple[str, ...]] = {
    "en": (
        r"(a|one) (thousand|million|hundred) (thanks|times|reasons|ways|kisses|and one|things)",
        r"thanks a (million|bunch)",
        r"(100|110|1000|hundred|hundred and ten) ?(%|percent|per cent) (you|yours|us|me|"
        r"ready|worth it|sure|yes|love|fun)",
        r"(give|giving|gave|gives) (it |us )?(your |my |our )?(100|110) ?%",
        r"(twice|double|half) the (fun|joy|love|battle)",
    ),
    "de": (
        r"(tausend|tausendmal|hundertmal|eine million) (dank|küsse|gründe)",
        r"(100|110) ?(%|prozent) (du|deins|wir|liebe)",
    ),
    "es": (r"mil (gracias|besos|razones)|(100|110) ?% (tú|tuyo|nosotros)",),
    "fr": (r"mille (mercis|merci|baisers|raisons)|(100|110) ?% (toi|vous|nous)",),
    "it": (r"mille (grazie|baci|ragioni)|(100|110) ?% (tu|tuo|noi)",),
}
