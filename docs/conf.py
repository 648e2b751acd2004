"""How the documentation is built: `make docs`. Nothing is downloaded, no page loads anything."""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx

import stancekit

project = "stancekit"
author = "The stancekit developers"
release = stancekit.__version__
html_title = f"stancekit {release}"

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
exclude_patterns = ["_build"]
# Pages of the table of contents that have not been written yet: a test names them.
suppress_warnings = ["toc.not_readable"]
smartquotes = False  # which would make one dash of the two of an option
highlight_language = "text"
default_role = "py:obj"  # names in single backticks are links where they are ours

myst_heading_anchors = 3

autodoc_member_order = "bysource"
# What scikit-learn adds to its estimators for metadata routing.
_ROUTING = ("fit", "predict", "predict_proba", "score")
autodoc_default_options = {
    "exclude-members": ", ".join(
        ["get_metadata_routing", *(f"set_{method}_request" for method in _ROUTING)]
    )
}
autodoc_typehints = "none"  # the docstrings have the types
numpydoc_show_class_members = False

html_theme = "furo"
html_static_path = ["pictures"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False

# Where documents that are shown here as they lie elsewhere in the repository lead to.
_PAGES = {
    "CODEBOOK.md": "codebook.md",
    "../CODEBOOK.md": "codebook.md",
    "corpus/DATASHEET.md": "datasheet.md",
    "standoff/README.md": "standoff.md",
    "training/README.md": "training.md",
    **{
        f"results/{name}.svg": f"../training/results/{name}.svg"
        for name in ("prevalence", "conformal", "calibration", "learning_curve")
    },
}


def lead_to_pages(app: Sphinx, path: Path, parent: str, content: list[str]) -> None:
    """Turn links of an included document into those of its page here."""
    for target, page in _PAGES.items():
        content[0] = content[0].replace(f"]({target})", f"]({page})")


def setup(app: Sphinx) -> None:
    """Connect what the configuration alone cannot say."""
    app.connect("include-read", lead_to_pages)
