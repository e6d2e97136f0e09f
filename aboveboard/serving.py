"""`aboveboard serve`: one workspace's desk, in one process."""

import threading
from collections.abc import Callable
from pathlib import Path

from aboveboard.accounts import first_link
from aboveboard.errors import WorkspaceError
from aboveboard.project import open_project
from aboveboard.tending import tend
from aboveboard.web.desk import warm_up

HERE = ("127.0.0.1", "localhost", "::1")


def serve(workspace: Path, host: str, port: int, tell: Callable[[str, str], None]) -> None:
    """Serve the desk until it is stopped.

    Raises WorkspaceError where others could reach it in the clear: passwords then travel readable.
    """
    import uvicorn

    from aboveboard.web.app import make_app

    with open_project(workspace) as project:
        if host not in HERE and not project.settings.desk_url.startswith("https://"):
            raise WorkspaceError(
                f"--host {host} lets other machines in, and passwords would travel readable. Put TLS before "
                "it and set desk_url to its https:// address, or leave --host out."
            )
        address = project.settings.desk_url or f"http://{'[::1]' if host == '::1' else host}:{port}"
        app = make_app(project)
        token = first_link(project.store.engine)
        tell(address, f"{address}/welcome/{token}" if token else "")
        stop = threading.Event()
        threading.Thread(target=warm_up, args=(app.state.desk,), name="warming", daemon=True).start()
        errands = threading.Thread(target=tend, args=(project, stop), name="errands", daemon=True)
        errands.start()
        uvicorn.run(
            app, host=host, port=port, log_level="warning", access_log=False, server_header=False,
            proxy_headers=True, forwarded_allow_ips="127.0.0.1", timeout_graceful_shutdown=5,
        )  # fmt: skip
        stop.set()
        errands.join(15)
