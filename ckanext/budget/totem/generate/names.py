"""Fake names, and where each was planted, so that tests can search for them.

Names come from the ``faker`` library (fr_FR), seeded by the document: the same document always
holds the same names (with the same version of faker).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from ckanext.budget.totem.errors import TotemError
from ckanext.budget.totem.generate.chance import chance
from ckanext.budget.totem.generate.scenarios import Spec

if TYPE_CHECKING:
    from faker import Faker


PRIVATE, ELECTED, STAFF, WEIGHED = "private", "elected", "staff", "weighed"


class Planted(NamedTuple):
    """A name in a document.

    name: as written, before XML escaping; place: element (``CONCOURS/LibOrgaBenef``); kind:
    ``private`` (a natural person), ``elected`` (elected, public by law), ``staff`` (accountant,
    user of the software), ``weighed`` (a person in a free text that only the strict policy masks).
    """

    name: str
    place: str
    kind: str


@lru_cache(maxsize=1)
def _faker() -> Faker:
    try:
        from faker import Faker
    except ImportError as error:
        raise TotemError(
            "Le générateur demande faker : pip install 'ckanext-budget[generate]'."
        ) from error
    return Faker("fr_FR")


# How producers write a person.
FORMS = (
    "{last} {first}",
    "{title} {first} {last}",
    "{first} {Last}",
    "{title} {last} {first}",
    "{last} {FIRST}",
)


class Planter:
    """Draws names for one document and remembers them.

    Elected people are the body's: the same in all its documents of a year.
    """

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.planted: list[Planted] = []
        self._rng = chance(spec.budget.seed, spec.file_name, "names")

    def _person(self, seed: int, form: str) -> str:
        fake = _faker()
        fake.seed_instance(seed)
        woman = seed % 2
        first = fake.first_name_female() if woman else fake.first_name_male()
        last = fake.last_name()
        return form.format(
            title="Mme" if woman else "M.",
            first=first,
            FIRST=first.upper(),
            last=last.upper(),
            Last=last,
        )

    def _plant(self, name: str, place: str, kind: str) -> str:
        self.planted.append(Planted(name, place, kind))
        return name

    def person(self, place: str, kind: str = PRIVATE) -> str:
        """A new natural person, planted at ``place``."""
        name = self._person(self._rng.getrandbits(48), self._rng.choice(FORMS))
        return self._plant(name, place, kind)

    def third_party(self, place: str, number: str) -> str:
        """The neighbour of an operation on behalf of third parties: the same every year."""
        rng = chance(self.spec.budget.seed, "third party", number)
        return self._plant(
            self._person(rng.getrandbits(48), "{title} {last} {first}"), place, WEIGHED
        )

    def elected(self, place: str, rank: int) -> str:
        """The ``rank``-th member of the body's assembly."""
        rng = chance(self.spec.budget.body.siren, "council", rank)
        return self._plant(self._person(rng.getrandbits(48), "{last} {first}"), place, ELECTED)
