import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from bundling import ASKED, DECIDED, finished, workspace
from desking import address, browser
from terminal import piped

from aboveboard.bundle import checksums
from aboveboard.deciding import decide, reword_in
from aboveboard.errors import ReviewError
from aboveboard.producing import release
from aboveboard.project import Project, open_project
from aboveboard.recalling import recall
from aboveboard.record import Recorded
from aboveboard.rejudging import judged_anew, rejudge
from aboveboard.shelves import shipped
from aboveboard.starting import produce_here
from aboveboard.verifying import verify
from aboveboard.watching import SilentWatch
from aboveboard.web.app import make_app


def rule_now(root: Path, cue: str) -> None:
    """Have a rule of the workspace find one more wording than the one shipped."""
    place = "guardrails/rules/dark-patterns/false-urgency.yaml"
    told = yaml.safe_load((shipped("guardrails") / place.removeprefix("guardrails/")).read_text(encoding="utf-8"))
    told["cues"]["en"].append(cue)
    (root / place).parent.mkdir(parents=True, exist_ok=True)
    (root / place).write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")


@contextmanager
def stricter(tmp_path: Path, cue: str = "on the way home") -> Iterator[Project]:
    """Yield a workspace people have worked on, whose policy has become stricter since."""
    root = finished(tmp_path / "work")
    rule_now(root, cue)
    with open_project(root) as project:
        yield project


def standing(project: Project) -> list[Recorded]:
    live = ("cleared", "flagged", "blocked")
    return [one for one in project.store.judged(project.find_plan("tap-week")) if one.state in live]


def problems(bundle: Path) -> list[str]:
    return [told for check in verify(bundle) for told in check.problems]


def test_under_another_policy_nothing_is_released_until_the_plan_is_judged_by_it(tmp_path: Path) -> None:
    with stricter(tmp_path) as project:
        plan = project.find_plan("tap-week")
        with pytest.raises(ReviewError, match="aboveboard recall judges the plan"):
            release(project, plan)
        recall(project)
        assert problems(release(project, plan).bundle) == []


def test_what_the_policy_in_force_holds_goes_back_and_all_else_stays_as_it_was(tmp_path: Path) -> None:
    with stricter(tmp_path) as project:
        before = {one.judged.draft.post: one for one in standing(project)}
        back = recall(project)
        after = {one.judged.draft.post: one for one in standing(project)}
        assert before.keys() == after.keys()
        assert {one.judged.draft.provenance.policy for one in after.values()} == {project.policy_digest}
        found = next(post for post in after if "on the way home" in post)
        approved = next(post for post, one in before.items() if one.decision and one.decision.action == "approve")
        assert {one.judged.draft.post for one, _ in back} == {found, approved}
        assert (after[found].state, after[approved].state) == ("flagged", "flagged")
        others = before.keys() - {found, approved}
        assert [before[post].state for post in others] == [after[post].state for post in others]
        assert recall(project) == []


def test_who_looked_at_it_before_is_still_known_and_may_approve_it_under_the_new_policy(tmp_path: Path) -> None:
    with stricter(tmp_path) as project:
        back = recall(project)
        for one, _ in back:
            again = next(each for each in standing(project) if each.judged.draft.post == one.judged.draft.post)
            assert [made.action for made in again.decisions][-1] == "recall"
            decide(project.root, again.name, "approve", "Looked at again.", DECIDED, "editor")
        bundle = release(project, project.find_plan("tap-week")).bundle
        assert problems(bundle) == []


def test_a_trial_of_it_changes_nothing(tmp_path: Path) -> None:
    with stricter(tmp_path) as project:
        head = project.store.ledger().anchor.head
        would = recall(project, dry_run=True)
        assert len(would) == 2 and project.store.ledger().anchor.head == head
        assert [one.one.id for one in recall(project)] == [one.one.id for one in would]


def test_a_policy_that_goes_there_and_back_brings_no_approval_back(tmp_path: Path) -> None:
    with stricter(tmp_path) as project:
        recall(project)
    (project.root / "guardrails/rules/dark-patterns/false-urgency.yaml").unlink()
    with open_project(project.root) as project:
        approved = [one for one in standing(project) if one.judged.verdict.outcome != "pass"]
        recall(project)
        assert approved and not [one for one in standing(project) if one.decision and one.state == "cleared"]
        assert problems(release(project, project.find_plan("tap-week")).bundle) == []


