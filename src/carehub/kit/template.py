"""The folder that a new adapter begins with: complete, small, and at bronze at once."""

from __future__ import annotations

from importlib.resources import files

_FILES = {
    "manifest.toml": "manifest.toml.txt",
    "__init__.py": "",
    "adapter.py": "adapter.py.txt",
    "reading.py": "reading.py.txt",
    "patient.py": "patient.py.txt",
    "fields.csv": "fields.csv.txt",
    "README.md": "README.md.txt",
    "CHANGES.md": "CHANGES.md.txt",
    "cases/registered/message.json": "registered.json.txt",
}
_NOT_JSON = "This is not the message you are looking for.\n"


def files_of(name: str) -> dict[str, str]:
    """Path in the folder to text, for a new adapter called `name`. Golden files are written from what it does."""
    title = name.replace("_", " ").capitalize()
    blank = files("carehub.kit") / "blank"
    found = {path: _filled((blank / source).read_text(encoding="utf-8"), name, title) if source else "" for path, source in _FILES.items()}
    found["cases/rejected-not-json/message.txt"] = _NOT_JSON
    return found


def _filled(text: str, name: str, title: str) -> str:
    """The text with its two placeholders filled; other braces stand doubled in it."""
    return text.replace("{name}", name).replace("{title}", title).replace("{{", "{").replace("}}", "}")
