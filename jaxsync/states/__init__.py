"""Linear fluctuations about a mean-field solution: covariances, stability, Floquet splitting."""
