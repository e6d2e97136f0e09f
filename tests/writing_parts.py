"""Real parts that the tests of writing share: a small brief, its commissions, and the fake server on a thread."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Thread
from typing import Any

from uvicorn import Config, Server

from aboveboard.brief import Brief
from aboveboard.calls import Reply
from aboveboard.channel import load_channels
from aboveboard.commission import Commission
from aboveboard.plan import Slot
from aboveboard.settings import Settings
from aboveboard.writing import commission
from bench.fake_openai_server import FakeServer


def a_fact(name: str, statement: str, **limits: Any) -> dict[str, Any]:
    return {"id": name, "statement": statement, "source": "The workshop's book", **limits}


def a_brief(**changes: Any) -> Brief:
    brief = {
        "campaign": "kettle-week",
        "title": {"en": "Kettle Week", "de": "Kesselwoche"},
        "brand": {
            "name": "Copper & Sons",
            "voice": {"summary": "A workshop that talks about its work.", "do": ["We solder by hand."]},
            "palette": {"ink": "#101010", "paper": "#ffffff", "accent": "#aa3300", "support": "#ddccaa"},
            "avoid": ["iconic"],
        },
        "goal": "event",
        "audience": {"describe": "People who drink tea at home.", "basis": "contextual"},
        "languages": ["en", "de"],
        "facts": [
            a_fact("open-days", "The workshop is open on Saturday 8 May.", ends="2027-05-08"),
            a_fact("copper", "Each kettle is made from one sheet of copper."),
            a_fact("repairs", "We repair every kettle we ever sold."),
        ],
        "action": {"label": "the workshop page", "link": "https://example.com/kettles"},
        "hashtags": ["KettleWeek"],
        "schedule": {
            "starts": "2027-05-01",
            "ends": "2027-05-31",
            "timezone": "Europe/Berlin",
            "channels": {"mastodon": {"per_week": 2}},
        },
        "disclosure": {"responsible": "Head of communications"},
    }
    return Brief.model_validate(brief | changes)


def a_slot(number: int = 0, at: str = "2027-05-03T10:00:00+02:00", **changes: Any) -> Slot:
    slot = {"id": f"2027-05-03-mastodon-{number}", "channel": "mastodon", "at": datetime.fromisoformat(at)}
    return Slot.model_validate(
        slot | {"language": "en", "focus": "copper", "number": number, "image": False} | changes
    )


CHANNEL = load_channels()["mastodon"]


def a_commission(place: int = 0, **changes: Any) -> Commission:
    made = commission(a_brief(), a_slot(place), "a", CHANNEL, place, 8)
    return made.model_copy(update=changes)


def settings_for(address: str, **changes: Any) -> Settings:
    quick = {"requests_per_second": 500.0, "max_retries": 3, "request_timeout": 20.0}
    return Settings(openai_base_url=address, openai_api_key=None, **quick | changes)


@contextmanager
def fake_openai(**told: Any) -> Iterator[tuple[str, FakeServer]]:
    """Serve the fake API on a thread; gives its base URL and the fake, which counts what it has seen."""
    fake = FakeServer(**told)
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        server = Server(Config(fake.app(), log_config=None, access_log=False, lifespan="off"))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1", fake
        server.should_exit = True
        thread.join()


class Shelf:
    """A table of calls in memory, for what needs no database."""

    def __init__(self) -> None:
        self.done: dict[str, Reply] = {}
        self.begun: dict[str, str] = {}

    def reply(self, digest: str) -> Reply | None:
        return self.done.get(digest)

    def begin(self, digest: str, model: str, request: str) -> None:
        self.begun[digest] = request

    def finish(self, digest: str, reply: Reply) -> None:
        self.done[digest] = reply

    def fail(self, digest: str) -> None:
        self.begun.pop(digest)
