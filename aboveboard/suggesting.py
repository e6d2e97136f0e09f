"""Rewrites to choose from: a chat model's first, where one is set, then our own; each checked by the guards."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from babel import Locale
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aboveboard.asking import open_chat
from aboveboard.commission import Chat, Message
from aboveboard.errors import ModelError
from aboveboard.finding import Copy, Finding, Inspection
from aboveboard.guarding import run_direct
from aboveboard.plugins import known
from aboveboard.policy import Policy
from aboveboard.prompts import render
from aboveboard.rewriting import Rewriting, rewritten
from aboveboard.settings import Settings

Reword = Callable[[Copy, Sequence[Finding]], tuple[str, ...]]
_FENCED = re.compile(r"\A\s*```(?:json)?\s*(.*?)\s*```\s*\Z", re.DOTALL)


class Rewordings(BaseModel):
    """Two wordings of one post."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Rewordings")

    rewrites: list[str] = Field(description="The whole post, written again; two of them.")


def suggested(copy: Copy, inspection: Inspection, policy: Policy, reword: Reword | None = None) -> Rewriting:
    """Return up to two rewrites that pass; where the model can't be asked, ours alone."""
    weighty = [finding for finding in inspection.findings if finding.severity.rank]
    written: tuple[str, ...] = ()
    if reword and weighty:
        try:
            written = reword(copy, weighty)
        except ModelError:  # a suggestion less; whoever runs a model hears of its trouble when it writes
            written = ()
    return rewritten(copy, inspection, policy, lambda one: run_direct(policy, one), written)


def open_reword(settings: Settings, workspace: Path | None = None) -> Reword | None:
    """Return what has the text model reword a copy, None where it is no chat model. Raises as `open_chat` does."""
    if settings.text_model.partition(":")[0] not in known("chats"):
        return None
    chat = open_chat(settings.text_model, "text_model", settings, workspace)
    return lambda copy, findings: reworded(copy, findings, chat, workspace)


def reworded(
    copy: Copy, findings: Sequence[Finding], chat: Chat, workspace: Path | None = None
) -> tuple[str, ...]:
    """Return the wordings `chat` hands back; none where its answer can't be read. Raises ModelError."""
    heard = chat.ask(_messages(copy, findings, workspace), Rewordings)
    wrapped = _FENCED.match(heard.words)
    try:
        return tuple(Rewordings.model_validate_json(wrapped[1] if wrapped else heard.words).rewrites[:2])
    except ValidationError:
        return ()


def _messages(copy: Copy, findings: Sequence[Finding], workspace: Path | None) -> list[Message]:
    facts = [fact.model_dump(mode="json", exclude_defaults=True, exclude={"owner"}) for fact in copy.facts]
    language = Locale.parse(copy.language).get_display_name("en") or copy.language
    system = render("reword", workspace, language_name=language, facts=facts, sponsored=copy.sponsored)
    problems = [{"rule": f.rule, "quote": f.quote, "message": f.message, "fix": f.fix} for f in findings]
    return [("system", system), ("human", render("repair", workspace, previous=copy.text, problems=problems))]
