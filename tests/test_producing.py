import json

import pytest
from running_parts import HONEST, ROOT, TRUE, WEEK, a_workspace, cue, run, states
from writing_parts import fake_openai

from aboveboard.deciding import decide
from aboveboard.guarding import guard_named
from aboveboard.guards import substantiation
from aboveboard.producing import Job, release
from aboveboard.project import open_project
from aboveboard.verifying import verify
from aboveboard.watching import SilentWatch
from bench.killing import unsigned_files

PRESSING = "Only 2 left, ends tonight! Grab your kettle now."
OPENAI = 'text_model = "openai:fake"\nprice_input = 1.0\nprice_output = 2.0\n'


@pytest.fixture
def fake(monkeypatch):
    with fake_openai() as (address, server):
        monkeypatch.setenv("OPENAI_BASE_URL", address)
        yield server


class Stops(SilentWatch):
    """Raises once, after so many steps: what a power cut is to a run, without the noise."""

    def __init__(self, after: int) -> None:
        self.left = after

    def reached(self, step: str, job: Job, judged: object) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def test_honest_copy_is_cleared_and_bundled_with_proof(tmp_path):
    done = run(a_workspace(tmp_path))
    assert states(done) == ["cleared"] * 3
    assert not [problem for check in verify(done.bundle) for problem in check.problems]
    assert sorted(path.name for path in (done.bundle / "assets").iterdir()) == [s.id for s in done.plan.slots]


def test_a_second_run_makes_no_call_no_ledger_entry_and_the_same_bundle(tmp_path, fake):
    a_workspace(tmp_path, toml=OPENAI)
    first, bytes_then, asked = run(tmp_path), unsigned_files(run(tmp_path).bundle), fake.seen
    again = run(tmp_path)
    assert (again.bundle, unsigned_files(again.bundle), fake.seen) == (first.bundle, bytes_then, asked)
    assert asked == 3 and len(list((tmp_path / "outputs" / "kettle-week").iterdir())) == 2  # it, and latest


def test_the_ledger_is_the_same_after_a_second_run(tmp_path):
    with open_project(a_workspace(tmp_path)) as project:
        plan = run(tmp_path).plan.id
        before = project.store.ledger(plan)
        run(tmp_path)
        assert project.store.ledger(plan) == before and before.entries


@pytest.mark.parametrize("after", [1, 4, 8])
def test_a_run_that_broke_off_goes_on_without_paying_twice(tmp_path, fake, after, fixed_clock):
    whole = unsigned_files(run(a_workspace(tmp_path / "whole", toml=OPENAI)).bundle)
    asked = fake.seen
    with pytest.raises(KeyboardInterrupt):
        run(a_workspace(tmp_path / "broken", toml=OPENAI), Stops(after))
    done = run(tmp_path / "broken")
    assert unsigned_files(done.bundle) == whole and fake.seen == 2 * asked


def test_each_variant_is_a_draft_of_its_own(tmp_path):
    plain = tuple(cue(text, variant="a") for text in TRUE)
    inviting = tuple(cue(f"{text} Come and see.", variant="b") for text in TRUE)
    done = run(a_workspace(tmp_path, plain + inviting, variants=2))
    assert [one.judged.draft.variant for one in done.recorded] == ["a", "b"] * 3
    assert len({one.id for one in done.recorded}) == 6


def test_what_presses_without_proof_is_held_back_with_reasons_after_two_rewrites(tmp_path):
    stubborn = cue(PRESSING, "Last chance: only 2 left!", "Only 2 left. Don't miss out!")
    done = run(a_workspace(tmp_path, (stubborn, *HONEST[1:])))
    held = done.recorded[0]
    assert held.state in {"flagged", "blocked"} and len(held.judged.attempts) == 2
    found = {finding.rule: finding for finding in held.judged.inspection.findings}
    assert "false-scarcity" in found and found["false-scarcity"].quote in held.judged.draft.post
    assert all(finding.law and finding.fix and finding.evidence for finding in found.values())
    assert not list(done.bundle.glob(f"assets/{held.judged.draft.slot.id}*"))


