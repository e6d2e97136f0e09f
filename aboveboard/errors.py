"""Every error the user may see, drawn as a tree.

AboveboardError              something the user can mend; shown without a traceback
├── BriefError               the brief can't be read, or says something it can't say
├── Refused                  the admission gate said no: targeting or personal data
├── PlanError                the cadence can't be met
├── PolicyError              a rule, law or channel file is wrong
├── PromptError              a prompt template is missing or asks for what isn't there
├── ModelError               a model can't be reached, chosen or loaded
├── ImageError               a picture can't be made or isn't one
├── StoreError               the database can't be opened or refuses a change
├── ReviewError              a decision that may not be taken (four eyes, wrong state, stale digest)
├── AccountError             who you are, or what you may do, isn't so
├── BackupError              a backup can't be written or restored, or what is on disk isn't one
├── BundleError              a bundle can't be written, or what is on disk isn't one
└── WorkspaceError           the folder isn't a workspace, or its configuration is wrong

A message has three beats: what is wrong, where it is, what to do.
"""

from collections.abc import Sequence


class AboveboardError(Exception):
    """Something the user can mend. `problems` holds one line each; the message is all of them."""

    exit_code = 2

    def __init__(self, *problems: str | Sequence[str]) -> None:
        flat: list[str] = []
        for problem in problems:
            flat.extend([problem] if isinstance(problem, str) else problem)
        self.problems = tuple(flat)
        super().__init__("\n".join(flat))


class BriefError(AboveboardError):
    """The brief can't be read: each problem is `file:line: what is wrong; what would be right`."""


class Refused(AboveboardError):
    """The admission gate refuses the brief; each problem cites its rule and law."""

    exit_code = 3


class PlanError(AboveboardError):
    """The cadence can't be met inside the schedule; the message says by how much."""


class PolicyError(AboveboardError):
    """A rule, law, channel or threshold file is wrong; names file and line where it can."""


class PromptError(AboveboardError):
    """A prompt template is missing, or asks for a value that isn't there."""


class ModelError(AboveboardError):
    """A model can't be reached, chosen or loaded."""


class ImageError(AboveboardError):
    """A picture can't be made."""


class StoreError(AboveboardError):
    """The database can't be opened or refuses a change."""


class ReviewError(AboveboardError):
    """A decision that may not be taken."""


class AccountError(AboveboardError):
    """Somebody can't be added, let in or changed as asked."""


class BackupError(AboveboardError):
    """A backup can't be written or restored, or what is on disk isn't one."""


class BundleError(AboveboardError):
    """A bundle can't be written, or what is on disk isn't one."""


class WorkspaceError(AboveboardError):
    """The folder isn't a workspace, or its configuration is wrong."""
