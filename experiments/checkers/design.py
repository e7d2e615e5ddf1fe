"""Which functions and faults the checkers are asked about."""

KINDS = (
    "claims",
    "smooth",
    "network",
    "kinked",
    "tied",
    "near a border",
    "badly scaled",
    "any unit",
    "float32",
)
SIZES = {"full": (2, 10, 100, 1000), "quick": (2,)}
LARGE, LARGE_KINDS = 10_000, ("smooth", "kinked")
FAULTS_OF_LARGE = ("one entry",)  # the hardest: one check takes seconds
CLAIMS = {"full": "*", "quick": "huber.derivative"}
FAULTS: dict[str, float] = {
    "sign": -2.0,
    "factor 2": 1.0,
    "10 %": 0.1,
    "1 %": 0.01,
    "0.1 %": 1e-3,
    "1e-6": 1e-6,
}
"""How much of the right gradient is added to it."""

ALL_FAULTS = (*FAULTS, "one entry")
