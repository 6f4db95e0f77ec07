"""What the documentation site shows of files outside docs/: the changelog, its links as seen from here."""

from pathlib import Path

from mkdocs.structure.files import File


def on_files(files, config):
    text = (Path(config.config_file_path).parent / "CHANGELOG.md").read_text(encoding="utf-8")
    files.append(File.generated(config, "changelog.md", content=text.replace("](docs/", "](")))
    return files
