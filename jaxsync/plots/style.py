"""Colours that all pictures share."""

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""The Okabe-Ito palette: distinct to the colour-blind; blue and vermilion also in grey."""
