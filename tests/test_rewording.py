from pathlib import Path

import pytest
from bundling import opened
from desking import a_desk, address
from making import a_finding, a_judged
from terminal import piped

from aboveboard.deciding import reword_in
from aboveboard.draft import Picture
from aboveboard.errors import ReviewError
from aboveboard.finding import Finding
from aboveboard.project import Project
from aboveboard.record import Recorded
from aboveboard.review import carry_over


def a_picture() -> Picture:
    return Picture.model_validate(
        {"digest": "e" * 64, "media_type": "image/png", "width": 9, "height": 9, "alt_text": "A tap.", "words": ()}
        | {"provider": "diffusers:tiny", "generated": True, "seed": 1, "contrast": 7.0}
    )


def pictured(project: Project) -> Recorded:
    return next(
        one
        for one in project.store.judged(project.find_plan("tap-week"))
        if one.judged.draft.picture and one.state != "superseded"
    )


def test_an_alt_text_is_edited_and_judged_like_any_copy(tmp_path: Path) -> None:
    with opened(tmp_path / "work") as project:
        one = pictured(project)
        after = reword_in(project, one.id, None, alt="Hurry, a tap by the river.", actor="Bo", role="author")
        assert after.judged.draft.picture and after.judged.draft.picture.alt_text == "Hurry, a tap by the river."
        assert after.judged.draft.post == one.judged.draft.post and after.id != one.id
        assert any(found.asset == "alt_text" for found in after.judged.inspection.findings)


@pytest.mark.parametrize(("alt", "why"), [("", "is empty"), ("so long " * 600, "too long"), ("a\u202eb", "holds")])
def test_an_alt_text_that_serves_nobody_is_refused(tmp_path: Path, alt: str, why: str) -> None:
    with opened(tmp_path / "work") as project, pytest.raises(ReviewError, match=why):
        reword_in(project, pictured(project).id, None, alt=alt, actor="Bo", role="author")


def test_another_headline_draws_the_card_again_and_describes_it(tmp_path: Path) -> None:
    with opened(tmp_path / "work") as project:
        one = pictured(project)
        after = reword_in(project, one.id, None, headline="A tap by the river", actor="Bo", role="author")
        before, picture = one.judged.draft.picture, after.judged.draft.picture
        assert before and picture and picture.digest != before.digest
        assert "A tap by the river" in picture.words and "A tap by the river" in picture.alt_text
        assert project.picture(picture.digest).startswith((b"\x89PNG", b"\xff\xd8"))


def test_what_was_found_in_the_making_of_a_picture_stays_while_the_picture_does() -> None:
    asked = a_finding().model_copy(update={"asset": "image_prompt", "layer": "imagery"})
    old = a_judged()
    old = old.model_copy(
        update={
            "draft": old.draft.model_copy(update={"picture": a_picture()}),
            "inspection": old.inspection.model_copy(update={"findings": (asked,)}),
        }
    )
    edited = a_judged()
    same = edited.model_copy(update={"draft": old.draft.model_copy(update={"post": "Other words."})})
    kept: tuple[Finding, ...] = carry_over(old, same).inspection.findings
    assert asked in kept and carry_over(old, same).verdict.outcome != "pass"
    other = a_picture().model_copy(update={"digest": "f" * 64})
    drawn = edited.model_copy(update={"draft": old.draft.model_copy(update={"picture": other})})
    assert asked not in carry_over(old, drawn).inspection.findings


def test_the_pictures_words_are_changed_from_terminal_and_desk(tmp_path: Path) -> None:
    with opened(tmp_path / "work") as project:
        told = piped(
            "review", "edit", pictured(project).id, "--headline", "Fill it", "--as", "Bo", "-w", str(project.root)
        )
        assert told.returncode == 0, told.stderr
    with a_desk(tmp_path / "desk") as (project, browsers):
        one = pictured(project)
        draft = one.judged.draft
        assert draft.picture
        same = {"text": draft.post, "alt": draft.picture.alt_text, "headline": draft.caption.headline}
        told_so = browsers["author"].post(f"{address(one)}/edit", data=same)
        assert told_so.status_code == 409 and "Nothing was edited" in told_so.text
        drawn = browsers["author"].post(f"{address(one)}/edit", data=same | {"headline": "Fill it here"})
        assert drawn.status_code == 200 and "Fill it here" in drawn.text
