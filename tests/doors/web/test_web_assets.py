"""`make assets`: what is taken out of somebody else's stylesheet before it is served, and that ours asks nobody for anything."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from carehub.web.rendering import BASE_SHEET, STATIC, VENDOR_SHEET

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def local_only():
    spec = importlib.util.spec_from_file_location("carehub_tools_assets", ROOT / "tools" / "assets.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.local_only


def test_fonts_are_taken_out_and_icons_are_ours(local_only) -> None:
    css = "@font-face{src:url(https://fonts.example/a.woff)}a{background:url(/assets/images/b.svg)}/*# sourceMappingURL=c.map */"
    assert local_only(css) == ("a{background:url(images/b.svg)}", ["b.svg"])


@pytest.mark.parametrize(
    "css", ["a{background:url(https://x.example/a.png)}", "@import 'https://x.example/a.css';", "a{background:url(/elsewhere/a.svg)}"]
)
def test_a_stylesheet_that_still_asks_elsewhere_is_refused(local_only, css) -> None:
    with pytest.raises(ValueError, match="still asks"):
        local_only(css)


@pytest.mark.parametrize("name", [BASE_SHEET, VENDOR_SHEET])
def test_no_stylesheet_asks_another_host(name) -> None:
    path = STATIC / name
    if name == BASE_SHEET:
        assert path.is_file(), "our own stylesheet is always there"
    if path.is_file():
        css = path.read_text(encoding="utf-8")
        assert re.findall(r"@import|@font-face|url\((?!images/)", css) == []


def test_our_own_stylesheet_never_cuts_what_matters() -> None:
    css = (STATIC / BASE_SHEET).read_text(encoding="utf-8")
    cut = [rule for rule in re.findall(r"([^{}]+)\{([^{}]*)\}", css) if "ellipsis" in rule[1] or "line-clamp" in rule[1]]
    assert [selector.strip().split()[-1] for selector, _ in cut] == [".ch-micro__name"]
