"""The embedded backdrop model over 200 seeds: is it on brand, is each its own, how long and how much memory?"""

import io
import subprocess
import sys
import time
from itertools import combinations

import imagehash
import numpy as np
import psutil
from numpy.typing import NDArray
from PIL import Image
from scipy.optimize import nnls

from aboveboard.brief import Palette
from aboveboard.commission import Scene
from aboveboard.imaging.backdrop import open_painter
from aboveboard.imaging.card import Backdrop, CardWords, render_card
from aboveboard.imaging.colour import oklab
from aboveboard.imaging.illustrating import backdrop_by
from aboveboard.settings import Settings

Row = tuple[str, str, str]

SEEDS = 200
SAMPLED = 400  # pixels of each picture whose distance from the palette is measured
ALIKE = 4  # bits of 64 in which two perceptual hashes may differ and still be called alike
PALETTES = (
    ("#f6f1e7", "#e4703a", "#8fc1b5", "#0f3d3e"),
    ("#2b1e3f", "#e6b655", "#b5382e", "#fbf5e6"),
    ("#1f5fc4", "#101c2b", "#9fb3c8", "#f2f5f9"),
    ("#3f2618", "#d9634a", "#95c7ba", "#f7f0e0"),
)
WORDS = CardWords(headline="There is a tap closer than you think", brand="Tidewell", link="tidewell.example")
PALETTE = Palette(ink="#0f3d3e", paper="#f6f1e7", accent="#e4703a", support="#8fc1b5")


def backdrop_rows() -> list[Row]:
    """Paint 200 seeds and measure them; then a card in a fresh process."""
    off, hashes = [], []
    painter = open_painter("backdrop", Settings())
    for seed in range(SEEDS):
        colours = PALETTES[seed % len(PALETTES)]
        rooms = ((0.06, 0.5, 0.94, 0.94),) if seed % 2 else ((0.06, 0.06, 0.94, 0.45),)
        scene = Scene(
            prompt="",
            negative="",
            width=540,
            height=675,
            seed=seed,
            colours=colours,
            rooms=rooms,
            house=seed,
            place=seed,
        )
        picture = Image.open(io.BytesIO(painter.paint(scene))).convert("RGB")
        off.append(off_brand(np.asarray(picture), colours))
        hashes.append(imagehash.phash(picture))
    nearest = min(one - other for one, other in combinations(hashes, 2))
    alike = sum(one - other <= ALIKE for one, other in combinations(hashes, 2))
    said = subprocess.run([sys.executable, "-m", "bench.backdrops"], stdout=subprocess.PIPE, text=True, check=True)
    first, then, memory = said.stdout.split()
    return [
        (
            f"OKLab distance of pixels to the palette's hull, mean over {SEEDS} seeds",
            f"{np.mean(off):.4f}",
            "0.03",
        ),
        ("the same, worst seed", f"{max(off):.4f}", "none"),
        (f"pairs alike among {SEEDS} seeds (64-bit perceptual hash, ≤ {ALIKE} bits apart)", str(alike), "0"),
        ("bits between the two nearest", str(nearest), "none"),
        ("a 1080 × 1350 card with a backdrop, once loaded", f"{then} s", "6 s"),
        ("the first one, in a fresh process, with loading", f"{first} s", "12 s"),
        ("resident memory then", f"{memory} MB", "1,200 MB"),
    ]


def off_brand(picture: NDArray[np.uint8], colours: tuple[str, ...]) -> float:
    """Return the mean distance in OKLab from sampled pixels to the nearest mixture of the colours."""
    corners = np.array([oklab(colour) for colour in colours]).T
    weighed = np.vstack([corners, np.full(len(colours), 100.0)])  # so that the shares add up to one
    flat = picture.reshape(-1, 3)
    found = []
    for red, green, blue in flat[:: max(1, len(flat) // SAMPLED)]:
        lab = np.array(oklab(f"#{red:02x}{green:02x}{blue:02x}"))
        shares, _ = nnls(weighed, np.array([*lab, 100.0]))
        found.append(float(np.linalg.norm(corners @ shares - lab)))
    return float(np.mean(found))


def one_process() -> None:
    """Print seconds for the first card, seconds for the next (median of five), and resident megabytes."""
    began = time.perf_counter()
    painter = open_painter("backdrop", Settings())
    card(painter_backdrop(painter, 0), 0)
    first, times = time.perf_counter() - began, []
    for seed in range(1, 6):
        again = time.perf_counter()
        card(painter_backdrop(painter, seed), seed)
        times.append(time.perf_counter() - again)
    memory = psutil.Process().memory_info().rss / 1e6
    print(f"{first:.1f} {sorted(times)[2]:.1f} {memory:.0f}")


def painter_backdrop(painter: object, seed: int) -> Backdrop:
    """Return the backdrop of one seed, kept nowhere."""
    scene = Scene(prompt="", negative="", width=1080, height=1350, seed=seed, house=3, place=seed)
    return backdrop_by(painter, scene, None)  # type: ignore[arg-type]


def card(backdrop: Backdrop, seed: int) -> None:
    """Render one card at full size."""
    render_card(WORDS, PALETTE, (1080, 1350), seed=seed, place=seed, backdrop=backdrop)


if __name__ == "__main__":
    one_process()
