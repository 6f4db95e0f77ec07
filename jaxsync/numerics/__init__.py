"""Mean-field solutions: Newton for fixed points and for limit cycles, and the fixed-step flow under both."""
