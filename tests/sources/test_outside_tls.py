"""A pinned outside call still proves whom it speaks to: the certificate is that of the name."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.sources import outside

pytestmark = pytest.mark.anyio

NAME = "keys.example"


def certify(path: Path, name: str) -> Path:
    """Write a key and a certificate that it signed itself, for a name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(key.private_bytes(pem, *plain) + certificate.public_bytes(pem))
    return path


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[tuple[int, Path, list[str | None]]]:
    """A TLS server for `keys.example` on this machine: its port, certificate and names asked."""
    path, asked = certify(tmp_path / "server.pem", NAME), []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    context.sni_callback = lambda _, name, __: asked.append(name)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n" + b'{"keys":[]}')
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as listening:
        yield listening.sockets[0].getsockname()[1], path, asked


async def to_this_machine(*_: object) -> list[str]:
    return ["127.0.0.1"]


async def test_asks_for_the_name_and_accepts_its_certificate(
    server: tuple[int, Path, list[str | None]],
) -> None:
    port, path, asked = server
    trusting = ssl.create_default_context(cafile=str(path))
    options = {"resolve": to_this_machine, "private_hosts": [NAME], "verify": trusting}
    assert await outside.fetch(f"https://{NAME}:{port}/", **options) == b'{"keys":[]}'
    assert asked == [NAME]


async def test_refuses_the_certificate_of_another_name(
    server: tuple[int, Path, list[str | None]],
) -> None:
    port, path, _ = server
    trusting = ssl.create_default_context(cafile=str(path))
    options = {"resolve": to_this_machine, "private_hosts": ["other.example"], "verify": trusting}
    with pytest.raises(httpx.ConnectError, match="certificate"):
        await outside.fetch(f"https://other.example:{port}/", **options)
