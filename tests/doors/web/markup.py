"""A page read back: its elements with their text, enough to ask what a reader would meet."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "link", "input", "br", "img", "hr"}


@dataclass
class Element:
    """One element. text: all text inside it, in order, white space folded."""

    tag: str
    attributes: dict[str, str]
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.parts).split())


class Page(HTMLParser):
    """Every element of a page. Raises AssertionError for markup that does not nest."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = html
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)
        self.close()
        assert not self._open, f"never closed: {[element.tag for element in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.parts.append(data)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Elements of a tag whose attributes have these values; write class_ for class and aria_label for aria-label."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self.elements
            if element.tag == tag and all(element.attributes.get(name) == value for name, value in wanted.items())
        ]

    def one(self, tag: str, **attributes: str) -> Element:
        """The only such element."""
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} of <{tag} {attributes}>"
        return found[0]

    @property
    def text(self) -> str:
        return self.one("body").text


def result_of(page: Page) -> str:
    """The words of the one element that the focus goes to after a form or a filter (UI-81)."""
    found = [one for one in page.elements if one.attributes.get("id") == "result"]
    assert [one.attributes.get("tabindex") for one in found] == ["-1"]
    return found[0].text


def mistakes_of(answer) -> list[str]:
    """The fields to which the page of a form that was filled in wrongly leads (UI-83). Raises AssertionError where it is no such page: its title
    says so first, a summary leads to fields that are there, and a sentence stands beside at least one of them."""
    page = Page(answer.text)
    assert answer.status_code == 422
    assert page.one("title").text.startswith("Error: ")
    assert any(one.text.startswith("There is a problem") for one in page.all("div", class_="nhsuk-error-summary"))
    # Not where the answer may lead to another address, which would inherit the fragment.
    if not any(one.attributes["action"].startswith(("/sign-in", "/oauth2")) for one in page.all("form")):
        assert result_of(page).startswith("There is a problem")
    listed = page.html.partition("nhsuk-error-summary__list")[2].partition("</ul>")[0]
    fields = [part.partition('"')[0] for part in listed.split('href="#')[1:]]
    assert fields
    assert set(fields) <= {element.attributes.get("id") for element in page.elements}
    assert any("nhsuk-error-message" in element.attributes.get("class", "") for element in page.elements)
    return fields
