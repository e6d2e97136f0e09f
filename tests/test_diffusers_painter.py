"""diffusers for real: a tiny Stable Diffusion with random weights, built from its configuration, saved, loaded."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from aboveboard.commission import Scene
from aboveboard.errors import ImageError, ModelError
from aboveboard.models import diffusers as ours
from aboveboard.models.diffusers import open_painter, working_size
from aboveboard.settings import Settings
from aboveboard.stepping import listening

pytestmark = pytest.mark.slow  # importing torch and diffusers takes most of it
NEEDS = "pip install 'aboveboard[images]' to run diffusers for real"
SETTINGS = Settings(image_steps=2)
SCENE = Scene(prompt="calm water at dawn", negative="text", width=96, height=120, seed=11)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a tiny pipeline: 64 × 64 pixels, a vocabulary of letters."""
    pytest.importorskip("torch", reason=NEEDS)
    pytest.importorskip("diffusers", reason=NEEDS)
    pytest.importorskip("transformers", reason=NEEDS)
    place = tmp_path_factory.mktemp("model") / "tiny"
    _tiny_pipeline(place.parent).save_pretrained(place)
    return place


def test_the_same_scene_gives_the_same_bytes_and_another_seed_others(folder):
    painter = open_painter(str(folder), SETTINGS)
    first, again = painter.paint(SCENE), painter.paint(SCENE)
    assert first == again
    assert painter.paint(SCENE.model_copy(update={"seed": 12})) != first


def test_a_backdrop_has_exactly_the_size_of_the_scene(folder):
    painter = open_painter(str(folder), SETTINGS)
    assert Image.open(io.BytesIO(painter.paint(SCENE))).size == (96, 120)


def test_a_folder_is_found_in_the_workspace_and_its_path_stays_private(folder):
    painter = open_painter(folder.name, SETTINGS, folder.parent)
    assert painter.id.startswith("diffusers:tiny-") and str(folder.parent) not in painter.id


def test_what_the_safety_checker_objects_to_is_an_image_error(folder):
    painter = open_painter(str(folder), SETTINGS)
    painter.paint(SCENE)
    pipeline = ours._pipeline(painter._setup)
    pipeline.run_safety_checker = lambda image, *_: (image, [True])
    with pytest.raises(ImageError, match="safety checker"):
        painter.paint(SCENE)
    painter.close()


def test_pictures_painted_together_are_those_painted_alone_but_for_the_last_digits(folder):
    alone, together = (
        open_painter(str(folder), SETTINGS),
        open_painter(str(folder), Settings(image_steps=2, image_batch=4)),
    )
    scenes = [SCENE.model_copy(update={"seed": seed, "prompt": f"water {seed}"}) for seed in range(5)]
    wanted = [alone.paint(scene) for scene in scenes]
    calls = []
    paint = together._abreast._work
    together._abreast._work = lambda scenes: calls.append(len(scenes)) or paint(scenes)
    with ThreadPoolExecutor(5) as pool:
        made = list(pool.map(together.paint, scenes))
    assert sum(calls) == 5 and max(calls) > 1
    for one, other in zip(wanted, made, strict=True):
        apart = ImageChops.difference(Image.open(io.BytesIO(one)), Image.open(io.BytesIO(other)))
        assert max(high for _, high in apart.getextrema()) <= 2
    assert together.id != alone.id  # another plan, for the bytes may differ


def test_the_safety_checker_objects_to_one_picture_of_several(folder):
    painter = open_painter(str(folder), Settings(image_steps=2, image_batch=4))
    scenes = [SCENE.model_copy(update={"seed": seed}) for seed in range(3)]
    painter.paint(SCENE)
    pipeline = ours._pipeline(painter._setup)
    pipeline.run_safety_checker = lambda image, *_: (image, [n == 1 for n in range(len(image))])
    assert [made is None for made in painter._paint(scenes)] == [False, True, False]
    painter.close()


def test_a_folder_without_weights_says_so(folder, tmp_path):
    (tmp_path / "model_index.json").write_bytes((folder / "model_index.json").read_bytes())
    with pytest.raises(ModelError, match="can't be loaded"):
        open_painter(str(tmp_path), SETTINGS).paint(SCENE)


