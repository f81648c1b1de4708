"""The launcher: `streamlit run app.py` serves the shell, and the queue of runs lives as long as the server.

The script of the user interface is `modellab_core/ui/shell.py` and not this file, because Streamlit turns a folder
`pages` beside its script into pages of their own that would run without the shell. Executed as a script (by AppTest)
this file runs the shell.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

import modellab_core
from modellab_core.errors import BadInput

SHELL = Path(modellab_core.__file__).resolve().parent / "ui" / "shell.py"

if get_script_run_ctx(suppress_warning=True) is None:
    from starlette.middleware import Middleware

    from modellab_core.ui.hosts import OwnHost
    from modellab_core.ui.service import refuse_other_machines, serving

    try:
        refuse_other_machines(st.get_option("server.address"))
    except BadInput as error:
        sys.exit(str(error))
    named = {name} if (name := st.get_option("browser.serverAddress")) else set()
    app = st.App(SHELL, lifespan=serving, middleware=[Middleware(OwnHost, more=named)])
else:
    runpy.run_path(str(SHELL))
