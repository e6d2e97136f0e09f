import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from bundling import ASKED, DECIDED, contents, opened
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.bundle import bundle_files, write_bundle
from aboveboard.errors import BundleError
from aboveboard.manifest import Listed, Manifest, manifest_schema, pretty, spent_facts
from aboveboard.project import Project
from aboveboard.record import Recorded

WRITE = """
import sys; sys.path.insert(0, {tests!r})
from pathlib import Path
from aboveboard.bundle import write_bundle
from aboveboard.project import open_project
from bundling import contents
with open_project(Path({root!r})) as project:
    {before}
    print(write_bundle(Path({outputs!r}), contents(project), project.picture, project.seal))
"""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with opened(tmp_path / "workspace") as project:
        yield project


def write(project: Project, outputs: Path) -> Path:
    return write_bundle(outputs, contents(project), project.picture, project.seal)


def bytes_of(bundle: Path) -> dict[str, bytes]:
    return {str(path.relative_to(bundle)): path.read_bytes() for path in bundle.rglob("*") if path.is_file()}


def elsewhere(root: Path, outputs: Path, before: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """Write the bundle in a process of its own."""
    code = WRITE.format(tests=str(Path(__file__).parent), root=str(root), outputs=str(outputs), before=before)
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | env, check=False)


def test_two_folders_get_the_same_bundle_to_the_byte(project: Project, tmp_path: Path) -> None:
    one, other = write(project, tmp_path / "one"), write(project, tmp_path / "other")
    assert one.name == other.name
    assert bytes_of(one) == bytes_of(other)


def test_another_process_with_other_hashes_writes_the_same_bytes(project: Project, tmp_path: Path) -> None:
    told = elsewhere(project.root, tmp_path / "other", PYTHONHASHSEED="4711", TZ="Asia/Tokyo", LC_ALL="C")
    assert told.returncode == 0, told.stderr
    assert bytes_of(Path(told.stdout.strip())) == bytes_of(write(project, tmp_path / "one"))


def test_killed_while_writing_it_leaves_no_bundle_and_the_next_writer_sweeps_up(
    project: Project, tmp_path: Path
) -> None:
    home = tmp_path / "out" / "tap-week"
    kill = "import os, pathlib; pathlib.Path.rename = lambda *_: os.kill(os.getpid(), 9)"
    assert elsewhere(project.root, home.parent, kill).returncode == -9
    assert [path.name for path in home.iterdir() if not path.name.startswith(".writing-")] == []
    assert list(home.glob(".writing-*"))
    bundle = write(project, home.parent)
    assert {path.name for path in home.iterdir()} == {bundle.name, "latest"}


def test_writing_again_changes_nothing(project: Project, tmp_path: Path) -> None:
    bundle = write(project, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in bundle.rglob("*")}
    assert write(project, tmp_path) == bundle
    assert {path: path.stat().st_mtime_ns for path in bundle.rglob("*")} == before


@pytest.mark.parametrize("name", ["index.html", "checksums.sha256", "evidence/policy.json"])
def test_a_bundle_that_was_tampered_with_is_not_written_over(project: Project, tmp_path: Path, name: str) -> None:
    bundle = write(project, tmp_path)
    (bundle / name).write_bytes((bundle / name).read_bytes() + b" ")
    with pytest.raises(BundleError, match=f"{name}: changed since the bundle was written. Move"):
        write(project, tmp_path)


def test_a_file_slipped_into_a_bundle_is_seen(project: Project, tmp_path: Path) -> None:
    bundle = write(project, tmp_path)
    (bundle / "assets/extra.txt").write_text("Buy now", encoding="utf-8")
    with pytest.raises(BundleError, match="assets/extra.txt: changed"):
        write(project, tmp_path)


def test_latest_points_to_the_newest_bundle(project: Project, tmp_path: Path) -> None:
    first = write(project, tmp_path)
    two = contents(project).model_copy(update={"versions": {"aboveboard": "another"}})
    second = write_bundle(tmp_path, two, project.picture, project.seal)
    assert first != second
    assert os.readlink(second.parent / "latest") == second.name


def test_a_folder_that_cannot_be_written_is_said_plainly(project: Project, tmp_path: Path) -> None:
    (tmp_path / "tap-week").write_text("in the way", encoding="utf-8")
    with pytest.raises(BundleError, match="can't be written"):
        write(project, tmp_path)


