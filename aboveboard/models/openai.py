"""Captions from any endpoint that speaks OpenAI's chat API. No answer is taken on trust."""

from pathlib import Path

from aboveboard.channel import load_channels
from aboveboard.commission import Chat, Commission, Heard, Message, Written
from aboveboard.models.chat import open_chat
from aboveboard.models.endpoint import Wrap
from aboveboard.models.reply import MODEL_OUTPUT, Reply, Understood, findings_of, understood
from aboveboard.prompts import prompt_digest, render
from aboveboard.settings import Settings
from aboveboard.writing import assignment_values, voice_values

TEMPLATES = ("system", "caption", "repair")
QUOTED_ANSWER = 4000  # characters of an unusable answer that go back with the complaint


def open_writer(
    model: str, settings: Settings, workspace: Path | None = None, transport: Wrap | None = None
) -> "OpenAIWriter":
    """Return a writer on `model` at OPENAI_BASE_URL (OpenAI's own where unset).

    `transport` wraps the plain HTTP that calls go through, to keep them.

    Raises:
        ModelError: No model is named, or a key is missing where the endpoint isn't this machine.
    """
    chat = open_chat(model, settings, workspace, transport, "text_model", settings.temperature)
    return OpenAIWriter(chat, workspace)


class OpenAIWriter:
    """Writes captions with one model: one call each, and a second one where the first answer wasn't usable."""

    def __init__(self, chat: Chat, workspace: Path | None) -> None:
        self.id = chat.id
        self._chat = chat
        self._workspace = workspace
        self._channels = load_channels(workspace)
        self._prompt = prompt_digest(TEMPLATES, workspace)

    def write(self, commission: Commission) -> Written:
        """Return the caption; where the second answer had faults too, with findings that say which.

        Raises:
            ModelError: The endpoint can't be reached, or refuses the key, the model or the request.
        """
        problems = [
            {"rule": f.rule, "quote": f.quote, "message": f.message, "fix": f.fix} for f in commission.critique
        ]
        first, worth = self._ask(commission, commission.previous, problems)
        heard = [first]
        if worth.faults:
            problems += [{"rule": MODEL_OUTPUT, "message": fault} for fault in worth.faults]
            second, mended = self._ask(commission, first.words[:QUOTED_ANSWER] or commission.previous, problems)
            heard.append(second)
            worth = mended.model_copy(update={"caption": mended.caption or worth.caption})
        usage = tuple(one.usage for one in heard)
        return Written(caption=worth.caption, findings=findings_of(worth), usage=usage, prompt=self._prompt)

    def close(self) -> None:
        self._chat.close()

    def _ask(
        self, commission: Commission, previous: str | None, problems: list[dict[str, str]]
    ) -> tuple[Heard, Understood]:
        heard = self._chat.ask(self._messages(commission, previous, problems), Reply)
        if heard.fault:
            return heard, Understood(faults=(heard.fault,))
        return heard, understood(heard.words, commission, self._channels[commission.slot.channel])

    def _messages(
        self, commission: Commission, previous: str | None, problems: list[dict[str, str]]
    ) -> list[Message]:
        asked = render("caption", self._workspace, **assignment_values(commission))
        if problems:
            asked += "\n" + render("repair", self._workspace, previous=previous, problems=problems)
        return [("system", render("system", self._workspace, **voice_values(commission.brief))), ("human", asked)]
