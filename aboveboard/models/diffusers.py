"""Backdrops from any text-to-image pipeline that diffusers can load, from a folder or the hub's local cache."""

import inspect
import io
import json
import math
import os
import threading
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image, ImageOps

from aboveboard.abreast import Abreast
from aboveboard.commission import Scene
from aboveboard.digests import digest
from aboveboard.errors import ImageError, ModelError
from aboveboard.settings import Settings
from aboveboard.stepping import tell

BLOCKS = 8  # latents are made in multiples of this, as a UNet halves them three times
_TURN = threading.Lock()  # a pipeline's scheduler keeps state: one picture at a time


class Source(NamedTuple):
    """Where a pipeline is: a folder, or an id on the hub, with a name that is no machine's path."""

    place: str
    name: str
    is_folder: bool


def open_painter(
    model: str, settings: Settings, workspace: Path | None = None, transport: object | None = None
) -> "DiffusersPainter":
    """Return a painter on `model`, a pipeline's folder (in `workspace`, or anywhere) or its id on the hub.

    The pipeline is loaded with its first picture. `transport` is for painters that call over HTTP.

    Raises:
        ModelError: torch or diffusers isn't installed, or `model` is neither a pipeline's folder nor an id.
    """
    missing = [name for name in ("torch", "diffusers", "transformers") if find_spec(name) is None]
    if missing:
        raise ModelError(
            f"image_model = 'diffusers:{model}' needs {', '.join(missing)}. Run: pip install 'aboveboard[images]'"
        )
    setup = _setup(model, settings, workspace)
    return DiffusersPainter(setup, settings.image_steps, settings.image_guidance, settings.image_batch)


class Setup(NamedTuple):
    """A pipeline as it is to be loaded: once a process for each."""

    source: Source
    device: str
    dtype: str
    offload: str
    lora: Path | None
    scale: float
    threads: int

    @property
    def named(self) -> list[str]:
        """What of this shapes a picture, for the painter's name; paths and devices stay private."""
        lora = [f"LoRA {self.lora.stem}-{_content(self.lora)} at {self.scale:g}"] if self.lora else []
        return [*([] if self.dtype == "auto" else [self.dtype]), *lora]


class DiffusersPainter:
    """Paints with one pipeline: one at a time, the same scene gives the same bytes on the same machine."""

    def __init__(self, setup: Setup, steps: int, guidance: float | None, batch: int = 1) -> None:
        together = [f"{batch} at once"] if batch > 1 else []
        chosen = [
            f"{steps} steps",
            *together,
            *setup.named,
            *([f"guidance {guidance:g}"] if guidance is not None else []),
        ]
        self.id = f"diffusers:{setup.source.name} ({', '.join(chosen)})"
        self._setup, self._steps, self._guidance = setup, steps, guidance
        self._abreast: Abreast[Scene, Any] = Abreast(self._paint, batch)

    def motif(self, scene: Scene) -> None:
        """Return None: what it paints is the model's."""

    def paint(self, scene: Scene) -> bytes:
        """Return a PNG of exactly the scene's size, made at the size the model was trained for.

        Scenes of one shape that wait are painted together, `image_batch` at most.

        Raises:
            ModelError: The pipeline can't be loaded.
            ImageError: The pipeline's own safety checker objects to what it made.
        """
        painted = self._abreast.one((scene.width, scene.height, bool(scene.negative)), scene)
        if painted is None:
            raise ImageError(f"The safety checker of {self.id} objects to what it painted. Change images.wishes.")
        file = io.BytesIO()
        fitted = ImageOps.fit(painted.convert("RGB"), (scene.width, scene.height), Image.Resampling.LANCZOS)
        fitted.save(file, format="PNG", compress_level=6)
        return file.getvalue()

    def close(self) -> None:
        """Let the pipeline go; its weights are the largest thing this process holds."""
        with _TURN:
            _pipeline.cache_clear()

    def _paint(self, scenes: Sequence[Scene]) -> list[Any]:
        """Return a picture for each scene, all of one shape; None where the safety checker objects to it."""
        with _TURN:
            pipeline = _pipeline(self._setup)
            answer = pipeline(**self._wishes(pipeline, scenes))
        objected = getattr(answer, "nsfw_content_detected", None) or [False] * len(scenes)
        return [None if bad else image for image, bad in zip(answer.images, objected, strict=True)]

    def _wishes(self, pipeline: Any, scenes: Sequence[Scene]) -> dict[str, Any]:
        import torch

        scene, alone = scenes[0], len(scenes) == 1
        width, height = working_size(scene.width, scene.height, *_native(pipeline))
        seeds = [torch.Generator("cpu").manual_seed(one.seed) for one in scenes]
        wishes = {
            "prompt": scene.prompt if alone else [one.prompt for one in scenes],
            "negative_prompt": scene.negative if alone else [one.negative for one in scenes],
            "width": width,
            "height": height,
            "num_inference_steps": self._steps,
            "generator": seeds[0] if alone else seeds,
            "callback_on_step_end": self._tell,
            **({"guidance_scale": self._guidance} if self._guidance is not None else {}),
        }
        known = inspect.signature(pipeline.__call__).parameters
        return {name: value for name, value in wishes.items() if name in known}

    def _tell(self, pipeline: Any, step: int, timestep: Any, kept: dict[str, Any]) -> dict[str, Any]:
        tell(step + 1, int(getattr(pipeline, "num_timesteps", self._steps)))
        return kept


