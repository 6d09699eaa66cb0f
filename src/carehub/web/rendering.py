"""Templates: ours fail on a name that is not there; the NHS macros live in an environment of their own.

The nhsuk-frontend-jinja macros need ChainableUndefined, under which a missing dose renders as nothing. So each macro is given to our strict
environment as a function that renders in the port's environment (SCREENS 6.1.2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import ChainableUndefined, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from carehub.terms.nhs_number import display
from carehub.web import dates
from carehub.web.done import RESULT
from carehub.web.medicine_names import drawn_words, title_words
from carehub.web.wrapping import kept_together

STATIC = Path(__file__).parent / "static"
BASE_SHEET = "carehub.css"
VENDOR_SHEET = "vendor/nhsuk.css"

_MACROS = {
    "nhs_button": ("button", "button"),
    "nhs_date_input": ("date-input", "dateInput"),
    "nhs_error_summary": ("error-summary", "errorSummary"),
    "nhs_input": ("input", "input"),
    "nhs_inset_text": ("inset-text", "insetText"),
    "nhs_radios": ("radios", "radios"),
    "nhs_skip_link": ("skip-link", "skipLink"),
    "nhs_tag": ("tag", "tag"),
}


class Pages:
    """Renders page templates. demo: show the test-data strip on every page and sheet. personas: offer "change role". apps: offer to open a record
    in one. static: folder of stylesheets."""

    def __init__(self, *, demo: bool, personas: bool = False, apps: bool = False, static: Path = STATIC) -> None:
        self._environment = _strict_environment()
        self._environment.globals.update(
            demo=demo,
            personas=personas,
            has_apps=apps,
            sheets=tuple(_sheets(static)),
            inline_styles="",
            ending=None,
            printed=None,
            done="",
            result=RESULT,
        )

    def text(self, template: str, **values: object) -> str:
        """The page as HTML text. Raises jinja2.UndefinedError when the template names a value that was not given."""
        return self._environment.get_template(template).render(**values)

    def alone(self, template: str, **values: object) -> str:
        """The page as a file that needs nothing but itself: its styles are in it, and nothing leads out of it."""
        styles = Markup((STATIC / BASE_SHEET).read_text(encoding="utf-8"))  # noqa: S704 (our own sheet)
        return self.text(template, inline_styles=styles, halted=None, **values)

    def response(self, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **values: object) -> HTMLResponse:
        """The page as an HTTP answer."""
        return HTMLResponse(self.text(template, **values), status_code=status, headers=headers)


def _strict_environment() -> Environment:
    ours = Environment(
        loader=PackageLoader("carehub.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    ours.globals.update(_macro_functions())
    ours.filters.update(
        clock_time=dates.clock_time,
        day=dates.time_element,
        drawn=drawn_words,
        instant=dates.moment_element,
        long_words=dates.long_words,
        moment=partial(dates.time_element, clock=True),
        nhs_number=_nhs_number,
        plural=_plural,
        role_words=_role_words,
        spoken=_spoken,
        titled=title_words,
        words=kept_together,
    )
    return ours


def _macro_functions() -> dict[str, Callable[..., Markup]]:
    port = Environment(
        loader=PackageLoader("nhsuk_frontend_jinja"),
        autoescape=True,
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def function(component: str, macro: str) -> Callable[..., Markup]:
        module: Any = port.get_template(f"nhsuk/components/{component}/macro.jinja").module
        return lambda **params: Markup(getattr(module, macro)(params).strip())  # noqa: S704 (escaped by the port's own environment)

    return {name: function(component, macro) for name, (component, macro) in _MACROS.items()}


def _nhs_number(number: str) -> Markup:
    return Markup('<span class="nb">{}</span>').format(display(number)) if number else Markup("Not known")


def _plural(count: int, one: str, many: str = "") -> str:
    """ "1 entry", "12 entries"."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def _role_words(role: str) -> str:
    """ "district_nurse" as "District nurse"."""
    words = role.replace("_", " ").replace("-", " ")
    return words.upper() if words == "gp" else words.capitalize()


def _spoken(text: str) -> Markup:
    """The date with its month in full, for paper that goes to the person."""
    return Markup('<span class="nb">{}</span>').format(dates.long_date(text))


def _sheets(static: Path) -> list[str]:
    """Addresses of the stylesheets that are there; the base sheet last, so that its layout rules stand."""
    found = []
    for name in (VENDOR_SHEET, BASE_SHEET):
        path = static / name
        if path.is_file():
            # The content hash in the address lets a browser keep the sheet and still see a new release at once.
            found.append(f"/static/{name}?v={sha256(path.read_bytes()).hexdigest()[:12]}")
    return found
