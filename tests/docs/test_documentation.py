"""The documentation names what there is: every public name has its place, and no example names anything else."""

import ast
import re

import pytest
from cases import ROOT

import jaxsync as js
from jaxsync.cli.design_config import read_design
from jaxsync.cli.sweep_config import read_config

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def test_every_public_name_is_in_the_api_pages():
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    documented = {path.removeprefix("jaxsync.") for path in re.findall(r"^::: (\S+)", text, re.MULTILINE)}
    documented |= {path.rpartition(".")[2] for path in documented if path.startswith(("models.", "plots."))}
    public = {*js.__all__, *js.models.__all__, *(f"design.{name}" for name in js.design.__all__)} - {"design", "models"}
    assert public <= documented, sorted(public - documented)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples_name_what_exists(page):
    for block in blocks(page, "python"):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.Attribute):
                name = ast.unparse(node)
                if re.fullmatch(r"js(\.\w+)+", name):
                    target = js
                    for part in name.split(".")[1:]:
                        assert hasattr(target, part), f"{page.name}: {name}"
                        target = getattr(target, part)


@pytest.mark.parametrize(("page", "read"), [("design.md", read_design), ("sweeps.md", read_config)])
def test_files_shown_are_accepted(page, read, tmp_path):
    shown = blocks(ROOT / "docs" / page, "toml")
    assert shown
    for content in shown:
        (tmp_path / "task.toml").write_text(content)
        read(tmp_path / "task.toml")
