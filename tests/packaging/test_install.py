"""Wheel, sdist and editable install, alone and beside other ckanext distributions.

``ckanext`` is shared by every CKAN extension. This project's part is a PEP 420 namespace portion;
others still ship a ``ckanext/__init__.py`` of the ``pkg_resources`` or ``pkgutil`` kind, in the
same ``site-packages`` or (development installs) in a folder of their own. All must import together.
"""

from __future__ import annotations

import gettext
import io
import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
NOT_SOURCES = shutil.ignore_patterns(
    *(".git", ".dev", "node_modules", "*.egg-info", "__pycache__", "build", "dist", ".*_cache"),
    *("*.mo", ".hypothesis"),
)
BUNDLE = [
    f"ckanext/budget/plugin/assets/build/{name}"
    for name in (
        *("budget-bodies.js", "budget-deposit.js", "budget-map.css", "budget-map.js"),
        *("budget-view-form.css", "budget-view-form.js", "budget-view.css", "budget-view.js"),
    )
]
FRENCH = "ckanext/budget/plugin/i18n/fr/LC_MESSAGES/ckanext-budget.mo"
PEERS = ("ckan", "ckanext-harvest", "ckanext-scheming", "ckanext-dcat")

OLD_STYLE = {
    "pkg_resources": (
        "try:\n    import pkg_resources\n    pkg_resources.declare_namespace(__name__)\n"
        "except ImportError:\n    import pkgutil\n"
        "    __path__ = pkgutil.extend_path(__path__, __name__)\n"
    ),
    "pkgutil": "import pkgutil\n__path__ = pkgutil.extend_path(__path__, __name__)\n",
}


def nspkg(folder: Path) -> str:
    """The `-nspkg.pth` line that ``setup.py develop`` writes for ``namespace_packages``."""
    return (
        f"import sys, types, os;p = os.path.join({str(folder)!r}, *('ckanext',));"
        "m = sys.modules.setdefault('ckanext', types.ModuleType('ckanext'));"
        "mp = m.__dict__.setdefault('__path__', []);(p not in mp) and mp.append(p)"
    )


IMPORT_ALL = """
import sys
if sys.argv[1] == "without":
    sys.modules["pkg_resources"] = None
else:
    import pkg_resources
import importlib
from importlib.metadata import entry_points
for name in sys.argv[2:]:
    importlib.import_module(name)
names = {e.name for e in entry_points(group="ckan.plugins")}
assert {"budget", "totem_harvester"} <= names, names
assert "totem-budget" in {e.name for e in entry_points(group="console_scripts")}
print(importlib.import_module("ckanext.budget").__file__)
"""


NO_NODE = {"PATH": "/nowhere"}
"""The environment of a machine without Node: interpreters are called by their whole path."""

BUILD_REQUIRES = ("setuptools>=77", "babel>=2.12")


def attempt(
    *command: str | Path, cwd: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """A command, free of this interpreter's PYTHONPATH and of the developer's choices."""
    unwanted = ("PYTHONPATH", "BUDGET_LIBRARY_ONLY")
    environment = {key: value for key, value in os.environ.items() if key not in unwanted}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**environment, **variables},
        text=True,
        capture_output=True,
        timeout=300,
    )


def run(*command: str | Path, cwd: Path | None = None, **variables: str) -> str:
    """Output of a command that must succeed."""
    done = attempt(*command, cwd=cwd, **variables)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def no_isolation() -> list[str]:
    """Build with the tools of this environment when they are recent enough: no download."""
    try:
        recent = int(version("setuptools").split(".")[0]) >= 77 and bool(version("babel"))
    except PackageNotFoundError:
        recent = False
    return ["--no-build-isolation"] if recent else []


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What git holds: neither the bundle nor compiled catalogues; leftovers of an old build."""
    target = tmp_path_factory.mktemp("clone") / "ckanext-budget"
    shutil.copytree(ROOT, target, ignore=NOT_SOURCES)
    left = target / "build/lib/ckanext/budget/removed_long_ago.py"
    left.parent.mkdir(parents=True)
    left.write_text("")
    return target


@pytest.fixture(scope="module")
def sources(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone whose front end was built: the files stand for what Node makes."""
    target = tmp_path_factory.mktemp("sources") / "ckanext-budget"
    shutil.copytree(clone, target)
    for name in BUNDLE:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text("/* stands for the built front end */\n")
    return target


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> str | Path:
    """An interpreter that has what the build asks for."""
    if no_isolation():
        return sys.executable
    python = new_venv(tmp_path_factory.mktemp("builder"))
    run(python, "-m", "pip", "install", "-q", *BUILD_REQUIRES)
    return python


