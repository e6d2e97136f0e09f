"""Prefect's own server, started beside SQLAlchemy 2.1, with which Prefect 3.8 can't schedule.

    python flows/server.py server start --port 4200

What follows is the command line of `prefect`. When Prefect writes down the runs that a schedule asks for, it hands
SQLAlchemy a run's computed properties too; 2.0 passed over them, 2.1 wants to be told what to do with them. They
have no column, so they are left out. A Prefect server in an environment of its own needs none of this.
"""

from collections.abc import Iterable, MutableMapping
from typing import Any

import aboveboard  # noqa: F401  (first: it turns telemetry off, Prefect's too)

# isort: split
from prefect.server.database import orm_models
from sqlalchemy import inspect
from sqlalchemy.ext.hybrid import hybrid_property


def leave_out_what_is_computed() -> None:
    """Have Prefect's models pass over their computed properties when many rows are written at once."""
    for model in (orm_models.FlowRun, orm_models.TaskRun):
        found: Any = inspect(model)
        computed = {n: one for n, one in found.all_orm_descriptors.items() if isinstance(one, hybrid_property)}
        for one in computed.values():
            one.inplace.bulk_dml(_without(computed))  # in place: 2.1.9 trips over a copy


def _without(names: Iterable[str]) -> Any:
    def leave_out(_model: type, row: MutableMapping[str, Any], _value: Any) -> None:
        for name in names:
            row.pop(name, None)

    return leave_out


if __name__ == "__main__":
    leave_out_what_is_computed()
    from prefect.cli import app

    app()
