"""What is never in the package, as data: each rule finds places in a syntax tree and has samples that it must find."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Found = Iterator[tuple[int, str]]
"""(line, what stands there)."""


@dataclass(frozen=True)
class Rule:
    """`find` gives the places; it must find something in each of `bad` and nothing in any of `good`.

    `allowed` are the files that may, by name without ending, a folder with a slash at its end; each with its reason.
    """

    find: Callable[[ast.AST], Found]
    bad: tuple[str, ...]
    good: tuple[str, ...] = ()
    allowed: tuple[tuple[str, str], ...] = ()

    def permits(self, name: str) -> bool:
        """Whether the file `name` is one that may."""
        return any(name == file or (file.endswith("/") and name.startswith(file)) for file, _ in self.allowed)


def imported(*modules: str) -> Callable[[ast.AST], Found]:
    """Imports of these modules and what is below them."""

    def find(tree: ast.AST) -> Found:
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or "", *(f"{node.module}.{name}" for name in names)]
            for name in names:
                if any(name == module or name.startswith(f"{module}.") for module in modules):
                    yield node.lineno, f"import of {name}"

    return find


def called(*names: str) -> Callable[[ast.AST], Found]:
    """Calls of `name` by itself, of `a.name`, or, for `.name`, of any attribute of that name."""

    def find(tree: ast.AST) -> Found:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                told = ast.unparse(node.func)
                if any(told == name or (name.startswith(".") and told.endswith(name)) for name in names):
                    yield node.lineno, f"call of {told}"

    return find


def keyword(name: str, *harmless: str) -> Callable[[ast.AST], Found]:
    """The keyword `name` with another value than the harmless ones, and `**{...}` with that key."""

    def find(tree: ast.AST) -> Found:
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == name and ast.unparse(node.value) not in harmless:
                yield node.value.lineno, f"{name}={ast.unparse(node.value)}"
            if isinstance(node, ast.Constant) and node.value == name:
                yield node.lineno, f"the word {name}"

    return find


def either(*finds: Callable[[ast.AST], Found]) -> Callable[[ast.AST], Found]:
    """What any of them finds."""
    return lambda tree: (place for find in finds for place in find(tree))


SQL = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|ALTER|DROP|PRAGMA|VACUUM|ATTACH|REPLACE INTO)\b ")


def sql(tree: ast.AST) -> Found:
    """SQL put together from pieces, and statements handed over that are not written out."""
    for node in ast.walk(tree):
        pieces: list[ast.AST] = []
        if isinstance(node, ast.JoinedStr) and any(isinstance(part, ast.FormattedValue) for part in node.values):
            pieces = list(node.values)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
            pieces = [node.left, node.right]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in ("format", "format_map", "join"):
                pieces = [node.func.value]
            made = node.args and isinstance(node.args[0], ast.JoinedStr | ast.BinOp)
            if node.func.attr in ("execute", "exec_driver_sql", "executescript", "executemany") and made:
                yield node.lineno, f"a statement made for {ast.unparse(node.func)}"
        texts = [piece.value for piece in pieces if isinstance(piece, ast.Constant) and isinstance(piece.value, str)]
        if any(SQL.search(text) for text in texts):
            yield getattr(node, "lineno", 0), ast.unparse(node)[:80]


WRITING = re.compile(r"^[rbtU]*[wax+]")
OPENERS = ("open", "io.open", "gzip.open", "bz2.open", "lzma.open", "tarfile.open", "codecs.open", "os.fdopen")
WRITERS = (
    *(".write_text", ".write_bytes", ".touch", ".symlink_to", ".hardlink_to", "os.rename", "os.replace", "os.link"),
    *("os.symlink", "os.truncate", "shutil.copy", "shutil.copy2", "shutil.copyfile", "shutil.copytree", "shutil.move"),
    *("shutil.make_archive", "np.save", "np.savez", "np.savez_compressed", "np.savetxt", ".tofile", ".save_model"),
    *("sqlite3.connect", "tempfile.NamedTemporaryFile", "NamedTemporaryFile", "TemporaryFile", "tempfile.mkstemp"),
)
FRAMES = (".to_csv", ".to_json", ".to_parquet", ".to_excel", ".to_feather", ".to_html", ".to_string", ".savefig")


def writing(tree: ast.AST) -> Found:
    """Files opened to be written, copied, moved or linked, and tables written to what is named first."""
    yield from called(*WRITERS)(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("O_WRONLY", "O_RDWR", "O_CREAT", "O_APPEND", "O_TRUNC"):
            yield node.lineno, f"os.{node.attr}"
        if not isinstance(node, ast.Call):
            continue
        told = ast.unparse(node.func)
        if told in OPENERS or told.endswith((".open", "ZipFile", "TarFile")):
            given = [*node.args, *(one.value for one in node.keywords if one.arg in ("mode", None))]
            modes = [one.value for one in ast.walk(ast.Tuple(given)) if isinstance(one, ast.Constant)]
            if any(isinstance(mode, str) and len(mode) < 5 and WRITING.match(mode) for mode in modes):
                yield node.lineno, ast.unparse(node)[:80]
        if told.endswith(FRAMES) and node.args and not isinstance(node.args[0], ast.Dict):
            yield node.lineno, f"{told}({ast.unparse(node.args[0])}, …)"


LEGACY = (
    "seed",
    "rand",
    "randn",
    "randint",
    "random",
    "choice",
    "shuffle",
    "permutation",
    "normal",
    "uniform",
    "bytes",
)


def shared_chance(tree: ast.AST) -> Found:
    """Random numbers whose state belongs to the whole process."""
    yield from called(*(f"{module}.random.{name}" for module in ("np", "numpy") for name in LEGACY))(tree)
    is_module = any(isinstance(node, ast.Import) and node.names[0].name == "random" for node in ast.walk(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "random":
            yield node.lineno, "import from random"
        if not is_module:
            continue
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "random" and node.attr != "Random":
            yield node.lineno, ast.unparse(node)


STANDS_ALONE = "it is the runner of a pack, which has only the standard library and writes to a temporary folder"

RULES = {
    "unpickling": Rule(
        either(
            imported(
                "pickle", "_pickle", "joblib", "cloudpickle", "dill", "marshal", "shelve", "copyreg", "jsonpickle"
            ),
            called(".read_pickle", ".to_pickle", "np.load", "numpy.load", "torch.load", "get_untrusted_types"),
            called(".get_untrusted_types"),
            keyword("allow_pickle", "False"),
            keyword("persist"),
        ),
        bad=(
            *(
                "import pickle",
                "from joblib import load",
                "import sklearn, dill",
                "import marshal as m",
                "import shelve",
            ),
            *("import joblib.numpy_pickle", "np.load(f)", "np.load(f, allow_pickle=True)", "pd.read_pickle(p)"),
            *("@st.cache_data(persist='disk')\ndef f(): ...", "trusted = skops.io.get_untrusted_types(data=d)"),
            *("g(**{'allow_pickle': True})", "from sklearn.externals import joblib as j\nimport cloudpickle"),
        ),
        good=("import json", "skops.io.loads(content, trusted=list(trusted))"),
    ),
    "text as code": Rule(
        either(
            called("eval", "exec", "compile", "__import__", "builtins.eval", "builtins.exec", ".eval", ".query"),
            called("code.interact", "runpy.run_module", ".exec_module", "literal_eval_with"),
            called("yaml.load", "yaml.unsafe_load", "yaml.full_load", "yaml.load_all"),
        ),
        bad=("eval(t)", "exec(t)", "compile(t, '', 'exec')", "frame.query(q)", "df.eval('a+b')", "yaml.load(t)"),
        good=("re.compile(p)", "ast.literal_eval(t)", "ast.parse(t)", "yaml.safe_load(t)"),
    ),
    "a shell": Rule(
        either(
            keyword("shell", "False"),
            called("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "pty.spawn"),
            called("asyncio.create_subprocess_shell"),
        ),
        bad=(
            "subprocess.run(c, shell=True)",
            "os.system(c)",
            "os.popen(c)",
            "subprocess.getoutput(c)",
            "run(c, shell=s)",
        ),
        good=("subprocess.run([a, b])", "subprocess.run(c, shell=False)"),
    ),
    "unchecked unpacking": Rule(
        called(".extractall", "extractall", ".unpack_archive", "archive.extract", "zipped.extract", "tar.extract"),
        bad=("zipfile.ZipFile(p).extractall()", "tar.extractall(d, filter='data')", "shutil.unpack_archive(p)"),
        good=("zipped.open(info)", "column.str.extract(p)"),
    ),
    "SQL from text": Rule(
        sql,
        bad=(
            *("f'SELECT * FROM {t}'", "'DELETE FROM %s' % t", "'SELECT * FROM ' + t", "'UPDATE {} SET a=1'.format(t)"),
            *("c.execute(f'{x}')", "c.exec_driver_sql('PRAGMA ' + p)", "' '.join(a).join('x')\n'DROP TABLE ' + t"),
        ),
        good=("select(Run).where(Run.id == x)", "c.execute(text('SELECT 1'))", "f'Update {x}'", "'SELECT 1'"),
    ),
    "the network": Rule(
        imported(
            *("socket", "urllib.request", "urllib3", "http.client", "http.server", "requests", "httpx", "aiohttp"),
            *("ftplib", "smtplib", "poplib", "imaplib", "telnetlib", "xmlrpc", "socketserver", "websockets", "boto3"),
        ),
        bad=("import socket", "from urllib import request", "from urllib.request import urlopen", "import httpx"),
        good=("from urllib.parse import quote",),
        allowed=(("store/processes", "it asks for the name of this machine and opens nothing"),),
    ),
    "HTML from data": Rule(
        either(
            keyword("unsafe_allow_html", "False"),
            keyword("unsafe_allow_javascript", "False"),
            called("st.html", ".html", "st.iframe", "components.html", "components.iframe", "declare_component"),
            called("st.components.v1.html", "st.components.v2.component", "components.declare_component"),
        ),
        bad=("st.markdown(t, unsafe_allow_html=True)", "st.html(t)", "box.html(t)", "components.iframe(u)"),
        good=("st.text(t)", "html.escape(t)", "report.to_html(p)"),
    ),
    "writing files elsewhere": Rule(
        writing,
        bad=(
            *("open(p, 'w')", "p.open('wb')", "p.open(mode='a')", "open(p, 'r+')", "p.write_text(t)", "p.touch()"),
            *("frame.to_csv(p)", "shutil.copy(a, b)", "os.open(p, os.O_WRONLY)", "zipfile.ZipFile(p, 'w')"),
            *(
                "os.rename(a, b)",
                "np.save(p, a)",
                "tarfile.open(p, 'w:gz')",
                "figure.savefig(p)",
                "p.open('x' if y else 'r')",
            ),
        ),
        good=("p.open()", "p.open('rb')", "open(p)", "frame.to_csv()", "text.replace(a, b)", "p.read_text()"),
        allowed=(
            ("files", "it is the one that writes"),
            ("store/", "the database, locks and backups are its work"),
            ("repro/archive", STANDS_ALONE),
            ("repro/building", STANDS_ALONE),
            ("repro/logged_entry", STANDS_ALONE),
            ("training/estimators", "it rewrites a skops file in memory"),
            ("lab/spreadsheet", "its CSV is text in memory until files.py writes it"),
            ("jobs", "what a worker prints goes to a log in the workspace"),
            ("cli/__init__", "a closed pipe is replaced by the null device"),
        ),
    ),
    "unsafe temporary names": Rule(
        called("tempfile.mktemp", "mktemp", "os.tmpnam", "os.tempnam"),
        bad=("tempfile.mktemp()",),
        good=("tempfile.mkdtemp(dir=d)",),
    ),
    "chance that everybody shares": Rule(
        shared_chance,
        bad=(
            "import random\nrandom.seed(1)",
            "import random\na = random.random()",
            "from random import choice",
            "np.random.seed(1)",
            "np.random.rand(3)",
        ),
        good=("np.random.default_rng(3)", "random.Random(3).random()", "rng.random(3)", "secrets.token_hex(3)"),
    ),
}
