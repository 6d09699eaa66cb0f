"""The rules file: thresholds, rules in force and model of the matcher, as one versioned TOML text. Text in, MatchingRules out, or a plain complaint.

version = 2                      raised with every change; every link and explanation carries it
model = "neighbourhood-1"        and model_sha256, the content the thresholds were chosen with
[zones], [clusters]              bits, see decision.Zones and matching.Settings
[rules]                          every veto and guard: true, or a sentence that says why it is off and who decided
[sources] once = ["X26"]         sources that hold each person once by their own word
[wrong.X26] phone = 0.1          of that source's telephone numbers one in ten is another's or made up
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from carehub.identity import weights
from carehub.identity.decision import CERTAIN, GUARDS, TRACED, VETOES, Zones
from carehub.identity.matching import Settings
from carehub.identity.weights import CORE, Model

RULES = (CERTAIN, TRACED, *VETOES, *GUARDS)
"""Every name that [rules] must hold."""

_TOP = ("version", "model", "model_sha256", "zones", "clusters", "rules", "sources", "wrong")
_ZONES, _CLUSTERS = ("auto", "review", "margin"), ("touch", "clear", "share", "most")
# A steward's word, and a source's, is no threshold: nobody may switch it off in a file.
_ALWAYS = "said-apart"


class BadRules(ValueError):
    """A rules file that cannot be used. The message names the file and each wrong key with its line."""


@dataclass(frozen=True, slots=True)
class RuleFile:
    """What one rules file says. off: rules not in force, with why. wrong: source → field → share of records whose value is not the person's.
    sha256: of the text, to tell two files of one version apart.
    """

    version: int
    sha256: str
    model: str
    model_sha256: str
    settings: Settings
    off: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MatchingRules:
    """A rules file with the model it names: all the matcher needs. `Matcher(rules.model, rules.settings)`."""

    file: RuleFile
    model: Model

    @property
    def version(self) -> int:
        """What links and explanations carry."""
        return self.file.version

    @property
    def settings(self) -> Settings:
        """Thresholds and what is in force."""
        return self.file.settings


def read(text: str, *, where: str) -> RuleFile:
    """Parse and check a rules file. where: its path, for the complaint. Raises BadRules with every complaint at once."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadRules(f"{where}: {error}") from error
    reader = _Reader(text)
    found = reader.rules(told)
    if reader.wrong:
        raise BadRules(f"{where}: {'; '.join(reader.wrong)}")
    return found


def with_model(rules: RuleFile, text: str, *, where: str) -> MatchingRules:
    """The rules with their model from its text. where: the model's path. Raises BadRules when it is another model than the rules name."""
    if digest(text) != rules.model_sha256:
        raise BadRules(f"{where}: has the content hash {digest(text)}, the rules want {rules.model_sha256}")
    try:
        model = weights.read(text)
    except (ValueError, KeyError, TypeError) as error:
        raise BadRules(f"{where}: {error}") from error
    if model.name != rules.model:
        raise BadRules(f"{where}: is the model {model.name!r}, the rules want {rules.model!r}")
    return MatchingRules(rules, replace(model, wrong=rules.wrong))


def short(sha256: str) -> int:
    """The first 60 bits of a content hash, as the store keeps it."""
    return int(sha256[:15] or "0", 16)


def digest(text: str) -> str:
    """SHA-256 of a text, in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def differences(before: str, after: str) -> list[str]:
    """What changes from the text of one file to that of the other, a line for each key; also of a text that this version of carehub cannot use any more."""
    old, new = _said(before), _said(after)
    return [f"{key}: {old.get(key, 'none')} → {new.get(key, 'none')}" for key in sorted({*old, *new}) if old.get(key) != new.get(key)]


def _said(text: str) -> dict[str, str]:
    """Key → value in words, of everything that a file says but its version."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}
    model = f"{told.pop('model', 'none')} {str(told.pop('model_sha256', ''))[:12]}"
    told.pop("version", None)
    return {"model": model, **dict(_flat("", told))}