def test_what_the_facts_contradict_is_blocked(tmp_path):
    fact = {"id": "copper", "statement": "We have 40 copper kettles.", "source": "Stock list", "stock": 40}
    done = run(a_workspace(tmp_path, (cue("Only 2 kettles left!"),), facts=[fact]))
    assert "blocked" in states(done)
    evidence = [e.kind for f in done.recorded[0].judged.inspection.findings for e in f.evidence]
    assert "contradicted" in evidence


def test_critique_that_helps_clears_the_rewrite_and_keeps_the_first_wording_as_evidence(tmp_path):
    done = run(a_workspace(tmp_path, (cue(PRESSING, TRUE[0]), *HONEST[1:])))
    first = done.recorded[0]
    assert first.state == "cleared" and TRUE[0] in first.judged.draft.post
    assert [PRESSING in attempt.post for attempt in first.judged.attempts] == [True]
    drafts = json.loads((done.bundle / "evidence" / "drafts.json").read_text(encoding="utf-8"))
    assert PRESSING in json.dumps(drafts, ensure_ascii=False)


def test_a_fact_the_brief_does_not_have_is_a_finding(tmp_path, monkeypatch):
    answer = {"caption": TRUE[0], "headline": "Copper", "hashtags": [], "alt_text": "", "facts": ["award-2026"]}
    monkeypatch.setattr("bench.fake_openai_server.fake_reply", lambda messages: answer)
    with fake_openai() as (address, _):
        monkeypatch.setenv("OPENAI_BASE_URL", address)
        done = run(a_workspace(tmp_path, toml=OPENAI, schedule=WEEK | {"channels": {"mastodon": {"per_week": 1}}}))
    assert states(done) == ["flagged"]
    assert "unknown-fact" in done.recorded[0].judged.verdict.rules


def test_a_guard_that_raises_flags_every_asset_it_should_have_read(tmp_path, monkeypatch):
    def broken(rule, copy):
        raise ZeroDivisionError("no words to divide by")

    guard_named.cache_clear()
    monkeypatch.setattr(substantiation, "inspect", broken)
    done = run(a_workspace(tmp_path))
    guard_named.cache_clear()
    assert states(done) == ["flagged"] * 3
    found = done.recorded[0].judged.inspection.findings
    says = [evidence.says for finding in found for evidence in finding.evidence if evidence.kind == "crash"]
    assert says and all("ZeroDivisionError" in one for one in says)


def test_each_draft_says_what_it_cost_and_the_plan_what_all_did(tmp_path, fake):
    done = run(a_workspace(tmp_path, toml=OPENAI))
    costs = [one.judged.usage for one in done.recorded]
    assert all(u.input_tokens and u.output_tokens and u.money and u.call for use in costs for u in use)
    assert done.totals.calls == sum(map(len, costs)) == fake.seen
    assert done.totals.money == pytest.approx(sum(u.money for use in costs for u in use))


SCRIPTED = 'text_model = "scripted:script.jsonl"\n'
CRITIC = SCRIPTED + 'critic_model = "openai:fake-critic"\nprice_input = 1.0\nprice_output = 2.0\n'
BLAMES = json.dumps({"findings": [{"rule": "guilt-trip", "quote": "a promise", "reason": "It blames."}]})


def test_a_critic_is_asked_about_each_wording_once_and_its_cost_stands_with_the_draft(tmp_path, fake):
    done = run(a_workspace(tmp_path, toml=CRITIC))
    assert states(done) == ["cleared"] * 3 and fake.seen == 3
    assert [[use.model for use in one.judged.usage] for one in done.recorded] == [["fake-critic"]] * 3
    assert done.totals.calls == 3 and done.totals.money
    run(tmp_path)
    assert fake.seen == 3
    assert not [problem for check in verify(done.bundle) for problem in check.problems]


def test_what_a_critic_finds_goes_back_to_the_writer_and_then_to_a_person(tmp_path, monkeypatch):
    with fake_openai(says=(BLAMES,)) as (address, fake):
        monkeypatch.setenv("OPENAI_BASE_URL", address)
        script = (cue("A kettle is a promise."), cue("A kettle is a promise.", TRUE[1]), HONEST[2])
        done = run(a_workspace(tmp_path, script, CRITIC))
    assert states(done) == ["flagged", "cleared", "cleared"]
    assert [one.layer for one in done.recorded[0].judged.inspection.findings] == ["critic"]
    assert done.recorded[1].judged.attempts and fake.seen == 4  # the day of posting is part of the question


