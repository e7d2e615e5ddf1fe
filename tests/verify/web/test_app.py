import re

import pytest

SQUARES = "sum((y - X @ w)**2)"
RIGHT, NEGATIVE = "2 * X.T @ (X @ w - y)", "2 * X.T @ (y - X @ w)"


def test_a_right_gradient_is_proved(browser):
    found = browser.ask("grade", function=SQUARES, wrt="w", answer=RIGHT)
    assert found["kind"] == "proved"
    assert "for every d, n" in found["html"]


def test_a_sign_error_is_refuted_with_its_hint_and_the_right_value_behind_a_click(browser):
    found = browser.ask("grade", function=SQUARES, wrt="w", answer=NEGATIVE)
    assert found["kind"] == "refuted"
    assert "yours is the negative" in found["html"]
    assert re.search(r"yours</dt><dd><code>\(2,\)", found["html"])
    assert re.search(r"<details>.*\(-2,\).*</details>", found["html"], re.DOTALL)


def test_an_answer_to_a_claim_is_graded(browser):
    found = browser.ask("grade", question="softmax.jacobian", answer="(diag(y) - outer(y, y))/tau")
    assert found["kind"] == "proved"


def test_a_gradient_is_derived_with_its_steps_and_code(browser):
    found = browser.ask("derive", function=SQUARES, wrt="w")
    assert found["kind"] == "proved"
    for part in ("-2*X.T @ (y - X @ w)", "by definition", "Copy PyTorch", "<math"):
        assert part in found["html"]


def test_other_judges_are_asked_and_an_answer_is_graded_after_them(browser):
    found = browser.ask("judge", function=SQUARES, wrt="w")
    assert found["kind"] == "judged"
    assert "complex step, 40 digits: " in found["html"]
    assert "12 of 12 planted faults refuted" in found["html"]
    assert browser.ask("grade", function=SQUARES, wrt="w", answer=RIGHT)["kind"] == "proved"


def test_judges_of_what_cannot_be_read_say_so(browser):
    assert "Not checked" in browser.ask("judge", function="sum(x $ 2)", wrt="x")["html"]


def test_a_function_in_latex_is_shown_as_it_was_read(browser):
    latex = r"\sum_{i=1}^n (y_i - x_i^\top w)^2"
    found = browser.ask("read", function=latex)
    assert found["kind"] == "understood"
    assert "read as <code>sum((y - X @ w)**2)</code>" in found["html"]
    assert 'data-shapes="y: n, X: n d, w: d"' in found["html"]
    assert browser.ask("derive", function=latex, wrt="w")["kind"] == "proved"
    answer = r"-2\sum_{i=1}^n (y_i - x_i^\top w) x_i"
    assert browser.ask("grade", function=latex, wrt="w", answer=answer)["kind"] == "proved"
    assert browser.ask("grade", function=latex, wrt="w", answer=NEGATIVE)["kind"] == "refuted"


def test_a_function_is_shown_with_its_names(browser):
    found = browser.ask("read", function=SQUARES)
    assert found["kind"] == "understood"
    assert 'data-wrt="X"' in found["html"]
    assert 'data-shapes="y: n, X: n d, w: d"' in found["html"]


@pytest.mark.parametrize(
    ("typed", "marked"),
    [
        ({"function": "sum(x $ y)", "wrt": "x", "answer": "1"}, "sum(x <mark>$</mark> y)"),
        ({"function": r"\|x\|^2 + \nabla", "wrt": "x"}, r"+ <mark>\</mark>nabla"),
        ({"function": r"\sum_i \log x_i y_i", "wrt": "x"}, r"sum_i <mark>\</mark>log"),
        ({"function": "sum(x)", "wrt": "x", "answer": "ones(n) +"}, "ones(n) +<mark> </mark>"),
        ({"function": "z = x\nsum(z $ 2)", "wrt": "x", "answer": "1"}, "<mark>$</mark>"),
    ],
)
def test_a_mistake_in_a_text_is_marked_at_its_column(browser, typed, marked):
    found = browser.ask("grade", **typed)
    assert found["kind"] == "unreadable"
    assert marked in found["html"]


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "x\"'><img src=x onerror=alert(1)>"]
)
@pytest.mark.parametrize("what", ["read", "grade", "derive"])
def test_what_is_typed_is_never_html(browser, what, hostile):
    for field in ("function", "wrt", "shapes", "assume", "answer", "question"):
        typed = {"function": SQUARES, "wrt": "w", "answer": RIGHT} | {field: hostile}
        found = browser.ask(what, **typed)
        assert "<script" not in found["html"]
        assert "<img" not in found["html"]