def test_sha256sum_agrees_with_every_checksum(project: Project, tmp_path: Path) -> None:
    if not shutil.which("sha256sum"):
        pytest.skip("sha256sum isn't here: install coreutils")
    bundle = write(project, tmp_path)
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "checksums.sha256"], cwd=bundle, capture_output=True
    )
    assert checked.returncode == 0, checked.stderr
    assert len(checked.stdout.splitlines()) == len(bytes_of(bundle)) - 1


def test_only_what_is_cleared_is_in_the_plan(project: Project) -> None:
    given = contents(project)
    files = bundle_files(given, project.picture, project.seal)
    captions = {name.split("/")[1] for name in files if name.endswith("caption.txt")}
    assert captions == {one.judged.draft.slot.id for one in given.recorded if one.state == "cleared"}
    assert len(captions) == 5


def test_what_is_held_back_is_named_with_its_state(project: Project) -> None:
    told = json.loads(bundle_files(contents(project), project.picture, project.seal)["plan.json"])
    assert [held["state"] for held in told["held_back"]] == ["blocked", "superseded"]


def aged(one: Recorded, fact: str) -> Recorded:
    """Return the draft, months later, when the fact it names is over."""
    draft = one.judged.draft
    slot = draft.slot.model_copy(update={"at": draft.slot.at + timedelta(days=90)})
    caption = draft.caption.model_copy(update={"facts": (fact,)})
    late = draft.model_copy(update={"slot": slot, "caption": caption})
    return one.model_copy(update={"judged": one.judged.model_copy(update={"draft": late})})


def test_a_slot_whose_fact_has_ended_by_its_time_is_refused(project: Project) -> None:
    given = contents(project)
    fact = given.plan.brief.facts[0].model_copy(update={"ends": date(2027, 4, 1)})
    brief = given.plan.brief.model_copy(update={"facts": (fact, *given.plan.brief.facts[1:])})
    late = aged(given.recorded[0], "stations")
    assert spent_facts(late, brief) == ("stations",)
    plan = given.plan.model_copy(update={"brief": brief})
    files = bundle_files(
        given.model_copy(update={"plan": plan, "recorded": (late,)}), project.picture, project.seal
    )
    told = json.loads(files["plan.json"])
    assert told["entries"] == [] and told["held_back"][0]["spent_facts"] == ["stations"]
    assert b"No longer true when this would go out" in files["index.html"]


def test_nobody_is_named_anywhere_in_a_bundle(project: Project, tmp_path: Path) -> None:
    whole = b"".join(bytes_of(write(project, tmp_path)).values())
    for name in (*ASKED.split(), *DECIDED.split()):
        for spelling in {name, name.lower(), json.dumps(name)[1:-1]}:
            assert spelling.encode() not in whole


def test_a_picture_that_changed_since_it_was_judged_is_refused(project: Project, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="its file has changed since it was judged"):
        write_bundle(tmp_path, contents(project), lambda name: b"another picture", project.seal)


def test_drafts_judged_by_another_policy_are_not_bundled(project: Project, tmp_path: Path) -> None:
    given = contents(project)
    other = given.policy.model_copy(update={"laws": given.policy.laws[1:]})
    with pytest.raises(BundleError, match="the policy has changed since"):
        write_bundle(tmp_path, given.model_copy(update={"policy": other}), project.picture, project.seal)


def test_a_bundle_carries_the_editorially_responsible_party_and_the_reviewers_role(project: Project) -> None:
    told = json.loads(bundle_files(contents(project), project.picture, project.seal)["plan.json"])
    assert (told["editorially_responsible"], told["reviewed_by"]) == ("Head of communication", ["editor"])


def test_the_published_schema_is_the_one_in_force() -> None:
    published = Path(__file__).parent.parent / "docs/manifest.schema.json"
    assert json.loads(published.read_text(encoding="utf-8")) == manifest_schema()


moments = st.datetimes(timezones=st.timezones()).filter(lambda at: at.utcoffset().seconds % 60 == 0)
listed = st.lists(st.builds(Listed, at=moments)).map(tuple)


@given(st.builds(Manifest, entries=listed))
def test_the_manifest_comes_back_from_its_file_as_it_went_in(written: Manifest) -> None:
    assert pretty(Manifest.model_validate_json(pretty(written))) == pretty(written)
