"""The two ways a call can fail, so that callers can tell a wrong argument from a solve that did not converge."""


class InputError(Exception):
    """An argument cannot be used; the message names it and says what would do.

    Not a ValueError: those are caught on the way by argument parsers, this one reaches the caller as it is.
    """


class ConvergenceError(RuntimeError):
    """A solve ended without an answer; the message says what to try next."""
