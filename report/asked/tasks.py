"""What the homework asks, in its own words and in LaTeX: each problem's setting, each task."""

from __future__ import annotations

SETTINGS = {
    2: r"""We define residuals $r_i(w) = y_i - w^\top x_i$, where $w \in \R^d$, $x_i \in \R^d$, and
$y_i \in \R$. The Huber loss is
\[
  \ell_\delta(r) = \begin{cases} \frac{1}{2} r^2 & \abs{r} \le \delta, \\
  \delta \left(\abs{r} - \frac{1}{2} \delta\right) & \abs{r} > \delta, \end{cases}
\]
and the objective is $L_\delta(w) = \sum_{i=1}^n \ell_\delta(r_i(w))$.""",
    3: r"""Recall Adam (scalar parameter $w$) at step $t$:
\[
  g_t = \nabla \ell_t(w_t), \qquad m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \qquad
  v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 .
\]
Bias-correct, then update:
\[
  \hat m_t = \frac{m_t}{1 - \beta_1^t}, \qquad \hat v_t = \frac{v_t}{1 - \beta_2^t}, \qquad
  w_{t+1} = w_t - \alpha \frac{\hat m_t}{\sqrt{\hat v_t} + \eps} .
\]""",
    4: r"""In this problem, you will train a multi-layer perceptron (MLP) to classify microscopy
images of blood cells. BloodMNIST is part of the MedMNIST collection. It contains 17,092
microscopy images of individual blood cells, each labeled as one of 8 cell types: 0 basophil, 1
eosinophil, 2 erythroblast, 3 immature granulocyte (IG), 4 lymphocyte, 5 monocyte, 6 neutrophil,
7 platelet. Each image is $28 \times 28$ pixels with 3 color channels (RGB). The dataset is
pre-split into training (11,959), validation (1,712), and test (3,421) sets.""",
    5: r"""Proper weight initialization is crucial for training deep neural networks. Poor
initialization can cause activations to vanish (all zeros) or explode (very large values),
making learning impossible. In this problem, you will empirically investigate how different
initialization schemes affect activation statistics and training dynamics.""",
    6: r"""In this problem, you will implement the core components of a neural network library from
scratch using only NumPy --- no PyTorch autograd allowed. You will build modular components with
a consistent API, then combine them to train on real data. \textbf{All gradient computations
must be implemented manually.} Every module must implement \texttt{forward(x)} (compute the
output, cache values needed for backward), \texttt{backward(grad\_output)} (compute gradients,
return the gradient w.r.t. the input), \texttt{get\_parameters()} and \texttt{get\_gradients()}
(lists of arrays in the same order, empty for activations).""",
}

