"""Put the NHS stylesheet where the pages look for it: `python tools/assets.py`. Needs npm; nothing else of carehub does.

Installs nhsuk-frontend at the version pinned in package.json, checks the stylesheet against the hash below, takes out the @font-face rules
(they ask an outside host for a licensed font), and points the four icons at our own folder. The result lies in an ignored folder.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENDOR = ROOT / "src" / "carehub" / "web" / "static" / "vendor"
# Of nhsuk-frontend 10.6.1, dist/nhsuk/nhsuk-frontend-10.6.1.min.css. Raise it together with package.json.
EXPECTED = "9bf2be59da16f34ce7550a66962d8998921e13e7d87e3258d8bd1bedfed1a830"

_FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}")
_ICON = re.compile(r"url\((['\"]?)/assets/images/([A-Za-z0-9._-]+)\1\)")
_ADDRESS = re.compile(r"url\(\s*['\"]?([^)'\"]*)")


def local_only(css: str) -> tuple[str, list[str]]:
    """(stylesheet that asks no other host for anything, names of the icons it uses). Raises ValueError if an outside or unknown address is left."""
    css = _FONT_FACE.sub("", css)
    css = re.sub(r"/\*# sourceMappingURL=[^*]*\*/", "", css)
    icons = sorted({match[2] for match in _ICON.finditer(css)})
    css = _ICON.sub(r"url(images/\2)", css)
    left = [address for address in _ADDRESS.findall(css) if not address.startswith("images/")]
    if left or "@import" in css:
        raise ValueError(f"the stylesheet still asks for {left or '@import'}")
    return css, icons


def main() -> int:
    """0 when the stylesheet is in place; 1 with a plain sentence otherwise."""
    npm = shutil.which("npm")
    if npm is None:
        print("npm was not found. The pages work without it, on carehub's own stylesheet.", file=sys.stderr)
        return 1
    version = json.loads((ROOT / "package.json").read_text())["dependencies"]["nhsuk-frontend"]
    command = [npm, "install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:  # noqa: S603 (a fixed command)
        print("npm could not install nhsuk-frontend. The pages work without it, on carehub's own stylesheet.", file=sys.stderr)
        return 1
    package = ROOT / "node_modules" / "nhsuk-frontend"
    body = (package / "dist" / "nhsuk" / f"nhsuk-frontend-{version}.min.css").read_bytes()
    if sha256(body).hexdigest() != EXPECTED:
        print("The stylesheet is not the one this release was tested with, so it was not copied.", file=sys.stderr)
        return 1
    css, icons = local_only(body.decode("utf-8"))
    (VENDOR / "images").mkdir(parents=True, exist_ok=True)
    for icon in icons:
        shutil.copyfile(package / "dist" / "nhsuk" / "assets" / "images" / icon, VENDOR / "images" / icon)
    (VENDOR / "nhsuk.css").write_text(css, encoding="utf-8")
    print(f"nhsuk-frontend {version}: {len(css) // 1024} KB and {len(icons)} icons in {VENDOR.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
