"""The time domain: the independent way to the numbers of solvers and fluctuations."""
