"""Keys and certificates for a test, made on the spot out of the standard library: RSA, X.509 version 3 (RFC 5280), PEM. Of no use to anybody else."""

from __future__ import annotations

import base64
import hashlib
import random
from dataclasses import dataclass
from pathlib import Path


def _der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    if len(body) < 128:
        return bytes((tag, len(body))) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def _oid(*numbers: int) -> bytes:
    """An object identifier; the first two numbers are one byte."""
    first, *rest = numbers
    body = bytes((40 * first + rest[0],))
    for n in rest[1:]:
        sevens = [n & 127]
        while n := n >> 7:
            sevens.append(128 | n & 127)
        body += bytes(reversed(sevens))
    return _der(6, body)


def _integer(n: int) -> bytes:
    return _der(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


_RSADSI = (1, 2, 840, 113549)
_NULL = _der(5)
_RSA = _der(0x30, _oid(*_RSADSI, 1, 1, 1), _NULL)
_SHA256_RSA = _der(0x30, _oid(*_RSADSI, 1, 1, 11), _NULL)
_SHA256 = _der(0x30, _oid(2, 16, 840, 1, 101, 3, 4, 2, 1), _NULL)
_COMMON_NAME = _oid(2, 5, 4, 3)
# basicConstraints, critical, CA:TRUE.
_MAY_SIGN = _der(0x30, _oid(2, 5, 29, 19), _der(1, b"\xff"), _der(4, _der(0x30, _der(1, b"\xff"))))


def _is_prime(n: int, dice: random.Random) -> bool:
    if any(n % small == 0 for small in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)):
        return False
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(8):
        x = pow(dice.randrange(2, n - 1), odd, n)
        if x not in (1, n - 1) and not any((x := pow(x, 2, n)) == n - 1 for _ in range(twos - 1)):
            return False
    return True


@dataclass(frozen=True, slots=True)
class Key:
    """An RSA key of 2048 bits."""

    p: int
    q: int

    @classmethod
    def of(cls, dice: random.Random) -> Key:
        found: list[int] = []
        while len(found) < 2:
            n = dice.getrandbits(1024) | 3 << 1022 | 1
            if n % 65537 != 1 and _is_prime(n, dice):
                found.append(n)
        return cls(*found)

    @property
    def modulus(self) -> int:
        return self.p * self.q

    @property
    def private(self) -> int:
        return pow(65537, -1, (self.p - 1) * (self.q - 1))

    def signature(self, body: bytes) -> bytes:
        digest = _der(0x30, _SHA256, _der(4, hashlib.sha256(body).digest()))
        padded = b"\x00\x01" + b"\xff" * (253 - len(digest)) + b"\x00" + digest
        return pow(int.from_bytes(padded, "big"), self.private, self.modulus).to_bytes(256, "big")

    def pem(self) -> str:
        p, q, d = self.p, self.q, self.private
        numbers = (0, self.modulus, 65537, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))
        return _pem("RSA PRIVATE KEY", _der(0x30, *map(_integer, numbers)))


def _pem(label: str, der: bytes) -> str:
    text = base64.encodebytes(der).decode().replace("\n", "")
    lines = [text[n : n + 64] for n in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def _name(name: str) -> bytes:
    return _der(0x30, _der(0x31, _der(0x30, _COMMON_NAME, _der(0x0C, name.encode()))))


def certificate(name: str, key: Key, by: str, signer: Key, number: int) -> str:
    """name's certificate, signed by `by`. It may sign others where both are the same."""
    public = _der(0x30, _RSA, _der(3, b"\x00", _der(0x30, _integer(key.modulus), _integer(65537))))
    valid = _der(0x30, _der(0x17, b"200101000000Z"), _der(0x17, b"491231235959Z"))
    told = [_der(0xA0, _integer(2)), _integer(number), _SHA256_RSA, _name(by), valid, _name(name), public]
    if name == by:
        told.append(_der(0xA3, _der(0x30, _MAY_SIGN)))
    body = _der(0x30, *told)
    return _pem("CERTIFICATE", _der(0x30, body, _SHA256_RSA, _der(3, b"\x00", signer.signature(body))))


@dataclass(frozen=True, slots=True)
class Files:
    """PEM files. authority signed door and sender; stranger signed itself."""

    authority: Path
    door: Path
    sender: Path
    stranger: Path


def written(folder: Path) -> Files:
    """Certificates, each with its key in the same file."""
    dice = random.Random(20261122)
    authority, other = Key.of(dice), Key.of(dice)
    files = Files(*(folder / f"{name}.pem" for name in ("authority", "door", "sender", "stranger")))
    files.authority.write_text(certificate("authority", authority, "authority", authority, 1))
    files.door.write_text(other.pem() + certificate("door", other, "authority", authority, 2))
    files.sender.write_text(other.pem() + certificate("sender", other, "authority", authority, 3))
    files.stranger.write_text(other.pem() + certificate("stranger", other, "stranger", other, 4))
    return files