@pytest.mark.parametrize(
    ("status", "options"),
    [
        (413, {"content": b'{"function": "' + b"x" * 10_000_000 + b'"}'}),
        (400, {"content": b"["}),
        (400, {"content": b"[" * 60_000}),
        (400, {"content": b'{"function": "\xff\xfe"}'}),
        (400, {"content": b'{"function": "\\ud800"}'}),
        (400, {"json": ["sum(x)"]}),
        (400, {"json": {"function": 1}}),
        (400, {"json": {"function": "x" * 30_000}}),
        (400, {"json": {"wrt": "x" * 100}}),
        (403, {"json": {"function": "sum(x)"}, "headers": {"origin": "http://elsewhere.example"}}),
        (400, {"json": {"function": "sum(x)"}, "headers": {"host": "elsewhere.example"}}),
    ],
)
def test_what_is_no_question_is_refused_in_one_line(browser, status, options):
    response = browser.post("read", **options)
    assert response.status_code == status
    assert len(response.text.strip().splitlines()) == 1
    assert len(response.text) < 200


@pytest.mark.parametrize("path", ["/", "/homework", "/claims/no.such", "/static/page.css", "/none"])
def test_every_response_keeps_the_page_to_itself(browser, path):
    headers = browser.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_no_page_needs_what_the_policy_forbids(browser):
    for path in ("/", "/homework", "/claims/huber.gradient", "/questions/ridge"):
        html = browser.get(path).text
        assert not re.search(
            r"<script(?! src)|<style|\sstyle=|\son\w+=|https?://(?!www.w3.org)", html
        )


def test_the_first_view_is_under_200_kilobytes(browser):
    paths = ("/", "/static/page.css", "/static/page.js", "/static/icon.svg")
    assert sum(len(browser.get(path).content) for path in paths) < 200_000


def test_what_goes_wrong_is_shown_with_the_point_that_refutes_it(browser):
    html = browser.get("/claims/softmax.jacobian").text
    assert "the inner derivative of z/tau is forgotten" in html
    assert html.count("<dt>gives</dt>") == 6


def test_a_teachers_question_is_shown_and_graded(browser):
    assert 'href="/questions/ridge"' in browser.get("/homework").text
    assert "<math" in browser.get("/questions/ridge").text
    assert browser.get("/questions/lasso").status_code == 404
    found = browser.ask("grade", question="ridge", answer="2*(X.T @ (X @ w - y) + lam*w)")
    assert found["kind"] == "proved"


def test_an_answer_may_use_a_name_of_a_line_of_the_function(browser):
    lines = "r = y - X @ w\nreturn sum(r**2)"
    html = browser.ask("grade", function=lines, wrt="w", answer="-2*X.T @ r")["html"]
    assert "Proved" in html
    html = browser.ask("grade", function=lines, wrt="w", answer="-2*X.T @ q")["html"]
    assert "unknown name &#39;q&#39;" in html


def test_where_solutions_are_hidden_a_claim_says_what_is_asked(browser_without_solutions):
    html = browser_without_solutions.get("/claims/softmax.jacobian").text
    assert re.search(r"<details[^>]* open>.*<pre[^>]*>find: dy_i/dz_j\n", html, re.DOTALL)


def test_hidden_solutions_are_in_no_response(browser_without_solutions):
    browser = browser_without_solutions
    for what in ("derive", "judge"):
        assert browser.post(what, json={"function": SQUARES, "wrt": "w"}).status_code == 403
    assert "<math" not in browser.get("/homework").text
    claim = browser.get("/claims/softmax.jacobian").text
    assert "Derivation" not in claim
    assert "What goes wrong" not in claim
    found = browser.ask("grade", function=SQUARES, wrt="w", answer=NEGATIVE)
    assert "yours is the negative" in found["html"]
    assert "right" not in found["html"]
