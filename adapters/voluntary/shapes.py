"""Reading JSON that may have any shape: texts, lists and objects where they are, nothing where they are not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .plain_text import plain, without_unfit


def raw(holder: Any, *names: str) -> str:
    """The first of these elements that says something, as text without surrounding blanks and marks that nobody sees; "" else. A number is
    written out."""
    for name in names:
        value = holder.get(name) if isinstance(holder, dict) else None
        if isinstance(value, str) and (told := without_unfit(value).strip()):
            return told
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return str(value)
    return ""


def said(holder: Any, *names: str) -> str:
    """As raw, in plain words."""
    return plain(raw(holder, *names))


def part(holder: Any, *names: str) -> dict[str, Any]:
    """The first of these elements that is an object, or {}."""
    for name in names:
        value = holder.get(name) if isinstance(holder, dict) else None
        if isinstance(value, dict):
            return value
    return {}


def parts(holder: Any, *names: str) -> list[dict[str, Any]]:
    """The objects in the first of these elements that has any; one object stands for a list of one."""
    for name in names:
        value = holder.get(name) if isinstance(holder, dict) else None
        found = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]
        if found:
            return found
    return []


def number(holder: Any, name: str) -> Decimal | None:
    """A number, also one written as text; None when it is none or not finite."""
    text = raw(holder, name)
    if len(text) > 40:
        return None
    try:
        value = Decimal(text)
    except ArithmeticError:
        return None
    return value if value.is_finite() else None
