"""The page in Chromium: what a person sees and does, and what axe-core says of it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
AXE = Path(os.environ.get("AXE", "outputs/axe/node_modules/axe-core/axe.min.js"))
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
SQUARES = "sum((y - X @ w)**2)"
RIGHT, NEGATIVE = "2 * X.T @ (X @ w - y)", "2 * X.T @ (y - X @ w)"
SECONDS = 30

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="no Chromium here: apt install chromium chromium-driver"
)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Where a server of its own listens, with a teacher's file."""
    homework = tmp_path_factory.mktemp("teacher") / "homework.toml"
    homework.write_text(f'[squares]\nfunction = "{SQUARES}"\nwrt = "w"\n', encoding="utf-8")
    command = [sys.executable, "-m", "verify.page", str(homework), "--no-browser", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        yield server.stdout.readline().split()[0].rstrip("/")
        server.terminate()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    options = Options()
    options.binary_location = str(CHROMIUM)
    for option in (*OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


class Visitor:
    """Someone at a browser, who sees every error and every request."""

    def __init__(self, driver, address):
        self.driver, self.address = driver, address

    def open(self, path, width=1280, scheme="light"):
        media = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.driver.get(self.address + path)

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def sees(self, selector, text=""):
        """The element, once it is there with the text."""

        def seen(_):
            found = self.driver.find_elements(By.CSS_SELECTOR, selector)
            return next((one for one in found if text in one.text), None)

        return WebDriverWait(self.driver, SECONDS).until(seen, f"{selector} with {text!r}")

    def type(self, field, text):
        self.find(f"#{field}").send_keys(text)

    def actions(self):
        return webdriver.ActionChains(self.driver)

    def press(self, *keys):
        self.actions().send_keys(*keys).perform()

    def errors(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self):
        events = [json.loads(e["message"])["message"] for e in self.driver.get_log("performance")]
        sent = [e for e in events if e["method"] == "Network.requestWillBeSent"]
        return [event["params"]["request"]["url"] for event in sent]

    def violations(self):
        """What axe-core finds, as ids and the elements that they are about."""
        self.driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
        self.driver.execute_script(AXE.read_text(encoding="utf-8"))
        found = self.driver.execute_async_script(
            "axe.run().then(arguments[0], error => arguments[0]({violations: [String(error)]}))"
        )
        return [(v["id"], [n["html"] for n in v["nodes"]]) for v in found["violations"]]


@pytest.fixture
def visitor(chromium, address):
    visitor = Visitor(chromium, address)
    visitor.errors(), visitor.requests()
    yield visitor
    assert visitor.errors() == []
    elsewhere = [u for u in visitor.requests() if not re.match(rf"{address}/|data:|chrome", u)]
    assert elsewhere == []


def test_a_right_gradient_that_is_typed_is_proved(visitor):
    visitor.open("/")
    visitor.type("function", SQUARES)
    visitor.sees("#reading math")
    visitor.sees("[data-wrt=w]").click()
    visitor.type("answer", RIGHT)
    visitor.find("[data-ask=grade]").click()
    visitor.sees("#verdict .proved", "for every d, n")
    link = parse_qs(urlsplit(visitor.driver.current_url).query)
    assert link == {"function": [SQUARES], "wrt": ["w"], "answer": [RIGHT]}


def test_a_sign_error_is_refuted_with_its_hint_and_a_point(visitor):
    visitor.open("/?" + urlencode({"function": SQUARES, "wrt": "w", "answer": NEGATIVE}))
    verdict = visitor.sees("#verdict .refuted", "yours is the negative")
    assert "(2,)" in verdict.text
    assert "(-2,)" not in verdict.text
    visitor.find("#verdict summary").click()
    visitor.sees("#verdict .refuted", "(-2,)")


def test_a_gradient_is_derived_step_by_step(visitor):
    visitor.open("/?" + urlencode({"function": SQUARES, "wrt": "w"}))
    derived = visitor.sees("#derived .proved")
    derived.find_element(By.CSS_SELECTOR, "summary").click()
    visitor.sees("#derived .chain", "by definition")
    visitor.sees("#judged button").click()
    visitor.sees("#judged", "planted faults refuted")
    buttons = [button.text for button in derived.find_elements(By.CSS_SELECTOR, "button")]
    assert buttons == ["Copy text", "Copy LaTeX", "Copy NumPy", "Copy JAX", "Copy PyTorch"]


def test_a_mistake_is_marked_at_its_column(visitor):
    visitor.open("/")
    visitor.type("function", "sum(x $ y)")
    assert visitor.sees("#reading mark").text == "$"


def test_the_keyboard_alone_suffices(visitor):
    visitor.open("/")
    visitor.press(Keys.TAB, Keys.ENTER)  # skip to the content
    visitor.press(Keys.TAB, SQUARES)
    visitor.sees("[data-wrt=w]")
    visitor.press(Keys.TAB, Keys.TAB, Keys.TAB, Keys.TAB, Keys.TAB, "w")
    visitor.press(Keys.TAB, Keys.TAB, RIGHT)
    visitor.actions().key_down(Keys.CONTROL).send_keys(Keys.ENTER).key_up(Keys.CONTROL).perform()
    visitor.sees("#verdict .proved")


def test_what_is_typed_stays_text(visitor):
    hostile = "<img src=x onerror=alert(1)>"
    visitor.open("/?" + urlencode({"function": hostile, "wrt": hostile, "answer": hostile}))
    visitor.sees("#verdict .unreadable")
    assert not visitor.driver.find_elements(By.CSS_SELECTOR, "main img")


def test_a_teachers_question_and_a_claim_have_a_box(visitor):
    visitor.open("/homework")
    visitor.find("a[href='/questions/squares']").click()
    visitor.type("answer", RIGHT)
    visitor.find("[data-ask=grade]").click()
    visitor.sees("#verdict .proved")
    visitor.open("/claims/softmax.jacobian?" + urlencode({"answer": "diag(y) - outer(y, y)"}))
    visitor.sees("#verdict .refuted", "factor 1/tau missing")


def test_an_answer_is_not_taken_for_one_to_a_changed_question(visitor):
    visitor.open("/?" + urlencode({"function": SQUARES, "wrt": "w", "answer": RIGHT}))
    visitor.sees("#verdict .proved")
    visitor.type("answer", " + w")
    past = visitor.sees("#verdict.is-past")
    assert "before the question was changed" in visitor.driver.execute_script(
        "return getComputedStyle(arguments[0], '::before').content", past
    )
    visitor.press(*[Keys.BACKSPACE] * len(" + w"))
    visitor.sees("#verdict:not(.is-past)")


def test_a_derivation_is_judged_whatever_is_typed_after_it(visitor):
    visitor.open("/?" + urlencode({"function": SQUARES, "wrt": "w"}))
    visitor.sees("#derived .proved")
    visitor.type("function", " +")
    visitor.sees("#derived.is-past")
    visitor.find("#judged button").click()
    visitor.sees("#judged", "planted faults refuted")


def test_a_link_that_is_written_by_hand_is_short(visitor):
    visitor.open("/?" + urlencode({"f": SQUARES, "wrt": "w", "answer": RIGHT}))
    visitor.sees("#verdict .proved")


def test_a_link_to_a_box_may_hold_what_the_box_lacks(visitor):
    visitor.open("/questions/squares?" + urlencode({"shapes": "w: d", "answer": RIGHT}))
    visitor.sees("#verdict .proved")


def test_the_name_that_is_typed_is_marked_among_the_names(visitor):
    visitor.open("/")
    visitor.type("function", SQUARES)
    visitor.sees("[data-wrt=w][aria-pressed=false]")
    visitor.type("wrt", "w")
    visitor.sees("[data-wrt=w][aria-pressed=true]")


def test_a_function_of_several_lines_is_in_sight_as_a_whole(visitor):
    lines = "def loss(w, X, y):\n" + "    z = X @ w\n" * 6 + "    return sum((y - z)**2)"
    visitor.open("/?" + urlencode({"f": lines}))
    hidden = "const box = arguments[0]; return box.scrollHeight - box.clientHeight"
    assert visitor.driver.execute_script(hidden, visitor.find("#function")) <= 1


def test_on_a_telephone_a_verdict_is_in_sight(visitor):
    visitor.open("/", width=390)
    visitor.type("function", SQUARES)
    visitor.sees("[data-wrt=w]").click()
    visitor.type("answer", NEGATIVE)
    visitor.find("[data-ask=grade]").click()
    verdict = visitor.sees("#verdict .refuted")
    inside = "return arguments[0].getBoundingClientRect().bottom <= innerHeight + 1"
    WebDriverWait(visitor.driver, SECONDS).until(lambda d: d.execute_script(inside, verdict))


@pytest.mark.parametrize("path", ["/", "/homework", "/claims/huber.gradient", "/questions/squares"])
def test_nothing_is_wider_than_a_telephone(visitor, path):
    visitor.open(path, width=390)
    width = "return document.documentElement.scrollWidth"
    WebDriverWait(visitor.driver, SECONDS).until(lambda d: d.execute_script(width) == 390)


@pytest.mark.skipif(not AXE.is_file(), reason=f"no axe-core at {AXE}: npm install axe-core")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("/", "#examples"),
        ("/?" + urlencode({"function": SQUARES, "wrt": "w", "answer": NEGATIVE}), ".refuted"),
        ("/?" + urlencode({"function": SQUARES, "wrt": "w", "answer": "X.T +"}), ".unreadable"),
        ("/?" + urlencode({"function": SQUARES, "wrt": "w"}), "#derived .proved"),
        ("/homework", ".claims"),
        ("/claims/huber.gradient", ".chain"),
        ("/questions/squares", "form"),
    ],
)
def test_axe_finds_no_violation(visitor, path, seen, width, scheme):
    visitor.open(path, width, scheme)
    visitor.sees(seen)
    assert visitor.violations() == []
