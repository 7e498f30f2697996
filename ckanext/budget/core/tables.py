"""Every table of the extension, in one MetaData (made by ``migration/budget``, never from here).

The MetaData is our own: CKAN's tests throw CKAN's away and read it again.
"""

from __future__ import annotations

import logging

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB

log = logging.getLogger(__name__)

metadata = sa.MetaData()


_ready: set[str] = set()
"""Addresses of the databases whose tables were seen: tables that exist do not go away."""


def is_ready() -> bool:
    """Whether the tables exist: without them (``ckan db upgrade -p budget``) nothing is kept."""
    address = str(model.Session.get_bind().url)
    if address not in _ready:
        if not set(metadata.tables) <= set(
            sa.inspect(model.Session.connection()).get_table_names()
        ):
            log.warning("tables of ckanext-budget are missing: run ckan db upgrade -p budget")
            return False
        _ready.add(address)
    return True


report_table = sa.Table(
    "budget_report",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("resource_id", sa.Text),
    sa.Column("package_id", sa.Text),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("rules_version", sa.Text, nullable=False),
    sa.Column("errors", sa.Integer, nullable=False),
    sa.Column("warnings", sa.Integer, nullable=False),
    sa.Column("infos", sa.Integer, nullable=False),
    sa.Column("codes", JSONB, nullable=False),
    sa.Column("result", JSONB, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    sa.Index("budget_report_resource_idx", "resource_id", "created"),
    sa.Index("budget_report_package_idx", "package_id"),
)
"""``kind``: totem, scdl or link; ``sha256``: of the file as published; ``codes``: number of
findings by rule; ``result``: the findings and what is needed to show them."""

deposit_table = sa.Table(
    "budget_deposit",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("organization_id", sa.Text, nullable=False),
    sa.Column("answers", JSONB, nullable=False),
    sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    sa.Index("budget_deposit_user_idx", "user_id"),
)
"""``answers``: what the publisher wrote on the sheet of each dataset, by the dataset's key."""

deposit_file_table = sa.Table(
    "budget_deposit_file",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column(
        "deposit_id",
        sa.Text,
        sa.ForeignKey("budget_deposit.id", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("target", sa.Text),
    sa.Column("package_id", sa.Text),
    sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
    sa.Index("budget_deposit_file_deposit_idx", "deposit_id"),
    sa.Index("budget_deposit_file_target_idx", "target"),
)
"""``state``: waiting (for the worker), ready, blocked (errors of the rules), refused, publishing,
published. ``message``: a French sentence. ``target``: the resource that a large upload of a form
will become. ``package_id``: the dataset, once published."""

summary_table = sa.Table(
    "budget_summary",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("siret", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("year", sa.Integer),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("population", sa.Integer),
    sa.Column("basis", sa.Text),
    sa.Column("figures", JSONB, nullable=False),
    sa.Column("chapters", JSONB, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    sa.Index("budget_summary_sha256_idx", "sha256"),
    sa.Index("budget_summary_siret_idx", "siret"),
    sa.Index("budget_summary_like_idx", "year", "stage", "population"),
)
"""One row per file and per what the portal knows of it; ``body`` is gzipped JSON."""

summary_resource_table = sa.Table(
    "budget_summary_resource",
    metadata,
    sa.Column("resource_id", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("key", sa.Text, sa.ForeignKey("budget_summary.key", ondelete="SET NULL")),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
    sa.Index("budget_summary_resource_key_idx", "key"),
)
"""The last known state of each resource: ``ready``, ``computing`` or ``failed``."""

territory_table = sa.Table(
    "budget_territory",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("siren", sa.Text, nullable=False),
    sa.Column("department", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("population", sa.Integer),
    sa.Column("geometry", JSONB(none_as_null=True)),
    sa.Column("source", sa.Text, nullable=False),
    sa.Index("budget_territory_siren_idx", "siren"),
)
"""``code``: INSEE code, or SIREN of an EPCI; ``geometry``: GeoJSON in WGS 84."""

push_table = sa.Table(
    "budget_push",
    metadata,
    sa.Column("package_id", sa.Text, primary_key=True),
    sa.Column("target", sa.Text, primary_key=True),
    sa.Column("organization", sa.Text, nullable=False),
    sa.Column("remote_id", sa.Text, nullable=False),
    sa.Column("page", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("resources", JSONB, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
)
"""``target``: address of the udata site; ``state``: sending, published, archived, gone, failed;
``resources``: our resource id -> udata's; ``fingerprint``: of what was last accepted."""

confirmation_table = sa.Table(
    "budget_confirmation",
    metadata,
    sa.Column("siren", sa.Text, primary_key=True),
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("organization_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("created", sa.DateTime(timezone=True), nullable=False),
)
"""``token``: keyed digest of a name that a publisher of the body said to be a body's."""

version_table = sa.Table(
    "budget_version",
    metadata,
    sa.Column("resource_id", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("maker", sa.Integer, nullable=False, server_default="1"),
)
"""``digest``: keyed (``core/digests``), of the raw bytes that the resource was made from. It leaves
by no action, page, index or log. ``maker``: ``totem.maker.MAKER`` of the version that made it."""

masking_table = sa.Table(
    "budget_masking",
    metadata,
    sa.Column("resource_id", sa.Text, primary_key=True),
    sa.Column("policy", sa.Text, nullable=False),
    sa.Column("counts", JSONB, nullable=False),
)
"""What masking did in the document of each SCDL resource. ``counts``: ``PRET/NomBenefPret`` ->
values found, masked, and asked (masked, maybe a legal person's); never a value."""

reference_table = sa.Table(
    "budget_reference",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("nature", sa.Text, primary_key=True),
    sa.Column("year", sa.Integer, primary_key=True),
    sa.Column("population_min", sa.Integer, primary_key=True),
    sa.Column("figure", sa.Text, primary_key=True),
    sa.Column("population_max", sa.Integer),
    sa.Column("value", sa.BigInteger, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
)
"""Averages of a stratum (cents per inhabitant), and yearly consumer prices (``price_index``,
hundredths); ``nature`` is an EPCI's, ``source`` what readers are told."""

body_table = sa.Table(
    "budget_body",
    metadata,
    sa.Column("siren", sa.Text, primary_key=True),
    sa.Column("organization_id", sa.Text, nullable=False),
    sa.Column("set_by", sa.Text, nullable=False),
    sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    sa.Index("budget_body_organization_idx", "organization_id"),
)
"""The organisation that holds a SIREN: nobody else publishes the budgets of that body.
``set_by``: name of the account that said so."""

withdrawal_table = sa.Table(
    "budget_withdrawal",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("package_id", sa.Text, nullable=False),
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("resources", JSONB, nullable=False),
    sa.Column("withdrawn", sa.DateTime(timezone=True), nullable=False),
    sa.Column("withdrawn_by", sa.Text, nullable=False),
    sa.Column("settled", sa.DateTime(timezone=True)),
    sa.Column("settled_by", sa.Text),
    sa.Index("budget_withdrawal_package_idx", "package_id"),
)
"""A publisher took the document ``slug`` off line: why, who (ids of accounts), and its resources as
they were. ``state``: withdrawn, allowed (its source may publish it again), back (it is online, put
back or published again). CKAN itself forgets a deleted resource at the next change of its dataset,
hence the copy."""

source_grant_table = sa.Table(
    "budget_source_grant",
    metadata,
    sa.Column("source_id", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("granted_by", sa.Text, nullable=False),
    sa.Column("granted", sa.DateTime(timezone=True), nullable=False),
)
"""Which privileged configuration of a harvest source an administrator of the portal saved:
``fingerprint`` is of what was allowed, ``granted_by`` the id of the account."""

conflict_table = sa.Table(
    "budget_conflict",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("package_id", sa.Text, nullable=False),
    sa.Column("source_id", sa.Text, nullable=False),
    sa.Column("owner_id", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    sa.Column("settled", sa.DateTime(timezone=True)),
    sa.Column("settled_by", sa.Text),
    sa.Column("fingerprint", sa.Text),
    sa.UniqueConstraint("package_id", "slug", "source_id", "owner_id", name="budget_conflict_key"),
    sa.Index("budget_conflict_source_idx", "source_id"),
)
"""A source offers the document ``slug`` of a dataset that the organisation ``owner_id`` owns;
``state``: open, accepted (the source may publish it there), refused. An owner's decision binds no
later owner, and is about the source with this ``fingerprint`` (as in ``budget_source_grant``)."""
