"""TLS at the MLLP door: who has no certificate of a named authority gets no answer and leaves nothing in the log."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

import pytest

from carehub.intake.mllp import Terms
from carehub.wiring.doors_cli import mllp_door, run_mllp, tls_of
from carehub.wiring.settings import Settings, UnsafeSettings
from doors.intake.certificates import Files, written
from doors.intake.mllp_talk import adt, framed
from hub.toy_hub import toy_adapter, toy_hub


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return written(tmp_path_factory.mktemp("certificates"))


def settings(**more: Path | str) -> Settings:
    return Settings(_env_file=None, **more)  # type: ignore[call-arg, arg-type]


def told(port: int, files: Files, own: Path | None, most: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> bytes:
    """What a sender is answered to one message; b"" when it gets no answer. It believes the authority's doors only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(files.authority)
    context.maximum_version = most
    if own is not None:
        context.load_cert_chain(own)
    try:
        with socket.create_connection(("127.0.0.1", port), 30) as plain, context.wrap_socket(plain) as sender:
            sender.sendall(framed(adt()))
            return sender.recv(4096)
    except (ssl.SSLError, ConnectionError):
        return b""


def told_plainly(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), 30) as sender:
        sender.sendall(framed(adt()))
        try:
            return sender.recv(4096)
        except ConnectionError:
            return b""


def test_only_senders_with_a_certificate_of_the_authority_are_heard(files: Files) -> None:
    hub = toy_hub(toy_adapter())
    given = settings(mllp_tls_certificate=files.door, mllp_tls_clients=files.authority)

    async def run() -> None:
        door = mllp_door(hub, Terms("toy/feed", "hospital"), given)
        port = await door.open("127.0.0.1", 0, tls_of(given))
        assert await asyncio.to_thread(told, port, files, None) == b""
        assert await asyncio.to_thread(told, port, files, files.stranger) == b""
        assert b"MSA|" not in await asyncio.to_thread(told_plainly, port)
        assert hub.log.last_position() == 0
        assert b"MSA|AA|M1" in await asyncio.to_thread(told, port, files, files.sender)
        assert hub.log.last_position() == 1
        await door.close()

    asyncio.run(run())


def test_without_named_authorities_any_sender_may_speak_tls(files: Files) -> None:
    hub = toy_hub(toy_adapter())
    given = settings(mllp_tls_certificate=files.door)

    async def run() -> None:
        door = mllp_door(hub, Terms("toy/feed", "hospital"), given)
        port = await door.open("127.0.0.1", 0, tls_of(given))
        for most in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            assert b"MSA|AA|M1" in await asyncio.to_thread(told, port, files, None, most)
        await door.close()

    asyncio.run(run())


@pytest.mark.parametrize("wrong", ["certificate", "key", "clients"])
def test_files_that_cannot_be_used_stop_the_start_and_are_not_quoted(files: Files, tmp_path: Path, wrong: str) -> None:
    rubbish = tmp_path / "rubbish.pem"
    rubbish.write_text("-----BEGIN CERTIFICATE-----\nsecret\n")
    given = {"certificate": files.door, "key": files.door, "clients": files.authority, wrong: rubbish}
    with pytest.raises(UnsafeSettings) as refused:
        tls_of(settings(**{f"mllp_tls_{name}": path for name, path in given.items()}))
    assert "secret" not in str(refused.value)


def test_authorities_without_a_certificate_of_its_own_are_a_mistake(files: Files) -> None:
    with pytest.raises(UnsafeSettings, match="CAREHUB_MLLP_TLS_CERTIFICATE"):
        tls_of(settings(mllp_tls_clients=files.authority))
    assert tls_of(settings()) is None


def test_production_refuses_to_listen_to_just_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAREHUB_ENV", "production")
    monkeypatch.setattr("carehub.wiring.doors_cli.build_hub", lambda settings, role: toy_hub(toy_adapter()))
    with pytest.raises(UnsafeSettings, match="--allow"):
        run_mllp("toy", host="127.0.0.1", port=0, sender="x", allow=[], any_processing=False)
