"""Backdrops from any endpoint that speaks OpenAI's Images API."""

import base64
import binascii
import math
from pathlib import Path
from typing import Any

import httpx
import openai

from aboveboard.commission import Scene
from aboveboard.errors import AboveboardError, ImageError, ModelError
from aboveboard.models.endpoint import Wrap, endpoint
from aboveboard.settings import Settings

SIZES = ((1024, 1024), (1536, 1024), (1024, 1536))
OLDER_SIZES = {"dall-e-2": ((1024, 1024),), "dall-e-3": ((1024, 1024), (1792, 1024), (1024, 1792))}
REFUSALS = {"moderation_blocked", "content_policy_violation", "content_filter"}


def open_painter(
    model: str, settings: Settings, workspace: Path | None = None, transport: Wrap | None = None
) -> "OpenAIPainter":
    """Return a painter on `model` at OPENAI_BASE_URL (OpenAI's own where unset).

    `transport` wraps the plain HTTP that calls go through, to keep them.

    Raises:
        ModelError: No model is named, or a key is missing where the endpoint isn't this machine.
    """
    address, key = endpoint(model, settings, "image_model", "gpt-image-1")
    plain = httpx.HTTPTransport()
    client = openai.OpenAI(
        api_key=key,
        base_url=address,
        max_retries=settings.max_retries,
        timeout=settings.request_timeout,
        http_client=httpx.Client(transport=transport(plain) if transport else plain),
    )
    return OpenAIPainter(client, model)


class OpenAIPainter:
    """Paints with one model behind the API. The same scene is the same request, so a kept answer serves again."""

    def __init__(self, client: openai.OpenAI, model: str) -> None:
        self.id = f"openai:{model}"
        self._client, self._model = client, model

    def motif(self, scene: Scene) -> None:
        """Return None: what it paints is the model's."""

    def paint(self, scene: Scene) -> bytes:
        """Return the picture as the API sent it, of the supported size nearest in shape to the scene's.

        Raises:
            ModelError: The endpoint can't be reached, or refuses the key, the model or the request.
            ImageError: Its moderation refuses the scene, or the answer holds no picture.
        """
        width, height = nearest_size(scene, OLDER_SIZES.get(self._model, SIZES))
        wishes: dict[str, Any] = {"size": f"{width}x{height}", "n": 1, "moderation": "auto"}
        if self._model in OLDER_SIZES:
            wishes = {"size": f"{width}x{height}", "n": 1, "response_format": "b64_json"}
        try:
            answer = self._client.images.generate(model=self._model, prompt=scene.prompt, **wishes)
        except openai.APIError as error:
            raise self._trouble(error) from error
        sent = answer.data[0].b64_json if answer.data else None
        try:
            return base64.b64decode(sent or "", validate=True) or _nothing(self.id)
        except binascii.Error:
            return _nothing(self.id)

    def close(self) -> None:
        self._client.close()

    def _trouble(self, error: openai.APIError) -> AboveboardError:
        """Return the error to show for what another try would not mend."""
        address = self._client.base_url
        if isinstance(error.__cause__, AboveboardError):  # raised by the transport, wrapped by the SDK
            return error.__cause__
        match error:
            case openai.BadRequestError() if error.code in REFUSALS:
                return ImageError(f"The moderation of {self.id} refuses to paint this. Change images.wishes.")
            case openai.AuthenticationError() | openai.PermissionDeniedError():
                return ModelError(f"{address} refuses the key. Check OPENAI_API_KEY and what it may use.")
            case openai.NotFoundError():
                return ModelError(f"{address} has no image model '{self._model}'. Check image_model.")
            case openai.RateLimitError():
                return ModelError(f"{address} keeps refusing for its rate or quota. Wait, then run again.")
            case openai.APIConnectionError():
                return ModelError(f"{address} can't be reached. Check OPENAI_BASE_URL and the network.")
        said = " ".join(error.message.split())[:200]
        return ModelError(f"{address} refuses to paint with '{self._model}': {said}. Correct the settings.")


def nearest_size(scene: Scene, sizes: tuple[tuple[int, int], ...]) -> tuple[int, int]:
    """Return which of `sizes` is nearest in shape to the scene."""
    wanted = math.log(scene.width / scene.height)
    return min(sizes, key=lambda size: abs(math.log(size[0] / size[1]) - wanted))


def _nothing(painter: str) -> bytes:
    raise ImageError(f"The answer of {painter} holds no picture. Run again, or change image_model.")