def test_a_model_that_is_not_on_this_machine_is_not_downloaded_unasked(folder):
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE=0"):
        open_painter("nobody/nothing", SETTINGS).paint(SCENE)


@pytest.mark.parametrize("model", ["", "./nowhere", "/nowhere/at/all", "a/b/c"])
def test_what_is_neither_folder_nor_id_is_refused_at_once(folder, model):
    with pytest.raises(ModelError, match=r"model_index\.json"):
        open_painter(model, SETTINGS)


def test_without_the_libraries_the_error_names_the_extra(monkeypatch):
    monkeypatch.setattr(ours, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"pip install 'aboveboard\[images\]'"):
        open_painter("owner/name", SETTINGS)


@pytest.mark.parametrize(
    ("size", "native", "multiple", "painted"),
    [
        ((1080, 1350), 512, 64, (448, 576)),
        ((1200, 627), 1024, 64, (1408, 768)),
        ((1080, 1080), 64, 64, (64, 64)),
    ],
)
def test_a_model_paints_at_the_size_it_was_trained_for(size, native, multiple, painted):
    assert working_size(*size, native, multiple) == painted


def _tiny_pipeline(scratch: Path):
    import torch
    from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    torch.manual_seed(0)
    tokenizer = _tokenizer(scratch)
    text = CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=37, num_hidden_layers=2,
        num_attention_heads=4, max_position_embeddings=77, bos_token_id=0, eos_token_id=1, pad_token_id=1,
    )  # fmt: skip
    unet = UNet2DConditionModel(
        sample_size=32, block_out_channels=(32, 64), layers_per_block=1, cross_attention_dim=32,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=8, norm_num_groups=8,
    )  # fmt: skip
    vae = AutoencoderKL(
        block_out_channels=(32, 64), down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2, latent_channels=4, norm_num_groups=8,
    )  # fmt: skip
    return StableDiffusionPipeline(
        vae=vae, text_encoder=CLIPTextModel(text), tokenizer=tokenizer, unet=unet,
        scheduler=DDIMScheduler(clip_sample=False, steps_offset=1),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip


def _tokenizer(scratch: Path):
    from transformers import CLIPTokenizer

    letters = [*"abcdefghijklmnopqrstuvwxyz0123456789.,:!-'"]
    tokens = ["<|startoftext|>", "<|endoftext|>", *letters, *(letter + "</w>" for letter in letters)]
    vocabulary, merges = scratch / "vocab.json", scratch / "merges.txt"
    vocabulary.write_text(json.dumps({token: n for n, token in enumerate(tokens)}), encoding="utf-8")
    merges.write_text("#version: 0.2\n", encoding="utf-8")
    return CLIPTokenizer(str(vocabulary), str(merges), model_max_length=77)


def test_each_step_is_told_to_whoever_listens(folder):
    told: list[tuple[int, int]] = []
    painter = open_painter(str(folder), SETTINGS)
    with listening(lambda done, of: told.append((done, of))):
        painter.paint(SCENE)
    painter.paint(SCENE)
    assert told == [(1, 2), (2, 2)]


def test_a_pipeline_is_loaded_once_a_process(folder):
    first, second = (open_painter(str(folder), SETTINGS) for _ in range(2))
    assert first.paint(SCENE) == second.paint(SCENE)
    assert ours._pipeline(first._setup) is ours._pipeline(second._setup)


def test_the_number_of_threads_is_capped(folder):
    import torch

    open_painter(str(folder), Settings(image_steps=2, image_threads=1)).paint(SCENE)
    assert torch.get_num_threads() == 1


def test_the_dtype_is_the_one_asked_for_and_stands_in_the_painter_s_name(folder):
    import torch

    painter = open_painter(str(folder), Settings(image_steps=2, image_dtype="bfloat16"))
    assert painter.paint(SCENE) != open_painter(str(folder), SETTINGS).paint(SCENE)
    assert ours._pipeline(painter._setup).unet.dtype == torch.bfloat16 and "bfloat16" in painter.id


def test_guidance_changes_the_picture_and_the_name(folder):
    plain = open_painter(str(folder), SETTINGS)
    led = open_painter(str(folder), Settings(image_steps=2, image_guidance=1.0))
    assert led.paint(SCENE) != plain.paint(SCENE) and led.id != plain.id


def test_offload_without_a_gpu_is_refused_at_once(folder):
    with pytest.raises(ModelError, match="image_device is 'cpu'"):
        open_painter(str(folder), Settings(image_offload="model"))


def test_a_device_that_is_not_there_says_which_setting_to_change(folder):
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(ModelError, match="image_device"):
        open_painter(str(folder), Settings(image_device="cuda")).paint(SCENE)


@pytest.fixture(scope="module")
def lora(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a LoRA with random weights, made for the tiny pipeline by peft and diffusers."""
    peft = pytest.importorskip("peft", reason=NEEDS)
    import torch
    from diffusers import StableDiffusionPipeline
    from diffusers.utils import convert_state_dict_to_diffusers

    torch.manual_seed(3)
    pipeline = StableDiffusionPipeline.from_pretrained(folder, local_files_only=True)
    pipeline.unet.add_adapter(peft.LoraConfig(r=2, init_lora_weights=False, target_modules=["to_q", "to_v"]))
    weights = convert_state_dict_to_diffusers(peft.get_peft_model_state_dict(pipeline.unet))
    place = tmp_path_factory.mktemp("lora")
    StableDiffusionPipeline.save_lora_weights(place, unet_lora_layers=weights, weight_name="style.safetensors")
    return place / "style.safetensors"


def test_a_lora_changes_the_picture_by_its_scale(folder, lora):
    def painted(**chosen):
        return open_painter(str(folder), Settings(image_steps=2, **chosen)).paint(SCENE)

    plain, full = painted(), painted(image_lora=str(lora))
    assert full != plain and painted(image_lora=str(lora)) == full
    assert painted(image_lora=str(lora), image_lora_scale=0.5) not in (plain, full)
    assert painted(image_lora=str(lora), image_lora_scale=0.0) == plain


def test_a_lora_s_folder_will_do_and_its_content_stands_in_the_name(folder, lora):
    by_file = open_painter(str(folder), Settings(image_steps=2, image_lora=str(lora)))
    by_folder = open_painter(str(folder), Settings(image_steps=2, image_lora=lora.parent.name), lora.parent.parent)
    assert by_file.id == by_folder.id and "LoRA style-" in by_file.id and str(lora.parent) not in by_file.id


@pytest.mark.parametrize("named", ["nowhere.safetensors", "style.bin", "."])
def test_a_lora_that_is_no_single_safetensors_file_is_refused(folder, named, tmp_path):
    (tmp_path / "style.bin").write_bytes(b"a pickle")
    with pytest.raises(ModelError, match="safetensors"):
        open_painter(str(folder), Settings(image_lora=named), tmp_path)


def test_a_lora_that_is_none_says_so(folder, tmp_path):
    (tmp_path / "odd.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(ModelError, match="LoRA"):
        open_painter(str(folder), Settings(image_steps=2, image_lora=str(tmp_path))).paint(SCENE)


def test_a_pipeline_that_brings_a_safety_checker_paints_with_it(folder, tmp_path):
    import torch
    from diffusers import StableDiffusionPipeline
    from diffusers.pipelines.stable_diffusion import StableDiffusionSafetyChecker
    from transformers import CLIPConfig, CLIPImageProcessor

    vision = {"hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 1, "num_attention_heads": 4}
    config = CLIPConfig(vision_config=vision | {"image_size": 32, "patch_size": 8}, projection_dim=16)
    checker = StableDiffusionSafetyChecker(config)
    checker.concept_embeds_weights.data = torch.full((17,), -2.0)  # everything is above its threshold
    pipeline = StableDiffusionPipeline.from_pretrained(folder, local_files_only=True)
    size = {"height": 32, "width": 32}
    pipeline.register_modules(
        safety_checker=checker, feature_extractor=CLIPImageProcessor(size=size, crop_size=size)
    )
    pipeline.register_to_config(requires_safety_checker=True)
    pipeline.save_pretrained(tmp_path / "checked")
    with pytest.raises(ImageError, match="safety checker"):
        open_painter(str(tmp_path / "checked"), SETTINGS).paint(SCENE)
