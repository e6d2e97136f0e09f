import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from aboveboard.brief import Brief
from aboveboard.documents import read_document
from aboveboard.errors import BriefError
from aboveboard.reading import brief_schema, read_brief

ROOT = Path(__file__).parent.parent
GOOD = (ROOT / "briefs" / "spring-refill.yaml").read_text(encoding="utf-8")
EXAMPLES = sorted((ROOT / "briefs").glob("*.yaml"))


def refusal(tmp_path: Path, text: str | bytes, name: str = "brief.yaml") -> tuple[str, ...]:
    """Return the problems of a brief, each without its folder."""
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    with pytest.raises(BriefError) as refused:
        read_brief(path)
    return tuple(problem.replace(f"{tmp_path}/", "") for problem in refused.value.problems)


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) >= 1, old
    return GOOD.replace(old, new, 1)


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_are_read_and_satisfy_the_published_schema(path: Path) -> None:
    assert isinstance(read_brief(path), Brief)
    validator = Draft202012Validator(brief_schema(), format_checker=FormatChecker())
    assert [error.message for error in validator.iter_errors(read_document(path, BriefError).value)] == []


def test_the_published_schema_is_the_one_in_the_code() -> None:
    published = json.loads((ROOT / "docs" / "brief.schema.json").read_text(encoding="utf-8"))
    assert published == brief_schema(), (
        "write json.dumps(brief_schema(), indent=2, ensure_ascii=False) to the file"
    )


def test_every_field_of_the_schema_says_what_it_is_for() -> None:
    schema = brief_schema()
    fields = {**schema["properties"]}
    for part in schema["$defs"].values():
        fields |= part["properties"]
    assert [name for name, field in fields.items() if not field.get("description")] == []


def test_the_schema_is_valid_and_refuses_an_unknown_key() -> None:
    Draft202012Validator.check_schema(brief_schema())
    errors = Draft202012Validator(brief_schema()).iter_errors({"campain": "x"})
    assert any("campain" in error.message for error in errors)


def test_json_is_read_like_yaml_tabs_and_escaped_emoji_included(tmp_path: Path) -> None:
    given = read_brief(ROOT / "briefs" / "spring-refill.yaml").model_dump(mode="json", exclude_none=True)
    given["brand"]["voice"]["summary"] = "Good neighbours 😀"
    for window in (
        given["schedule"]["quiet_hours"],
        *(c["window"] for c in given["schedule"]["channels"].values()),
    ):
        window.update({key: value[:5] for key, value in window.items()})
    path = tmp_path / "brief.json"
    path.write_text(json.dumps(given, indent="\t"), encoding="utf-8")
    assert read_brief(path).brand.voice.summary == "Good neighbours 😀"


def test_times_need_no_quotes_and_no_is_a_word(tmp_path: Path) -> None:
    path = tmp_path / "brief.yaml"
    path.write_text(changed('start: "11:30"', "start: 11:30").replace("hurry]", "no]"), encoding="utf-8")
    brief = read_brief(path)
    assert brief.schedule.channels["instagram"].window.start.hour == 11
    assert brief.brand.avoid[-1] == "no"


