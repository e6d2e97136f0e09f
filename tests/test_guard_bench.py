"""The benchmark of the guards measures what it says: known answers, real rules on captions made here, one page."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from writing_parts import fake_openai

from aboveboard.digests import digest
from aboveboard.guarding import run_direct
from aboveboard.normal import fold
from aboveboard.rulebook import load_policy
from bench import critic, disguises, guards
from bench.captions import measure, read, read_all
from bench.copies import as_copy, honest, lines_of
from bench.corpus import FOLDER, agreement, broken_seal, counts, crossings, faults
from bench.disguises import DISGUISES, FRAMES, TURNS, checked_turns, disguised, framed
from bench.guards import few
from bench.layers import RULES, Layer, stops
from bench.report import BARS, bars, page
from bench.scoring import (
    Reading,
    auc,
    by_code,
    iou,
    kappas,
    overlaps,
    pairs,
    recall_at,
    reliability,
    share,
    threshold_at,
)
from bench.section import Accuracy, Section, Share, Table, told
from bench.twins import clusters, links, one_of_each
from training.corpus import CODES, SPLITS, Caption, Label, load

ROOT = Path(__file__).parent.parent
PRESSED = "The kiln opens on Friday. Last chance to grab one, nobody knows when we fire again."
PLAIN = "The kiln opens on Friday and there is tea for whoever comes by."


def caption(text=PLAIN, label=None, quote="", **more):
    labels = ()
    if label:
        start = text.index(quote)
        labels = (Label(code=label, start=start, end=start + len(quote), quote=quote),)
    parts = {
        "id": digest([text, label, str(more)])[:12],
        "author": "test",
        "sector": "ceramics",
        "channel": "threads",
        "language": "en",
        "at": "2026-12-01T12:00:00+00:00",
        "text": text,
        "labels": labels,
        "verdict": "review" if label else "pass",
        "why": "made for a test",
    }
    return Caption.model_validate(parts | more)


def pressed(**more):
    return caption(PRESSED, "false-urgency", "Last chance to grab one", **more)


def answered(one, *codes, suspicion=0.0, scores=None):
    spans = tuple((code, 0, 5) for code in codes)
    return Reading(caption=one, spans=spans, suspicion=suspicion, scores=scores or {})


@pytest.fixture(scope="module")
def rules():
    policy = load_policy()
    return Layer(lambda copy: run_direct(policy, copy))


def test_a_share_has_wilson_s_interval_and_nothing_of_nothing():
    eight = share([True] * 8 + [False] * 2)
    assert (eight.rate, eight.n) == (0.8, 10)
    assert (round(eight.low, 3), round(eight.high, 3)) == (0.490, 0.943)
    assert share([]) == Share(rate=None, n=0)


def test_the_recall_at_a_tolerance_never_flags_more_clean_ones_than_that():
    gold = [True] * 10 + [False] * 20
    scores = [0.9] * 6 + [0.2] * 4 + [0.5] + [0.1] * 19
    assert recall_at(gold, scores).rate == 1.0  # one of twenty is 5%
    assert recall_at(gold, scores, tolerated=0.04).rate == 0.6


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=60), st.floats(0, 0.5))
def test_the_threshold_keeps_its_promise_on_any_scores(told_apart, tolerated):
    gold, scores = [g for g, _ in told_apart], [float(s) for _, s in told_apart]
    if len(set(gold)) == 2:
        cut = threshold_at(gold, scores, tolerated)
        clean = [score for score, guilty in zip(scores, gold, strict=True) if not guilty]
        assert sum(score >= cut for score in clean) <= tolerated * len(clean)


def test_scores_by_code_count_what_was_said_and_what_was_so():
    readings = [
        answered(pressed(), "false-urgency", scores={"false-urgency": 0.9}),
        answered(pressed(id="b"), scores={"false-urgency": 0.4}),
        answered(caption(), "false-urgency", "fomo", scores={"false-urgency": 0.6}),
    ]
    rows, macro = by_code(readings, CODES, seed=1)
    urgency = next(row for row in rows if row.code == "false-urgency")
    assert (urgency.precision.rate, urgency.recall.rate, urgency.f1.rate, urgency.auc) == (0.5, 0.5, 0.5, 0.5)
    assert macro.rate == 0.5 and macro.low <= 0.5 <= macro.high
    assert by_code(readings, CODES, seed=1)[1] == macro


def test_a_pair_is_right_only_if_both_halves_are():
    half, other = pressed(pair="p"), caption(pair="p")
    assert [one.rate for one in pairs([answered(half, "false-urgency"), answered(other)])] == [1.0, 1.0]
    assert [one.rate for one in pairs([answered(half, "fomo"), answered(other)])] == [1.0, 0.0]
    assert [one.rate for one in pairs([answered(half, "fomo"), answered(other, "fomo")])] == [0.0, 0.0]
    assert pairs([answered(half, "fomo")])[0].n == 0


spans = st.tuples(st.integers(0, 40), st.integers(1, 40)).map(lambda told: (told[0], told[0] + told[1]))


@given(spans, spans)
def test_overlap_is_the_shared_share_of_characters(one, other):
    letters, others = set(range(*one)), set(range(*other))
    assert math.isclose(iou(one, other), len(letters & others) / len(letters | others))


def test_spans_count_only_where_the_code_was_found():
    one = pressed()
    start = one.labels[0].start
    near = replace(answered(one), spans=(("false-urgency", start, start + 11), ("fomo", 0, 3)))
    assert overlaps([near]) == [11 / 23] and overlaps([answered(one, "fomo")]) == []


def test_a_well_calibrated_score_has_no_error():
    bins, error = reliability([0.25] * 4 + [1.0], [True, False, False, False, True])
    assert error == 0.0 and [(one.low, one.true.n) for one in bins] == [(0.2, 4), (0.9, 1)]


def test_kappa_takes_off_what_chance_agrees_on():
    first = {str(n): frozenset(["fomo"] if n < 5 else []) for n in range(10)}
    second = first | {"4": frozenset(), "5": frozenset(["fomo"])}
    told_apart = kappas(first, second, ("fomo", "clickbait"))
    assert (round(told_apart["fomo"][0], 3), told_apart["fomo"][1]) == (0.6, 6)
    assert told_apart["clickbait"] == (None, 0)


def test_texts_that_differ_in_a_number_or_a_mark_are_the_same():
    texts = ["Only 3 left in stock!", "only 12 left in stock", "A walk along the old quay", "Hi", "hi!"]
    assert links(texts) == [(0, 1), (3, 4)]
    assert one_of_each(texts) == [0, 2, 3]
    assert clusters(4, [(0, 1), (1, 3)]) == [0, 0, 1, 0]


@pytest.mark.parametrize("kind", DISGUISES)
def test_a_disguise_changes_the_labelled_words_and_nothing_else(kind):
    one = pressed()
    shown = disguised(one, DISGUISES[kind], seed=1).text
    label = one.labels[0]
    assert shown != one.text
    assert shown.startswith(one.text[: label.start]) and shown.endswith(one.text[label.end :])
    assert shown == disguised(one, DISGUISES[kind], seed=1).text


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=80), st.integers(0, 9)
)
def test_any_clean_text_can_be_disguised(text, seed):
    one = caption(text)
    assert all(isinstance(disguised(one, disguise, seed).text, str) for disguise in DISGUISES.values())


def test_invisible_characters_are_all_that_zero_width_adds():
    shown = disguised(pressed(), disguises.zero_width, seed=3).text
    assert "".join(letter for letter in shown if letter not in disguises.ZERO_WIDTH) == PRESSED
    assert fold(shown) == fold(PRESSED)


def test_a_frame_is_in_another_language_and_so_is_the_copy():
    shown = framed(pressed(), seed=1)
    assert shown.language != "en" and shown.text.startswith(FRAMES[shown.language][0]) and PRESSED in shown.text
    assert framed(caption("Der Ofen ist auf.", language="de"), seed=1).language == "en"


def test_the_cases_written_by_hand_are_many_in_five_languages_and_of_known_codes():
    cases = lines_of(TURNS)
    assert len(cases) >= 60 and {case["lang"] for case in cases} == {"en", "de", "fr", "es", "it"}
    assert {case["turn"] for case in cases} == {"negation", "quotation", "irony"}
    assert checked_turns() == [] and all(as_copy(case).text for case in cases)


def test_real_rules_stop_pressure_and_let_plain_words_pass(rules):
    assert stops(rules, pressed().copy_) and not stops(rules, caption().copy_)
    assert read(rules, pressed()).codes == {"false-urgency"}
    assert not any(stops(rules, copy) for copy in honest()[:5])


@pytest.fixture(scope="module")
def accuracy(rules):
    told_apart = [pressed(pair="p"), caption(pair="p", hard=True), pressed(id="c", language="de"), caption(id="d")]
    section = measure({RULES: rules}, told_apart, told_apart, seed=1)
    missing = Section(name="shops", title="Shops", skipped=("ec-darkpattern: not here.",))
    return Accuracy(
        split="dev",
        seed=1,
        quick=True,
        layers=(RULES,),
        corpus={"dev": "0" * 16},
        machine="a test",
        sections=(section, missing),
    )


def test_the_page_says_first_what_is_missed_then_how_far_the_bars_are(accuracy):
    said = page(accuracy)
    places = [
        said.index(head) for head in ("## What the guards miss", "## The bars", "## The open corpus", "## Limits")
    ]
    assert places == sorted(places)
    assert "*Left out. ec-darkpattern: not here.*" in said and "not measured" in said
    assert "| both halves right |" in said and "1.000 (" in said


def test_the_json_holds_all_that_the_page_says(accuracy):
    again = Accuracy.model_validate_json(accuracy.model_dump_json())
    assert again == accuracy and page(again) == page(accuracy)


def test_every_bar_is_held_against_its_figure(accuracy):
    rows = {row[0]: row for row in bars(accuracy).rows}
    assert len(rows) == len(BARS)
    assert rows["minimal pairs with both halves right"][2:] == (1.0, "yes")
    assert rows["ec-darkpattern, 5 folds, one of each near-duplicate cluster: accuracy"][2:] == (
        None,
        "not measured",
    )


def test_a_cell_shows_its_interval_and_n():
    assert told(Share(rate=0.5, low=0.25, high=0.75, n=8)) == "0.500 (0.25-0.75, n=8)"
    assert [told(cell) for cell in (None, 0.12345, 1234, 20000.4, "x")] == ["-", "0.123", "1,234", "20,000", "x"]


def test_the_published_page_was_made_from_the_published_figures():
    figures = Accuracy.model_validate_json((ROOT / "docs" / "accuracy.json").read_text(encoding="utf-8"))
    assert (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8") == page(figures), "python -m bench guards"
    assert not figures.quick


def test_in_a_hurry_the_halves_of_a_pair_stay_together():
    many = [caption(id=f"{n}{half}", pair=f"p{n}") for n in range(40) for half in "ab"]
    some = few(many, 10)
    assert len(some) == 20 and {one.pair for one in some[::2]} == {one.pair for one in some[1::2]}


def test_the_corpus_keeps_its_promises():
    there = {split: load(split) for split in SPLITS if (FOLDER / f"{split}.jsonl").exists()}
    assert [*faults(there)] == []
    if (FOLDER / "test.sha256").exists():
        assert [*broken_seal(FOLDER)] == []


def test_what_is_wrong_with_a_caption_is_told():
    good, off = pressed(id="a"), pressed(id="b")
    off = off.model_copy(update={"labels": (off.labels[0].model_copy(update={"quote": "Next chance"}),)})
    wrong = [*faults({"train": [good, off, caption(id="c", verdict="block"), caption(id="c")]})]
    assert len(wrong) == 3 and any("'Next chance'" in line for line in wrong)


def test_a_near_duplicate_or_a_pair_that_crosses_splits_is_told():
    one, other = pressed(id="a", pair="p"), pressed(id="b", pair="p")
    far = caption("Nothing here is like anything else that was said.", id="c")
    assert len([*crossings([("train", one), ("test", other), ("dev", far)])]) == 2
    assert [*crossings([("train", one), ("train", other)])] == []


def test_counts_add_up_over_the_splits():
    rows = {row[0]: row[1:] for row in counts({"train": [pressed()], "dev": [caption(), caption(id="e")]}).rows}
    assert rows["captions"] == (1, 2, 3) and rows["clean"] == (0, 2, 2) and rows["sectors"] == (1, 1, 1)


def test_agreement_is_read_from_two_files_of_readings(tmp_path):
    assert agreement(tmp_path) is None
    (tmp_path / "first-reading.jsonl").write_text('{"id": "a", "codes": ["fomo"]}\n{"id": "b", "codes": []}\n')
    (tmp_path / "second-reading.jsonl").write_text('{"id": "a", "codes": ["fomo"]}\n{"id": "b", "codes": []}\n')
    table = agreement(tmp_path)
    assert ("fomo", 1.0, 1) in table.rows and "n=2" in table.says and isinstance(table, Table)


def test_auc_needs_both_classes():
    assert auc([True, False], [0.9, 0.1]) == 1.0 and auc([True, True], [0.9, 0.1]) is None
    assert np.isclose(auc([True, False, False], [0.5, 0.5, 0.1]), 0.75)


def test_reading_all_reads_each_caption_once(rules):
    assert [one.guilty for one in read_all(rules, [pressed(), caption()])] == [True, False]


def test_a_layer_with_probabilities_is_calibrated_and_has_areas_under_its_curves(rules, accuracy):
    sure = Layer(
        rules.inspect,
        scores=lambda copy: {code: 0.95 if "Last chance" in copy.text else 0.05 for code in CODES[:2]},
        suspicion=lambda copy: 1.0 if "Last chance" in copy.text else -1.0,
    )
    told_apart = [pressed(), caption()]
    section = measure({RULES: rules, "surer": sure}, told_apart, told_apart, seed=1)
    tables = {table.title: table for table in section.tables}
    assert [row[0].split(" (")[0] for row in tables["Any flag, by layer"].rows] == [RULES, "surer"]
    assert tables["By code"].rows[0][-1] == 1.0 and section.skipped == ()
    assert [row[3].n for row in tables["Calibration"].rows] == [2, 2]
    drawn = page(accuracy.model_copy(update={"sections": (section,)}))
    assert 'x-axis "mean score" [0.05, 0.95]' in drawn and "bar [0.00, 0.50]" in drawn


def test_a_threshold_chosen_on_another_split_is_tried_here(rules):
    section = measure({RULES: rules}, [pressed(), caption()], [pressed(id="x"), caption(id="y")], seed=1)
    rows = {row[0]: row[1] for table in section.tables for row in table.rows if "chosen on dev" in table.title}
    assert (rows["recall"].rate, rows["false flags on clean captions"].rate) == (1.0, 0.0)


def test_figures_of_another_run_are_not_mixed_in(accuracy, tmp_path, capsys):
    kept = tmp_path / "kept.json"
    kept.write_text(accuracy.model_dump_json(), encoding="utf-8")
    with pytest.raises(SystemExit):
        guards.run(["--only", "ordinary", "--seed", "2", "--json", str(kept)])
    assert "measure every section again" in " ".join(capsys.readouterr().err.replace("│", " ").split())
    with pytest.raises(SystemExit):
        guards.run(["--only", "nothing"])
    assert Accuracy.model_validate_json(kept.read_text(encoding="utf-8")) == accuracy


# The critic


def test_without_a_critic_its_section_says_how_to_ask_one(monkeypatch):
    monkeypatch.delenv("ABOVEBOARD_CRITIC_MODEL", raising=False)
    section = critic.measure([caption()])
    assert not section.tables and "ABOVEBOARD_CRITIC_MODEL" in section.skipped[0]


def test_the_critic_is_measured_by_what_it_adds_rightly_and_wrongly(monkeypatch, tmp_path):
    blames = "You could skip it. Your grandmother would understand, she always has."
    guilty = caption(blames, "guilt-trip", "Your grandmother would understand")
    says = json.dumps({"findings": [{"rule": "guilt-trip", "quote": "would", "reason": "r"}] * 2})
    with fake_openai(says=(says,)) as (address, fake):
        monkeypatch.setenv("ABOVEBOARD_CRITIC_MODEL", "openai:fake")
        monkeypatch.setenv("OPENAI_BASE_URL", address)
        monkeypatch.setenv("ABOVEBOARD_DATABASE_URL", f"sqlite:///{tmp_path}/calls.db")
        section = critic.measure([guilty, caption(PLAIN + " It would rain."), caption(PLAIN)])
        assert fake.seen == 3
    told = dict(section.tables[0].rows)
    assert told["its findings that are right (precision)"].rate == section.figures["critic precision"] == 0.5
    assert told["missed labels that it finds (recall)"].rate == 1.0
    assert told["clean captions that passed, now held"].rate == 0.5
    assert told["findings void: not asked for, or not in the text"] == 2
