"""The admin page as an operator sees it: in a real browser, on a desk and a phone, by keyboard, without script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import FAILURES
from astra_pipeline_tests.api.doors import joined
from astra_pipeline_tests.browser import CHROMIUM, api_served, opened_page
from astra_pipeline_tests.documents import recently

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pymongo.synchronous.database import Database

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH (apt-get install chromium): not looked at"),
]
_TOKEN = "a-long-token-of-an-admin"
_PHONE = {"width": 390, "height": 844}
# Text whose contrast with what is behind it is below 4.5 (WCAG 2.2, AA).
_FAINT = """() => {
  const channel = c => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4 };
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const read = text => text.match(/[\\d.]+/g).map(Number);
  const behind = node => { for (let n = node; n; n = n.parentElement) {
    const c = read(getComputedStyle(n).backgroundColor); if (c.length < 4 || c[3] > 0) return c }
    return [255, 255, 255] };
  return [...document.querySelectorAll('body *')].filter(n => n.offsetParent && [...n.childNodes].some(
    t => t.nodeType === 3 && t.textContent.trim())).map(n => { const a = light(read(getComputedStyle(n).color)),
    b = light(behind(n));
    return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), n.textContent.trim().slice(0, 40)]
  }).filter(([ratio]) => ratio < 4.5) }"""
_UNLABELLED = """() => [...document.querySelectorAll('input:not([type=hidden]), button, a, table')].filter(
  n => !(n.textContent.trim() || (n.labels && n.labels.length))).map(n => n.outerHTML)"""


def signed_in(browser: Browser, **options: Any) -> Page:
    """A page of an admin, who has the token."""
    page = browser.new_context(http_credentials={"username": "admin", "password": _TOKEN}, **options).new_page()
    page.set_default_timeout(60_000)
    return page


def test_an_operator_sees_the_state_at_one_look_on_a_desk_and_on_a_phone(
    db: Database[dict[str, Any]], api_environment: pytest.MonkeyPatch
) -> None:
    api_environment.setenv("ASTRA_ADMIN_TOKEN", _TOKEN)
    forget_settings()
    joined(db, "user_asha")
    parked = {"kind": "transcripts", "error": "NotFound", "message": "not known", "user_id": "user_asha"}
    db[FAILURES].insert_one({"_id": "transcripts:conv_1", "item": "conv_1", "parked_at": recently(), **parked})
    with api_served() as url, opened_page() as first:
        browser = first.context.browser
        assert browser is not None
        page = signed_in(browser, viewport=_PHONE)
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(f"{url}/admin/login")
        assert page.url == f"{url}/admin/"
        heading = page.get_by_role("heading", level=1)
        assert heading.inner_text() == "Needs a person"
        box = heading.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < _PHONE["height"], "the verdict is seen without scrolling"
        for width in (_PHONE["width"], 1280):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, "nothing sticks out sideways"
            assert page.evaluate(_FAINT) == []
            assert page.evaluate(_UNLABELLED) == []
        _by_keyboard(page)
        assert complaints == []
        # The forms work without a script as well.
        plain = signed_in(browser, java_script_enabled=False)
        plain.goto(f"{url}/admin/login")
        plain.get_by_role("button", name="Try again what is parked").click()
        assert plain.get_by_role("status").inner_text().startswith("What was parked is due now")
        assert db[FAILURES].count_documents({"parked_at": None}) == 1


def _by_keyboard(page: Page) -> None:
    """Reach the content and a person by keys alone."""
    page.reload()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.get_by_label("Person by user id").focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.type("user_asha")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Person user_asha").wait_for()
    assert page.get_by_role("row", name="transcripts").count() == 1
