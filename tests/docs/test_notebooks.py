"""The notebooks run from top to bottom, in their short setting, and are stored with the outputs of the long one."""

import nbformat
import pytest
from cases import ROOT
from nbclient import NotebookClient

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.slow
@pytest.mark.timeout(1500)  # each compiles all its programs anew
@pytest.mark.filterwarnings("ignore")  # of the machinery that runs kernels; the notebooks' own are looked at below
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # the package of this working copy
    monkeypatch.setenv("JAXSYNC_SHORT", "1")
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    shown = nbformat.read(path, as_version=4)
    run = NotebookClient(nbformat.from_dict(shown), timeout=900, kernel_name="python3").execute()
    for cell, before in zip(run.cells, nbformat.read(path, as_version=4).cells, strict=True):
        if cell.cell_type == "code":
            assert before.execution_count, "stored without its outputs: run it once and save"
            # A stream may come in parts; to stderr, only when the compiler has something to say.
            kinds = [{o.output_type for o in c.outputs if o.get("name") != "stderr"} for c in (cell, before)]
            assert kinds[0] == kinds[1], cell.source
            assert not any(output.get("name") == "stderr" for output in before.outputs), "stored with noise: clear it"
            noise = "".join(output.text for output in cell.outputs if output.get("name") == "stderr")
            assert "Warning" not in noise, noise


def test_own_model_is_short():
    notebook = nbformat.read(ROOT / "notebooks" / "own_model.ipynb", as_version=4)
    source = next(cell.source for cell in notebook.cells if "class VanDerPolPair" in cell.source)
    definition = source[source.index("class VanDerPolPair") : source.index("model, pair")]
    assert len([line for line in definition.splitlines() if line.strip()]) < 25
