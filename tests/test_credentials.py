"""Credentials: both marks in every file, read back by C2PA's own reader, bound to what was judged, and kept."""

import io
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from bundling import contents, opened
from forging import forged
from PIL import Image
from terminal import piped

from aboveboard.bundle import CHECKSUMS, checksums, write_bundle
from aboveboard.digests import digest
from aboveboard.errors import BundleError, ImageError, WorkspaceError
from aboveboard.imaging.certificates import DEVELOPMENT, open_signing
from aboveboard.imaging.credentials import ROOM, TERMS, Statement, read, sign, signed_once, xmp
from aboveboard.imaging.pixels import encode
from aboveboard.producing import release
from aboveboard.verifying import trusted, verify, verify_picture

KINDS = {"image/png": False, "image/jpeg": True}


def a_picture(kind: str, source: str = "algorithmicMedia") -> bytes:
    noise = Image.effect_noise((120, 90), 40).convert("RGB")
    data, made = encode(noise, None, KINDS[kind], xmp(source))
    assert made == kind
    return data


def a_statement(data: bytes, **given) -> Statement:
    fields = {"draft": "d" * 64, "model": "card:plain", "prompt": "a", "policy": "b", "verdict": "pass"}
    return Statement(**({"picture": digest(data), "decided_by_a_person": False} | fields | given))


