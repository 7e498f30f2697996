"""``ckan budget purge``, ``republish``, and ``bodies``: who publishes for which public body."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import click


@click.command()
def purge() -> None:
    """Remove for good the budgets and files that were deleted some time ago.

    The delay is ckanext.budget.purge_days. `ckan budget control run` does it every day.
    """
    from ckanext.budget.core import workdir
    from ckanext.budget.publication import purge as erasure

    others = sum(sweeper() for room, sweeper in workdir.SWEEPERS.items() if room != "publication")
    tally = erasure.purge()
    click.echo(
        f"Effacé : {tally.datasets} jeu(x) de données, {tally.resources} ressource(s), "
        f"{tally.files} fichier(s), {tally.tables} table(s) du DataStore, {tally.rows} rapport(s), "
        f"empreinte(s) et résumé(s), {tally.activities} révision(s) du fil d'activité, "
        f"{others} dépôt(s), dossier(s) de travail et révision(s) de source."
    )


@click.command()
def republish() -> None:
    """Make again, from the masked XML, what an earlier version masked and converted.

    Run it after an upgrade. Interrupted, it is run again and goes on. Harvested documents are also
    read again at their source by the next harvest.
    """
    from tqdm import tqdm

    from ckanext.budget.publication import republish as again

    with tqdm(total=len(again.left()), unit="document", disable=None) as progress:
        tally = again.republish(progress.update)
    for failure in tally.failures:
        click.secho(failure, fg="red", err=True)
    click.echo(f"{tally.documents} document(s) refait(s), {len(tally.failures)} laissé(s).")
    if tally.failures:
        raise SystemExit(1)


@click.group(short_help="Which organisation publishes for which public body.")
def bodies() -> None:
    """Nobody else publishes the budgets of a body that an organisation holds."""


@bodies.command(name="list")
def show() -> None:
    """SIREN and organisation, one line each."""
    from ckanext.budget.publication import ownership

    for siren, name in ownership.listed():
        click.echo(f"{siren} {name}")


@bodies.command()
@click.argument("siren")
@click.argument("organization")
@click.option("--hand-over", is_flag=True, help="Move the budgets too, deleted ones included.")
def assign(siren: str, organization: str, hand_over: bool) -> None:
    """Give the body SIREN to ORGANIZATION (name or id)."""
    moved = _assigned(siren, organization, hand_over)
    click.echo(
        f"{siren} : confiée à « {organization} », {len(moved)} jeu(x) de données déplacé(s)."
    )


@bodies.command()
@click.argument("siren")
def release(siren: str) -> None:
    """Nobody holds the body SIREN any more."""
    _assigned(siren, "", False)
    click.echo(f"{siren} : n'est plus confiée à personne.")


@bodies.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """Give the bodies of FILE, a CSV of two columns: siren, organization."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for number, row in enumerate(rows, start=2):
        if not row.get("siren") or not row.get("organization"):
            raise click.ClickException(
                f"Ligne {number} : deux colonnes sont attendues, « siren » et « organization »."
            )
        _assigned(row["siren"], row["organization"], False)
    click.echo(f"{len(rows)} collectivité(s) confiée(s).")


@bodies.command()
@click.option("--apply", "is_applied", is_flag=True, help="Give them; without it nothing changes.")
def propose(is_applied: bool) -> None:
    """Tell which organisations are bodies of the list of territories, by SIREN or by name."""
    from ckanext.budget.core.tables import is_ready
    from ckanext.budget.publication import ownership
    from ckanext.budget.publication.body_proposals import proposals

    if not is_ready():
        raise click.ClickException("Tables absentes : lancez « ckan db upgrade -p budget ».")
    sure = left = 0
    for one in proposals():
        told = ", ".join(f"{body.siren} {body.name} ({body.code})" for body in one.bodies)
        click.echo(f"{one.organization.name} « {one.organization.title} » : {told}, {one.why}.")
        left += not one.is_sure
        if not one.is_sure:
            continue
        sure += 1
        siren = one.bodies[0].siren
        others = ownership.datasets_of_others(siren, one.organization.id)
        if others:
            click.echo(
                f"  {len(others)} budget(s) publié(s) par d'autres : pour les déplacer aussi, ckan "
                f"budget bodies assign {siren} {one.organization.name} --hand-over"
            )
        if is_applied:
            _assigned(siren, one.organization.id, False)
    done = "confiée(s)" if is_applied else "à confier ; rien n'est changé sans --apply"
    click.echo(f"{left} organisation(s) laissée(s), {sure} collectivité(s) {done}.")


@click.command()
@click.argument("dataset")
@click.argument("document")
@click.option("--reason", required=True, help="Why; shown to the editors of the organisation only.")
def withdraw(dataset: str, document: str, reason: str) -> None:
    """Take DOCUMENT (21670482500019-2022-bp) of DATASET off line: CSV, XML and annexes."""
    data = {"package_id": dataset, "document": document, "reason": reason}
    _done("budget_document_withdraw", data)
    click.echo(f"{document} : retiré de « {dataset} ».")


@click.command(name="put-back")
@click.argument("dataset")
@click.argument("document")
@click.option("--from-source", is_flag=True, help="Put nothing back: let its source publish it.")
def put_back(dataset: str, document: str, from_source: bool) -> None:
    """Put the withdrawn DOCUMENT of DATASET on line again."""
    data = {"package_id": dataset, "document": document, "from_source": from_source}
    _done("budget_document_restore", data)
    told = "sa source peut le publier de nouveau" if from_source else "remis en ligne"
    click.echo(f"{document} : {told}.")


@click.command()
@click.argument("dataset")
def withdrawals(dataset: str) -> None:
    """What was withdrawn from DATASET, why, and what came back."""
    states = {"withdrawn": "hors ligne", "allowed": "attend sa source", "back": "en ligne"}
    for item in _done("budget_withdrawal_list", {"package_id": dataset}):
        day = item["withdrawn"][:10]
        click.echo(f"{item['document']} {day} {states[item['state']]} : {item['reason']}")


@click.command()
@click.argument("dataset")
def restore(dataset: str) -> None:
    """Bring the deleted DATASET back with the documents that it had."""
    _done("budget_dataset_restore", {"package_id": dataset})
    click.echo(f"{dataset} : restauré.")


BACK = (withdraw, put_back, withdrawals, restore)


def _assigned(siren: str, organization: str, hand_over: bool) -> list[str]:
    data = {"siren": siren, "owner_org": organization, "hand_over": hand_over}
    return list(_done("budget_body_assign", data, siren)["moved"])


def _done(action: str, data: dict[str, Any], about: str = "") -> Any:
    """What the action answers to the portal itself. Raises ClickException with its sentence."""
    import ckan.plugins.toolkit as tk

    from ckanext.budget.core.contexts import site_context

    about = about or data["package_id"]
    try:
        return tk.get_action(action)(site_context(), data)
    except tk.ValidationError as error:
        reasons = "; ".join(map(str, error.error_summary.values()))
        raise click.ClickException(f"{about} : {reasons}") from error
    except tk.ObjectNotFound as error:
        raise click.ClickException(f"{about} : {error.message}") from error
