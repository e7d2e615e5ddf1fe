"""What the data contradicts must not be printed, and answers keep their prescribed length."""

import pytest

from report.assertions import ContradictionError, count_sentences, count_words
from report.render import environment

SENTENCE = (
    "<% holds he.mean > xavier.mean %>He is ahead at << he.mean >>.\n"
    "<% otherwise he.mean < xavier.mean - 2 %>Xavier is ahead.<% endholds %>"
)


def rendered(source: str, **context: object) -> str:
    return environment().from_string(source).render(context)


def test_a_sentence_that_holds_is_printed():
    assert rendered(SENTENCE, he={"mean": 97}, xavier={"mean": 96}) == "He is ahead at 97.\n"


def test_the_alternative_is_printed_when_the_data_says_so():
    assert rendered(SENTENCE, he={"mean": 93}, xavier={"mean": 96}) == "Xavier is ahead."


def test_a_contradicted_sentence_stops_with_sentence_condition_and_values():
    with pytest.raises(ContradictionError) as caught:
        rendered("line\n" + SENTENCE, he={"mean": 95}, xavier={"mean": 96})
    message = str(caught.value)
    assert "He is ahead at 95." in message
    assert "he.mean > xavier.mean | he.mean < xavier.mean - 2" in message
    assert "he.mean = 95" in message
    assert "xavier.mean = 96" in message


def test_values_inside_subscripts_and_filters_are_shown():
    with pytest.raises(ContradictionError, match=r"runs\[0\]\.loss = 3"):
        rendered('<% holds runs[0].loss | float < 1 and "x" %>s<% endholds %>', runs=[{"loss": 3}])


def test_a_value_is_named_by_the_subscripts_it_is_read_at():
    condition = 'half["momentum SGD"][0] < all["x" if best == "y" else "z"]'
    context = {"half": {"momentum SGD": [3]}, "all": {"z": 1}, "best": "z"}
    with pytest.raises(ContradictionError, match=r"half\[momentum SGD\]\[0\] = 3, all\[z\] = 1$"):
        rendered(f"<% holds {condition} %>s<% endholds %>", **context)


def test_functions_arguments_names_and_slices_are_no_values():
    condition = 'first(of=row[1:]) == "text" and other.keys() and row | map("abs") | max < 0'
    context = {"first": lambda of: "text", "row": [2, 5], "other": {"a": 1}}
    with pytest.raises(ContradictionError, match=r"values:    row = \[2, 5\]$"):
        rendered(f"<% holds {condition} %>s<% endholds %>", **context)


def test_an_unfinished_tag_is_an_error():
    with pytest.raises(Exception, match="endholds"):
        rendered("<% holds true %>text")


def test_an_answer_of_the_right_length_is_printed():
    assert rendered('<% answer "2.3" %>One. Two, at 3.5.<% endanswer %>') == "One. Two, at 3.5."


@pytest.mark.parametrize("text", ["Only one.", "One. Two. Three. Four."])
def test_an_answer_of_the_wrong_length_stops(text: str):
    with pytest.raises(ContradictionError, match=r"answer 2\.3: expected 2 to 3 sentences"):
        rendered('<% answer "2.3" %>' + text + "<% endanswer %>")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A number such as 3.5 ends nothing. It goes on, e.g. Here.", 2),
        ("First (in brackets.) Then $x$.", 2),
        (r"It is \qty{96.7}{\percent}. \emph{This} is second.", 2),
        ("A line\n% a remark. Of TeX.\nends here.", 1),
        ("Is it? Yes! No.", 3),
        ("", 0),
    ],
)
def test_sentences_are_counted_as_a_reader_does(text: str, expected: int):
    assert count_sentences(text) == expected


def test_words_are_counted_as_a_reader_counts_them():
    text = r"(i)~No sample adds \emph{more} than $\delta \norm{x_i}$ in \qty{30}{\percent} of runs."
    assert count_words(text) == 11
    assert count_words("% a remark\nIt falls (\\cref{fig:a}) -- to zero.") == 5


def test_an_answer_of_long_sentences_is_refused():
    long = "<% answer '2.3' %>" + 2 * ("Word" + 40 * " more" + ". ") + "<% endanswer %>"
    with pytest.raises(ContradictionError, match=r"at most 30 words .* got 41\.0"):
        environment().from_string(long).render()
