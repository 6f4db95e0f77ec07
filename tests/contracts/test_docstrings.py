"""Every public name has an example, and every example does what it says."""

import doctest
import inspect

import pytest

import jaxsync as js
from jaxsync import plots

FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
SECTIONS = [("js", js), ("js.design", js.design), ("js.models", js.models), ("js.plots", plots)]


def public_names():
    """Functions and classes by the name they are called by; modules and constants have no examples."""
    for prefix, module in SECTIONS:
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.isclass(thing) or inspect.isfunction(inspect.unwrap(thing)) if callable(thing) else False:
                yield f"{prefix}.{name}", thing


PUBLIC = dict(public_names())


def examples(thing):
    return doctest.DocTestParser().get_examples(inspect.getdoc(thing) or "")


def test_every_public_name_has_an_example():
    missing = [name for name, thing in PUBLIC.items() if not examples(thing)]
    assert not missing, missing


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, thing in PUBLIC.items() if examples(thing)])
def test_examples_run(name):
    test = doctest.DocTest(examples(PUBLIC[name]), {}, name, None, None, None)
    said = []
    doctest.DocTestRunner(optionflags=FLAGS).run(test, out=said.append)
    assert not said, "".join(said)
