"""The one clock. Times are made once and kept; `SOURCE_DATE_EPOCH` fixes them for reproducible runs."""

import os
from datetime import UTC, datetime


def now() -> datetime:
    """Return the present in UTC to the second, or what SOURCE_DATE_EPOCH (Unix seconds) says it is.

    Source: https://reproducible-builds.org/specs/source-date-epoch/
    """
    fixed = os.environ.get("SOURCE_DATE_EPOCH")
    if fixed:
        return datetime.fromtimestamp(int(fixed), tz=UTC)
    return datetime.now(tz=UTC).replace(microsecond=0)  # noqa: TID251
