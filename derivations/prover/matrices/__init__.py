"""Inverse and determinant as quantities of their own, and inverse times matrix."""