def working_size(width: int, height: int, native: int, multiple: int) -> tuple[int, int]:
    """Return the size to paint at: the wanted shape, about `native` squared pixels, both sides in `multiple`s."""
    scale = native / math.sqrt(width * height)
    across, down = (max(multiple, round(side * scale / multiple) * multiple) for side in (width, height))
    return across, down


def _native(pipeline: Any) -> tuple[int, int]:
    """The side the model was trained at and the multiple its sides must have, in pixels."""
    factor = int(getattr(pipeline, "vae_scale_factor", 8))
    network: Any = getattr(pipeline, "unet", None) or getattr(pipeline, "transformer", None)
    latent: Any = getattr(pipeline, "default_sample_size", None) or getattr(network.config, "sample_size", 64)
    side = int(latent if isinstance(latent, int) else min(latent)) * factor
    return side, min(side, factor * BLOCKS)


def _source(model: str, workspace: Path | None) -> Source:
    places = [Path(model).expanduser()]
    if workspace:
        places.insert(0, workspace / model)
    for place in places:
        if (place / "model_index.json").is_file():
            return Source(str(place.resolve()), f"{place.resolve().name}-{_fingerprint(place)}", True)
    if places[-1].is_absolute() or model.startswith(".") or model.count("/") != 1:
        raise ModelError(
            f"image_model = 'diffusers:{model}': no model_index.json in that folder, and no id like "
            "'owner/name' either. Give the folder of a pipeline saved by diffusers."
        )
    return Source(model, model, False)


def _fingerprint(folder: Path) -> str:
    """What tells pipelines apart without reading gigabytes: the configuration, the files and their sizes."""
    files = sorted(
        path for path in folder.rglob("*") if path.is_file() and path.suffix in {".json", ".safetensors"}
    )
    listed = [(path.relative_to(folder).as_posix(), path.stat().st_size) for path in files]
    return digest({"index": json.loads((folder / "model_index.json").read_bytes()), "files": listed})[:8]


def _setup(model: str, settings: Settings, workspace: Path | None) -> Setup:
    device, offload = settings.image_device, settings.image_offload
    if offload != "none" and device == "cpu":
        raise ModelError(
            f"image_offload = '{offload}' moves a pipeline between memory and a GPU, and image_device is 'cpu'. "
            "Set image_offload = 'none', or image_device to 'cuda'."
        )
    return Setup(
        source=_source(model, workspace),
        device=device,
        dtype=settings.image_dtype,
        offload=offload,
        lora=_lora(settings.image_lora, workspace) if settings.image_lora else None,
        scale=settings.image_lora_scale,
        threads=settings.image_threads,
    )


