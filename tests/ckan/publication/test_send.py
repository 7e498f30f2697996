"""``totem-budget send`` against a real portal: what leaves, what goes on line, what fails."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from ckanext.budget.totem.cli import main
from ckanext.budget.totem.send import watch
from ckanext.budget.totem.send.errors import Refused, Unreachable, WrongPortal
from ckanext.budget.totem.send.memory import Memory
from ckanext.budget.totem.send.portal import Portal
from ckanext.budget.totem.send.sender import Outcome, Sender
from ckanext.budget.totem.send.telling import Teller
from ckanext.budget.totem.send.watch import Watcher

from ..conftest import SECRET
from ..planted import planted_document


class Site:
    """The portal on a port of its own, which can stop and start again there."""

    def __init__(self, app: Any) -> None:
        self._app, self.port = app, 0
        self.start()

    def start(self) -> None:
        self._server = make_server("127.0.0.1", self.port, self._app.flask_app, threaded=True)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Wire:
    """The network between the body and the portal: records what leaves, and breaks when asked.

    ``cut_sent``: bytes of the next request after which the wire breaks; ``cut_answer``: the next
    answer never comes, though the portal did its work.
    """

    def __init__(self, port: int) -> None:
        self.target, self.sent = port, bytearray()
        self.cut_sent: int | None = None
        self.cut_answer = False
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            portal = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            client.close()
            return
        back = threading.Thread(target=self._back, args=(portal, client), daemon=True)
        back.start()
        left, self.cut_sent = self.cut_sent, None
        while data := _received(client):
            self.sent += data
            if left is not None and len(self.sent) >= left:
                break
            portal.sendall(data)
        if left is not None:
            client.shutdown(socket.SHUT_RDWR)
            portal.shutdown(socket.SHUT_RDWR)
        back.join()
        client.close()
        portal.close()

    def _back(self, portal: socket.socket, client: socket.socket) -> None:
        cut, self.cut_answer = self.cut_answer, False
        while data := _received(portal):
            if not cut:
                client.sendall(data)
        with_peace(lambda: client.shutdown(socket.SHUT_RDWR))


def _received(one: socket.socket) -> bytes:
    try:
        return one.recv(1 << 16)
    except OSError:
        return b""


def with_peace(call: Callable[[], Any]) -> None:
    """A wire that is cut already cannot be cut."""
    with suppress(OSError):
        call()


@pytest.fixture
def site(portal: Any, app: Any) -> Iterator[Site]:
    found = Site(app)
    yield found
    found.stop()


@pytest.fixture
def wire(site: Site) -> Iterator[Wire]:
    found = Wire(site.port)
    yield found
    found.close()


@pytest.fixture
def editor(portal: Any) -> dict[str, Any]:
    from ckan.tests import factories

    user = factories.UserWithToken()
    portal.action(
        "organization_member_create",
        id=portal.organization["id"],
        username=user["name"],
        role="editor",
    )
    return user


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    return folder


class Kit:
    """One computer of a body: its sender, its folder under watch, what it said."""

    def __init__(self, wire: Wire, editor: dict[str, Any], exports: Path, state: Path) -> None:
        self.wire, self.token, self.exports, self.state = wire, editor["token"], exports, state
        self.told: list[Outcome] = []
        self.warned: list[str] = []
        self.pauses: list[float] = []
        self.restart()

    def restart(self) -> None:
        self.watcher = Watcher(self.exports, self.sender, self.told.append, self.warned.append)

    def sender(self, tries: int = 3) -> Sender:
        portal = Portal(self.wire.url, self.token, tries, self.pauses.append)
        return Sender(portal, "collectivites", "strict", Memory(self.state, "x"))

    def put(self, name: str, content: bytes) -> Path:
        path = self.exports / name
        path.write_bytes(content)
        return path

    def passes(self, number: int = 2) -> list[tuple[str, str]]:
        """File and state of what is told by so many passes."""
        self.told.clear()
        for _ in range(number):
            self.watcher.once()
        return [(outcome.file, outcome.state) for outcome in self.told]


@pytest.fixture
def kit(wire: Wire, editor: dict[str, Any], exports: Path, tmp_path: Path) -> Kit:
    return Kit(wire, editor, exports, tmp_path / "state")


def test_no_planted_name_leaves_the_computer(portal: Any, kit: Kit, make_document: Any) -> None:
    planted = planted_document(make_document(), "314")
    path = kit.put("budget de M. QUATREPLANCHES314.xml", planted.content)
    [outcome] = kit.sender().send(path)
    assert outcome.state == "online", outcome
    assert b"COMMUNE D'ESSAI" in kit.wire.sent, "the wire records the document"
    left = {place for place, name in planted.names.items() if name.encode() in kit.wire.sent}
    assert not left
    assert b"QUATREPLANCHES" not in kit.wire.sent, "neither in the name of the file"
    assert len(portal.budgets()) == 1


def test_an_archive_leaves_document_by_document(portal: Any, kit: Kit, make_document: Any) -> None:
    path = kit.exports / "QUATREPLANCHES.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for year in (2021, 2022):
            archive.writestr(f"QUATREPLANCHES-{year}.xml", make_document(year=year))
    assert [one.state for one in kit.sender().send(path)] == ["online", "online"]
    assert b"QUATREPLANCHES" not in kit.wire.sent
    assert len(portal.budgets()) == 2


def test_what_the_accounting_software_does_to_a_folder(
    portal: Any, kit: Kit, make_document: Any
) -> None:
    """Slow writes, a rename, the same twice, a corrected one, a bad one: each once on line."""
    content = make_document()
    half = kit.put("bp.xml", content[: len(content) // 2])
    assert kit.passes(1) == [], "a file is left alone until it stops growing"
    half.write_bytes(content[:-40])
    assert kit.passes(1) == []
    half.write_bytes(content)
    assert kit.passes(3) == [("bp.xml", "online")]

    half.rename(kit.exports / "bp-2022.xml")
    assert kit.passes() == [("bp-2022.xml", "known")]
    kit.put("copie.xml", content)
    assert kit.passes() == [("copie.xml", "known")]
    assert kit.passes() == []

    kit.put("bp-corrige.xml", make_document(amount="1600.00"))
    assert kit.passes() == [("bp-corrige.xml", "online")]
    assert "remplacé" in kit.told[0].sentence

    kit.put("mauvais.xml", b"<html><body>rien</body></html>")
    kit.put("brouillon.tmp", content)
    assert kit.passes() == [("mauvais.xml", "refused")]
    assert kit.passes() == [], "what is wrong is told once"

    kit.restart()
    assert kit.passes() == [], "nor after a restart"
    [name] = portal.budgets()
    table = next(r for r in portal.dataset(name)["resources"] if r["role"] == "scdl")
    amounts = {row["BGT_MTPREV"] for row in portal.rows(table["id"])["records"]}
    assert any(str(amount).startswith("1600") for amount in amounts), "the corrected one is there"
    assert kit.warned == []


def test_a_season_of_an_accounting_software(
    portal: Any, kit: Kit, site: Site, editor: dict[str, Any], make_document: Any
) -> None:
    """Everything that goes wrong, in one life of the watch: each document is once on line, the log
    says what became of each file, and no planted name is in the record of the wire."""
    from ckan.tests import factories

    from ckanext.budget.totem.files import sha256_of

    planted = {year: planted_document(make_document(year=year), "271") for year in (2020, 2021)}
    corrected = planted_document(make_document(year=2021, amount="1700.00"), "271")
    originals = [*planted.values(), corrected]
    log = kit.state / "journal.txt"
    kit.state.mkdir(exist_ok=True)

    def passes(number: int = 2) -> list[tuple[str, str]]:
        found = kit.passes(number)
        with Teller(log, as_json=False) as teller:
            for outcome in kit.told:
                teller.tell(outcome)
        return found

    # it writes slowly, and the network is cut in the middle of the sending
    slow = kit.put("QUATREPLANCHES-2020.xml", planted[2020].content[:700])
    assert passes(1) == []
    slow.write_bytes(planted[2020].content)
    kit.wire.cut_sent = 500
    assert passes() == [(slow.name, "online")]
    assert kit.pauses == [1]

    # it renames, writes the same twice, and something that is no budget
    slow.rename(kit.exports / "envoi 1.xml")
    kit.put("envoi 1 (copie).xml", planted[2020].content)
    kit.put("journal.xml", b"<journal>export du jour</journal>")
    assert sorted(passes()) == [
        ("envoi 1 (copie).xml", "known"),
        ("envoi 1.xml", "known"),
        ("journal.xml", "refused"),
    ]

    # the token is revoked while a second document comes
    [token] = portal.action("api_token_list", user_id=editor["id"])
    portal.action("api_token_revoke", jti=token["id"])
    kit.put("envoi 2.xml", planted[2021].content)
    assert passes(3) == []
    kit.token = factories.APIToken(user=editor["name"])["token"]
    assert passes() == [("envoi 2.xml", "online")]

    # the portal restarts while it is corrected, then an answer is lost
    site.stop()
    kit.put("envoi 2 corrigé.xml", corrected.content)
    assert passes(3) == []
    site.start()
    kit.wire.cut_answer = True
    assert [state for name, state in passes(3) if name == "envoi 2 corrigé.xml"] == ["unchanged"]
    assert passes() == [], "and then nothing more"
    kit.restart()
    assert passes() == [], "nor when the computer starts again"

    assert [sentence.split(" : ")[0] for sentence in kit.warned] == [
        "Le portail refuse ce jeton",
        "Les envois reprennent.",
        "Le portail ne répond pas",
        "Les envois reprennent.",
    ]
    lines = log.read_text(encoding="utf-8").splitlines()
    for words, number in {
        "EN LIGNE   QUATREPLANCHES-2020.xml · ": 1,
        "INCHANGÉ   envoi 1.xml · ": 1,
        "INCHANGÉ   envoi 1 (copie).xml · ": 1,
        "REFUSÉ     journal.xml · ": 1,
        "EN LIGNE   envoi 2.xml · ": 1,
        "INCHANGÉ   envoi 2 corrigé.xml · ": 1,
    }.items():
        assert sum(words in line for line in lines) == number, (words, lines)
    online = [portal.dataset(name) for name in portal.budgets()]
    assert sorted(one["fiscal_year"] for one in online) == ["2020", "2021"]
    for dataset in online:
        roles = [resource["role"] for resource in dataset["resources"]]
        assert len(roles) == len(set(roles)), "each document once"
    table = next(r for r in online[1]["resources"] if r["role"] == "scdl")
    amounts = {str(row["BGT_MTPREV"]) for row in portal.rows(table["id"])["records"]}
    assert any(amount.startswith("1700") for amount in amounts), "the corrected one"

    sent = bytes(kit.wire.sent)
    assert sent.count(b"POST /api/3/action/budget_publish") >= 5, "all of it was recorded"
    hidden = {name for one in originals for name in one.names.values()} | {SECRET}
    hidden |= {path.stem for path in kit.exports.iterdir()} | {"QUATREPLANCHES"}
    hidden |= {sha256_of(path) for path in kit.exports.iterdir()}
    for name in hidden:
        for encoding in ("utf-8", "latin-1", "utf-16-le"):
            assert name.encode(encoding, "ignore") not in sent, name


def test_a_cut_while_sending_is_tried_again(portal: Any, kit: Kit, make_document: Any) -> None:
    kit.wire.cut_sent = 500
    assert kit.passes() == []
    kit.put("bp.xml", make_document())
    assert kit.passes() == [("bp.xml", "online")]
    assert kit.pauses == [1], "one try more, after a second"
    assert len(portal.budgets()) == 1


def test_a_lost_answer_does_not_publish_twice(portal: Any, kit: Kit, make_document: Any) -> None:
    kit.put("bp.xml", make_document())
    kit.wire.cut_answer = True
    assert kit.passes() == [("bp.xml", "unchanged")]
    [name] = portal.budgets()
    assert len({r["role"] for r in portal.dataset(name)["resources"]}) == len(
        portal.dataset(name)["resources"]
    )


def test_a_portal_that_restarts_is_waited_for(
    portal: Any, kit: Kit, site: Site, make_document: Any
) -> None:
    site.stop()
    kit.put("bp.xml", make_document())
    assert kit.passes(3) == []
    assert len(kit.warned) == 1, "told once, not at each pass"
    assert "ne répond pas" in kit.warned[0]
    assert kit.pauses == [1, 2] * 2, "bounded tries, longer and longer"
    site.start()
    assert kit.passes(1) == [("bp.xml", "online")]
    assert kit.warned[-1] == "Les envois reprennent."


def test_a_revoked_token_stops_and_a_new_one_goes_on(
    portal: Any, kit: Kit, editor: dict[str, Any], make_document: Any
) -> None:
    from ckan.tests import factories

    [token] = portal.action("api_token_list", user_id=editor["id"])
    portal.action("api_token_revoke", jti=token["id"])
    kit.put("bp.xml", make_document())
    assert kit.passes() == []
    [sentence] = kit.warned
    assert "jeton" in sentence
    assert kit.pauses == [], "asking again would not help"
    kit.token = factories.APIToken(user=editor["name"])["token"]
    assert kit.passes(1) == [("bp.xml", "online")]


def test_what_is_no_file_or_cannot_be_read_holds_nothing_up(
    portal: Any, kit: Kit, make_document: Any, tmp_path: Path
) -> None:
    """A pipe, a folder, a loop of links, a file that another program locks: told once at most."""
    os.mkfifo(kit.exports / "a.xml")
    (kit.exports / "b.xml").mkdir()
    (kit.exports / "c.xml").symlink_to("c.xml")
    (kit.exports / "d.xml").symlink_to("/proc/self/mem")  # opens, and gives an error when read
    elsewhere = tmp_path / "archive.xml"
    elsewhere.write_bytes(make_document(year=2021))
    (kit.exports / "lien.xml").symlink_to(elsewhere)
    kit.put("Où ça ? é\u0301 \u202e✓ C:\\budgets\\bp.xml", make_document())
    assert sorted(state for _name, state in kit.passes(3)) == ["online", "online"]
    [sentence] = kit.warned
    assert sentence.startswith("d.xml : ")
    assert len(portal.budgets()) == 2


def test_a_clock_that_is_set_back_loses_nothing(portal: Any, kit: Kit, make_document: Any) -> None:
    path = kit.put("bp.xml", make_document())
    os.utime(path, (4e9, 4e9))
    assert kit.passes() == [("bp.xml", "online")]
    path.write_bytes(make_document(amount="1600.00"))
    os.utime(path, (0, 0))
    assert kit.passes() == [("bp.xml", "online")]


def test_of_too_many_files_the_newest_are_looked_at(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "MAX_FILES", 2)
    for age, name in enumerate(("c.xml", "a.xml", "b.xml")):
        os.utime(kit.put(name, b"x"), (1e9 - age, 1e9 - age))
    assert [path.name for path in watch.candidates(kit.exports)] == ["a.xml", "c.xml"]


def test_errors_stay_at_home_unless_asked(portal: Any, kit: Kit, make_document: Any) -> None:
    path = kit.put("bp.xml", make_document(siret="21670482500018"))
    [outcome] = kit.sender().send(path)
    assert outcome.state == "blocked"
    assert outcome.details
    assert kit.wire.sent == b""


def test_the_portal_has_the_last_word(portal: Any, kit: Kit, make_document: Any) -> None:
    path = kit.put("bp.xml", make_document(draft=True))
    [outcome] = kit.sender().send(path)
    assert outcome.state == "refused"
    assert "Projet de budget" in outcome.sentence


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://www.portail.fr", "https://"),
        ("portail", "en entier"),
        ("https://nom:secret@portail.fr", "en entier"),
        ("ftp://portail.fr", "en entier"),
    ],
)
def test_an_address_that_would_betray_the_token_is_refused(address: str, said: str) -> None:
    with pytest.raises(WrongPortal, match=said):
        Portal(address, "x", 1, lambda _: None)


ANSWERS = [
    (302, b"", WrongPortal, "autre adresse"),
    (404, b"<html>", WrongPortal, "aucun portail"),
    (200, b"<html>", WrongPortal, "aucun portail"),
    (503, b"", Unreachable, "indisponible"),
    (413, b"", Refused, "taille"),
    (409, b'{"error": {"upload": ["Non."], "__type": "x"}}', Refused, "Non."),
    (409, b'{"error": {"upload": ["Plus tard."], "transient": ["true"]}}', Unreachable, "tard"),
    (409, b"[]", WrongPortal, "aucun portail"),
]


@pytest.mark.parametrize(("code", "body", "kind", "said"), ANSWERS)
def test_each_answer_has_its_sentence(
    code: int, body: bytes, kind: type[Exception], said: str
) -> None:
    from werkzeug.wrappers import Response

    def answer(environ: Any, start: Any) -> Any:
        where = {"Location": "/elsewhere"} if code == 302 else {}
        return Response(body, code, where)(environ, start)

    server = make_server("127.0.0.1", 0, answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    pauses: list[float] = []
    try:
        with pytest.raises(kind, match=said):
            Portal(f"http://127.0.0.1:{server.server_port}", "x", 3, pauses.append).organizations()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert len(pauses) == (2 if kind is Unreachable else 0)


@pytest.fixture
def command(
    kit: Kit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., tuple[int, list[str]]]:
    """``command("bp.xml", …)``: exit code and lines of the whole command."""
    monkeypatch.setenv("TOTEM_BUDGET_TOKEN", kit.token)

    def run(*words: str) -> tuple[int, list[str]]:
        common = ["--portal", kit.wire.url, "--state", str(kit.state), "--tries", "1"]
        code = main(["send", *words, *common])
        captured = capsys.readouterr()
        return code, (captured.out + captured.err).splitlines()

    return run


def test_the_command_says_what_went_on_line_and_where(
    portal: Any, kit: Kit, command: Any, make_document: Any
) -> None:
    path = str(kit.put("bp.xml", make_document()))
    code, lines = command(path, path)
    assert code == 0
    assert lines[0].startswith("EN LIGNE")
    assert f"{kit.wire.url}/budget/" in lines[0]
    assert lines[1].startswith("INCHANGÉ")
    assert lines[2] == "2 en ligne, 0 non publié(s)."


def test_a_folder_says_how_many_and_a_program_reads_json(
    portal: Any, kit: Kit, command: Any, make_document: Any
) -> None:
    kit.put("a.xml", make_document())
    kit.put("b.xml", b"rien")
    code, lines = command(str(kit.exports), "--json")
    told = [json.loads(line) for line in lines]
    assert code == 1
    assert [(one["file"], one["state"]) for one in told] == [
        ("a.xml", "online"),
        ("b.xml", "refused"),
    ]
    assert command(str(kit.exports)) == (0, ["0 en ligne, 0 non publié(s)."])


def test_without_network_the_command_ends_with_one_sentence(
    portal: Any, kit: Kit, site: Site, command: Any, make_document: Any
) -> None:
    site.stop()
    code, lines = command(str(kit.put("bp.xml", make_document())))
    site.start()
    assert code == 2
    assert lines == [lines[0]] and "ne répond pas" in lines[0]


def test_the_proxy_of_the_environment_is_used(
    portal: Any, kit: Kit, wire: Wire, make_document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wire stands for the proxy: the request line has the whole address."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", wire.url)
    site = f"http://localhost:{wire.target}"
    assert Portal(site, kit.token, 1, lambda _: None).organizations()
    assert bytes(wire.sent).startswith(f"POST {site}/api/3/action/".encode())


def test_the_watch_stops_cleanly_and_leaves_a_log(
    portal: Any, kit: Kit, make_document: Any
) -> None:
    kit.put("bp.xml", make_document())
    words = [str(kit.exports), "--watch", "--interval", "1"]
    words += ["--portal", kit.wire.url, "--state", str(kit.state)]
    process = subprocess.Popen(
        [sys.executable, "-m", "ckanext.budget.totem.cli", "send", *words],
        env={**os.environ, "TOTEM_BUDGET_TOKEN": kit.token},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    while "EN LIGNE" not in (line := process.stdout.readline()):
        assert line, "the watch ended before it sent the document"
    process.terminate()
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "arrêtée" in rest
    log = (kit.exports / "journal-des-envois.txt").read_text(encoding="utf-8")
    assert "bp.xml · Budget primitif 2022, COMMUNE D'ESSAI · publié" in log
    assert "QUATREPLANCHES" not in log


def test_four_questions_then_nothing_more_to_say(
    portal: Any, kit: Kit, make_document: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    keyring = pytest.importorskip("keyring")
    kept: dict[tuple[str, str], str] = {}
    monkeypatch.setattr(keyring, "set_password", lambda *a: kept.__setitem__(a[:2], a[2]))
    monkeypatch.setattr(keyring, "get_password", lambda *a: kept.get(a))
    monkeypatch.setattr("getpass.getpass", lambda _question: kit.token)
    answers = iter([f"{kit.wire.url}/\n", f"{kit.exports}\n"])
    monkeypatch.setattr(sys, "stdin", type("Lines", (), {"readline": lambda _: next(answers)})())
    assert main(["send", "--setup", "--state", str(kit.state)]) == 0
    assert kit.token not in "".join(path.read_text() for path in kit.state.iterdir())
    kit.put("bp.xml", make_document())
    assert main(["send", "--state", str(kit.state)]) == 0
    assert "EN LIGNE" in capsys.readouterr().out


def test_the_help_waits_for_nothing_heavy() -> None:
    """Its start is that of the interpreter: neither requests nor lxml is imported."""
    code = (
        "import sys, ckanext.budget.totem.cli as cli\n"
        "try: cli.main(['send', '--help'])\n"
        "except SystemExit: pass\n"
        "sys.exit(bool({'requests', 'lxml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False)
    assert done.returncode == 0


def test_a_damaged_memory_is_one_sentence(tmp_path: Path) -> None:
    from ckanext.budget.totem.errors import TotemError

    (tmp_path / "sent.json").write_text("{")
    with pytest.raises(TotemError, match="abîmé"):
        Memory(tmp_path, "x")


def test_the_memory_tells_nothing_of_the_document(
    portal: Any, kit: Kit, make_document: Any
) -> None:
    from ckanext.budget.totem.files import sha256_of

    path = kit.put("bp.xml", make_document())
    kit.sender().send(path)
    text = (kit.state / "sent.json").read_text()
    assert sha256_of(path) not in text
    assert "QUATREPLANCHES" not in text
