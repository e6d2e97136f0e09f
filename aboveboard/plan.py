"""When and where to post: EditorialPlan and Slot."""

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict

from aboveboard.brief import Brief


class Slot(BaseModel):
    """Channel × time × language in the editorial plan, and the fact its post leads with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str  # e.g. "2027-03-02-instagram-en": sorts by time, safe as a folder name, unique in its plan
    channel: str
    at: AwareDatetime  # in the brief's timezone
    language: str
    focus: str  # id of the fact to lead with
    number: int  # place in the plan, from 0
    image: bool

    @property
    def when(self) -> datetime:
        return self.at


class EditorialPlan(BaseModel):
    """Every slot of one campaign, in order of time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str  # digest of the brief, the policy, the prompts and the models: the same inputs, the same plan
    brief: Brief
    slots: tuple[Slot, ...]
