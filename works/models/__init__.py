"""What was built and paid: projects, contracts, the ledger, repairs, and the firms and authorities behind them."""

from works.models.contracts import Contract, ContractChange, ContractParty
from works.models.money import Money
from works.models.organisations import DataSet, Organisation, OrganisationName
from works.models.photos import WorksPhoto
from works.models.projects import Project, ProjectParty, ProjectPlace
from works.models.repairs import Document, Repair, StreetCondition
from works.models.uploads import UploadState, WorksUpload

__all__ = [
    "Contract",
    "ContractChange",
    "ContractParty",
    "DataSet",
    "Document",
    "Money",
    "Organisation",
    "OrganisationName",
    "Project",
    "ProjectParty",
    "ProjectPlace",
    "Repair",
    "StreetCondition",
    "UploadState",
    "WorksPhoto",
    "WorksUpload",
]