MISTAKES = [
    ("stock: 1200", "stock: three", "facts #6 stock wants a whole number such as 40, got 'three'."),
    ("goal: launch", "goal: lunch", "goal can't be 'lunch'. Did you mean \"launch\"?"),
    ("hashtags: [", "hashtag: [", 'hashtag is no known key. Did you mean "hashtags"?'),
    ("    owner: Product", "    ownr: Product", 'facts #1 ownr is no known key. Did you mean "owner"?'),
    ("basis: contextual", "basis: lookalike", "audience.basis can't be 'lookalike'. Choose contextual"),
    (
        "Europe/London #",
        "London #",
        "schedule.timezone is no IANA timezone: 'London'. Did you mean \"Europe/London\"?",
    ),
    ("    bluesky:", "    blusky:", 'schedule.channels.blusky is no known channel. Did you mean "bluesky"?'),
    ("linkedin, bluesky]", "linkdin, bluesky]", 'images.channels #2 is "linkdin", where nothing is posted.'),
    ("id: refill-map", "id: recycled-steel", 'facts #2 id is "recycled-steel" a second time.'),
    ("fact: launch-price", "fact: lunch-price", 'Did you mean "launch-price"?'),
    ("    price: 18", "    was: 30\n    price: 18", "offers #1 was is 30, and no fact has that value."),
    ("    price: 18", "    price: -1", "offers #1 price must be at least 0, got -1."),
    ("expires: 2027-06-30", "expires: 2027-01-30", "facts #2 expires is 2027-01-30, before the schedule starts"),
    ("expires: 2027-06-30", "expires: soon", "facts #2 expires wants a date such as 2027-04-11"),
    ("expires: 2027-06-30", "expires: 20270630", "facts #2 expires is the number 20270630."),
    ("T10:00:00+00:00", "T10:00:00", "facts #8 starts wants a date such as 2027-04-11, or a time with its offset"),
    ("ends: 2027-04-04", "ends: 2027-03-04", "schedule.ends is 2027-03-04, before it starts on 2027-03-15."),
    ("ends: 2027-04-04", "ends: 2099-03-04", "schedule.ends is more than 366 days after starts."),
    ("languages: [en]", "languages: [en, de]", 'title isn\'t said in de. Add "de: …" below it.'),
    ("name: Tidewell", "name: 42", "brand.name wants words, got 42."),
    ('ink: "#10303B"', "ink: navy", "brand.palette.ink can't be 'navy'. It wants a colour"),
    ("link: https:", "link: http:", "It wants a link that begins with https://."),
    ("campaign: spring-refill", "campaign: ../../etc", "campaign can't be '../../etc'. It wants a-z, 0-9"),
    ("goal: launch\n", "", "goal is missing. Add `goal:` here."),
    ("variants: 1", "variants: 1\nvariants: 2", '"variants" is given twice, first on line'),
    (
        "sponsored: false",
        "sponsored: false\n  partner: Acme",
        "disclosure.partner is named, but sponsored isn't true.",
    ),
    ('start: "11:30"', "start: 11", "wants a time of day in hours and minutes"),
]


@pytest.mark.parametrize(("old", "new", "says"), MISTAKES, ids=lambda value: value.strip()[:24])
def test_a_mistake_is_told_once_with_what_would_be_right(tmp_path: Path, old: str, new: str, says: str) -> None:
    problems = refusal(tmp_path, changed(old, new))
    assert any(says in problem for problem in problems), problems
    assert len(problems) == len(set(problems))
    assert all(problem.startswith("brief.yaml:") for problem in problems)


def test_a_mistake_is_told_at_its_own_line(tmp_path: Path) -> None:
    text = changed("stock: 1200", "stock: three")
    assert refusal(tmp_path, text)[0].startswith(f"brief.yaml:{line_of(text, 'stock: three')}: ")


def test_all_mistakes_are_told_at_once_in_order_of_line(tmp_path: Path) -> None:
    text = (
        changed("goal: launch", "goal: lunch").replace("variants: 1", "variants: 9").replace("bluesky:", "blusky:")
    )
    problems = refusal(tmp_path, text)
    lines = [int(problem.split(":")[1]) for problem in problems]
    assert lines == sorted(lines)
    assert {"goal", "variants", "schedule.channels.blusky"} <= {
        problem.split(": ")[1].split()[0] for problem in problems
    }


HOSTILE = {
    "empty": ("", "the file is empty"),
    "a list": ("- a\n- b\n", "not a list"),
    "not utf-8": (b"campaign: \xff\xfe", ":1: not UTF-8"),
    "broken yaml": ("campaign: [a\nb: c", "not YAML"),
    "alias bomb": ("a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n", ":1: anchors and aliases"),
    "python tag": ("campaign: !!python/object/apply:os.system [ls]", ":1: tags"),
    "deep": ("a: " + "[" * 5000, "nested deeper than"),
    "deep braces": ("{" * 5000, "nested deeper than"),
    "two documents": ("a: 1\n---\nb: 2\n", ":2: a second document"),
    "a null byte": (GOOD + "# \x00", "invisible control character (U+0000)"),
    "right-to-left override": (changed("Tidewell", "Tide\u202ewell"), "(U+202E)"),
    "escaped override": (changed("name: Tidewell", 'name: "Tide\\u202ewell"'), ":8: an invisible control"),
    "zero-width space": (changed("Tidewell", "Tide\u200bwell"), "(U+200B)"),
    "tag characters": (changed("Tidewell", "Tidewell\U000e0041"), "(U+E0041)"),
    "huge number": (changed("stock: 1200", "stock: " + "9" * 5000), "too long for a number"),
    "infinite price": (changed("price: 18", "price: 1e999"), "too long for a number"),
}


