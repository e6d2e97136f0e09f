"""The embedded backdrop model: on brand, calm where type stands, the same for the same scene; and its training."""

import io
import json
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aboveboard.channel import load_channels
from aboveboard.commission import Scene
from aboveboard.errors import ModelError
from aboveboard.imaging.backdrop import GRIDS, WEIGHTS, cleared, grid_for, motif_of, open_painter, room_grid
from aboveboard.imaging.colouring import LIGHT, coloured
from aboveboard.imaging.dealing import dealt
from aboveboard.settings import Settings
from aboveboard.stepping import listening
from bench.backdrops import off_brand
from training import backdrop_model
from training.motifs import MOTIFS, drawn, unrest

COLOURS = ("#f6f1e7", "#e4703a", "#8fc1b5", "#0f3d3e")
LOWER_HALF = ((0.05, 0.55, 0.95, 0.95),)
PAGES = sorted({(page.width, page.height) for one in load_channels().values() if (page := one.images)})


@pytest.fixture(scope="module")
def painter():
    return open_painter("backdrop", Settings())


def a_scene(seed: int = 5, **given) -> Scene:
    fields = {"prompt": "", "negative": "", "width": 270, "height": 338, "colours": COLOURS, "rooms": LOWER_HALF}
    return Scene(**(fields | {"seed": seed} | given))


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def test_the_same_scene_gives_the_same_bytes_and_another_seed_another_picture(painter):
    assert painter.paint(a_scene(5)) == painter.paint(a_scene(5)) != painter.paint(a_scene(6))


def test_each_step_is_told(painter):
    told = []
    with listening(lambda done, of: told.append((done, of))):
        painter.paint(a_scene())
    assert told == [(done, 16) for done in range(1, 17)]


@pytest.mark.parametrize("size", PAGES, ids=str)
def test_a_backdrop_has_exactly_the_size_of_the_page(painter, size):
    width, height = size
    data = painter.paint(a_scene(width=width, height=height))
    assert Image.open(io.BytesIO(data)).size == size


@pytest.mark.parametrize("place", range(4))
def test_every_pixel_is_a_mixture_of_the_brand_s_colours(painter, place):
    assert off_brand(pixels(painter.paint(a_scene(place, place=place, house=11))), COLOURS) < 0.005


def test_a_colour_from_elsewhere_would_be_told():
    assert off_brand(np.full((20, 20, 3), (255, 0, 255), dtype=np.uint8), COLOURS) > 0.1


def test_the_picture_is_calmer_where_type_will_stand(painter):
    inside, outside = [], []
    for seed in range(8):
        light = pixels(painter.paint(a_scene(seed, place=seed))).mean(axis=2)
        stir = np.abs(np.diff(light, axis=0))
        inside.append(stir[200:310, 20:250].mean())
        outside.append(stir[10:170, 20:250].mean())
    assert np.mean(inside) < 0.5 * np.mean(outside)


def test_there_is_one_embedded_backdrop_model_and_another_name_is_an_error():
    with pytest.raises(ModelError, match="embedded:backdrop"):
        open_painter("watercolour", Settings())


def test_wishes_name_motifs(painter):
    assert {motif_of(a_scene(place=n, wishes="Waves, and arches")) for n in range(8)} == {
        "waves",
        "arches",
    }
    assert painter.motif(a_scene(wishes="dunes at night")) == "dunes"


@given(st.integers(0, 2**40), st.integers(2, 9))
def test_neighbours_are_never_dealt_the_same(house, count):
    hand = [dealt(house, "motif", place, count) for place in range(4 * count)]
    assert all(one != other for one, other in pairwise(hand))
    assert all(set(hand[at : at + count]) == set(range(count)) for at in range(0, len(hand), count))


def test_the_weights_are_small_and_are_those_their_card_describes():
    card = json.loads((WEIGHTS / "card.json").read_bytes())
    [weights] = WEIGHTS.rglob("*.safetensors")
    assert weights.stat().st_size == card["weights"]["bytes"] <= 16_000_000
    assert backdrop_model._digest(weights) == card["weights"]["sha256"]
    assert card["motifs"] == list(MOTIFS) == list(LIGHT)


def test_a_figure_that_would_stand_behind_type_is_left_out():
    fields = np.full((3, 40, 32), -1, dtype=np.float32)
    fields[2, 24:36, 4:16] = 1
    room = room_grid(LOWER_HALF, (40, 32))
    assert cleared(fields, room)[2].max() == -1
    assert cleared(fields, np.zeros_like(room))[2].max() == 1


@pytest.mark.parametrize("motif", LIGHT)
def test_each_motif_is_drawn_the_same_for_the_same_dice_and_calm_in_its_room(motif):
    room = room_grid(LOWER_HALF, (40, 32)).astype(np.float64)
    one, other = (drawn(np.random.default_rng(3), motif, room) for _ in range(2))
    free = drawn(np.random.default_rng(3), motif, np.zeros_like(room))
    assert (one == other).all() and one.shape == (3, 40, 32) and np.abs(one).max() <= 1
    assert unrest(one, room) < 0.6 * max(0.5, unrest(free, room))


@pytest.mark.parametrize("motif", LIGHT)
def test_a_drawn_design_in_two_colours_alone_stays_between_them(motif):
    fields = drawn(np.random.default_rng(1), motif, np.zeros((32, 32))).astype(np.float32)
    picture = np.asarray(coloured(fields, motif, ("#000000", "#ffffff"), (90, 90), 1)).astype(int)
    assert np.ptp(picture, axis=2).max() <= 2 and picture.std() > 5  # greys, and not one flat grey


@given(st.integers(200, 3000), st.integers(200, 3000))
def test_the_grid_is_the_one_nearest_in_shape(width, height):
    rows, columns = grid_for(width, height)
    assert (rows, columns) in GRIDS
    assert (rows >= columns) == (height >= width) or 0.7 < height / width < 1.4


def test_training_stopped_and_taken_up_again_ends_where_training_in_one_go_does(tmp_path, monkeypatch):
    for name, value in {"OFTEN": 2, "BATCH": 2, "WIDTHS": (16, 16, 16), "STEPS_OF_TRAINING": 4}.items():
        monkeypatch.setattr(backdrop_model, name, value)
    from rich.console import Console

    quiet = Console(quiet=True)
    designs = [
        backdrop_model.Designs(*(torch.from_numpy(part) for part in backdrop_model.draw_many(grid, 10, 1)))
        for grid in range(2)
    ]

    def learned(folder, stops):
        monkeypatch.setattr(backdrop_model, "CACHE", folder)
        folder.mkdir()
        learner, log = started()
        while log["step"] < 4:
            backdrop_model.learn(learner, designs, log, quiet)
            backdrop_model.keep(learner, log)
            if stops:
                learner, log = started()
        return learner

    def started():
        torch.manual_seed(1)
        learner = backdrop_model.new_learner()
        return learner, backdrop_model.resume(learner)

    one, other = learned(tmp_path / "one", False), learned(tmp_path / "other", True)
    for mine, theirs in zip(one.average.parameters(), other.average.parameters(), strict=True):
        assert torch.equal(mine, theirs)