def test_a_plan_people_have_worked_on_is_not_written_again_for_a_change_of_policy(tmp_path: Path) -> None:
    with stricter(tmp_path) as project:
        root, plan = project.root, project.find_plan("tap-week")
    done = produce_here(root, root / "brief.json", ASKED, SilentWatch())
    assert done.plan.id == plan
    assert "Come and see us by the fountain." in {
        one.judged.draft.post.split("\n")[0] for one in done.recorded if one.state == "cleared"
    }


def test_a_plan_nobody_has_touched_is_written_again_by_the_new_policy(tmp_path: Path) -> None:
    root = workspace(tmp_path / "work", images=None)
    first = produce_here(root, root / "brief.json", ASKED, SilentWatch())
    rule_now(root, "on the way home")
    second = produce_here(root, root / "brief.json", ASKED, SilentWatch())
    assert first.plan.id != second.plan.id


def test_an_edit_under_the_new_policy_is_judged_by_it(tmp_path: Path) -> None:
    with stricter(tmp_path) as project:
        one = next(one for one in standing(project) if one.state == "blocked")
        after = reword_in(project, one.name, "Fill up on the way home.", actor="Bo", role="author")
        assert after.state == "flagged" and after.judged.verdict.rules == ("false-urgency",)


def test_where_somebody_decides_meanwhile_it_is_judged_again_with_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stricter(tmp_path) as project:
        plan = project.find_plan("tap-week")
        waiting = next(one for one in standing(project) if one.state == "blocked")
        keep = project.store.rejudge

        def late(*given: object) -> None:
            monkeypatch.undo()
            decide(project.root, waiting.name, "reject", "No.", DECIDED, "editor")
            keep(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(project.store, "rejudge", late)
        number = len(judged_anew(project, plan))
        assert len(rejudge(project, plan)) == number - 1
        assert project.store.find(waiting.name).state == "rejected"


def test_the_ledger_says_that_it_was_judged_anew_and_a_machines_word_is_no_persons(tmp_path: Path) -> None:
    with stricter(tmp_path) as project:
        recall(project)
        kinds = [entry.kind for entry in project.store.ledger().entries]
        bundle = release(project, project.find_plan("tap-week")).bundle
    assert kinds.count("plan.rejudged") == 1 and {"decision.rejudge", "decision.recall"} <= set(kinds)
    told = json.loads((bundle / "plan.json").read_text(encoding="utf-8"))
    assert told["reviewed_by"] == ["editor"]
    by_people = [entry["post"] for entry in told["entries"] if entry["decided_by_a_person"]]
    assert len(by_people) == 1 and "fountain" in by_people[0]


def test_a_policy_that_the_ledger_never_saw_in_force_is_found(tmp_path: Path) -> None:
    with stricter(tmp_path) as project:
        recall(project)
        bundle = release(project, project.find_plan("tap-week")).bundle
    lines = (bundle / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    left = [line for line in lines if "plan.rejudged" not in line]
    assert len(left) == len(lines) - 1
    (bundle / "ledger.jsonl").write_text("\n".join(left) + "\n", encoding="utf-8")
    (bundle / "checksums.sha256").write_bytes(
        checksums(
            {
                str(path.relative_to(bundle)): path.read_bytes()
                for path in bundle.rglob("*")
                if path.is_file() and path.name != "checksums.sha256"
            }
        )
    )
    assert "the ledger records another policy for this plan" in problems(bundle)


def test_the_desk_says_why_a_post_waits_again_and_lets_it_be_approved(tmp_path: Path) -> None:
    with stricter(tmp_path) as project:
        recall(project)
        one = next(one for one in standing(project) if "on the way home" in one.judged.draft.post)
        client = browser(project, make_app(project), "reviewer")
        page = client.get(address(one)).text
        assert "Recalled." in page and "The policy changed from" in page
        told = client.post(f"{address(one)}/approve", data={"reason": "It is a walk home."})
        assert told.status_code == 200 and project.store.find(one.name).state == "cleared"


def test_the_terminal_tells_what_the_new_policy_holds(tmp_path: Path) -> None:
    with stricter(tmp_path) as project:
        root = project.root
    told = piped("recall", "--dry-run", "-w", str(root)).stdout.decode()
    assert "on the way home" in told and "The policy has changed" in told