@pytest.mark.parametrize(("text", "says"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_ends_in_one_clear_refusal(tmp_path: Path, text: str | bytes, says: str) -> None:
    problems = refusal(tmp_path, text)
    assert says in problems[0], problems


def test_a_file_of_50_megabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(BriefError, match="larger than 1 MB"):
        read_brief(path)


def test_a_file_of_nothing_but_mistakes_is_refused_in_a_bounded_list(tmp_path: Path) -> None:
    many = GOOD + "\n".join(f"key{number}: x" for number in range(3000))
    many = many.replace(
        "  channels:\n", "  channels:\n" + "".join(f"    c{n}: {{per_week: 1}}\n" for n in range(3000)), 1
    )
    assert 200 <= len(refusal(tmp_path, many)) <= 400


def test_broken_json_names_line_and_column(tmp_path: Path) -> None:
    assert refusal(tmp_path, '{\n "campaign": "x",,\n}', "brief.json")[0].startswith("brief.json:2: not JSON")


def test_a_missing_file_and_a_folder_are_told_plainly(tmp_path: Path) -> None:
    with pytest.raises(BriefError, match="No such file"):
        read_brief(tmp_path / "none.yaml")
    with pytest.raises(BriefError, match="is a folder"):
        read_brief(tmp_path)
    with pytest.raises(BriefError, match="can't be opened"):
        read_brief(Path("a\0b"))


def test_line_breaks_in_a_text_are_folded_so_that_none_can_pose_as_structure(tmp_path: Path) -> None:
    path = tmp_path / "brief.yaml"
    path.write_text(changed("name: Tidewell", 'name: "Tide\\n\\nSYSTEM: well"'), encoding="utf-8")
    assert read_brief(path).brand.name == "Tide SYSTEM: well"


def test_a_flag_made_of_tag_characters_is_an_emoji_and_no_trick(tmp_path: Path) -> None:
    flag = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
    path = tmp_path / "brief.yaml"
    path.write_text(changed("name: Tidewell", f"name: Tidewell {flag}"), encoding="utf-8")
    assert read_brief(path).brand.name.endswith(flag)


def test_a_wrong_part_is_told_without_its_whole(tmp_path: Path) -> None:
    problems = refusal(tmp_path, changed("title: The", "title: {en: 42}\n#"))
    assert [problem.split(": ", 1)[1][:20] for problem in problems] == ["title.en wants words"]


def test_a_template_in_the_brief_stays_words(tmp_path: Path) -> None:
    path = tmp_path / "brief.yaml"
    path.write_text(changed("name: Tidewell", 'name: "{{ 7*7 }}<script>"'), encoding="utf-8")
    assert read_brief(path).brand.name == "{{ 7*7 }}<script>"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    raw=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
)
def test_no_bytes_whatever_raise_anything_but_a_brief_error(tmp_path: Path, raw: bytes) -> None:
    for name in ("any.yaml", "any.json"):
        (tmp_path / name).write_bytes(raw)
        with pytest.raises(BriefError):
            read_brief(tmp_path / name)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, len(GOOD)), junk=st.text(max_size=6), cut=st.integers(0, 12))
def test_a_good_brief_with_one_piece_spoilt_is_read_or_refused(
    tmp_path: Path, place: int, junk: str, cut: int
) -> None:
    spoilt = GOOD[:place] + junk + GOOD[place + cut :]
    path = tmp_path / "brief.yaml"
    path.write_bytes(spoilt.encode("utf-8", "replace"))
    try:
        assert isinstance(read_brief(path), Brief)
    except BriefError as refused:
        assert all(str(path) in problem for problem in refused.problems)
