"""The rules file and its model from disk: the site's own where the settings name one, else the shipped one."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from carehub.hub.rules_in_force import activation, message_at
from carehub.identity import gate
from carehub.identity.rule_file import BadRules, MatchingRules, read, short, with_model
from carehub.store.ports import Store

SHIPPED = Path(__file__).resolve().parents[1] / "identity" / "shipped"
"""Where the shipped rules.toml and its model lie."""


def load_rules(path: Path | None = None) -> MatchingRules:
    """What the matcher decides by. path: a rules file; None means the shipped one. Its model, NAME.json, lies beside it or among the shipped ones.

    Raises BadRules, which stops the process at start, naming file and key.
    """
    return load_texts(path)[0]


def load_texts(path: Path | None = None) -> tuple[MatchingRules, str, str]:
    """The same with the texts of the rules file and of the model. Raises BadRules."""
    chosen = path or SHIPPED / "rules.toml"
    text = _text(chosen)
    rules = read(text, where=str(chosen))
    beside = chosen.parent / f"{rules.model}.json"
    model = beside if beside.is_file() else SHIPPED / beside.name
    told = _text(model)
    return with_model(rules, told, where=str(model)), text, told


def standing_rules(path: Path | None, store: Store) -> tuple[MatchingRules, str]:
    """The rules in force with the text of their file: those last put in force in the store's log, else those of a path (None: as shipped)."""
    standing = store.links.rules()
    if standing and standing.position:
        told = activation(message_at(standing, store.log), store.log)
        with suppress(BadRules):  # of an earlier carehub: those of the settings decide
            return told.read(), told.rules
    rules, text, _ = load_texts(path)
    return rules, text


def decided_by(path: Path | None, store: Store) -> tuple[int, str]:
    """Version and text of the rules that decided what the store holds, also of those that this version of carehub cannot use any more. path: the rules
    of the settings (None: as shipped), of which only version and content are kept: the text is "" where they were others then, and the version 0 where
    that was not kept either. Raises BadRules."""
    standing = store.links.rules()
    if standing and standing.position:
        return standing.version, activation(message_at(standing, store.log), store.log).rules
    rules, text, _ = load_texts(path)
    if standing is None:
        return (0, "") if store.links.lane_position() else (rules.version, text)
    return standing.version, text if standing.content == short(rules.file.sha256) else ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadRules(f"{path}: cannot be read: {type(error).__name__}") from error


def load_gate() -> tuple[gate.Case, ...]:
    """The shipped labelled set that rules and models are held against."""
    return gate.read(_text(SHIPPED / "gate.toml"))
