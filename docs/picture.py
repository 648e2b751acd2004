"""The picture of a report in README.md, taken anew: `python -m docs.picture`.

Needs Chromium with its driver and the extra `dev` (Selenium, and Pillow by way of matplotlib).
"""

from __future__ import annotations

import base64
import io
import shutil
import tempfile
from pathlib import Path
from typing import Any

from stancekit import load_model, write_report

__all__ = ["PICTURE", "take"]

PICTURE = Path(__file__).parent / "pictures" / "report.png"
ARTICLE = Path(__file__).parent.parent / "examples" / "iraq-debate.txt"
# Who is shown, after the two passages before.
_SPEAKER, _N_BEFORE = "Dan Ames", 2
# In pixels of a page, of which the picture has two for one.
_WIDTH, _MARGIN = 968, 5
_N_COLOURS = 128


def take(path: Path = PICTURE) -> None:
    """Write the report of the example, and a picture of some of its passages."""
    model = load_model("troops-en")
    analysis = model.analyze(ARTICLE.read_text(encoding="utf-8"), explain=True)
    last = next(
        at
        for at, one in enumerate(analysis.scored)
        if any(voice.speaker == _SPEAKER for voice in one.voices or ())
    )
    first, shown = analysis.scored[last - _N_BEFORE].passage, analysis.scored[last].passage
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        write_report([analysis], page, model)
        browser = _open(Path(folder) / "browser")
        try:
            path.write_bytes(_few_colours(_shot(browser, page, first, shown)))
        finally:
            browser.quit()


def _open(folder: Path) -> Any:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    flags = ("headless", "no-sandbox", "disable-gpu", "hide-scrollbars")
    for flag in (*flags, f"user-data-dir={folder}"):
        options.add_argument(f"--{flag}")
    service = webdriver.ChromeService(executable_path=shutil.which("chromedriver") or "")
    return webdriver.Chrome(options=options, service=service)


def _shot(browser: Any, page: Path, first: int, last: int) -> bytes:
    """A picture of the passages from the one to the other, light whatever the system is."""
    light = {"features": [{"name": "prefers-color-scheme", "value": "light"}]}
    size = {"width": _WIDTH, "height": 900, "deviceScaleFactor": 2, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", light)
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(page.as_uri())
    left, top, right, bottom = browser.execute_script(
        "const [a, b] = [...arguments].map((n) => document.getElementById(`p${n}`)"
        ".getBoundingClientRect()); return [a.left, a.top, b.right, b.bottom]",
        first,
        last,
    )
    clip = {
        "x": left - _MARGIN,
        "y": top - _MARGIN,
        "width": right - left + 2 * _MARGIN,
        "height": bottom - top + 2 * _MARGIN,
        "scale": 1,
    }
    found = browser.execute_cdp_cmd(
        "Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True}
    )
    return base64.b64decode(found["data"])


def _few_colours(data: bytes) -> bytes:
    """The same picture in a third of the bytes."""
    from PIL import Image

    file = io.BytesIO()
    few = Image.open(io.BytesIO(data)).convert("RGB").quantize(_N_COLOURS)
    few.save(file, format="png", optimize=True)
    return file.getvalue()


if __name__ == "__main__":
    take()
