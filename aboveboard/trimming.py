"""Leave words out of a text so that what remains still reads: a phrase, a clause, a sentence, a link's parameter.

Each function is given where the words stand and returns the text without them, or None where no such cut would
leave a sentence whole. What a cut opens is mended: spaces, commas, capitals, list marks.
"""

import re

from aboveboard.normal import sentence

# Words that lead on: a phrase that begins with one can go, and no sentence may end with one.
SUBORDINATE = {
    "en": "if when while before until unless because since although though whereas",
    "de": "wenn während bevor bis weil da obwohl damit dass sobald solange",
    "es": "si cuando mientras antes hasta porque aunque",
    "fr": "si quand lorsque avant jusqu parce puisque bien",
    "it": "se quando mentre prima finché perché poiché sebbene",
}
LEADING = {
    "en": "so as for in on at by with from to of and or but than that which who whose the a an our your "
    "this these my its per like about into",
    "de": "als für in im am an auf bei mit von vom zu zum zur und oder aber der die das den dem des ein "
    "eine einen einem unser unsere dein deine euer eure ihre wer nur",
    "es": "que como para por en con de del a al y o pero el la los las un una nuestro nuestra tu su este esta",
    "fr": "car que comme pour par en dans avec de du des à au aux et ou mais le la les un une notre nos "
    "votre vos ton ta tes ce cette",
    "it": "che come per in con di del della a al alla e o ma il la lo i gli le un una nostro nostra tuo tua "
    "questo questa",
}
DETERMINERS = {
    "en": "the a an our your my their his her its this that these those every each some",
    "de": "der die das den dem des ein eine einen einem einer unser unsere unserem dein deine deinem euer "
    "eure ihr ihre ihrem jede jeder jedes diese dieser dieses",
    "es": "el la los las un una unos unas nuestro nuestra nuestros nuestras tu tus su sus este esta cada",
    "fr": "le la les un une des notre nos votre vos ton ta tes son sa ses ce cette ces chaque",
    "it": "il lo la i gli le un uno una nostro nostra nostri nostre tuo tua suo sua questo questa ogni",
}
JOINING = re.compile(r"^(?:and|but|so|or|und|aber|oder|y|o|pero|et|ou|mais|e|ma)\s+", re.IGNORECASE)
BOUNDARY = re.compile(r"[,;:]\s+|\s+[–—|·]\s+|\s+-\s+|\s*\((?=\w)|(?<=\w)\)\s*")
MARK = re.compile(r"^[\s>]*(?:[-*•·▸▪✓✔☑]\s+|\d{1,2}[.)]\s+)?")
CLOSING = re.compile(r"[.!?…]*[\"'»”’)\]]*\s*$")
VERB = re.compile(  # what follows an aside, and so is no further item of a list
    r"(?:is|are|was|were|has|have|had|can|will|does|ist|sind|war|hat|haben|kann|wird|es|son|está|tiene|est|sont|ont|"
    r"è|sono|ha)\b",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"\w+://|www\.|[@#]|[\w-]+\.\w+/")  # a link or a handle is spelled as it is spelled
HEADING = 4  # words before a colon that may go, as in "Last chance: the mill is open"
LEAST_WORDS = 3  # of a sentence that lost a clause


def without_phrase(text: str, start: int, end: int, language: str) -> str | None:
    """Leave out a modifier after its article, or an adverbial at the end of its clause."""
    before, after = text[:start], text[end:]
    previous = _last_word(before)
    leading = _of(LEADING, language) | _of(SUBORDINATE, language)
    ends_clause = not after.strip() or bool(re.match(r"\s*[,;:.!?…)\n–—]", after))
    if ends_clause and _first_word(text[start:end]) in leading and previous:
        return None if previous in leading else mended(text, before.rstrip() + after, language)
    follows = re.match(r"\s+(\w+)", after)
    modifies = (
        not re.search(r"\d", text[start:end]) and previous in _of(DETERMINERS, language) and before.endswith(" ")
    )
    if modifies and follows and follows[1].casefold() not in leading:
        if language == "en" and previous in {"a", "an"}:
            before = before[: -len(previous) - 1] + _article(before[-len(previous) - 1], follows[1]) + " "
        return mended(text, before + after.lstrip(), language)
    return None


