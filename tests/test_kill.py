import shutil
import sqlite3

import pytest
from running_parts import a_workspace

from bench.killing import bundle_digest, fake_server, finish, killed, requests_seen, start, workspace

pytestmark = pytest.mark.slow
DAYS = {"starts": "2027-05-03", "ends": "2027-05-16", "timezone": "Europe/Berlin"}
CHANNELS = {"bluesky": {"per_week": 2}, "mastodon": {"per_week": 1}}


@pytest.fixture(scope="module")
def brief(tmp_path_factory):
    made = a_workspace(tmp_path_factory.mktemp("brief"), schedule=DAYS | {"channels": CHANNELS}, images={})
    return shutil.move(made / "brief.json", made / "brief.yaml")  # JSON is YAML


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    log = tmp_path_factory.mktemp("server") / "log"
    with fake_server(log, latency_ms=300) as url:  # one for all: a call's digest has its address in it
        yield url, log


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, brief, server):
    folder = workspace(tmp_path_factory.mktemp("undisturbed") / "here", brief)
    finish(start(folder, server[0]))
    return bundle_digest(folder)


def writing(folder, requests):
    return requests() > 1


def illustrating(folder, requests):
    return (folder / ".aboveboard" / "pictures").is_dir()


def recording(folder, requests):
    database = folder / ".aboveboard" / "aboveboard.db"
    try:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as rows:
            return rows.execute("SELECT count(*) FROM plans").fetchone()[0] > 0
    except sqlite3.OperationalError:
        return False


@pytest.mark.parametrize("moment", [writing, illustrating, recording])
def test_a_killed_run_goes_on_to_the_same_bytes_and_asks_nothing_twice(
    tmp_path, brief, server, undisturbed, moment
):
    (url, log), folder = server, workspace(tmp_path / "here", brief)
    before = requests_seen(log).total()
    assert killed(folder, url, lambda: moment(folder, lambda: requests_seen(log, since=before).total()))
    assert bundle_digest(folder) == undisturbed
    assert set(requests_seen(log, since=before).values()) == {1}
