import os
import subprocess
import sys

from running_parts import ROOT

from aboveboard.quiet import SILENT, silence


def test_telemetry_is_off_even_where_the_environment_turns_it_on(monkeypatch):
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.delenv("DO_NOT_TRACK")
    silence()
    assert os.environ["LANGSMITH_TRACING"] == "false" and os.environ["DO_NOT_TRACK"] == "1"


def test_how_long_to_wait_for_a_server_stays_the_user_s_choice(monkeypatch):
    monkeypatch.setenv("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "7")
    silence()
    assert os.environ["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"] == "7"


def test_the_classifier_s_runtime_keeps_no_record_of_its_use(tmp_path):
    """It reports from native code, which no watch over Python's sockets sees; what it would send it keeps."""
    opened = "import onnxruntime; onnxruntime.InferenceSession('aboveboard/weights/guard/reader.onnx')"
    loud = {name: value for name, value in os.environ.items() if name not in SILENT and name != "CI"}
    for folder, before in ((tmp_path / "loud", ""), (tmp_path / "quiet", "import aboveboard; ")):
        folder.mkdir()
        homes = {"HOME": str(folder), "XDG_CACHE_HOME": str(folder)}
        subprocess.run([sys.executable, "-c", before + opened], cwd=ROOT, env=loud | homes, check=True)
    assert list((tmp_path / "loud").rglob("onnxruntime.db")), "it has changed where it keeps its record"
    assert not list((tmp_path / "quiet").rglob("*"))


def test_importing_the_package_turns_telemetry_off_and_the_libraries_agree():
    asked = (
        "import flows.produce, aboveboard.hub, os\n"
        "from prefect.settings import get_current_settings\n"
        "from guardrails import settings\n"
        "print(get_current_settings().server.analytics_enabled, settings.rc.enable_metrics)\n"
        "print(*(f'{name}={value}' for name, value in os.environ.items()), sep='\\n')"
    )
    noisy = {name: value for name, value in os.environ.items() if name not in SILENT}
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, env=noisy, capture_output=True, text=True)
    metrics, *environment = done.stdout.splitlines()
    assert metrics == "False False", done.stderr
    assert {f"{name}={value}" for name, value in SILENT.items()} <= set(environment)