TASKS = {
    "1.1": r"""Let $z \in \R^n$ and define the temperature softmax
\[
  y_i = \softmax_\tau(z)_i = \frac{e^{z_i/\tau}}{\sum_{j=1}^n e^{z_j/\tau}}, \qquad \tau > 0 .
\]
Derive the Jacobian $J = \frac{\partial y}{\partial z}$ and show it can be written in matrix
form as $\frac{\partial y}{\partial z} = \frac{1}{\tau} (\diag(y) - y y^\top)$. (You may use
indicator notation $\mathbf{1}[i = j]$ if helpful.)""",
    "1.2": r"""Let $A \in \R^{d \times m}$, $b \in \R^d$, and $x \in \R^m$. Consider $f(A, b) =
\frac{1}{2} \norm{Ax + b - t}_2^2$, where $t \in \R^d$ is a fixed target vector. Write down
$\nabla_A f$ and $\nabla_b f$ in clean matrix/vector form.""",
    "1.3": r"""Give \emph{one} real ML task where softmax is the right output activation and sigmoid
is not, and \emph{one} task where sigmoid is appropriate and softmax is not. Explain the
difference in terms of probabilistic interpretation (mutual exclusivity vs.\ independent labels)
and loss choice.""",
    "2.1": r"""Derive $\nabla_w L_\delta(w)$. Your final answer should be a sum over $i$ with a
piecewise expression depending on $\abs{r_i(w)} \le \delta$ versus $\abs{r_i(w)} > \delta$.""",
    "2.2": r"""Does minimizing $L_\delta(w)$ admit a single closed-form solution like ordinary least
squares? Explain clearly. If not, briefly explain what property breaks the normal equations and
name one standard numerical approach used in practice.""",
    "2.3": r"""Define the new objective with ridge regularization: $\tilde L(w) = \sum_{i=1}^n
\ell_\delta(r_i(w)) + \frac{\lambda}{2} \norm{w}_2^2$. Write down $\nabla_w \tilde L(w)$ and
explain in 2--3 sentences how $\lambda$ changes the solution behavior, especially under outliers
and high-dimensional settings.""",
    "2.4": r"""Relate this to the 3-step ML recipe (define objective $\to$ optimize $\to$ evaluate).
In 3--4 sentences: how does Huber change (i) optimization behavior and (ii) evaluation
robustness compared to squared loss?""",
    "3.1": r"""Assume $m_0 = 0$ and $v_0 = 0$. Given gradients $g_1$ and $g_2$, write explicit
expressions for $m_1, v_1, \hat m_1, \hat v_1, w_2$ and $m_2, v_2, \hat m_2, \hat v_2, w_3$.
Keep it symbolic (in terms of $g_1, g_2, \alpha, \beta_1, \beta_2, \eps$).""",
    "3.2": r"""Momentum SGD (scalar) is $u_t = \mu u_{t-1} + g_t$, $w_{t+1} = w_t - \alpha u_t$.
Compare Adam vs.\ momentum SGD in terms of: (a) whether the effective step size depends on
gradient magnitude, (b) what happens when gradients are consistently scaled by a constant factor
$c$, (c) the role of $\eps$ (why it exists, qualitatively).""",
    "3.3": r"""In 3--5 sentences, explain how Adam differs from momentum SGD in: (a) learning-rate
adaptation across parameters, and (b) behavior on noisy gradients or rarely-updated (sparse)
features (e.g., in NLP with large embeddings).""",
    "Q4.1": r"""(1) Install and load BloodMNIST using the \texttt{medmnist} package. (2) Report the
number of samples in train/val/test splits. (3) Display a grid of \textbf{16 random training
images} (2 per class) with their class labels. (4) Plot the \textbf{class distribution} (bar
chart) for the training set. Is the dataset balanced?""",
    "Q4.2": r"""(1) Flatten each $28 \times 28 \times 3$ RGB image into a 2,352-dimensional input
vector. (2) Build a 3-layer MLP in PyTorch with the following architecture: Input: 2352 $\to$
Hidden 1: 256 (ReLU) $\to$ Hidden 2: 128 (ReLU) $\to$ Output: 8. (3) Use the \textbf{Adam
optimizer} with learning rate \texttt{1e-3} and \textbf{CrossEntropyLoss}. (4) Train for
\textbf{30 epochs} with batch size 64. (5) Plot \textbf{training loss} and \textbf{validation
loss} on the same figure (x-axis: epoch). (6) Plot \textbf{training accuracy} and
\textbf{validation accuracy} on the same figure.""",
    "Q4.3": r"""(1) Report the \textbf{final test accuracy} (as a percentage). (2) Generate a
\textbf{confusion matrix} ($8 \times 8$) for the test set using
\texttt{sklearn.metrics.confusion\_matrix} and visualize it as a heatmap with class labels. (3)
Identify the \textbf{two most confused cell type pairs} (highest off-diagonal values in the
confusion matrix). (4) Compute and report \textbf{per-class precision and recall} using
\texttt{sklearn.metrics.classification\_report}. (5) Which cell type has the \textbf{lowest
recall}? Examine 5 misclassified examples of this cell type and hypothesize why the model
struggles with it.""",
    "Q4.4": r"""Categorize predictions into four quadrants based on confidence (high: max prob $>
0.9$; low: max prob $< 0.6$) and correctness. (1) Find and display \textbf{2 examples from each
quadrant} (8 images total) with the image, true label, predicted label and prediction confidence
(max softmax probability). (2) \textbf{Written Analysis (3--4 sentences):} What visual
characteristics distinguish the ``Incorrect but Confident'' examples? Why might the model be
overconfident on these samples?""",
    "Q5.1": r"""Implement the following four initialization methods for a weight matrix of shape
(\texttt{fan\_in}, \texttt{fan\_out}): (1) \textbf{Zero:} all weights set to 0. (2)
\textbf{Small Random:} weights sampled from $\mathcal{N}(0, \sigma^2 = 0.01^2)$. (3)
\textbf{Xavier/Glorot:} from $\mathcal{N}(0, \sigma^2 = \frac{2}{\fanin + \fanout})$. (4)
\textbf{He/Kaiming:} from $\mathcal{N}(0, \sigma^2 = \frac{2}{\fanin})$. Note: the second
parameter in the normal distribution notation above represents the variance ($\sigma^2$), not
the standard deviation ($\sigma$). Write a function \texttt{initialize\_weights(shape, method)}
that returns a PyTorch tensor initialized according to the specified method. Biases should
always be initialized to zero.""",
    "Q5.2": r"""Build a \textbf{6-layer MLP} for MNIST classification, $784 \to 256 \to 256 \to 256
\to 256 \to 256 \to 10$, with \textbf{Tanh} activations for all hidden layers. For each of the 4
initialization methods: (1) initialize the network (do NOT train yet); (2) forward pass a batch
of 256 random MNIST images; (3) record the \textbf{mean} and \textbf{standard deviation} of
activations at each of the 5 hidden layers; (4) create a figure with \textbf{2 subplots}: mean
activation vs.\ layer depth, and std of activation vs.\ layer depth (4 lines each, one per init
method). \textbf{Written Analysis (3--4 sentences):} Which initialization methods show vanishing
activations ($\text{std} \to 0$)? Which maintain stable activation statistics across layers?
Explain why Xavier initialization is designed for Tanh/Sigmoid activations.""",
    "Q5.3": r"""Now train all 4 networks for \textbf{10 epochs} on MNIST: SGD with learning rate
0.1, batch size 128, CrossEntropyLoss. (1) Plot all 4 \textbf{training loss curves} on the same
figure. (2) Report the \textbf{test accuracy} after 10 epochs for each initialization. Note:
zero initialization is \textbf{expected to fail completely} --- the network will produce exactly
zero gradients due to symmetry (all neurons compute the same values and receive the same
updates). This is the ``symmetry breaking'' problem. If your zero-initialized network shows no
learning, your implementation is likely correct.""",
    "Q5.4": r"""Repeat Q5.2 and Q5.3 but replace \textbf{Tanh} with \textbf{ReLU} activations. (1)
Create the same activation statistics plots (mean and std vs.\ layer depth) for all 4
initializations with ReLU. (2) Train for 10 epochs and report test accuracies. \textbf{Written
Analysis (4--5 sentences):} How do the activation statistics differ between Tanh and ReLU
networks? Which initialization works best for ReLU? Why is He initialization specifically
designed for ReLU? Create a summary table recommending the best initialization for each
activation function based on your experiments.""",
    "Q6.1": r"""Implement a fully-connected layer: $Z = XW^\top + b$, where $X$: input of shape
(batch\_size, in\_features), $W$: weights of shape (out\_features, in\_features), $b$: bias of
shape (out\_features,), $Z$: output of shape (batch\_size, out\_features). Backward pass: given
$\frac{\partial L}{\partial Z}$ compute
\[
  \frac{\partial L}{\partial W} = \left(\frac{\partial L}{\partial Z}\right)^\top X, \qquad
  \frac{\partial L}{\partial b} = \sum_{i=1}^{\text{batch}} \frac{\partial L}{\partial Z_i}, \qquad
  \frac{\partial L}{\partial X} = \frac{\partial L}{\partial Z} \cdot W .
\]
Initialize weights using \textbf{Xavier/Glorot initialization}: $W \sim \mathcal{N}\left(0,
\sigma^2 = \frac{2}{n_{\text{in}} + n_{\text{out}}}\right)$. Note: Xavier works adequately for
shallow networks like the one in Q6.7. You may optionally implement both and compare.""",
    "Q6.2": r"""ReLU: forward $y = \max(0, x)$, backward $\frac{\partial L}{\partial x} =
\frac{\partial L}{\partial y} \odot \mathbf{1}_{x > 0}$. Sigmoid: forward $y = \sigma(x) =
\frac{1}{1 + e^{-x}}$, backward $\frac{\partial L}{\partial x} = \frac{\partial L}{\partial y}
\odot \sigma(x)(1 - \sigma(x))$. Use numerically stable implementations (clip inputs to avoid
overflow).""",
    "Q6.3": r"""Implement the combined softmax and cross-entropy loss for numerical stability.
Forward:
\[ \hat y_i = \softmax(z)_i = \frac{e^{z_i - \max(z)}}{\sum_j e^{z_j - \max(z)}}, \qquad L =
-\sum_i y_i \log(\hat y_i), \]
where $y$ is the one-hot encoded true label. Backward: $\partial L / \partial z = \hat y - y$. The
loss should be \textbf{averaged over the batch}; consequently, the backward gradient should also be
divided by the batch size $N$:
\[ \frac{\partial L}{\partial z^{(n)}} = \frac{1}{N} (\hat y^{(n)} - y^{(n)}). \]""",
    "Q6.4": r"""Implement a \texttt{Sequential} class that: (1) stores a list of modules; (2)
\texttt{forward(x)}: passes input through all modules in order; (3) \texttt{backward(grad)}:
passes gradient backward through all modules in reverse order; (4) \texttt{get\_parameters()}:
returns all parameters from all modules; (5) \texttt{get\_gradients()}: returns all gradients
from all modules.""",
    "Q6.5": r"""Implement stochastic gradient descent: a class \texttt{SGD(parameters, lr=0.01)}
whose \texttt{step(gradients)} updates each array by \texttt{param -= lr * grad}, and whose
\texttt{zero\_grad()} zeroes out stored gradients (if applicable).""",
    "Q6.6": r"""Implement numerical gradient verification, \texttt{gradient\_check(model, x, y,
epsilon=1e-5)}: for each parameter \texttt{p}, \texttt{numerical\_grad[i] = (L(p[i] + eps) -
L(p[i] - eps)) / (2 * eps)}. The relative error should be computed as
$\frac{\norm{\text{analytical} - \text{numerical}}}{\norm{\text{analytical}} +
\norm{\text{numerical}}}$ \textbf{element-wise} for each individual parameter entry; return the
\textbf{maximum} relative error across all parameter elements in the network. A correct
implementation should achieve relative error $< 10^{-5}$.""",
    "Q6.7": r"""Using your library, train a neural network on MNIST: $784 \to 128$ (ReLU) $\to 64$
(ReLU) $\to 10$ (SoftmaxCE). (1) First, run gradient check on a small batch (e.g., 5 samples)
and verify error $< 10^{-5}$. (2) Train for 3 epochs on the full training set. (3) Use learning
rate 0.1, batch size 64. Deliverables: output of the gradient check showing relative error $<
10^{-5}$; plot of training loss vs.\ iteration (or epoch); final \textbf{test accuracy} (should
achieve $> 90\%$); 10 random test images with predicted vs.\ true labels.""",
}
