"""The embedded backdrop model as a diffusers pipeline: from noise to a design's three fields.

It paints no pixels. It denoises fields on a coarse grid, told the motif and where type will stand; `colouring`
makes them a picture in the brand's colours. Trained by `make backdrop-model` on `training/motifs.py`.
"""

from pathlib import Path

import numpy as np
import torch
from diffusers import DiffusionPipeline, FlowMatchEulerDiscreteScheduler, UNet2DModel
from diffusers.utils import logging
from torch.nn import functional

from aboveboard.imaging.colouring import Field
from aboveboard.stepping import tell

FIELDS = 3  # height, light, figure
PATCH = 2  # the network sees the grid in patches of so many points a side
STEPS = 16


class BackdropPipeline(DiffusionPipeline):  # type: ignore[misc]  # diffusers ships no types
    """Designs from noise by flow matching. The network is asked for the finished design, not for the velocity."""

    def __init__(
        self, unet: UNet2DModel, scheduler: FlowMatchEulerDiscreteScheduler, motifs: list[str] | None = None
    ) -> None:
        super().__init__()
        self.register_modules(unet=unet, scheduler=scheduler)
        self.register_to_config(motifs=motifs)

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def __call__(
        self, motifs: list[str], rooms: Field, seeds: list[int], num_inference_steps: int = STEPS
    ) -> Field:
        """Return designs of `motifs` (n, 3, rows, columns), -1 to 1, calm where `rooms` (n, rows, columns) is 1.

        A seed's design hangs on its motif, room and steps; the last digits also on what else is in the batch.
        """
        _, rows, columns = rooms.shape
        labels = torch.tensor([self.config.motifs.index(motif) for motif in motifs])
        room = functional.pixel_unshuffle(torch.from_numpy(rooms)[:, None].float(), PATCH)
        shape = (FIELDS * PATCH**2, rows // PATCH, columns // PATCH)
        noise = torch.stack([torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds])
        self.scheduler.set_timesteps(num_inference_steps)
        for done, step in enumerate(self.scheduler.timesteps, 1):
            design = self.unet(torch.cat([noise, room], 1), step.expand(len(seeds)), class_labels=labels).sample
            velocity = (noise - design) / max(float(step) / self.scheduler.config.num_train_timesteps, 1e-3)
            noise = self.scheduler.step(velocity, step, noise).prev_sample
            tell(done, num_inference_steps)
        return np.asarray(functional.pixel_shuffle(noise, PATCH).clamp(-1, 1).numpy())


def opened(folder: Path, threads: int) -> BackdropPipeline:
    """Return the pipeline whose weights lie in `folder`, on so many threads, showing no progress of its own."""
    logging.disable_progress_bar()
    torch.set_num_threads(threads)
    pipeline = BackdropPipeline.from_pretrained(
        folder, local_files_only=True, use_safetensors=True, dtype=torch.float32
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline  # type: ignore[no-any-return]
