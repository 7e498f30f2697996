"""``totem-budget nomenclature update``: against a real HTTP server on the loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ckanext.budget.collect import Limits, fetching
from ckanext.budget.totem.cli import main
from ckanext.budget.totem.nomenclature import load, use_folder
from ckanext.budget.totem.nomenclature.table import VariantYears
from ckanext.budget.totem.nomenclature.update import again, missing

QUICK = Limits(rate=0, backoff=0, retries=0, connect_timeout=60, read_timeout=60, total_timeout=300)


class Site:
    """``routes``: path -> body, or an HTTP status; ``asked``: the paths, in their order."""

    def __init__(self) -> None:
        self.routes: dict[str, bytes | int] = {}
        self.asked: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def _handler(site) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.removeprefix("/normes/")
                site.asked.append(path)
                answer = site.routes.get(path, 404)
                body = answer if isinstance(answer, bytes) else b"<html>absent</html>"
                self.send_response(answer if isinstance(answer, int) else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Stay silent."""

        return Handler

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/normes"


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    site = Site()
    fetcher = fetching.fetcher
    monkeypatch.setattr(fetching, "fetcher", lambda base, internal: fetcher(base, internal, QUICK))
    monkeypatch.delenv("BUDGET_NOMENCLATURE", raising=False)
    yield site
    use_folder(None)
    site.server.shutdown()
    site.server.server_close()


@pytest.fixture
def run(site: Site, tmp_path: Path) -> Callable[..., int]:
    def command(*words: str) -> int:
        folder = str(tmp_path / "extra")
        return main(["nomenclature", "update", "--from", site.address, "-o", folder, *words])

    return command


def path_of(year: int, variant: str = "M57_D", norm: str = "M57") -> str:
    return f"{year}/{norm}/{variant}/planDeCompte.xml"


def test_what_is_missing_is_fetched_and_answers(
    site: Site, run: Callable[..., int], plan_of: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    site.routes[path_of(2026)] = plan_of(2026, label="Stocks de 2026")
    site.routes[path_of(2025, "M57_A")] = plan_of(2025, "M57", "M57_A")
    assert run() == 0
    said = capsys.readouterr()
    assert said.out.startswith("Plans ajoutés : M57_A 2025, M57_D 2026.\n")
    assert load("M57", "M57_D", 2026).is_exact and load("M57", "M57_A", 2025).is_exact
    assert path_of(2025) not in site.asked  # shipped
    assert path_of(2026, "M42", "M4") in site.asked  # lately abolished: asked, absent
    assert len(site.asked) == len(set(site.asked))


def test_what_was_fetched_is_never_asked_again(
    site: Site, run: Callable[..., int], plan_of: Any
) -> None:
    site.routes[path_of(2026)] = plan_of(2026)
    assert run() == run() == 0
    assert site.asked.count(path_of(2026)) == 1


def test_a_run_that_stopped_keeps_what_it_had_and_goes_on(
    site: Site, run: Callable[..., int], plan_of: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    site.routes[path_of(2025, "M57_A")] = plan_of(2025, "M57", "M57_A")
    site.routes[path_of(2026)] = 503
    assert run() == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "reprendra" in error
    assert load("M57", "M57_A", 2025).is_exact
    site.routes[path_of(2026)] = plan_of(2026)
    assert run() == 0
    assert load("M57", "M57_D", 2026).is_exact
    assert site.asked.count(path_of(2025, "M57_A")) == 1


def test_a_killed_run_left_files_that_the_next_one_imports(
    site: Site, run: Callable[..., int], plan_of: Any, tmp_path: Path
) -> None:
    left = tmp_path / "extra/plans" / path_of(2026)
    left.parent.mkdir(parents=True)
    left.write_bytes(plan_of(2026))
    (tmp_path / "extra/plans/planDeCompte.xml.part").write_bytes(b"<Nomencl")
    assert run() == 0
    assert path_of(2026) not in site.asked
    assert load("M57", "M57_D", 2026).is_exact


@pytest.mark.parametrize(
    "answer", [b"<html><body>Maintenance</body></html>", b"", b"<Nomenclature/>", b"\x00" * 10]
)
def test_an_answer_that_is_no_plan_is_told_and_not_kept(
    site: Site,
    run: Callable[..., int],
    answer: bytes,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    site.routes[path_of(2026)] = answer
    assert run() == 0
    assert "M57_D 2026 : la réponse du site n'est pas un plan" in capsys.readouterr().err
    assert not list((tmp_path / "extra/plans").iterdir())


def test_a_year_that_is_named_is_asked_again(
    site: Site, run: Callable[..., int], plan_of: Any
) -> None:
    site.routes[path_of(2025)] = plan_of(2025, label="Corrigé en cours d'année")
    assert run("--year", "2025") == 0
    assert {path.partition("/")[0] for path in site.asked} == {"2025"}
    account = load("M57", "M57_D", 2025).nature("6011")
    assert account and account.label == "Corrigé en cours d'année"


def test_without_a_folder_the_command_says_where_plans_can_be_kept(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["nomenclature", "update", "--from", site.address]) == 2
    error = capsys.readouterr().err
    assert "BUDGET_NOMENCLATURE" in error and error.count("\n") == 1
    assert not site.asked


INDEX = (
    VariantYears("M57", "M57_D", (2022, 2023, 2025)),
    VariantYears("M4", "M42", (2020, 2021)),
)


def test_missing_plans_are_the_holes_and_the_years_after() -> None:
    found = [(plan.variant, plan.year) for plan in missing(INDEX, 2026)]
    assert found == [("M57_D", 2024), ("M57_D", 2026)]
    assert [plan.path for plan in again(INDEX, [2025])] == [
        "2025/M4/M42/planDeCompte.xml",
        "2025/M57/M57_D/planDeCompte.xml",
    ]