@pytest.fixture(scope="module")
def signing(tmp_path_factory):
    return open_signing(tmp_path_factory.mktemp("signing"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_signed_picture_says_what_it_is_and_is_without_its_manifest_what_was_judged(kind, signing):
    data = a_picture(kind, "compositeWithTrainedAlgorithmicMedia")
    sealed = sign(data, kind, a_statement(data), signing)
    marks = read(sealed, kind)
    assert (marks.state, marks.signed_by) == ("untrusted", DEVELOPMENT)
    assert marks.picture == digest(data) != digest(sealed)
    assert marks.statement == a_statement(data) and marks.source == "compositeWithTrainedAlgorithmicMedia"
    one, other = (Image.open(io.BytesIO(one)).convert("RGB").tobytes() for one in (data, sealed))
    assert one == other and len(sealed) - len(data) < ROOM


@pytest.mark.parametrize("kind", KINDS)
def test_c2pa_says_the_picture_was_created_and_how(kind, signing):
    import c2pa

    data = a_picture(kind)
    sealed = sign(data, kind, a_statement(data), signing)
    with c2pa.Reader(kind, io.BytesIO(sealed)) as reader:
        told = json.loads(reader.json())
    [actions] = [
        one["data"]["actions"]
        for one in told["manifests"][told["active_manifest"]]["assertions"]
        if one["label"].startswith("c2pa.actions")
    ]
    assert (actions[0]["action"], actions[0]["digitalSourceType"]) == ("c2pa.created", f"{TERMS}algorithmicMedia")


@pytest.mark.skipif(not shutil.which("exiftool"), reason="needs exiftool (apt-get install libimage-exiftool-perl)")
@pytest.mark.parametrize("kind", KINDS)
def test_exiftool_sees_both_marks(kind, signing, tmp_path):
    data = a_picture(kind)
    path = tmp_path / ("one.jpg" if KINDS[kind] else "one.png")
    path.write_bytes(sign(data, kind, a_statement(data), signing))
    said = subprocess.run(["exiftool", "-j", "-G", path], capture_output=True, text=True, check=True)
    [told] = json.loads(said.stdout)
    assert "lgorithmic" in told["XMP:DigitalSourceType"]  # exiftool gives the term or its name
    assert any(name.startswith("JUMBF:") for name in told)


@pytest.mark.parametrize("kind", KINDS)
def test_one_changed_byte_of_the_picture_breaks_its_credentials(kind, signing):
    data = a_picture(kind)
    sealed = bytearray(sign(data, kind, a_statement(data), signing))
    sealed[-20] ^= 1
    marks = read(bytes(sealed), kind)
    assert marks.state == "invalid" and "assertion.dataHash.mismatch" in marks.why


@pytest.mark.parametrize("kind", KINDS)
def test_encoded_again_a_picture_has_no_credentials(kind, signing):
    data = a_picture(kind)
    again = io.BytesIO()
    Image.open(io.BytesIO(sign(data, kind, a_statement(data), signing))).save(again, kind.partition("/")[2])
    assert read(again.getvalue(), kind).state == "none"


def test_two_signatures_differ_and_one_is_kept_for_good(signing, tmp_path):
    data = a_picture("image/png")
    said = a_statement(data)
    assert sign(data, "image/png", said, signing) != sign(data, "image/png", said, signing)
    first = signed_once(tmp_path, data, "image/png", said, signing)
    assert signed_once(tmp_path, data, "image/png", said, signing) == first
    [kept] = tmp_path.iterdir()
    kept.write_bytes(first[:-30])
    mended = signed_once(tmp_path, data, "image/png", said, signing)
    assert read(mended, "image/png").statement == said and kept.read_bytes() == mended


def test_a_picture_is_signed_once_only(signing):
    data = a_picture("image/png")
    sealed = sign(data, "image/png", a_statement(data), signing)
    with pytest.raises(ImageError, match="signed already"):
        sign(sealed, "image/png", a_statement(data), signing)


def test_what_is_no_picture_is_not_signed_and_has_no_marks(signing):
    assert read(b"not a picture", "image/png").statement is None
    with pytest.raises(ImageError):
        sign(b"not a picture", "image/png", a_statement(b""), signing)


def test_the_development_certificate_is_made_once_and_for_its_owner_s_eyes_alone(tmp_path):
    first, again = open_signing(tmp_path), open_signing(tmp_path)
    [kept] = tmp_path.iterdir()
    assert first == again and first.for_development and "not for publication" in first.name
    assert kept.stat().st_mode & 0o077 == 0


def test_a_certificate_of_one_s_own_signs_instead(tmp_path):
    made = open_signing(tmp_path)
    (tmp_path / "chain.pem").write_bytes(made.chain)
    (tmp_path / "key.pem").write_bytes(made.key)
    ours = open_signing(tmp_path / "unused", str(tmp_path / "chain.pem"), str(tmp_path / "key.pem"))
    assert ours == made and not (tmp_path / "unused").exists()


def test_a_wrong_certificate_is_an_error_that_says_so(tmp_path):
    one, other = open_signing(tmp_path / "one"), open_signing(tmp_path / "other")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(one.chain)
    key.write_bytes(other.key)
    for certificate, secret, says in (
        (str(chain), str(key), "isn't this certificate's"),
        (str(chain), str(chain), "no plain PEM"),
        (str(chain), "", "go together"),
        (str(tmp_path / "nowhere.pem"), str(key), "can't be read"),
    ):
        with pytest.raises(WorkspaceError, match=says):
            open_signing(tmp_path, certificate, secret)


@pytest.fixture
def bundle(tmp_path):
    project = opened(tmp_path / "workspace")
    return write_bundle(tmp_path / "outputs", contents(project), project.picture, project.seal)


def test_every_picture_of_a_bundle_bears_both_marks_and_verify_reads_them(bundle):
    [check] = [one for one in verify(bundle) if one.name == "credentials"]
    pictures = [path for path in bundle.glob("assets/**/image.*")]
    assert check.looked_at == len(pictures) > 0 and not check.problems and DEVELOPMENT in check.note
    for path in pictures:
        kind = "image/png" if path.suffix == ".png" else "image/jpeg"
        marks = read(path.read_bytes(), kind)
        assert marks.state == "untrusted" and marks.source == "algorithmicMedia"


def test_a_picture_encoded_again_is_told_as_stripped_also_where_the_checksums_were_mended(bundle):
    path = next(bundle.glob("assets/**/image.*"))
    kind = "PNG" if path.suffix == ".png" else "JPEG"
    Image.open(path).save(path, kind)
    [files] = verify(bundle)
    assert "its credentials are gone" in files.problems[0]
    every = {str(one.relative_to(bundle)): one.read_bytes() for one in bundle.rglob("*") if one.is_file()}
    del every[CHECKSUMS]
    (bundle / CHECKSUMS).write_bytes(checksums(every))
    [check] = [one for one in verify(bundle) if one.name == "credentials"]
    assert any("its credentials are gone" in problem for problem in check.problems)
    assert any("not the picture that was judged" in problem for problem in check.problems)


def test_a_picture_with_another_s_credentials_is_found(bundle, tmp_path):
    path = next(bundle.glob("assets/**/image.*"))
    kind = "image/png" if path.suffix == ".png" else "image/jpeg"
    other = a_picture(kind)
    path.write_bytes(sign(other, kind, a_statement(other), open_signing(tmp_path / "signing")))
    every = {str(one.relative_to(bundle)): one.read_bytes() for one in bundle.rglob("*") if one.is_file()}
    del every[CHECKSUMS]
    (bundle / CHECKSUMS).write_bytes(checksums(every))
    [check] = [one for one in verify(bundle) if one.name == "credentials"]
    assert any("say something else" in problem for problem in check.problems)


def test_where_a_picture_can_t_be_signed_no_bundle_is_written(tmp_path):
    project = opened(tmp_path / "workspace")

    def refuses(one, data):
        raise ImageError("no certificate")

    with pytest.raises(ImageError, match="no certificate"):
        write_bundle(tmp_path / "outputs", contents(project), project.picture, refuses)
    assert not list((tmp_path / "outputs").rglob("image.*"))


def test_verify_takes_one_picture_too(bundle, tmp_path):
    path = next(bundle.glob("assets/**/image.*"))
    whole = piped("verify", str(path), cwd=tmp_path)
    assert whole.returncode == 0 and DEVELOPMENT.encode() in whole.stdout and b"The picture holds" in whole.stdout
    bare = tmp_path / f"bare{path.suffix}"
    Image.open(path).save(bare)
    stripped = piped("verify", str(bare), "--json", cwd=tmp_path)
    told = json.loads(stripped.stdout)
    assert stripped.returncode == 1 and not told["sound"] and "no credentials" in told["checks"][0]["problems"][0]
    strange = piped("verify", str(Path(__file__)), cwd=tmp_path)
    assert strange.returncode == 2 and b"neither a bundle" in strange.stderr


@pytest.mark.parametrize("wide", [False, True], ids=["in a second range", "in the manifest's own range"])
def test_a_picture_hidden_from_the_signature_is_found_out(signing, wide):
    judged, shown = a_picture("image/jpeg"), a_picture("image/jpeg", "compositeWithTrainedAlgorithmicMedia")
    statement = a_statement(judged)
    assert read(forged(judged, b"", statement, signing), "image/jpeg").state == "untrusted"  # the forger can sign
    marks = read(forged(judged, shown, statement, signing, wide=wide), "image/jpeg")
    assert marks.state == "invalid"


def test_a_signature_is_valid_for_who_trusts_its_root_and_for_nobody_else(signing, tmp_path):
    root = "-----BEGIN CERTIFICATE-----" + signing.chain.decode().split("-----BEGIN CERTIFICATE-----")[-1]
    (tmp_path / "root.pem").write_text(root, encoding="ascii")
    (tmp_path / "other.pem").write_bytes(open_signing(tmp_path / "other").chain)
    data = a_picture("image/jpeg")
    picture = tmp_path / "one.jpg"
    picture.write_bytes(sign(data, "image/jpeg", a_statement(data), signing))
    untold = verify_picture(picture)[0]
    assert (untold.states, untold.problems) == ({"development": 1}, ())
    known = verify_picture(picture, trusted(tmp_path / "root.pem"))[0]
    assert (known.states, known.problems) == ({"valid": 1}, ())
    stranger = verify_picture(picture, trusted(tmp_path / "other.pem"))[0]
    assert stranger.problems and "nobody" not in stranger.note
    with pytest.raises(BundleError, match="no certificate"):
        (tmp_path / "empty.pem").write_text("", encoding="ascii")
        trusted(tmp_path / "empty.pem")


def test_a_picture_that_cannot_bear_its_credentials_sends_its_post_back_and_no_other(tmp_path):
    with opened(tmp_path / "work") as project:
        plan = project.find_plan("tap-week")
        cleared = project.store.cleared(plan)
        one = next(one for one in cleared if one.judged.draft.picture)
        name = one.judged.draft.slot.channel
        images = project.channels[name].images
        most = images.most_bytes.model_copy(update={"value": 10_000})
        small = project.channels[name].model_copy(
            update={"images": images.model_copy(update={"most_bytes": most})}
        )
        project.__dict__["channels"] = {**project.channels, name: small}
        bundle = release(project, plan).bundle
        after = project.store.find(one.id)
        assert after.state == "flagged" and "can't bear its credentials" in after.decision.reason
        others = {other.id for other in cleared if other.judged.draft.slot.channel != name}
        assert others <= {other.id for other in project.store.cleared(plan)}
        assert [check for check in verify(bundle) if check.problems] == []


def test_a_picture_whose_file_was_changed_is_nobody_s_to_send_back(tmp_path):
    with opened(tmp_path / "work") as project:
        plan = project.find_plan("tap-week")
        one = next(one for one in project.store.cleared(plan) if one.judged.draft.picture)
        place = project.kept / "pictures" / one.judged.draft.picture.digest
        place.write_bytes(a_picture("image/png"))
        with pytest.raises(BundleError, match="has changed since it was judged"):
            release(project, plan)
        assert project.store.find(one.id).state == "cleared"
