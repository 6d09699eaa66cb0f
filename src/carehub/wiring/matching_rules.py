"""The rules file and its model from disk: the site's own where the settings name one, else the shipped one."""

from __future__ import annotations

from pathlib import Path

from carehub.identity import gate
from carehub.identity.rule_file import BadRules, MatchingRules, read, with_model

SHIPPED = Path(__file__).resolve().parents[1] / "identity" / "shipped"
"""Where the shipped rules.toml and its model lie."""


def load_rules(path: Path | None = None) -> MatchingRules:
    """What the matcher decides by. path: a rules file; None means the shipped one. Its model, NAME.json, lies beside it or among the shipped ones.

    Raises BadRules, which stops the process at start, naming file and key.
    """
    chosen = path or SHIPPED / "rules.toml"
    rules = read(_text(chosen), where=str(chosen))
    beside = chosen.parent / f"{rules.model}.json"
    model = beside if beside.is_file() else SHIPPED / beside.name
    return with_model(rules, _text(model), where=str(model))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadRules(f"{path}: cannot be read: {type(error).__name__}") from error


def load_gate() -> tuple[gate.Case, ...]:
    """The shipped labelled set that rules and models are held against."""
    return gate.read(_text(SHIPPED / "gate.toml"))