def _flat(at: str, told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in told.items():
        if isinstance(value, dict):
            yield from _flat(f"{at}{key}.", value)
        elif at == "rules.":
            yield f"{at}{key}", "on" if value is True else f"off: {value}"
        elif isinstance(value, list):
            yield f"{at}{key}", ", ".join(sorted(map(str, value))) or "none"
        else:
            yield f"{at}{key}", f"{value:g}" if isinstance(value, int | float) else str(value)


class _Reader:
    """One file in hand, and what is wrong with it so far."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.wrong: list[str] = []

    def rules(self, told: dict[str, Any]) -> RuleFile:
        self._known("", told, _TOP)
        version = told.get("version")
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            self._complain("", "version", "is a whole number from 1")
            version = 0
        zones, clusters = self._table(told, "zones"), self._table(told, "clusters")
        bits = {key: self._number("zones", zones, key) for key in _ZONES}
        rest = {key: self._number("clusters", clusters, key) for key in _CLUSTERS}
        self._known("zones", zones, _ZONES)
        self._known("clusters", clusters, _CLUSTERS)
        self._sensible(bits, rest)
        off = self._off(self._table(told, "rules"))
        settings = Settings(
            zones=Zones(**bits, once=self._once(self._table(told, "sources")), off=frozenset(off)),
            touch=rest["touch"],
            clear=rest["clear"],
            share=rest["share"],
            most=int(rest["most"]),
        )
        return RuleFile(
            version, digest(self._text), self._word(told, "model"), self._word(told, "model_sha256"), settings, off, self._quality(told)
        )

    def _sensible(self, bits: dict[str, float], rest: dict[str, float]) -> None:
        if bits["review"] > bits["auto"]:
            self._complain("zones", "review", "is above auto")
        if bits["margin"] < 0:
            self._complain("zones", "margin", "is below 0")
        if rest["touch"] > bits["review"]:
            self._complain("clusters", "touch", "is above zones.review, so that nobody would be asked")
        if rest["clear"] < 0:
            self._complain("clusters", "clear", "is below 0")
        if not 0 <= rest["share"] <= 1:
            self._complain("clusters", "share", "is not between 0 and 1")
        if rest["most"] < 2 or rest["most"] != int(rest["most"]):
            self._complain("clusters", "most", "is a whole number from 2")

    def _off(self, told: dict[str, Any]) -> dict[str, str]:
        self._known("rules", told, RULES)
        off = {}
        for name in RULES:
            said = told.get(name)
            if isinstance(said, str) and said.strip() and name != _ALWAYS:
                off[name] = said.strip()
            elif said is not True:
                needed = "is always true" if name == _ALWAYS else "is true, or a sentence that says why it is off and who decided"
                self._complain("rules", name, "is missing" if name not in told else needed)
        return off

    def _once(self, told: dict[str, Any]) -> frozenset[str]:
        self._known("sources", told, ("once",))
        once = told.get("once", [])
        if not isinstance(once, list) or not all(isinstance(one, str) and one for one in once):
            self._complain("sources", "once", "is a list of sources")
            return frozenset()
        return frozenset(once)

    def _quality(self, told: dict[str, Any]) -> dict[str, dict[str, float]]:
        found = {}
        for source, shares in self._table(told, "wrong", needed=False).items():
            if not isinstance(shares, dict):
                self._complain("wrong", source, "is a table of field to share")
                continue
            at = f"wrong.{source}"
            self._known(at, shares, tuple(CORE)[:-1])
            found[source] = {name: self._number(at, shares, name) for name in shares}
            for name, share in found[source].items():
                if not 0 <= share < 1:
                    self._complain(at, name, "is a share from 0 to below 1")
        return found

    def _table(self, told: dict[str, Any], name: str, *, needed: bool = True) -> dict[str, Any]:
        value = told.get(name, {})
        if not isinstance(value, dict) or (needed and name not in told):
            self._complain("", name, f"is written [{name}]" if name in told else "is missing")
            return {}
        return value

    def _number(self, table: str, told: dict[str, Any], key: str) -> float:
        value = told.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e6:
            self._complain(table, key, "is missing" if key not in told else "is not a number")
            return 0.0
        return float(value)

    def _word(self, told: dict[str, Any], key: str) -> str:
        value = told.get(key)
        if not isinstance(value, str) or not re.fullmatch(r"[\w.-]+", value):
            self._complain("", key, "is missing" if key not in told else "is one word")
            return ""
        return value

    def _known(self, table: str, told: dict[str, Any], known: tuple[str, ...]) -> None:
        for key in told:
            if key not in known:
                self._complain(table, key, "unknown key")

    def _complain(self, table: str, key: str, words: str) -> None:
        self.wrong.append(f"{self._line(table, key)}{f'{table}.' if table else ''}{key}: {words}")

    def _line(self, table: str, key: str) -> str:
        """ "line 12: " of a key, or of the heading of its table; "" where neither is written on a line of its own."""
        inside, heading = "", ""
        for number, line in enumerate(self._text.splitlines(), 1):
            said = line.strip()
            if said.startswith("["):
                inside = said.strip("[] ").replace('"', "")
                if inside in (table, key):
                    heading = f"line {number}: "
            elif inside == table and said.split("=")[0].strip().strip('"') == key:
                return f"line {number}: "
        return heading
