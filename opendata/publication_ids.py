"""What published things are called: ids that stay the same from one load to the next, under the prefixes of this publisher."""

from __future__ import annotations

import re
from typing import Final

from django.conf import settings

from works.models import Contract, Project
from works.write import public_id

_OCID: Final = re.compile(r"ocds-[a-z0-9]{6}-[^\s\\?#%]{1,180}")
#: OC4IDS, identifiers: what the id of a project begins with.
OC4IDS_ID: Final = re.compile(r"oc4ids-[a-z0-9]{6}-.")


def project_id(project: Project) -> str:
    """OC4IDS, identifiers: ``oc4ids-``, six letters or digits that the helpdesk gave this publisher, and our public number."""
    return f"oc4ids-{settings.OC4IDS_PREFIX}-{project.public_id}"


def programme_id(contract: Contract) -> str:
    """The id of a contract for repairs that belongs to no project, published as a project of its own."""
    return f"oc4ids-{settings.OC4IDS_PREFIX}-contract-{contract_id(contract)}"


def contract_id(contract: Contract) -> str:
    """The data set's code and the contract's number in it. ``data_set`` is read."""
    return public_id(contract.data_set.code, contract.local_id)


def ocid_of(contract: Contract) -> str:
    """The ocid that the source gave the process, where it is one; else one under our own prefix. ``data_set`` is read."""
    if _OCID.fullmatch(contract.ocid):
        return contract.ocid
    return f"ocds-{settings.OCDS_PREFIX}-{contract_id(contract)}"
