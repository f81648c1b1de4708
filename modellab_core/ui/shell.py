"""The script of the user interface: the pages, the project, and then the page that was asked for."""

from __future__ import annotations

import streamlit as st

from modellab_core.ui.frame import STATIC, run_in_shell
from modellab_core.ui.place import GROUPS, pages

st.set_page_config(page_title="ModelLab", page_icon=str(STATIC / "favicon.png"), layout="wide")
found = pages()
run_in_shell(
    st.navigation({group: [found[name] for name in names] for group, names in GROUPS.items()}, position="sidebar")
)
