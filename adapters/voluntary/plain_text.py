"""Text that people typed into a web form, as plain words: HTML is taken out, and nothing that is left can be followed or run.

The message keeps the text as sent. Words are never dropped, only marks: what stood between tags stands in the result, and the address of a link
stands behind its words.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BREAKS = frozenset(
    ("address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "fieldset", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5",
     "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul"),
)  # fmt: skip
_INLINE = frozenset(
    ("a", "abbr", "audio", "b", "base", "big", "body", "button", "canvas", "cite", "code", "del", "details", "em", "embed", "font", "frame",
     "frameset", "head", "html", "i", "iframe", "image", "img", "input", "ins", "label", "link", "map", "mark", "math", "meta", "noscript",
     "object", "option", "param", "picture", "q", "s", "script", "select", "small", "source", "span", "strike", "strong", "style", "sub",
     "summary", "sup", "svg", "template", "textarea", "title", "tt", "u", "var", "video", "wbr"),
)  # fmt: skip
_TAGS = _BREAKS | _INLINE
_LINKING = ("href", "src", "data", "action", "formaction", "xlink:href", "alt", "title")
# What browsers skip inside a scheme's name.
_SCHEME = re.compile(r"(?i)((?:j\s*a\s*v\s*a|v\s*b|l\s*i\s*v\s*e)\s*s\s*c\s*r\s*i\s*p\s*t|\bdata(?=\s*:\s*[a-z]+/))\s*:")
# Longer texts are not taken apart: every "<" in them is made harmless instead.
_LONGEST = 50_000
_MARKDOWN_LINK = re.compile(r"\](?=[(:\[])")
_BLANKS = re.compile(r"[ \t\xa0]+")
_LINES = re.compile(r" ?\n[ \n]*")
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff]")
_WEB = re.compile(r"(?i)https?://[^\s<>\"'`\\^{|}()\[\]]{3,2000}")
_TELEPHONE = re.compile(r"[+(]?[\d][\d\s()+./-]{3,38}(?:\s*(?:ext\.?|x)\s*\d{1,6})?")
_MAIL = re.compile(r"[^\s@<>\"'`()\[\],:;\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")


def plain(text: str) -> str:
    """The text without HTML, in lines. "<" before a letter that is no tag's becomes "‹", so that it can never begin one."""
    if not text:
        return ""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "<" in text or "&" in text:
        text = _without_tags(_without_tags(text)) if len(text) <= _LONGEST else text.replace("<", "‹")
    text = without_unfit(text)
    text = re.sub(r"<(?=[A-Za-z/!?])", "‹", text)
    text = _SCHEME.sub(r"\1 :", text)
    text = _MARKDOWN_LINK.sub("] ", text)
    return _LINES.sub("\n", _BLANKS.sub(" ", text)).strip()


def without_unfit(text: str) -> str:
    """The text with blanks in the place of control characters and of marks that nobody sees or that turn text round."""
    return text if text.isprintable() else _UNFIT.sub(" ", text)


def web_address(text: str) -> str:
    """An address on the web that is safe to follow, or "". One without a scheme ("www.example.org") is given "https"."""
    told = text.strip().strip("\"'")
    if re.match(r"(?i)www\.[\w-]+\.", told):
        told = f"https://{told}"
    return told if _WEB.fullmatch(told) and "@" not in told.split("/", 3)[2] else ""


def telephone(text: str) -> str:
    """A telephone number as sent, without quote marks and "tel:", or "" for words."""
    told = text.strip().strip("\"'").strip()
    told = re.sub(r"(?i)^tel:\s*", "", told)
    return told if _TELEPHONE.fullmatch(told) else ""


def mail_address(text: str) -> str:
    """An e-mail address, or ""."""
    told = re.sub(r"(?i)^mailto:\s*", "", text.strip().strip("\"'").strip())
    return told if _MAIL.fullmatch(told) else ""


class _Words(HTMLParser):
    """Collects what a reader would see, and where links go."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._open: list[str] = []

    def set_cdata_mode(self, *_: object, **__: object) -> None:
        """Script and style are text here like any other: nothing runs, nothing is lost."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            self.parts.append(self.get_starttag_text() or "")
            return
        if tag in _BREAKS:
            self.parts.append("\n")
        told = [value for name, value in attrs if name in _LINKING and value and value.strip()]
        if told:
            self.parts.append(f" ({', '.join(told)}) ")

    def handle_endtag(self, tag: str) -> None:
        if tag not in _TAGS:
            self.parts.append(f"</{tag}>")
        elif tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_comment(self, data: str) -> None:
        self.parts.append(f" {data} ")

    def handle_decl(self, decl: str) -> None:
        self.parts.append(f" {decl} ")

    def unknown_decl(self, data: str) -> None:
        self.parts.append(f" {data} ")

    def handle_pi(self, data: str) -> None:
        self.parts.append(f" {data} ")


def _without_tags(text: str) -> str:
    reader = _Words()
    try:
        reader.feed(text)
        reader.close()
    except (AssertionError, ValueError, RecursionError):
        # A parser that gives up must not cost the words.
        return text
    return "".join(reader.parts)
