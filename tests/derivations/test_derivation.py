"""Every derivation is proved, falls when a formula of it is broken, and prints as a page."""

import pytest
from subjects import SUBJECTS, derivations_of, ending_in, is_refuted
from sympy import Derivative, Integer, Symbol, Tuple

from derivations.derivation import Chain, Derivation, Step, verdict_of
from derivations.notation import array, as_matrix, index, size, total
from derivations.prover.facts import Assuming, Definition
from derivations.prover.proof import Proof, Scope, Verdict

ALL = {d.id: d for subject in SUBJECTS for d in derivations_of(subject)}
FORMULAS = {
    f"{derivation.id} {number}": chain
    for derivation in ALL.values()
    for number, chain in enumerate(derivation.chains)
    if chain.steps[-1].relation == "=" and not isinstance(chain.closed_form, Tuple)
}

IDS = {
    "softmax": "jacobian row_sums symmetry psd shift limits",
    "least_squares": "grad_A grad_b",
    "huber": "derivative c1 not_c2 gradient limits partition irls convex ridge_gradient"
    " strongly_convex",
    "adam": "step1 step2 moments scale step_size epsilon",
    "momentum": "unrolled scale steady_state conventions",
    "initialization": "xavier he zero",
    "layers": "linear_dW linear_db linear_dX relu sigmoid softmax_cross_entropy",
}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_subject_has_all_its_statements(subject):
    expected = {f"{subject}.{name}" for name in IDS[subject].split()}
    assert {derivation.id for derivation in derivations_of(subject)} == expected


@pytest.mark.parametrize("derivation", ALL.values(), ids=ALL)
def test_every_step_is_proved(derivation):
    proofs = derivation.prove()
    assert [proof.verdict for proof in proofs] == [Verdict.PROVED] * len(derivation.steps)


@pytest.mark.parametrize("chain", FORMULAS.values(), ids=FORMULAS)
def test_a_broken_formula_is_refuted(chain):
    assert is_refuted(chain, -2 * chain.closed_form - Integer(1) / 3)


@pytest.mark.parametrize("derivation", ALL.values(), ids=ALL)
def test_a_derivation_prints_all_its_steps_and_reasons(derivation):
    text = derivation._repr_latex_()
    assert text == derivation.to_latex()
    assert text.startswith("\\begin{align*}\n")
    assert text.endswith("\n\\end{align*}")
    assert text.count(r"\tag*{") == len(derivation.steps) + len(derivation.chains)
    for chain in derivation.chains:
        assert rf"{chain.name} &= " in text
        for step in chain.steps:
            assert rf"\tag*{{{step.because}}}" in text
    for opening, closing in ("{}", (r"\left(", r"\right)"), (r"\begin{", r"\end{")):
        assert text.count(opening) == text.count(closing)


# --- chains --------------------------------------------------------------------------------------

n = size("n")
i, j, k = index("i", n), index("j", n), index("k", n)
A, x, y = array("A", n, n), array("x", n), array("y", n)
c = Symbol("c", real=True)
A_, x_ = as_matrix(A), as_matrix(x)

CHAIN = Chain(
    r"(\nabla f)_j",
    Derivative(total(A[i, k] * x[k], i, k), x[j]),
    (Step(total(A[i, j], i), "linear in $x$"),),
    indices=(j,),
)


def test_a_matrix_step_is_proved_entry_by_entry():
    product = Chain("(Ax)_i", total(A[i, k] * x[k], k), (Step(A_ * x_, "a product"),), indices=(i,))
    assert [proof.verdict for proof in product.prove()] == [Verdict.PROVED]
    assert is_refuted(product, A_.T * x_)


def test_each_step_is_measured_against_the_one_before_it():
    chain = Chain("c", c, (Step(2 * c, "wrong"), Step(c + c, "right, but of the wrong one")))
    assert [proof.verdict for proof in chain.prove()] == [Verdict.REFUTED, Verdict.PROVED]


def test_a_step_may_be_an_inequality():
    chain = Chain("c^2", c**2 + 1, (Step(Integer(1), "a square", relation=">="),))
    assert [proof.verdict for proof in chain.prove()] == [Verdict.PROVED]
    assert is_refuted(chain, Integer(2))


def test_an_unknown_relation_is_named():
    with pytest.raises(ValueError, match="relation: expected '=', '>=' or '<', got '>'"):
        Chain("c", c, (Step(c, "", relation=">"),)).prove()


def test_a_chain_needs_a_step():
    with pytest.raises(ValueError, match="c: a chain needs a step"):
        Chain("c", c, ())


def test_lines_are_the_chain_in_latex():
    first, second = CHAIN.lines()
    assert first.name == r"(\nabla f)_j"
    assert first.relation == "="
    assert first.because == "by definition"
    assert (second.name, second.expression) == ("", r"\sum_{i=1}^{n} A_{i j}")
    assert ending_in(CHAIN, A_.T * x_).lines()[-1].expression == r"\left[A^{\top} x\right]_{j}"


def test_a_chain_of_matrices_is_printed_without_indices():
    chain = Chain(r"\nabla f", A_ * x_ + A_ * x_, (Step(2 * A_ * x_, "add"),), indices=(i,))
    assert [line.expression for line in chain.lines()] == ["2 A x", "2 A x"]


def test_a_chain_is_found_by_its_name():
    derivation = Derivation("a.b", "0", "title", "statement", (CHAIN,))
    assert derivation[CHAIN.name] is CHAIN
    with pytest.raises(KeyError, match=r"a\.b: no chain 'f'; there are"):
        derivation["f"]


def test_the_whole_is_as_good_as_its_worst_step():
    proved = Proof(Verdict.PROVED, Scope(frozenset({"n"})))
    undecided = Proof(Verdict.UNDECIDED, Scope(notes=("?",)))
    refuted = Proof(Verdict.REFUTED, Scope(notes=("one point",)))
    assert verdict_of([proved, Proof(Verdict.PROVED, Scope(frozenset({"d"})))]) == (
        Verdict.PROVED,
        Scope(frozenset({"n", "d"})),
    )
    assert verdict_of([proved, undecided])[0] is Verdict.UNDECIDED
    assert verdict_of([undecided, refuted, proved])[0] is Verdict.REFUTED


def test_an_abbreviation_is_unfolded_in_a_step():
    doubled = Assuming(definitions=(Definition(y[i], 2 * x[i]),))
    chain = Chain("2 x_i", 2 * x[i], (Step(y[i], "recognise $y_i$", doubled),), indices=(i,))
    assert chain.prove()[0].holds
    assert is_refuted(chain, y[i] / 2)
