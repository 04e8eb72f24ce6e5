"""The pages in headless Chromium: filtered and read by keyboard, wide and narrow, and judged by axe."""

import dataclasses
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService, Keys
from selenium.webdriver.common.by import By

from orchqueue.report import compare as comparison
from orchqueue.report import write_reports
from orchqueue.report.compare_page import compare_page
from orchqueue.verify.verdicts import Verdict

AXE = Path(__file__).parents[3] / "build" / "node_modules" / "axe-core" / "axe.min.js"
JUDGE = "const done = arguments[0]; axe.run(document).then((found) => done(found.violations));"
WIDE, PHONE = (1200, 900), (390, 844)


def program(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is not installed; ci/scripts/install_debian_packages installs it"
    return found


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = program("chromium")
    # Its sandbox cannot be had by root, and containers have little shared memory.
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with Chrome(options=options, service=ChromeService(program("chromedriver"))) as running:
        running.set_script_timeout(30)
        yield running


@pytest.fixture
def report(run: Any, tmp_path: Path) -> Path:
    write_reports(run.summary, run.info, tmp_path / "report")
    return tmp_path / "report"


@pytest.fixture
def compared(run: Any, report: Path, tmp_path: Path) -> Path:
    better = [
        dataclasses.replace(each, verdict=Verdict.PASS) if each.requirement.id == "OC-CTRL-2012" else each
        for each in run.summary.judgements
    ]
    before = tmp_path / "before"
    write_reports(dataclasses.replace(run.summary, judgements=tuple(better)), run.info, before)
    page = tmp_path / "compared.html"
    page.write_text(
        compare_page(before, report, comparison.compare(before, report)), "utf-8", "backslashreplace"
    )
    return page


def shown(browser: Chrome) -> list[str]:
    entries = browser.find_elements(By.CSS_SELECTOR, ".requirement")
    return [entry.get_attribute("id") or "" for entry in entries if entry.is_displayed()]


def go(browser: Chrome, page: Path, size: tuple[int, int] = WIDE) -> None:
    browser.set_window_size(*size)
    browser.get(page.as_uri())


def test_a_failure_is_filtered_opened_and_read_by_keyboard(browser: Chrome, report: Path) -> None:
    go(browser, report / "index.html")
    assert len(shown(browser)) == 5
    search = browser.find_element(By.ID, "search")
    search.send_keys("2012")
    assert shown(browser) == ["OC-CTRL-2012"]
    assert browser.find_element(By.ID, "count").text == "1 shown"
    summary = browser.find_element(By.CSS_SELECTOR, "#OC-CTRL-2012 > summary")
    while browser.switch_to.active_element != summary:
        browser.switch_to.active_element.send_keys(Keys.TAB)
    summary.send_keys(Keys.ENTER)
    entry = browser.find_element(By.ID, "OC-CTRL-2012")
    assert "The server MUST answer 429 < 500." in entry.text
    assert "--requirement OC-CTRL-2012 --seed 7" in entry.text
    exchange = entry.find_element(By.CSS_SELECTOR, ".exchange > summary")
    exchange.send_keys(Keys.SPACE)
    assert "curl <" in entry.text.replace("curl\ncurl", "curl")
    assert entry.find_element(By.CSS_SELECTOR, ".timeline svg rect").is_displayed()


def test_choices_narrow_and_an_address_keeps_them(browser: Chrome, report: Path) -> None:
    go(browser, report / "index.html")
    browser.find_element(By.ID, "verdict").send_keys("fail")
    assert shown(browser) == ["OC-CTRL-2012", "OC-CTRL-2014"]
    browser.find_element(By.ID, "level").send_keys("SHOULD")
    assert shown(browser) == ["OC-CTRL-2014"]
    browser.get(f"{(report / 'index.html').as_uri()}?profile=policy#OC-POLICY-4001")
    assert shown(browser) == ["OC-POLICY-4001"]
    assert browser.find_element(By.ID, "OC-POLICY-4001").get_attribute("open")


def test_nothing_that_a_server_answered_runs(browser: Chrome, report: Path) -> None:
    go(browser, report / "index.html")
    said = json.dumps(browser.get_log("browser"))  # type: ignore[no-untyped-call]
    assert "Content Security Policy" not in said
    assert browser.find_elements(By.TAG_NAME, "img") == []


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("name", ["report", "compared"])
def test_a_page_is_accessible_and_fits(
    name: str, size: tuple[int, int], browser: Chrome, report: Path, compared: Path
) -> None:
    go(browser, report / "index.html" if name == "report" else compared, size)
    browser.execute_script("for (const each of document.querySelectorAll('details')) each.open = true;")
    width = browser.execute_script("return document.documentElement.scrollWidth - innerWidth;")
    assert width <= 0, f"the page is {width} pixels wider than the window"
    assert AXE.exists(), "axe is not there; `make unit` brings it"
    # The page's own policy lets no other script in, so it comes by the driver, as an extension's would.
    browser.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
    violations = browser.execute_async_script(JUDGE)
    told = [f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:200]}" for each in violations]
    assert told == []


def test_axe_sees_what_is_wrong(browser: Chrome, report: Path) -> None:
    go(browser, report / "index.html")
    browser.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
    browser.execute_script("document.querySelector('label').replaceWith(document.querySelector('#search'));")
    assert "label" in {each["id"] for each in browser.execute_async_script(JUDGE)}


def test_both_sides_of_a_difference_are_read(browser: Chrome, compared: Path) -> None:
    go(browser, compared)
    text = browser.find_element(By.ID, "OC-CTRL-2012").text
    assert "Before" in text
    assert "After" in text
    assert browser.find_element(By.CSS_SELECTOR, "p.outcome").text.startswith(
        "Requirements that differ: 1; that held and do not any more: 1."
    )