def test_with_a_picture_the_critic_reads_its_words_too_and_pays_for_nothing_twice(tmp_path, fake):
    run(a_workspace(tmp_path, toml=CRITIC, images={"channels": ["mastodon"]}))
    asked = [body["messages"][1]["content"] for body in fake.bodies]
    assert len(asked) == len(set(asked)) == fake.seen > 3
    assert any('"asset":"image_text"' in one.replace(" ", "") for one in asked)


def test_a_critic_that_is_down_holds_everything_back_and_has_nothing_rewritten(tmp_path, monkeypatch):
    with fake_openai(fail_first=99, fail_with=401) as (address, _):
        monkeypatch.setenv("OPENAI_BASE_URL", address)
        done = run(a_workspace(tmp_path, toml=CRITIC))
    assert states(done) == ["flagged"] * 3
    assert not [one for one in done.recorded if one.judged.attempts]


@pytest.mark.postgres
def test_postgresql_by_url_gives_the_same_bundle(tmp_path, postgres_url, monkeypatch, fixed_clock):
    on_sqlite = unsigned_files(run(a_workspace(tmp_path / "sqlite")).bundle)
    monkeypatch.setenv("ABOVEBOARD_DATABASE_URL", postgres_url)
    here = a_workspace(tmp_path / "postgresql")
    assert unsigned_files(run(here).bundle) == unsigned_files(run(here).bundle) == on_sqlite
    assert not list(here.rglob("*.db"))


def test_a_workspace_may_have_spaces_and_any_letters_in_its_path(tmp_path):
    done = run(a_workspace(tmp_path / "Frühling — 春 & co"))
    assert states(done) == ["cleared"] * 3 and (done.bundle / "index.html").is_file()


def test_a_workspace_may_bring_a_channel_of_its_own(tmp_path):
    shipped = (ROOT / "guardrails" / "channels" / "mastodon.yaml").read_text(encoding="utf-8")
    folder = a_workspace(tmp_path)
    (folder / "guardrails" / "channels").mkdir(parents=True)
    own = folder / "guardrails" / "channels" / "noticeboard.yaml"
    own.write_text(shipped.replace("id: mastodon", "id: noticeboard"), encoding="utf-8")
    brief = (folder / "brief.json").read_text(encoding="utf-8").replace('"mastodon"', '"noticeboard"')
    (folder / "brief.json").write_text(brief, encoding="utf-8")
    assert {one.judged.draft.slot.channel for one in run(folder).recorded} == {"noticeboard"}


def test_a_refused_picture_pays_no_painter_waits_for_a_person_and_may_be_released_plain(tmp_path, fake):
    wishes = "A red countdown clock and a portrait of Taylor Swift"
    toml = 'text_model = "scripted:script.jsonl"\nimage_model = "openai:fake-painter"\n'
    done = run(a_workspace(tmp_path, toml=toml, images={"wishes": wishes}))
    pictured = [one for one in done.recorded if one.judged.draft.picture]
    assert fake.seen == 0 and pictured and {one.state for one in pictured} == {"flagged"}
    for one in pictured:
        found = {finding.rule: finding for finding in one.judged.inspection.findings}
        assert {"drawn-pressure", "real-person"} <= set(one.judged.verdict.rules)
        assert found["real-person"].quote == "Taylor Swift" and found["real-person"].law
        assert one.judged.draft.picture.provider == "card:plain"
    decide(tmp_path, pictured[0].id, "approve", "The plain card will do.", "Ben", "editor")
    with open_project(tmp_path, "Ben") as project:
        released = release(project, done.plan.id)
    assert f"{pictured[0].judged.draft.slot.id}" in " ".join(
        p.name for p in (released.bundle / "assets").iterdir()
    )
    assert not [problem for check in verify(released.bundle) for problem in check.problems]


def test_the_words_on_a_picture_and_its_alt_text_pass_the_guards_of_the_caption(tmp_path):
    cued = cue(TRUE[0])
    cued["says"][0]["headline"] = "Only 2 left, ends tonight"
    done = run(a_workspace(tmp_path, (cued, *HONEST[1:]), images={}))
    found = {
        f.asset for one in done.recorded for f in one.judged.inspection.findings if f.rule == "false-scarcity"
    }
    assert {"image_text", "alt_text"} <= found