def hook(name: str) -> str:
    """A program that calls one of setuptools' own build hooks: ``build_sdist``, ``build_wheel``."""
    return f"import sys, setuptools.build_meta as b; b.{name}(sys.argv[1])"


@pytest.fixture(scope="module")
def sdist(sources: Path, builder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution, as ``python -m build`` makes it."""
    out = tmp_path_factory.mktemp("sdist")
    run(builder, "-c", hook("build_sdist"), out, cwd=sources)
    return next(out.glob("*.tar.gz"))


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the sdist without Node: what the sdist lacks, the wheel lacks."""
    out = tmp_path_factory.mktemp("wheel")
    command = (sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", *no_isolation())
    run(*command, "-w", out, sdist, **NO_NODE)
    return next(out.glob("ckanext_budget-*.whl"))


def new_venv(folder: Path) -> Path:
    """An empty environment with pip; its interpreter."""
    venv.create(folder, with_pip=True)
    return folder / "bin" / "python"


def site_packages(python: Path) -> Path:
    """Where the environment keeps its distributions."""
    return next(python.parent.parent.glob("lib/python3*/site-packages"))


def copy_distribution(name: str, target: Path) -> None:
    """Copy an installed distribution as pip recorded it, .pth included, CKAN's core left out."""
    found = distribution(name)
    for item in found.files or ():
        origin = Path(str(found.locate_file(item)))
        if item.parts[0] in {"..", "ckan"} or not origin.is_file():
            continue
        (target / item).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(origin, target / item)


def installed_peers() -> list[str]:
    """The peers that this environment has from pip."""
    found = []
    for name in PEERS:
        try:
            found.append(distribution(name).metadata["Name"])
        except PackageNotFoundError:
            continue
    return found


@pytest.fixture(scope="module", params=["wheel", "editable"])
def environment(
    request: pytest.FixtureRequest, sources: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """An environment that holds this project alone, by wheel or by ``pip install -e``."""
    python = new_venv(tmp_path_factory.mktemp(f"env-{request.param}"))
    if request.param == "wheel":
        what = [request.getfixturevalue("wheel")]
    else:
        if no_isolation():
            for tool in ("setuptools", "babel"):
                copy_distribution(tool, site_packages(python))
        what = [*no_isolation(), "-e", sources]
    run(python, "-m", "pip", "install", "-q", "--no-deps", *what)
    return python


# An old-style extension in its own folder is met beside CKAN only, whose `-nspkg.pth` makes the
# namespace: pkg_resources by itself does not see PEP 420 portions of other folders.
NEIGHBOURHOODS = (
    "alone",
    "peers",
    "old in the same folder",
    "old in the same folder, peers",
    "old in another folder, peers",
)


@pytest.fixture(params=NEIGHBOURHOODS)
def neighbourhood(request: pytest.FixtureRequest, environment: Path, tmp_path: Path):
    """What else is installed beside; removed afterwards."""
    site = site_packages(environment)
    before = set(site.iterdir())
    hidden_before = set((site / "ckanext").iterdir()) if (site / "ckanext").is_dir() else set()
    yield request.param
    for path in set(site.iterdir()) - before:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    if (site / "ckanext").is_dir():
        for path in set((site / "ckanext").iterdir()) - hidden_before:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def add_old_style(parent: Path, style: str) -> None:
    """An extension that owns a ``ckanext/__init__.py``."""
    package = parent / "ckanext"
    (package / "oldstyle").mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text(OLD_STYLE[style])
    (package / "oldstyle" / "__init__.py").write_text("")


@pytest.mark.parametrize("style", sorted(OLD_STYLE))
@pytest.mark.parametrize("pkg_resources", ["with", "without"])
def test_imports_beside_other_extensions(
    environment: Path, neighbourhood: str, style: str, pkg_resources: str, tmp_path: Path
) -> None:
    """Every distribution imports in one interpreter and the entry points are found."""
    if pkg_resources == "with" and not has_pkg_resources(environment):
        pytest.skip("this Python ships no pkg_resources")
    site = site_packages(environment)
    modules = ["ckanext.budget.totem", "ckanext.budget"]
    if "peers" in neighbourhood:
        if not installed_peers():
            pytest.skip("CKAN and its extensions are not installed here")
        for peer in installed_peers():
            copy_distribution(peer, site)
        modules += ["ckanext.harvest", "ckanext.scheming", "ckanext.dcat", "ckanext.datastore"]
    if "old" in neighbourhood:
        other = tmp_path / "development"
        add_old_style(other if "another" in neighbourhood else site, style)
        if "another" in neighbourhood:
            (site / "oldstyle-development.pth").write_text(f"{other}\n{nspkg(other)}\n")
        modules.append("ckanext.oldstyle")
    run(environment, "-c", IMPORT_ALL, pkg_resources, *modules, cwd=tmp_path)


@lru_cache
def has_pkg_resources(python: Path) -> bool:
    """Whether that interpreter still has setuptools' ``pkg_resources``."""
    probe = "import importlib.util as u; print(bool(u.find_spec('pkg_resources')))"
    return run(python, "-c", probe).strip() == "True"


def package_data(sources: Path) -> set[str]:
    """Every file of the package that is not compiled or cached."""
    package = sources / "ckanext/budget"
    return {
        str(path.relative_to(sources))
        for path in package.rglob("*")
        if path.is_file() and path.suffix not in {".pyc", ".pyo"}
    }


def test_sdist_carries_every_file(sources: Path, sdist: Path) -> None:
    """Templates, schemas, tables, guides, translations and the built front end are in the sdist."""
    with tarfile.open(sdist) as archive:
        names = {member.split("/", 1)[-1] for member in archive.getnames()}
    assert package_data(sources) <= names
    assert {"LICENSE", "README.rst", "pyproject.toml", "test.ini"} <= names


def test_wheel_carries_every_file(sources: Path, wheel: Path) -> None:
    """The wheel, built from the sdist, has the same files, and no ``ckanext/__init__.py``."""
    names = set(zipfile.ZipFile(wheel).namelist())
    assert package_data(sources) <= names
    assert "ckanext/__init__.py" not in names
    assert not [name for name in names if name.startswith(("tests/", "bin/", "dev/", "frontend/"))]


def test_the_wheel_holds_the_charts_and_french(wheel: Path, environment: Path) -> None:
    """Bundle and compiled catalogue are inside, and the installed package finds its French."""
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {*BUNDLE, FRENCH} <= names
    french = gettext.GNUTranslations(io.BytesIO(zipfile.ZipFile(wheel).read(FRENCH)))
    assert french.gettext("Fiscal year") == "Exercice"
    probe = "from ckanext.budget.core.installed import missing; print(missing())"
    assert run(environment, "-c", probe, cwd=wheel.parent).strip() == "[]"


def test_nothing_of_an_earlier_build_comes_back(wheel: Path, sources: Path, builder: Path) -> None:
    """``build/lib`` keeps files that were removed since: no wheel of the tree has them."""
    out = sources.parent / "direct"
    out.mkdir()
    run(builder, "-c", hook("build_wheel"), out, cwd=sources, **NO_NODE)
    direct = set(zipfile.ZipFile(next(out.glob("*.whl"))).namelist())
    assert not [name for name in direct if "removed_long_ago" in name]
    assert direct == set(zipfile.ZipFile(wheel).namelist())


@pytest.mark.parametrize("made", ["build_sdist", "build_wheel"])
def test_without_bundle_and_node_the_build_stops_with_a_sentence(
    clone: Path, builder: Path, tmp_path: Path, made: str
) -> None:
    done = attempt(builder, "-c", hook(made), tmp_path, cwd=clone, **NO_NODE)
    assert done.returncode != 0
    assert "bin/release" in done.stderr and "npm ci && npm run build" in done.stderr
    assert "BUDGET_LIBRARY_ONLY=1" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_the_library_alone_needs_no_node(clone: Path, builder: Path, tmp_path: Path) -> None:
    """The command and French are there; the portal would say that its charts are missing."""
    alone = {**NO_NODE, "BUDGET_LIBRARY_ONLY": "1"}
    run(builder, "-c", hook("build_wheel"), tmp_path, cwd=clone, **alone)
    names = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    assert {FRENCH, "ckanext/budget/totem/cli.py"} <= names
    assert not names & set(BUNDLE)


PLAN = """<Nomenclature Norme="M57" Declinaison="M57_D" Exer="{year}"><Nature><Chapitres/><Comptes>
<Compte Code="6011" Libelle="Plan de {year}" DR="011"/></Comptes></Nature></Nomenclature>"""
ANSWER = """import sys
from ckanext.budget.totem.nomenclature import load, use_folder
use_folder(sys.argv[1])
for year in (2024, 2031, 2032):
    account = load("M57", "M57_D", year).nature("6011")
    print(year, account.origin, account.label)
"""


def later(wheel: Path, folder: Path) -> Path:
    """The same wheel as a later version."""
    name, number, rest = wheel.name.split("-", 2)
    path = folder / f"{name}-{LATER}-{rest}"
    former, new = f"{name}-{number}.dist-info", f"{name}-{LATER}.dist-info"
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(path, "w") as target:
        for item in source.namelist():
            data = source.read(item)
            if item == f"{former}/METADATA":
                data = data.replace(f"Version: {number}".encode(), f"Version: {LATER}".encode(), 1)
            if item == f"{former}/RECORD":
                data = data.replace(former.encode(), new.encode())
            target.writestr(item.replace(former, new), data)
    return path


LATER = "99.0"


def test_a_plan_of_one_s_own_survives_an_upgrade(wheel: Path, tmp_path: Path) -> None:
    """In the folder of the configuration; what was imported into the library's tables does not,
    as the command said."""
    python = new_venv(tmp_path / "env")
    run(python, "-m", "pip", "install", "-q", "--no-deps", wheel)
    command, own = python.parent / "totem-budget", tmp_path / "plans of the portal"
    for year, where in ((2031, ("-o", own)), (2032, ())):
        source = tmp_path / str(year)
        plan = source / f"{year}/M57/M57_D/planDeCompte.xml"
        plan.parent.mkdir(parents=True)
        plan.write_text(PLAN.format(year=year), encoding="utf-8")
        done = attempt(command, "nomenclature", "import", source, *where)
        assert done.returncode == 0, done.stderr
        assert ("la prochaine mise à jour les remplacera" in done.stderr) is (not where)

    def answers() -> list[str]:
        return run(python, "-c", ANSWER, own, cwd=tmp_path).splitlines()

    shipped, kept, lost = answers()
    assert shipped.startswith("2024 plan ")
    assert (kept, lost) == ("2031 plan Plan de 2031", "2032 plan Plan de 2032")
    upgrade = later(wheel, tmp_path)
    run(python, "-m", "pip", "install", "-q", "--no-deps", "--upgrade", upgrade)
    assert LATER in run(python, "-m", "pip", "show", "ckanext-budget")
    assert answers() == [shipped, kept, "2032 plan-2031 Plan de 2031"]
    run(python, "-m", "pip", "uninstall", "-q", "-y", "ckanext-budget")
    run(python, "-m", "pip", "install", "-q", "--no-deps", wheel)
    assert answers()[:2] == [shipped, kept]


def test_wheel_states_its_licence(wheel: Path) -> None:
    """The SPDX expression and the whole text of the licence are in the metadata."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(next(n for n in names if n.endswith(".dist-info/METADATA")))
        text = archive.read(next(n for n in names if n.endswith("licenses/LICENSE")))
    assert b"License-Expression: AGPL-3.0-or-later" in metadata
    assert text == (ROOT / "LICENSE").read_bytes()


def test_no_package_init_for_the_shared_namespace() -> None:
    """An ``__init__.py`` there would hide the other extensions."""
    assert not (ROOT / "ckanext" / "__init__.py").exists()
