"""Which forms make up a task, and how long each question may take."""

FAMILIES = (
    "quadratic",
    "trace",
    "inverse",
    "logdet",
    "norm",
    "elementwise",
    "kink",
    "softmax",
    "logistic",
    "probabilistic",
    "attention",
    "norm-layer",
    "hessian",
)
DISPUTES = "dispute"
SETTINGS = (*FAMILIES, DISPUTES)
MOST = {"full": None, "quick": 1}
"""How many cases of a setting are asked about: None is all."""
SECONDS = 60.0
"""After so long a question is given up, whatever else the machine is at."""
LONG = 1.5
"""A derived gradient that is longer than so many times the given one is not compact."""
