import time
from pathlib import Path

import pytest
import yaml
from bundling import opened, workspace
from desking import a_desk
from terminal import piped

from aboveboard.deciding import past
from aboveboard.errors import PolicyError
from aboveboard.firing import fired
from aboveboard.rulebook import load_policy, read_rule
from aboveboard.starting import produce_here
from aboveboard.trying import tried
from aboveboard.watching import SilentWatch
from aboveboard.web.policy import written


def test_a_rule_written_out_and_read_again_is_the_same_rule() -> None:
    policy = load_policy()
    for rule in policy.rules:
        assert read_rule(written(rule), "rule.yaml", policy) == rule


def test_the_rule_in_force_changes_nothing(tmp_path: Path) -> None:
    with opened(tmp_path / "work") as project:
        for rule in project.policy.text_rules:
            trial = tried(rule, project.policy, past(project))
            assert (trial.differences, trial.before) == ((), trial.after)


def test_a_wider_rule_holds_more_back_and_a_narrower_one_lets_go(tmp_path: Path) -> None:
    with opened(tmp_path / "work") as project:
        rule = project.policy.rule("false-urgency")
        assert rule
        wider = rule.model_copy(update={"cues": {"en": (*rule.cues["en"], "on the way home")}})
        trial = tried(wider, project.policy, past(project))
        assert [(one.came, one.before, one.after) for one in trial.differences] == [
            (("on the way home",), "pass", "review")
        ]
        assert (trial.held_back, trial.let_go) == (1, 0)
        narrower = rule.model_copy(update={"cues": {"en": ("no such words",)}, "claims": None})
        trial = tried(narrower, project.policy, past(project))
        assert trial.before > trial.after == 0 and any(one.went for one in trial.differences)


def test_mistakes_in_a_changed_rule_are_told_with_their_line() -> None:
    policy = load_policy()
    rule = policy.rule("fomo")
    assert rule
    with pytest.raises(PolicyError, match=r"fomo.yaml:\d+: .*not YAML"):
        read_rule("id: fomo\n  title: [", "fomo.yaml", policy)
    with pytest.raises(PolicyError, match="severity"):
        read_rule(written(rule).replace("severity: review", "severity: mild"), "fomo.yaml", policy)
    with pytest.raises(PolicyError, match="no-such-law"):
        told = yaml.safe_load(written(rule)) | {"law": ["no-such-law"]}
        read_rule(yaml.safe_dump(told), "fomo.yaml", policy)
    with pytest.raises(PolicyError, match="at most"):
        read_rule("#" * 200_000, "fomo.yaml", policy)


def test_ten_thousand_drafts_take_a_rule_no_more_than_a_minute(tmp_path: Path) -> None:
    with opened(tmp_path / "work") as project:
        rule = project.policy.rule("false-urgency")
        drafts = past(project) * 100
        assert rule
        began = time.perf_counter()
        tried(rule, project.policy, drafts)
        assert (time.perf_counter() - began) / len(drafts) < 0.006  # seconds, both rules together


def test_how_often_a_rule_fired_and_was_overruled_is_counted(tmp_path: Path) -> None:
    with opened(tmp_path / "work") as project:
        told = fired(project.store.engine)
        approved = next(
            one for one in project.store.cleared(project.find_plan("tap-week")) if one.judged.verdict.rules
        )
        for rule in approved.judged.verdict.rules:
            assert told[rule].overruled == 1 and told[rule].drafts >= 1
        assert sum(one.overruled for one in told.values()) == len(approved.judged.verdict.rules)


def test_a_changed_rule_is_tried_in_the_terminal_and_on_the_desk(tmp_path: Path) -> None:
    root = workspace(tmp_path / "work", images=None)
    produce_here(root, root / "brief.json", "", SilentWatch())
    rule = load_policy(root).rule("false-urgency")
    assert rule
    wider = written(rule.model_copy(update={"cues": {"en": (*rule.cues["en"], "on the way home")}}))
    (root / "false-urgency.yaml").write_text(wider, encoding="utf-8")
    told = piped("policy", "try", str(root / "false-urgency.yaml"), "-w", str(root))
    assert told.returncode == 0 and b"1 more would be held back" in told.stdout
    with a_desk(tmp_path / "desk", images=None) as (_, browsers):
        page = browsers["reviewer"].post("/policy/false-urgency/try", data={"text": wider}).text
        assert "1 more held back" in page and "on the way home" in page
        other = browsers["reviewer"].post("/policy/fomo/try", data={"text": wider}).text
        assert "keeps its id" in other
        assert browsers["author"].post("/policy/fomo/try", data={"text": wider}).status_code == 403
        assert "Overruled" in browsers["auditor"].get("/policy").text
        assert browsers["auditor"].get("/policy/no-such-rule").status_code == 404