def without_clause(text: str, start: int, end: int, language: str) -> str | None:
    """Leave out the clauses that `text[start:end]` touches, where their sentence has others."""
    first, last = sentence(text, start, end)
    body = CLOSING.sub("", text[first:last])
    closing = text[first + len(body) : last]
    cuts = [0, *(match.end() for match in BOUNDARY.finditer(body)), len(body)]
    clauses = [(first + a, first + b) for a, b in zip(cuts, cuts[1:], strict=False) if a < b]
    kept = [(a, b) for a, b in clauses if b <= start or end <= a]
    if not kept or len(kept) == len(clauses) or _introduces(text[first : kept[0][0]]):
        return None
    words = _joined([text[a:b] for a, b in kept if b <= start], [text[a:b] for a, b in kept if a >= end]).strip()
    if kept[-1] != clauses[-1]:
        words = re.sub(r"[\s,;:(–—|·-]+$", "", words)
    if kept[0][0] > first:
        words = _capital(JOINING.sub("", words)) if text[first:last].lstrip()[:1].isupper() else words
    if not _whole(words, language):
        return None
    return mended(text, text[:first] + words + closing + text[last:], language)


def _introduces(words: str) -> bool:
    """Whether what would be cut is more than a heading: then what follows its colon hangs on it."""
    return words.rstrip().endswith(":") and len(re.findall(r"\w+", words)) > HEADING


def _joined(before: list[str], after: list[str]) -> str:
    """Return what stood before and after a cut; a pair of dashes, or of commas around an aside, goes with it."""
    left, right = "".join(before), "".join(after)
    aside = re.search(r"\s+(?:[–—-]\s+|\()$", left) or re.match(VERB, right)
    return re.sub(r"[\s,(–—-]+$", " ", left) + right if left and right and aside else left + right


def without_sentence(text: str, start: int, end: int, language: str) -> str | None:
    """Leave out the sentences that `text[start:end]` touches; None where nothing else is said."""
    first, last = sentence(text, start, end)
    line = text.rfind("\n", 0, first) + 1
    if MARK.fullmatch(text[line:first]) or not re.search(r"\w", text[line:first]):
        first = line  # the mark of a list item goes with it, and so does an emoji before it
    stop = text.find("\n", last)
    rest_of_line = text[last : stop if stop >= 0 else len(text)]
    if first == line and "\n" not in text[first:last] and not re.search(r"\w", rest_of_line):
        last += len(rest_of_line)
    rest = text[:first] + ("\n" if "\n" in text[first:last] and first > line else "") + text[last:]
    return mended(text, rest, language) if re.search(r"\w{2}", rest) else None


def without_parameter(text: str, start: int, end: int) -> str:
    """Leave `name=value` at `text[start:end]` out of its link, with the sign that joined it."""
    stop = start + len(text[start:end].rstrip(".,;:!?)"))
    before, after = text[:start], text[stop:]
    if after.startswith("&"):
        return before + after[1:]
    return before[:-1] + after if before[-1:] in {"?", "&", "#", ";"} else before + after


def mended(before: str, text: str, language: str) -> str:
    """Return `text`, cut out of `before`, with what the cut left behind put right."""
    text = re.sub(r"(?<=\S)[ \t]{2,}", " ", text)
    text = re.sub(r"[ \t]+([,;.!?…])", r"\1", text) if language != "fr" else re.sub(r"[ \t]+([,.…])", r"\1", text)
    text = re.sub(r"\(\s*\)|\[\s*\]|“\s*”|\"\s*\"", "", text)
    text = re.sub(r"[,;:]+(?=[.!?])", "", text)
    text = re.sub(r"(?m)^[ \t]*(?:[-*•·▸▪✓✔☑]|\d{1,2}[.)])?[ \t]*$\n?", _blank, text)
    text = re.sub(r"\n{3,}", "\n\n", text).strip()
    return text if before.lstrip()[:1].islower() else _capital(text)


def _blank(found: re.Match[str]) -> str:
    return "\n" if not found[0].strip() else ""  # an empty line stays, a list mark with nothing behind it goes


def _article(first_letter: str, following: str) -> str:
    vowel = following[:1].casefold() in "aeio" and not following.casefold().startswith(("one", "eu", "once"))
    return f"{first_letter}n" if vowel else first_letter


def _whole(words: str, language: str) -> bool:
    """Whether a sentence may be just these words: long enough, and neither begun nor left in the air."""
    said = re.findall(r"\w+", words.casefold())
    subordinate = _of(SUBORDINATE, language)
    if len(said) < LEAST_WORDS or said[-1] in _of(LEADING, language) | subordinate:
        return False
    if any(words.count(opening) != words.count(closing) for opening, closing in ("()", "[]", "“”", "«»")):
        return False
    return said[0] not in subordinate or bool(BOUNDARY.search(words))


def _of(words: dict[str, str], language: str) -> frozenset[str]:
    return frozenset(words.get(language, words["en"]).split())


def _first_word(text: str) -> str:
    found = re.search(r"\w+", text)
    return found[0].casefold() if found else ""


def _last_word(text: str) -> str:
    found = re.search(r"(\w+)[^\S\n]*$", text)
    return found[1].casefold() if found else ""


def _capital(words: str) -> str:
    return words if ADDRESS.match(words) else words[:1].upper() + words[1:]
