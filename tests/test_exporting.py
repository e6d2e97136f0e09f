import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bundling import contents, opened
from icalendar import Calendar

from aboveboard.exporting import COLUMNS, plan_csv, plan_ics
from aboveboard.manifest import Contents, chosen_drafts
from aboveboard.record import Recorded

MADE = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.fixture
def given(tmp_path: Path) -> Contents:
    with opened(tmp_path / "workspace") as project:
        return contents(project)


def saying(one: Recorded, post: str) -> Recorded:
    draft = one.judged.draft.model_copy(update={"post": post})
    return one.model_copy(update={"judged": one.judged.model_copy(update={"draft": draft})})


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


def test_the_table_has_one_post_a_row_in_the_briefs_own_time(given: Contents) -> None:
    chosen = chosen_drafts(given.recorded, given.plan.brief)
    told = rows(plan_csv(chosen, given.plan.brief))
    assert [row["text"] for row in told] == [one.judged.draft.post for one in chosen]
    assert list(told[0]) == COLUMNS
    at = chosen[0].judged.draft.slot.at.astimezone(given.plan.brief.zone)
    assert (told[0]["date"], told[0]["time"], told[0]["timezone"]) == (f"{at:%F}", f"{at:%H:%M}", "Europe/Berlin")
    assert told[1]["image"] == "assets/2027-03-02-mastodon-en/image.png"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_a_post_that_looks_like_a_formula_stays_text(given: Contents, start: str) -> None:
    post = f'{start}HYPERLINK("http://evil.example","click")'
    told = rows(plan_csv([saying(given.recorded[0], post)], given.plan.brief))
    assert told[0]["text"] == f"'{post}"


def test_lines_quotes_and_commas_come_back_from_the_table(given: Contents) -> None:
    post = 'One, "two"\nthree; four\r\nfive'
    assert rows(plan_csv([saying(given.recorded[0], post)], given.plan.brief))[0]["text"] == post


def test_the_calendar_comes_back_with_its_posts_in_utc(given: Contents) -> None:
    chosen = chosen_drafts(given.recorded, given.plan.brief)
    data = plan_ics(chosen, MADE)
    events = Calendar.from_ical(data).walk("VEVENT")
    assert [event.decoded("dtstart") for event in events] == [one.judged.draft.slot.at for one in chosen]
    assert [str(event["description"]) for event in events] == [one.judged.draft.post for one in chosen]
    assert all(line.endswith(b"Z") for line in data.split(b"\r\n") if line.startswith((b"DTSTART", b"DTSTAMP")))
    assert len({str(event["uid"]) for event in events}) == len(events) == 5


def test_nothing_in_a_post_breaks_out_of_its_event(given: Contents) -> None:
    post = "Fine\r\nEND:VEVENT\r\nBEGIN:VALARM\nACTION:AUDIO; x,y\\n"
    calendar = Calendar.from_ical(plan_ics([saying(given.recorded[0], post)], MADE))
    assert len(calendar.walk("VEVENT")) == 1 and calendar.walk("VALARM") == []
