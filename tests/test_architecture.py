"""The house keeps its shape: who may import whom, how long things are, what lies where."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CODE = [path for room in ("aboveboard", "flows") for path in sorted((ROOT / room).rglob("*.py"))]
LONGEST_MODULE = 400  # lines
LONGEST_FUNCTION = 49  # lines
DATA_ONLY = ("guardrails", "prompts")  # an __init__.py in guardrails/ would shadow guardrails-ai


def functions(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def imported(code):
    """Return what a fresh interpreter has loaded after running `code`."""
    asked = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sorted(sys.modules))"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.split(".")[0] for name in asked.stdout.split()}


def test_imports_run_one_way():
    from importlinter.cli import lint_imports

    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_and_no_function_is_too_long(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE
    long = {f.name: size for f in functions(path) if (size := f.end_lineno - f.lineno + 1) > LONGEST_FUNCTION}
    assert not long


@pytest.mark.parametrize("folder", DATA_ONLY)
def test_rules_and_prompts_are_data_and_hold_no_python(folder):
    assert (ROOT / folder).is_dir() and not list((ROOT / folder).rglob("*.py"))


def test_ruff_knows_that_the_name_guardrails_is_the_library_s():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]
    assert "guardrails" in settings["lint"]["isort"]["known-third-party"]


def test_guardrails_is_the_library_even_from_the_root_of_a_checkout():
    asked = "import importlib.util as u; print(u.find_spec('guardrails').origin)"
    origin = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert origin.stdout.strip().endswith("__init__.py") and str(ROOT / "guardrails") not in origin.stdout


def test_the_command_line_starts_without_anything_heavy():
    heavy = {"torch", "diffusers", "guardrails", "prefect", "langchain_core", "openai", "sqlalchemy", "xllamacpp"}
    assert not heavy & imported("import aboveboard.cli")


def test_checking_copy_loads_no_guardrails_ai_no_model_and_no_flow():
    run = "import sys; from aboveboard.cli import app; sys.argv = ['aboveboard', 'check', 'LICENSE']\n"
    run += "try: app()\nexcept SystemExit: pass"
    assert not {"torch", "guardrails", "prefect", "langchain_core", "openai"} & imported(run)


def test_nothing_is_left_for_later():
    left = re.compile(r"#.*\b(TODO|FIXME|XXX|for now)\b|\bNotImplementedError\b")
    assert not [(path.name, found[0]) for path in CODE if (found := left.search(path.read_text(encoding="utf-8")))]