def _lora(named: str, workspace: Path | None) -> Path:
    """Return the one file of weights that `image_lora` names.

    Raises:
        ModelError: There is none, or several, or no peft. Only safetensors are read: pickles run code.
    """
    if find_spec("peft") is None:
        raise ModelError(f"image_lora = '{named}' needs peft. Run: pip install 'aboveboard[images]'")
    for place in [workspace / named] if workspace else []:
        if place.exists():
            return _weights(place, named)
    return _weights(Path(named).expanduser(), named)


def _weights(place: Path, named: str) -> Path:
    files = sorted(place.glob("*.safetensors")) if place.is_dir() else [place]
    if len(files) != 1 or not files[0].is_file() or files[0].suffix != ".safetensors":
        raise ModelError(
            f"image_lora = '{named}': no single .safetensors file there. Give the path of the one to load."
        )
    return files[0].resolve()


@cache
def _content(file: Path) -> str:
    return digest(file.read_bytes())[:8]


@cache
def _pipeline(setup: Setup) -> Any:
    source = setup.source
    online = os.environ.get("HF_HUB_OFFLINE") == "0"
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = os.environ["DISABLE_TELEMETRY"] = "1"
    import torch
    from diffusers import AutoPipelineForText2Image
    from diffusers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(min(setup.threads, os.cpu_count() or 1))
    try:
        pipeline = AutoPipelineForText2Image.from_pretrained(
            source.place,
            local_files_only=source.is_folder or not online,
            use_safetensors=True,
            dtype=getattr(torch, _dtype(setup)),
        )
    except (OSError, ValueError, RuntimeError, KeyError, AttributeError) as problem:
        raise ModelError(_unloadable(source, problem)) from problem
    pipeline.set_progress_bar_config(disable=True)
    if setup.lora:
        _add_lora(pipeline, setup.lora, setup.scale)
    return _placed(pipeline, setup)


def _dtype(setup: Setup) -> str:
    if setup.dtype != "auto":
        return setup.dtype
    return "float32" if setup.device == "cpu" else "float16"


def _add_lora(pipeline: Any, file: Path, scale: float) -> None:
    try:
        pipeline.load_lora_weights(str(file.parent), weight_name=file.name, adapter_name="ours")
        pipeline.set_adapters(["ours"], [scale])
    except (OSError, ValueError, RuntimeError, KeyError, AttributeError) as problem:
        said = " ".join(str(problem).split())[:200]
        raise ModelError(
            f"The LoRA {file} doesn't go with this pipeline: {said}. Choose one made for it, or clear image_lora."
        ) from problem


def _placed(pipeline: Any, setup: Setup) -> Any:
    try:
        if setup.offload == "model":
            pipeline.enable_model_cpu_offload(device=setup.device)
        elif setup.offload == "sequential":
            pipeline.enable_sequential_cpu_offload(device=setup.device)
        else:
            pipeline.to(setup.device)
    except (RuntimeError, ValueError, AssertionError) as problem:
        said = " ".join(str(problem).split())[:200]
        raise ModelError(f"image_device = '{setup.device}' can't be used: {said}. Set it to 'cpu'.") from problem
    return pipeline


def _unloadable(source: Source, problem: Exception) -> str:
    said = " ".join(str(problem).split())[:200]
    if source.is_folder:
        return f"The pipeline in {source.place} can't be loaded: {said}. Save it again, as safetensors."
    return (
        f"The pipeline {source.name} isn't on this machine, or can't be loaded: {said}. Nothing is downloaded "
        "unasked: set HF_HUB_OFFLINE=0 for one run to fetch it, or give a folder."
    )
