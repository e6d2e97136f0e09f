"""A writer that says what a script tells it to: for tests, demonstrations and rehearsals. No model, no network."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from aboveboard.commission import Commission, Written
from aboveboard.digests import digest
from aboveboard.draft import Caption
from aboveboard.errors import ModelError
from aboveboard.models.reply import Understood, findings_of
from aboveboard.settings import Settings


class Cue(BaseModel):
    """One line of a script: what to say for a slot (any, where None), first and then after each critique.

    With nothing to say it stands for a model whose answer can't be used.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    slot: str | None = None
    variant: str | None = None
    says: tuple[Caption, ...] = ()

    def meant_for(self, commission: Commission) -> bool:
        return self.slot in {None, commission.slot.id} and self.variant in {None, commission.variant}


class ScriptedWriter:
    """Says, of the cues meant for a commission, the one at its place; after critique what that cue says next."""

    def __init__(self, name: str, cues: tuple[Cue, ...]) -> None:
        self.id = f"scripted:{name}"
        self._cues = cues
        self._prompt = digest([cue.model_dump(mode="json") for cue in cues])

    def write(self, commission: Commission) -> Written:
        """Return the scripted caption; the same commission gets the same one, whatever was asked before."""
        cues = [cue for cue in self._cues if cue.meant_for(commission)]
        says = cues[commission.place % len(cues)].says if cues else ()
        if not says:
            silent = Understood(faults=("The script has nothing to say here.",))
            return Written(caption=None, findings=findings_of(silent), prompt=self._prompt)
        said = [caption.text for caption in says]
        turn = said.index(commission.previous) + 1 if commission.previous in said else 0
        return Written(caption=says[min(turn, len(says) - 1)], prompt=self._prompt)

    def close(self) -> None:
        """Nothing is open."""


def open_writer(
    model: str, settings: Settings, workspace: Path | None = None, transport: object = None
) -> ScriptedWriter:
    """Return the writer of the script `model`, a file of JSON lines, one cue each, relative to the workspace.

    Raises:
        ModelError: The script can't be read, or a line isn't a cue.
    """
    path = (workspace or Path()) / model
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: the script can't be read ({error}). Name a file of JSON lines.") from error
    return ScriptedWriter(path.name, tuple(_cue(path, n, line) for n, line in enumerate(lines, 1) if line.strip()))


def _cue(path: Path, number: int, line: str) -> Cue:
    try:
        return Cue.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise ModelError(
            f'{path}:{number}: {where}: {first["msg"]}. A line is {{"says": [{{"text": …, "headline": …}}]}}.'
        ) from error
