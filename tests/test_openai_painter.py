"""The Images API, spoken to a fake of it on loopback: what is asked, what comes back, what goes wrong."""

import io
import json

import httpx
import pytest
from PIL import Image
from writing_parts import Shelf, fake_openai, settings_for

from aboveboard.commission import Scene
from aboveboard.errors import ImageError, ModelError
from aboveboard.models.kept import keeping
from aboveboard.models.openai_images import nearest_size, open_painter
from aboveboard.settings import Settings

SCENE = Scene(prompt="calm water at dawn", negative="text", width=1080, height=1350, seed=11)
HERE = "http://127.0.0.1:9/v1"


def answering(status: int, body: object, asked: list[httpx.Request] | None = None):
    """Return a wrapper that answers on the wire in place of any server, and notes what was asked."""

    def answer(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(request)
        return httpx.Response(status, json=body)

    return lambda inner: httpx.MockTransport(answer)


def refusal(code: str, status: int = 400):
    return answering(status, {"error": {"message": "No.", "type": "invalid_request_error", "code": code}})


def test_a_backdrop_comes_back_in_the_supported_size_nearest_in_shape():
    with fake_openai() as (address, _):
        painted = open_painter("fake-painter", settings_for(address)).paint(SCENE)
    assert Image.open(io.BytesIO(painted)).size == (1024, 1536)


def test_the_same_scene_is_never_paid_for_twice():
    with fake_openai() as (address, fake):
        painter = open_painter("fake-painter", settings_for(address), None, keeping(Shelf()))
        assert painter.paint(SCENE) == painter.paint(SCENE)
        assert fake.seen == 1


@pytest.mark.parametrize(
    ("model", "asked_for"),
    [
        ("gpt-image-1", {"size": "1024x1536", "moderation": "auto"}),
        ("dall-e-3", {"size": "1024x1024", "response_format": "b64_json"}),
    ],
)
def test_each_model_is_asked_in_its_own_way(model, asked_for):
    asked: list[httpx.Request] = []
    picture = {"created": 0, "data": [{"b64_json": "UE5H"}]}
    assert open_painter(model, settings_for(HERE), None, answering(200, picture, asked)).paint(SCENE) == b"PNG"
    body = json.loads(asked[0].content)
    assert body == {"model": model, "prompt": SCENE.prompt, "n": 1} | asked_for


@pytest.mark.parametrize("code", ["moderation_blocked", "content_policy_violation"])
def test_what_moderation_refuses_is_an_image_error(code):
    with pytest.raises(ImageError, match="refuses to paint"):
        open_painter("m", settings_for(HERE), None, refusal(code)).paint(SCENE)


@pytest.mark.parametrize("data", [[], [{"url": "https://example.org/a.png"}], [{"b64_json": "no base64!"}]])
def test_an_answer_without_a_picture_is_an_image_error(data):
    with pytest.raises(ImageError, match="no picture"):
        open_painter("m", settings_for(HERE), None, answering(200, {"created": 0, "data": data})).paint(SCENE)


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [(401, "invalid_api_key", "refuses the key"), (404, "model_not_found", "no image model"), (400, "x", "No.")],
)
def test_what_another_try_would_not_mend_is_a_model_error(status, code, says):
    with pytest.raises(ModelError, match=says):
        open_painter("m", settings_for(HERE), None, refusal(code, status)).paint(SCENE)


def test_transient_errors_are_tried_again():
    with fake_openai(fail_first=2) as (address, fake):
        assert open_painter("m", settings_for(address)).paint(SCENE)
        assert fake.seen == 3


def test_an_endpoint_that_is_not_there_is_a_model_error():
    with pytest.raises(ModelError, match="can't be reached"):
        open_painter("m", settings_for(HERE, max_retries=0)).paint(SCENE)


def test_a_key_is_asked_for_unless_the_endpoint_is_this_machine():
    with pytest.raises(ModelError, match="OPENAI_API_KEY"):
        open_painter("gpt-image-1", Settings())
    with pytest.raises(ModelError, match="names no model"):
        open_painter("", Settings())


@pytest.mark.parametrize(
    ("size", "nearest"), [((1200, 627), (1536, 1024)), ((1080, 1080), (1024, 1024)), ((1000, 1500), (1024, 1536))]
)
def test_the_nearest_shape_is_chosen(size, nearest):
    scene = SCENE.model_copy(update={"width": size[0], "height": size[1]})
    assert nearest_size(scene, ((1024, 1024), (1536, 1024), (1024, 1536))) == nearest
