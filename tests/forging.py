"""A forger at work: a picture whose manifest, validly signed, leaves more out of its hash than the manifest.

C2PA's "data hashed embeddable" way of signing lets whoever signs name the ranges that the hash leaves out. The
library's Python side doesn't offer it, so its native functions are called here.
"""

import ctypes
import hashlib
import io
import json
from typing import Any

import c2pa
from c2pa import c2pa as native

from aboveboard.imaging.certificates import Signing
from aboveboard.imaging.credentials import Statement, _context, _manifest

KIND = "image/jpeg"
AHEAD = 2  # bytes of a JPEG before its first segment


def forged(judged: bytes, shown: bytes, statement: Statement, signing: Signing, *, wide: bool = False) -> bytes:
    """Return a JPEG that shows one picture, and whose hash covers another.

    `shown` stands in a second range left out, or in the manifest's own, made `wide` enough; empty for honest work.
    """
    signer = c2pa.Signer.from_info(
        c2pa.C2paSignerInfo(signing.algorithm.encode(), signing.chain, signing.key, None)
    )
    source = "compositeWithTrainedAlgorithmicMedia"
    with c2pa.Builder(_manifest(KIND, source, statement), _context()) as builder:
        length = len(_placeholder(builder, signer))
        inserted = shown[AHEAD:]
        places = [{"start": AHEAD, "length": length}]
        if wide:
            places[0]["length"] += len(inserted)
        elif inserted:
            places.append({"start": AHEAD + length, "length": len(inserted)})
        told = {
            "exclusions": places,
            "name": "jumbf manifest",
            "alg": "sha256",
            "hash": list(hashlib.sha256(judged).digest()),
            "pad": "",
        }
        manifest = _signed(builder, signer, told)
    if len(manifest) != length:
        raise AssertionError(f"the manifest has {len(manifest)} bytes, its place {length}")
    return judged[:AHEAD] + manifest + inserted + judged[AHEAD:]


def _placeholder(builder: Any, signer: Any) -> bytes:
    call = native._lib.c2pa_builder_data_hashed_placeholder
    call.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.POINTER(ctypes.c_void_p))
    call.restype = ctypes.c_int64
    out = ctypes.c_void_p()
    size = call(_handle(builder), signer.reserve_size(), KIND.encode(), ctypes.byref(out))
    return _bytes(size, out)


def _signed(builder: Any, signer: Any, told: dict[str, Any]) -> bytes:
    call = native._lib.c2pa_builder_sign_data_hashed_embeddable
    void = ctypes.c_void_p
    call.argtypes = (void, void, ctypes.c_char_p, ctypes.c_char_p, void, ctypes.POINTER(void))
    call.restype = ctypes.c_int64
    out = void()
    size = call(
        _handle(builder), _handle(signer), json.dumps(told).encode(), KIND.encode(), None, ctypes.byref(out)
    )
    return _bytes(size, out)


def _handle(of: Any) -> ctypes.c_void_p:
    return ctypes.cast(of._handle, ctypes.c_void_p)


def _bytes(size: int, out: ctypes.c_void_p) -> bytes:
    if size <= 0:
        raise AssertionError(f"c2pa refused: {native._lib.c2pa_error()}")
    return ctypes.string_at(out, size)


def readable(data: bytes) -> str:
    """Return what C2PA's own reader says of a file, whole."""
    with c2pa.Reader(KIND, io.BytesIO(data), context=_context()) as reader:
        return str(reader.detailed_json())
