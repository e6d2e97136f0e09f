"""Whose signature a picture bears: a certificate by configuration, or one made here, for development alone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from aboveboard import clock
from aboveboard.digests import digest
from aboveboard.errors import WorkspaceError
from aboveboard.keeping import keep

DEVELOPMENT = "Aboveboard development certificate, not for publication"
ROOT = "Aboveboard development root, not for publication"
SINCE = datetime(2026, 1, 1, tzinfo=UTC)  # fixed, so that a clock held still doesn't make it a thing of the future
YEARS = 10
CURVES = {256: "es256", 384: "es384", 521: "es512"}


class Signing(NamedTuple):
    """A certificate chain (PEM, the leaf first) and the leaf's private key (PEM)."""

    chain: bytes
    key: bytes
    algorithm: str  # as C2PA names it
    name: str  # the leaf's common name
    fingerprint: str

    @property
    def for_development(self) -> bool:
        return self.name == DEVELOPMENT


def open_signing(folder: Path, certificate: str = "", key: str = "") -> Signing:
    """Return what signs: the PEM files `certificate` and `key`, or the development certificate kept in `folder`.

    The latter is made the first time; nobody vouches for it, and every reader is told so.

    Raises:
        WorkspaceError: A file can't be read, isn't PEM, or key and certificate don't belong together.
    """
    if bool(certificate) != bool(key):
        raise WorkspaceError("signing_certificate and signing_key go together. Set both, or neither.")
    if certificate:
        return _belonging(_read(Path(certificate).expanduser()), _read(Path(key).expanduser()), certificate)
    place = folder / "development.pem"
    if not place.exists():
        keep(place, _made(), first_stands=True)
    whole = _read(place)
    end = whole.index(b"-----BEGIN CERTIFICATE-----") if b"-----BEGIN CERTIFICATE-----" in whole else 0
    return _belonging(whole[end:], whole[:end], str(place))


def _belonging(chain: bytes, key: bytes, named: str) -> Signing:
    try:
        leaf = x509.load_pem_x509_certificates(chain)[0]
        private = serialization.load_pem_private_key(key, None)
    except (ValueError, TypeError, IndexError) as problem:
        raise WorkspaceError(
            f"{named}: this certificate or its key is no plain PEM ({problem}). Give the leaf first, then its "
            "chain, and a key without a passphrase."
        ) from None
    if private.public_key() != leaf.public_key():
        raise WorkspaceError(f"{named}: the key isn't this certificate's. Give those that belong together.")
    names = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    name = str(names[0].value) if names else leaf.subject.rfc4514_string()
    return Signing(chain, key, _algorithm(private, named), name, digest(chain)[:16])


def _algorithm(private: Any, named: str) -> str:
    if isinstance(private, ec.EllipticCurvePrivateKey) and private.key_size in CURVES:
        return CURVES[private.key_size]
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(private, rsa.RSAPrivateKey):
        return "ps256"
    raise WorkspaceError(f"{named}: C2PA doesn't sign with such a key. Use P-256, P-384, P-521, Ed25519 or RSA.")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise WorkspaceError(f"{path}: can't be read ({problem.strerror}). Name a PEM file.") from None


def _made() -> bytes:
    """Return a new key and its chain: C2PA takes no certificate that signed itself."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate(ROOT, ROOT, root_key.public_key(), root_key, authority=True)
    leaf = _certificate(DEVELOPMENT, ROOT, key.public_key(), root_key, authority=False)
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return plain + b"".join(one.public_bytes(serialization.Encoding.PEM) for one in (leaf, root))


def _certificate(
    name: str, issuer: str, public: Any, by: ec.EllipticCurvePrivateKey, *, authority: bool
) -> x509.Certificate:
    signs = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only"), False
    )
    usage = x509.KeyUsage(
        digital_signature=not authority, key_cert_sign=authority, crl_sign=authority, decipher_only=False, **signs
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(SINCE)
        .not_valid_after(clock.now() + timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    if not authority:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        made = made.add_extension(purpose, critical=False)
    return made.sign(by, hashes.SHA256())


def _named(name: str) -> x509.Name:
    told = {NameOID.ORGANIZATION_NAME: "Aboveboard", NameOID.COMMON_NAME: name}
    return x509.Name([x509.NameAttribute(what, said) for what, said in told.items()])
