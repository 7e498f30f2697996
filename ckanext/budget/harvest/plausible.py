"""A listing that loses too much is believed at the second night only.

A maintenance page, an unmounted folder or an export that failed looks like a source whose documents
were all withdrawn. When more than a share of them (``ckanext.budget.withdrawn_share``) is missing,
the harvest says so and withdraws nothing; the next one, at night or by a click, withdraws what both
missed.
"""

from __future__ import annotations

from collections.abc import Mapping

from ckan import model
from ckanext.harvest.model import HarvestGatherError, HarvestJob, HarvestObject

from ckanext.budget import config
from ckanext.budget.harvest.objects import Remembered

_BEGINNING = "Retraits en attente :"

_SENTENCE = (
    _BEGINNING
    + " {lost} document(s) publié(s) sur {known} ne sont plus dans la source. Rien n'est "
    "retiré cette fois : si le prochain moissonnage ne les voit pas non plus, ils le seront. "
    "Vérifiez la source ; si ces retraits sont voulus, relancez le moissonnage."
)


def doubt(known: Mapping[str, Remembered], gone: Mapping[str, Remembered]) -> str | None:
    """The sentence that tells why ``gone`` is not believed at first; None when it is."""
    published = sum(bool(item.package_id) for item in known.values())
    if len(gone) <= config.withdrawn_share() * published:
        return None
    return _SENTENCE.format(lost=len(gone), known=published)


def missed_twice(job: HarvestJob, gone: Mapping[str, Remembered]) -> dict[str, Remembered]:
    """Those of ``gone`` that the source's former harvest had missed and doubted too."""
    former = _former_job(job)
    if former is None or not _doubted(former):
        return {}
    query = model.Session.query(HarvestObject.guid).filter_by(harvest_job_id=former)
    listed = {row.guid for row in query}
    return {guid: item for guid, item in gone.items() if guid not in listed}


def _former_job(job: HarvestJob) -> str | None:
    query = model.Session.query(HarvestJob.id).filter(
        HarvestJob.source_id == job.source_id, HarvestJob.created < job.created
    )
    return query.order_by(HarvestJob.created.desc()).limit(1).scalar()


def _doubted(job_id: str) -> bool:
    query = model.Session.query(HarvestGatherError.id).filter(
        HarvestGatherError.harvest_job_id == job_id,
        HarvestGatherError.message.startswith(_BEGINNING),
    )
    return model.Session.query(query.exists()).scalar()
