"""What the site takes from outside `docs/`: the notebooks and the changelog."""

from pathlib import Path

from mkdocs.plugins import event_priority
from mkdocs.structure.files import File

ROOT = Path(__file__).parent.parent


@event_priority(100)  # before the plugin that turns notebooks into pages looks for them
def on_files(files, config):
    """Add them to the files of the site."""
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        files.append(File(f"notebooks/{path.name}", str(ROOT), config.site_dir, config.use_directory_urls))
    files.append(File.generated(config, "changelog.md", abs_src_path=str(ROOT / "CHANGELOG.md")))
    return files


def on_page_markdown(markdown, page, config, files):
    """Links that are written for readers of the repository lead to the pages of the site."""
    if page.file.src_uri == "changelog.md":
        return markdown.replace("](docs/", "](")
    return markdown
