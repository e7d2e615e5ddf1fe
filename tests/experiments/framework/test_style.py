import pytest
from matplotlib.figure import Figure

from experiments.framework.style import check_text


@pytest.mark.parametrize("text", ["test accuracy (%)", "1 + 2 = 3", r"$\pm\,|x_1| < \delta$"])
def test_text_that_computer_modern_has_is_accepted(text: str) -> None:
    figure = Figure()
    figure.subplots().set_xlabel(text)
    check_text(figure)


@pytest.mark.parametrize("wrong", ["_", "<", "|", "±", "é", "–"])
def test_text_that_computer_modern_would_print_as_something_else_is_refused(wrong: str) -> None:
    figure = Figure()
    figure.subplots().set_title(f"fan{wrong}in $x_1$")
    with pytest.raises(ValueError, match=r"expected . within \$\.\.\.\$") as caught:
        check_text(figure)
    assert wrong in str(caught.value)
