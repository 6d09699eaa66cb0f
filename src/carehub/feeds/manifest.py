"""The text of manifest.toml to a Manifest, or a plain complaint that names the file and the key."""

from __future__ import annotations

import tomllib
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from carehub.terms.moments import duration
from carehub.terms.organisations import SourceKind


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Feed(_Strict):
    """One stream of one kind from one source. expected_every and stale_after are ISO 8601 durations of days, hours and minutes.

    expected: whether its silence about a person is worth saying (False for a directory, or for a transfer that happens once). sections:
    the record sections this feed fills, when they are fewer than the adapter's.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str
    content_type: str
    arrives: Literal["push", "pull"]
    messages: tuple[str, ...] = Field(min_length=1)
    expected_every: str
    stale_after: str
    expected: bool = True
    sections: tuple[str, ...] = ()

    @field_validator("expected_every", "stale_after")
    @classmethod
    def _readable(cls, value: str) -> str:
        duration(value)
        return value


class Grade(_Strict):
    """The grade an adapter claims, and each rule it is exempt from with the reason in words."""

    level: Literal["bronze", "silver", "gold"]
    exempt: dict[str, str] = {}


class Manifest(_Strict):
    """What an adapter declares about itself. It holds no logic.

    sections: the record sections (careplan.sections keys) this source fills; any other section is "not in the feed".
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    owner: str
    clinical_owner: str
    source_kind: SourceKind
    identifier_domain: str
    mapping_version: int = Field(ge=1)
    produces: tuple[str, ...] = Field(min_length=1)
    sections: tuple[str, ...] = Field(min_length=1)
    feeds: tuple[Feed, ...] = Field(min_length=1)
    grade: Grade


class BadManifest(ValueError):
    """A manifest that cannot be used. The message names the file and each wrong key."""


def read_manifest(text: str, *, where: str) -> Manifest:
    """Parse and check a manifest. `where` is its path, for the complaint. Raises BadManifest."""
    try:
        return Manifest.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise BadManifest(f"{where}: {error}") from error
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in error.errors())
        raise BadManifest(f"{where}: {told}") from error
