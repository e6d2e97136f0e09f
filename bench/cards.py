"""How long a plain card takes, and whether a hundred of them leave the memory as it was."""

import json
import statistics
import subprocess
import sys
import time

import psutil

from aboveboard.brief import Palette
from aboveboard.imaging.card import CardWords, render_card
from aboveboard.imaging.emphasis import Occasion

PALETTE = Palette(ink="#10303b", paper="#f6f1e7", accent="#b5401b", support="#8fbdb9")
SIZE = (1080, 1350)  # the largest that a feed of ours takes
WARM, CARDS = 12, 100  # the first ones open the typefaces and fill the caches that are bounded


def cards_rows() -> list[tuple[str, str, str]]:
    """Return the time of a card and the growth of memory over a hundred, in a process of their own."""
    said = subprocess.run([sys.executable, "-m", "bench.cards"], stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(said.stdout)
    return [
        (f"a plain card, {SIZE[0]} × {SIZE[1]}: median of {CARDS}", f"{found['median_s']} s", "0.4 s"),
        ("the same in processor time", f"{found['processor_s']} s", "none"),
        ("the slowest of twenty", f"{found['p95_s']} s", "none"),
        ("the very first in a process, typefaces opened", f"{found['first_s']} s", "none"),
        (f"memory growth over {CARDS} cards", f"{found['growth_mb']} MB", "flat: 10 MB"),
    ]


def _words(number: int) -> CardWords:
    occasion = Occasion(weekday="Saturday", day=str(1 + number % 28), month="March", hours="10:00–16:00")
    kinds = (
        {"headline": f"{number + 20} places fill your bottle"},
        {
            "headline": f"There is tap number {number}, closer than you think",
            "detail": "Every tap on it was checked.",
        },
        {"headline": f"Meet us at pier {number}", "occasion": occasion},
        {
            "headline": f"One bottle, batch {number}",
            "entries": ("Holds 600 ml", "Weighs 240 g", "Fits a bike cage"),
        },
    )
    return CardWords.model_validate({"brand": "Tidewell", "link": "tidewell.example/refill"} | kinds[number % 4])


def _timed(number: int) -> tuple[float, float]:
    """Return seconds by the clock on the wall and by the processor's."""
    began, spent = time.perf_counter(), time.process_time()
    render_card(_words(number), PALETTE, SIZE, seed=number, place=number)
    return time.perf_counter() - began, time.process_time() - spent


if __name__ == "__main__":
    first = [_timed(number) for number in range(WARM)]
    before = psutil.Process().memory_info().rss
    timed = [_timed(WARM + number) for number in range(CARDS)]
    times = sorted(wall for wall, _ in timed)
    growth = psutil.Process().memory_info().rss - before
    figures = {
        "median_s": round(statistics.median(times), 2),
        "processor_s": round(statistics.median(spent for _, spent in timed), 2),
        "p95_s": round(times[int(0.95 * CARDS)], 2),
        "first_s": round(first[0][0], 2),
        "growth_mb": round(growth / 1e6, 1),
    }
    print(json.dumps(figures))
