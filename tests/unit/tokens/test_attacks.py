"""Tokens that were made to be believed wrongly: the published JOSE vectors, and the attacks of RFC 8725 on our own checks."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jws, jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from carehub.terms.errors import CarehubError
from carehub.tokens.id_token import Relying, check_id_token, check_logout_token
from carehub.tokens.jose import CLIENT_ALGORITHMS, PROVIDER_ALGORITHMS, claims, public_keys, signed

VECTORS = Path(__file__).resolve().parents[4] / "shared/data/adversarial/jose-wycheproof/vectors.jsonl"
OURS = (*PROVIDER_ALGORITHMS, *CLIENT_ALGORITHMS)
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}, auto_kid=False)
OTHER = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}, auto_kid=False)
PUBLISHED = {"keys": [KEY.as_dict(private=False)]}
RELYING = Relying("https://provider.example", "carehub", ("AAL3_ANY",))
GOOD = {
    "iss": "https://provider.example",
    "aud": "carehub",
    "sub": "u1",
    "nonce": "n",
    "acr": "AAL3_ANY",
    "iat": SECONDS,
    "exp": SECONDS + 300,
}


def accepted(token: Any, published: dict[str, Any]) -> bool:
    try:
        signed(token, public_keys(published), OURS)
    except CarehubError:
        return False
    return True


@pytest.mark.skipif(not VECTORS.exists(), reason="the published JOSE vectors are not beside the project")
def test_no_invalid_vector_is_believed_and_the_valid_ones_of_our_algorithms_are() -> None:
    believed, refused = [], 0
    for line in VECTORS.read_text().splitlines():
        vector = json.loads(line)
        group, test = vector["group_meta"], vector["test"]
        key = group.get("public") or group["private"]
        token = test["jws"] if "jws" in test else test["jwe"]
        if accepted(token, key if "keys" in key else {"keys": [key]}):
            believed.append((test["result"], vector["file"], test["tcId"], test["comment"]))
        else:
            refused += 1
    assert [one for one in believed if one[0] != "valid"] == []
    assert (len(believed), refused) == (15, 418)


def b64(said: Any) -> str:
    raw = said if isinstance(said, bytes) else json.dumps(said).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def made(said: dict[str, Any], header: dict[str, Any] | None = None, key: Any = KEY) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one"} | (header or {}), said, key, algorithms=["RS256", "PS256", "HS256", "RS384", "ES256"])


def hashed(secret: bytes, body: str) -> str:
    """The published key taken for a shared secret."""
    start = f"{b64({'alg': 'HS256', 'kid': 'one'})}.{body}"
    return f"{start}.{b64(hmac.digest(secret, start.encode(), 'sha256'))}"


def believed(token: str, nonce: str = "n") -> bool:
    try:
        check_id_token(token, public_keys(PUBLISHED), RELYING, nonce, NOW)
    except CarehubError:
        return False
    return True


def test_an_honest_token_is_believed_and_every_claim_of_it_is_needed() -> None:
    assert believed(made(GOOD))
    assert [name for name in GOOD if believed(made({k: v for k, v in GOOD.items() if k != name}))] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://provider.example/"},
        {"iss": ["https://provider.example"]},
        {"aud": "other"},
        {"aud": ["carehub", "other"]},
        {"aud": ["carehub", "other"], "azp": "other"},
        {"azp": "other"},
        {"nonce": "another"},
        {"nonce": ["n"]},
        {"acr": "AAL2_ANY"},
        {"acr": "AAL3"},
        {"acr": ""},
        {"acr": ["AAL3_ANY", "AAL1_USERPASS"]},
        {"exp": SECONDS - 61},
        {"exp": float("nan")},
        {"exp": True},
        {"exp": "9999999999"},
        {"iat": SECONDS + 61},
        {"iat": SECONDS - 3600},
        {"nbf": SECONDS + 61},
        {"sub": ""},
        {"sub": 7},
    ],
)
def test_a_claim_that_is_not_as_it_must_be(wrong: dict[str, Any]) -> None:
    assert not believed(made(GOOD | wrong))


def test_the_algorithm_the_key_and_the_form_are_ours_to_choose() -> None:
    header, body, signature = made(GOOD).split(".")
    attacks = [
        f"{b64({'alg': 'none'})}.{body}.",
        f"{b64({'alg': 'none', 'kid': 'one'})}.{body}.{signature}",
        f"{b64({'alg': 'NoNe', 'kid': 'one'})}.{body}.{signature}",
        hashed(KEY.as_pem(private=False), body),
        hashed(json.dumps(KEY.as_dict(private=False)).encode(), body),
        hashed(b"", body),
        made(GOOD, {"alg": "RS384"}),
        made(GOOD, key=OTHER),
        made(GOOD, {"kid": "two"}),
        made(GOOD, {"kid": "../../../dev/null"}),
        made(GOOD, {"kid": "one' UNION SELECT 'x"}),
        made(GOOD, {"jwk": OTHER.as_dict(private=False)}, OTHER),
        made(GOOD, {"jwk": KEY.as_dict(private=False)}),
        made(GOOD, {"jku": "https://attacker.example/jwks"}),
        made(GOOD, {"x5u": "https://attacker.example/cert"}),
        made(GOOD, {"typ": "at+jwt"}),
        f"{b64({'alg': 'RS256', 'kid': 'one', 'crit': ['exp'], 'exp': 1})}.{body}.{signature}",
        f"{b64({'alg': 'RS256', 'kid': ['one']})}.{body}.{signature}",
        f"{header}.{b64(GOOD | {'sub': 'u2'})}.{signature}",
        f"{header}.{body}.",
        f"{header}.{body}",
        f"{header}..{signature}",
        f"{header}.{body}.{signature}.{signature}.{signature}",
        f" {header}.{body}.{signature}",
        f"{header}.{body}.{signature}=",
        f"{header}.{body}.{signature}\n",
        json.dumps({"payload": body, "protected": header, "signature": signature}),
        "",
        "a" * 30_000,
        "é.é.é",
    ]
    assert [number for number, token in enumerate(attacks) if believed(token)] == []


def test_a_payload_that_says_a_name_twice_or_is_no_object_is_not_believed() -> None:
    for payload in (json.dumps(GOOD)[:-1] + ', "sub": "u2"}', "[]", "7", "{", "[" * 100_000):
        token = jws.serialize_compact({"alg": "RS256", "kid": "one"}, payload, KEY, algorithms=["RS256"])
        assert not believed(token), payload[:40]


def test_of_a_published_set_only_signing_keys_that_are_strong_enough_count() -> None:
    modulus = rsa.generate_private_key(65537, 1024).public_key().public_numbers().n
    weak = {"kty": "RSA", "e": "AQAB", "n": b64(modulus.to_bytes(128, "big"))}
    shared = {"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"}
    for keys in ([], [weak], [shared], [KEY.as_dict(private=False) | {"use": "enc"}], ["x"], "x", None, [{"kty": "RSA"}]):
        with pytest.raises(CarehubError):
            public_keys({"keys": keys})
    kept = public_keys({"keys": [weak, shared, KEY.as_dict(private=True), ECKey.generate_key("P-384").as_dict(private=False)]})
    assert isinstance(kept, KeySet)
    assert [key.is_private for key in kept.keys] == [False, False]
    assert claims(made(GOOD), kept, ("RS256",))["sub"] == "u1"


def test_a_logout_token_is_not_a_sign_in_nor_the_other_way_round() -> None:
    events = {"http://schemas.openid.net/event/backchannel-logout": {}}
    logout = {k: v for k, v in GOOD.items() if k not in ("nonce", "acr")} | {"jti": "j", "sid": "s", "events": events}
    keys = public_keys(PUBLISHED)
    assert check_logout_token(made(logout, {"typ": "logout+jwt"}), keys, RELYING, NOW) == ("s", "u1", "j")
    assert not believed(made(logout, {"typ": "logout+jwt"}))
    assert not believed(made(GOOD | logout, {"typ": "logout+jwt"}))
    for wrong in (
        GOOD,
        logout | {"nonce": "n"},
        logout | {"events": {}},
        logout | {"events": "x"},
        logout | {"sid": "", "sub": ""},
        logout | {"iss": "x"},
    ):
        with pytest.raises(CarehubError):
            check_logout_token(made(wrong), keys, RELYING, NOW)
