"""A failing TeX run says the first thing that is wrong, in one line, with file and line."""

from report.tex.typesetting import complaint_in, error_in, packages_of

OPENED = "(./report.tex (/usr/share/article.cls)\n(./huber.tex [1{pdftex.map}]\n"


def test_the_first_error_is_named_with_file_line_and_text():
    log = OPENED + (
        "./huber.tex:41: Undefined control sequence.\n<recently read> \\foo \n"
        "l.41 the gradient \\foo\n                       of it\n"
        "./huber.tex:99: Missing $ inserted.\n"
    )
    assert error_in(log) == r"huber.tex:41: Undefined control sequence, at `the gradient \foo`"


def test_an_error_without_a_line_is_named_with_the_file_being_read():
    log = OPENED + "! Emergency stop.\n*** (job aborted)\n"
    assert error_in(log) == "huber.tex: Emergency stop."


def test_a_clean_log_has_no_error_and_no_complaint():
    assert error_in(OPENED) is None
    assert complaint_in(OPENED) is None


def test_a_box_that_sticks_out_is_an_error_above_one_point():
    inside = OPENED + r"Overfull \hbox (0.9pt too wide) in paragraph at lines 3--4" + "\n"
    assert complaint_in(inside) is None
    outside = OPENED + r"Overfull \hbox (12.5pt too wide) in paragraph at lines 3--4" + "\n"
    assert complaint_in(outside) == (
        "huber.tex: a box sticks out by 12.5 pt in paragraph at lines 3--4"
    )


def test_an_undefined_reference_is_an_error_unless_sections_were_left_out():
    log = OPENED + "LaTeX Warning: Reference `fig:x' on page 3 undefined on input line 12.\n"
    assert complaint_in(log) == "huber.tex: Reference `fig:x' on page 3 undefined on input line 12"
    assert complaint_in(log, partial=True) is None


def test_a_reference_to_what_has_no_name_is_an_error():
    log = (
        OPENED
        + "LaTeX Warning: cref reference format for label type `' undefined on input line 18."
    )
    assert "cref reference format" in (complaint_in(log) or "")


def test_a_missing_character_is_an_error():
    log = OPENED + "Missing character: There is no ± in font cmr10!\n"
    assert complaint_in(log) == "huber.tex: Missing character: There is no ± in font cmr10"


def test_packages_are_read_from_the_preamble():
    preamble = "\\usepackage[T1]{fontenc}\n\\usepackage{amsmath, siunitx}\n\\usepackage{hyperref}"
    assert packages_of(preamble) == ["fontenc", "amsmath", "siunitx", "hyperref"]
