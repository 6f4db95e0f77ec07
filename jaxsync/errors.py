"""The two ways a call can fail, so that callers can tell a wrong argument from a solve that did not converge."""


class InputError(ValueError):
    """An argument cannot be used; the message names it and says what would do.

    Example:
        >>> import jaxsync as js
        >>> issubclass(js.InputError, ValueError)
        True
    """


class ConvergenceError(RuntimeError):
    """A solve ended without an answer; the message says what was found and what to try next.

    Example:
        >>> import jaxsync as js
        >>> issubclass(js.ConvergenceError, RuntimeError)
        True
    """
