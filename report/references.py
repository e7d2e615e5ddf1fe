"""What the report cites: papers and books by their key, and numbers of other people's."""

from __future__ import annotations

SYMPY_SILENT_ZERO = "#27406"  # https://github.com/sympy/sympy/issues/27406

WORKS = {
    "boyd": r"S. Boyd and L. Vandenberghe. \emph{Convex Optimization}. Cambridge University Press,"
    r" 2004.",
    "frank": r"M. Frank and P. Wolfe. An algorithm for quadratic programming. \emph{Naval Research"
    r" Logistics Quarterly} 3, 1956.",
    "glorot": r"X. Glorot and Y. Bengio. Understanding the difficulty of training deep feedforward"
    r" neural networks. \emph{AISTATS}, 2010.",
    "guo": r"C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger. On calibration of modern neural"
    r" networks. \emph{ICML}, 2017.",
    "he": r"K. He, X. Zhang, S. Ren and J. Sun. Delving deep into rectifiers: surpassing"
    r" human-level performance on ImageNet classification. \emph{ICCV}, 2015.",
    "huber": r"P. J. Huber. Robust estimation of a location parameter. \emph{The Annals of"
    r" Mathematical Statistics} 35, 1964.",
    "kingma": r"D. P. Kingma and J. Ba. Adam: a method for stochastic optimization. \emph{ICLR},"
    r" 2015.",
    "yang": r"J. Yang, R. Shi, D. Wei, Z. Liu, L. Zhao, B. Ke, H. Pfister and B. Ni. MedMNIST v2 --"
    r" a large-scale lightweight benchmark for 2D and 3D biomedical image classification."
    r" \emph{Scientific Data} 10, 2023.",
}
