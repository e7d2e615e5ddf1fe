from verify.web.mathematics import to_mathml, to_prose


def test_every_character_of_a_formula_is_escaped():
    assert "<mi>a</mi><mo>&lt;</mo><mi>b</mi>" in to_mathml("a < b")
    assert "<script" not in to_mathml(r"\text{<script>}")


def test_prose_keeps_its_words_and_sets_its_formulas():
    assert to_prose("at <$y_i$>") == f"at &lt;{to_mathml('y_i', 'inline')}&gt;"


def test_what_cannot_be_set_is_shown_as_latex():
    assert to_mathml("S^{a}^{b}<") == "<code>S^{a}^{b}&lt;</code>"


def test_a_minus_behind_a_bracket_is_a_sign():
    assert '<mo form="prefix">−</mo><mi>y</mi>' in to_mathml(r"\exp\left(-y\right)")
    assert "<mo>−</mo><mi>y</mi>" in to_mathml("x - y")
