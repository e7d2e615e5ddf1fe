"""Every derivation is proved, falls when a formula of it is broken, and prints as a page."""

from dataclasses import replace

import pytest
from subjects import SUBJECTS, derivations_of, ending_in, is_refuted
from sympy import Abs, Derivative, Integer, Symbol, Tuple, oo

from derivations.derivation import Approach, Chain, Derivation, Step, verdict_of
from derivations.entries import as_matrix
from derivations.notation import array, index, size, time, total
from derivations.prover.facts import Assuming, Definition
from derivations.prover.proof import Proof, Scope, Verdict
from derivations.prover.tactics import induction_on_sum


def is_evaluated(closed_form):
    """Whether it has values: a solution vector and what a cited theorem speaks of have none."""
    return not isinstance(closed_form, Tuple) and not str(closed_form).startswith("\\")


ALL = {d.id: d for subject in SUBJECTS for d in derivations_of(subject)}
FORMULAS = {
    f"{derivation.id} {number}": chain
    for derivation in ALL.values()
    for number, chain in enumerate(derivation.chains)
    if chain.steps[-1].sign in ("=", "->") and is_evaluated(chain.closed_form)
}

IDS = {
    "softmax": "jacobian row_sums symmetry psd kernel shift limits",
    "least_squares": "grad_A grad_b",
    "huber": "derivative c1 not_c2 gradient limits partition minimiser minimiser_exists convex irls"
    " irls_descent ridge_gradient strongly_convex ridge_shrinks",
    "adam": "step1 step2 moments scale step_size step_bound epsilon",
    "momentum": "unrolled scale steady_state conventions",
    "initialization": "xavier he flow zero",
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
    names = [chain.name for chain in derivation.chains]
    assert len(set(names)) == len(names)
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
    with pytest.raises(ValueError, match="relation: expected one of =, >=, >, <=, <, got '!='"):
        Chain("c", c, (Step(c, "", relation="!="),)).prove()


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
    derivation = Derivation("a.b", "0", "title", (CHAIN,))
    assert derivation[CHAIN.name] is CHAIN
    with pytest.raises(KeyError, match=r"a\.b: no chain 'f'; there are"):
        derivation["f"]


def test_the_whole_is_as_good_as_its_worst_step():
    proved = Proof(Verdict.PROVED, Scope(frozenset({n})))
    undecided, refuted = Proof(Verdict.UNDECIDED), Proof(Verdict.REFUTED)
    assert verdict_of([proved, Proof(Verdict.PROVED, Scope(frozenset({c})))]) == (
        Verdict.PROVED,
        Scope(frozenset({n, c})),
    )
    assert verdict_of([proved, undecided])[0] is Verdict.UNDECIDED
    assert verdict_of([undecided, refuted, proved])[0] is Verdict.REFUTED


def test_an_abbreviation_is_unfolded_in_a_step():
    doubled = Assuming(definitions=(Definition(y[i], 2 * x[i]),))
    chain = Chain("2 x_i", 2 * x[i], (Step(y[i], "recognise $y_i$", doubled),), indices=(i,))
    assert chain.prove()[0].holds
    assert is_refuted(chain, y[i] / 2)


# --- statements ----------------------------------------------------------------------------------

p, t = Symbol("p", positive=True), time("t")
BELOW_ONE = Assuming(provided=Abs(c) < 1)


def chain_of(*steps, **fields):
    return Chain("Q", c**2 + p, steps, **fields)


def test_a_statement_is_the_closed_form():
    assert CHAIN.statement == r"(\nabla f)_j = \sum_{i=1}^{n} A_{i j}"
    assert ending_in(CHAIN, A_.T * x_).statement == r"(\nabla f)_j = \left[A^{\top} x\right]_{j}"
    whole = replace(ending_in(CHAIN, A_.T * x_), whole=r"\nabla f")
    assert whole.statement == r"\nabla f = A^{\top} x"
    assert whole.lines()[-1].expression == r"\left[A^{\top} x\right]_{j}"


def test_a_statement_ends_in_what_its_relations_lead_to():
    equal, bounded = Step(p + c**2, ""), Step(p, "", relation=">=")
    zero = Step(Integer(0), "", relation=">")
    assert chain_of(equal, bounded).statement == r"Q = c^{2} + p \ge p"
    assert chain_of(equal, bounded, zero).statement == r"Q = c^{2} + p > 0"
    assert chain_of(bounded, Step(2 * p / 2, "")).statement == r"Q \ge p"
    assert chain_of(equal, bounded, stated=1).statement == "Q = c^{2} + p"


def test_a_limit_is_said_with_what_tends_to_what():
    vanishing = Step(Integer(0), "", BELOW_ONE, toward=Approach(t, oo))
    chain = Chain("u_t", c**t, (vanishing,))
    assert chain.statement == r"u_t \to 0"
    assert chain.conditions == (r"t \to \infty", r"\left|c\right| < 1")
    assert chain.lines()[-1].relation == r"\to"
    assert Approach(c, Integer(0), "-").to_latex() == "c \\to 0^{-}"


def test_no_limit_is_proved_for_every_value_of_its_variable():
    geometric = Step((1 - c**t) / (1 - c), "", BELOW_ONE, tactic=induction_on_sum(t, BELOW_ONE))
    step = index("k", t)
    limit = Step(1 / (1 - c), "", BELOW_ONE, toward=Approach(t, oo))
    proofs = Chain("u_t", total(c ** (t - step), step), (geometric, limit)).prove()
    assert [proof.holds for proof in proofs] == [True, True]
    assert not any(t in proof.scope.symbols for proof in proofs)


def test_a_condition_stands_beside_the_part_that_needs_it():
    plain, bound = chain_of(Step(p + c**2, "")), chain_of(Step(p + c**2, "", BELOW_ONE))
    some, lemma = Derivation("a.b", "0", "", (plain, bound)), replace(plain, lemma=True)
    small = r"\left|c\right| < 1"
    assert some.statement == rf"Q = c^{{2}} + p, \qquad Q = c^{{2}} + p \quad ({small})"
    assert some.verdict_of(some.prove())[1].conditions == ()
    every = Derivation("a.b", "0", "", (bound, bound, lemma))
    assert every.statement == rf"Q = c^{{2}} + p, \qquad Q = c^{{2}} + p \quad ({small})"
    assert every.verdict_of(every.prove())[1].conditions == (Abs(c) < 1,)


STATED = {
    "softmax.jacobian": r"\frac{\partial y}{\partial z}"
    r" = \frac{1}{\tau} \left(\operatorname{diag}(y) - y y^{\top}\right)",
    "softmax.row_sums": r"J \mathbf{1} = 0",
    "least_squares.grad_A": r"\nabla_A f = \left(A x + b - t\right) x^{\top}",
    "least_squares.grad_b": r"\nabla_b f = A x + b - t",
    "huber.gradient": r"(\nabla_w L_\delta)_j = - \sum_{i=1}^{n} X_{i j} \begin{cases} r_{i} &"
    r" \left|r_{i}\right| \leq \delta \\ \delta \operatorname{sign}(r_{i}) & \text{otherwise}"
    r" \end{cases}",
    "huber.irls_descent": r"L_\delta(w^+) - L_\delta(w) \le 0",
    "momentum.steady_state": r"u_t = \frac{\left(1 - \mu^{t}\right) g}{1 - \mu}"
    r" \to \frac{g}{1 - \mu} \quad (t \to \infty,\ \left|\mu\right| < 1)",
    "layers.linear_dX": r"\frac{\partial L}{\partial X} = \mathrm{d}Z W",
    "layers.softmax_cross_entropy": r"\frac{\partial L}{\partial Z}"
    r" = \frac{1}{N} \left(\hat{Y} - Y\right)",
}


@pytest.mark.parametrize(("derivation_id", "statement"), STATED.items(), ids=STATED)
def test_the_homework_is_answered_in_its_own_form(derivation_id, statement):
    assert ALL[derivation_id].statement == statement
