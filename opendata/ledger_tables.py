"""The tables of the ledger as files: their columns, and what each may hold (Table Schema of the Data Package standard)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from works.codelists import ContractStatus, Method, ProjectStatus, ProjectType, RepairKind, RepairStatus, Stage

Kind = Literal["string", "number", "integer", "date", "datetime", "boolean"]
_CURRENCY: Final = {"pattern": "[A-Z]{3}"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in the file, what gives it (SQL), what it holds. ``said`` is text of a source or a person, which is made safe
    for spreadsheets; codes and numbers of our own never are anything else.
    """

    name: str
    source: str
    about: str
    kind: Kind = "string"
    said: bool = False
    rules: dict[str, Any] = field(default_factory=dict)
    refers: str = ""

    def schema(self) -> dict[str, Any]:
        """The field descriptor."""
        told = {"name": self.name, "type": self.kind, "description": self.about}
        return told | ({"constraints": self.rules} if self.rules else {})


@dataclass(frozen=True, slots=True)
class Table:
    """A file of the package. ``rows`` is the FROM clause; rows come by ``key`` (SQL), which grows."""

    name: str
    title: str
    about: str
    rows: str
    key: str
    columns: Sequence[Column]

    def schema(self) -> dict[str, Any]:
        """The Table Schema: fields, what tells rows apart, and which columns name rows of which tables."""
        keys = [
            {"fields": [one.name], "reference": {"resource": "" if one.refers == self.name else one.refers, "fields": ["id"]}}
            for one in self.columns
            if one.refers
        ]
        told = {"fields": [one.schema() for one in self.columns], "primaryKey": ["id"], "missingValues": [""]}
        return told | ({"foreignKeys": keys} if keys else {})


def contract_id(contract: str, data_set: str) -> str:
    """SQL for what `publication_ids.contract_id` gives, for tables under these names."""
    words = f"lower(left(btrim(regexp_replace({contract}.local_id, '[^A-Za-z0-9]+', '-', 'g'), '-'), 60))"
    mark = f"left(encode(sha256(convert_to({contract}.local_id, 'UTF8')), 'hex'), 8)"
    return f"""CASE WHEN {contract}.local_id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{{0,99}}$' THEN {data_set}.code || '-' || {contract}.local_id
        WHEN {contract}.id IS NOT NULL THEN {data_set}.code || '-' || {words} || CASE WHEN {words} = '' THEN '' ELSE '-' END || {mark} END"""


def party_id(name: str) -> str:
    """SQL for what `parties.party_id` gives, for a table of organisations under this name."""
    return f"""CASE WHEN btrim({name}.identifier) <> '' THEN {name}.scheme || '-' || {name}.identifier
        WHEN {name}.id IS NOT NULL THEN 'org-' || {name}.id END"""


def in_own_language(column: str, data_set: str) -> str:
    """SQL for a text by language in that of its data set, else in English, else in any."""
    return f"""coalesce(nullif({column} ->> {data_set}.language, ''), nullif({column} ->> 'en', ''),
        jsonb_path_query_first({column}, '$.* ? (@ != "")') #>> '{{}}')"""


_ID: Final = {"required": True, "unique": True}
_ORGANISATIONS: Final = Table(
    "organisations", "Contractors and authorities", "One row for each real firm or office, however it is spelled.",
    "works_organisation AS o LEFT JOIN works_organisation AS u ON u.id = o.merged_into_id", "o.id",
    (
        Column("id", party_id("o"), "The register number with its register, else a number of this publisher", said=True, rules=_ID),
        Column("name", "o.legal_name", "The name", said=True, rules={"required": True}),
        Column("scheme", "o.scheme", "The register (org-id.guide)", said=True),
        Column("identifier", "o.identifier", "The number in it", said=True),
        Column("merged_into", party_id("u"), "The organisation that it turned out to be", said=True, refers="organisations"),
    ),
)  # fmt: skip
_PROJECTS: Final = Table(
    "projects", "Funded projects", "Works that were given money. Places are in the map layer of projects and in oc4ids.json.",
    "works_project AS p JOIN works_dataset AS d ON d.id = p.data_set_id", "p.id",
    (
        Column("id", "p.public_id", "The number in the address of its page; oc4ids.json has it behind the prefix", rules=_ID),
        Column("data_set", "d.code", "The data set it comes from", rules={"required": True}),
        Column("number", "p.local_id", "Its number there", said=True, rules={"required": True}),
        Column("title", in_own_language("p.title", "d"), "Title in the language of the data set", said=True),
        Column("status", "p.status", "OC4IDS projectStatus", rules={"enum": ProjectStatus.values}),
        Column("type", "p.type", "OC4IDS projectType", rules={"enum": ProjectType.values}),
        Column("sectors", "array_to_string(p.sectors, ' ')", "OC4IDS projectSector, several with blanks between", said=True),
        Column("category", "p.category", "Kind of works as the source calls it", said=True),
        Column("promised_start", "p.promised_start", "First day as promised at first", "date"),
        Column("promised_end", "p.promised_end", "Last day as promised at first", "date"),
        Column("planned_start", "p.planned_start", "First day as planned last", "date"),
        Column("planned_end", "p.planned_end", "Last day as planned last", "date"),
        Column("actual_start", "p.actual_start", "First day as it was", "date"),
        Column("actual_end", "p.actual_end", "Last day as it was", "date"),
        Column("warranty_until", "p.warranty_until", "Last day of the warranty", "date"),
        Column("promised_amount", "p.promised_amount", "Budget as promised at first; empty is unknown", "number"),
        Column("promised_currency", "p.promised_currency", "ISO 4217", rules=_CURRENCY),
        Column("delay_reason", "p.delay_reason", "Why it took longer", said=True),
    ),
)  # fmt: skip
_CONTRACTS: Final = Table(
    "contracts", "Contracts", "Who was to do what, by when, for how much, as signed.",
    """works_contract AS c JOIN works_dataset AS d ON d.id = c.data_set_id LEFT JOIN works_project AS p ON p.id = c.project_id
       LEFT JOIN works_organisation AS o ON o.id = c.supplier_id""", "c.id",
    (
        Column("id", contract_id("c", "d"), "The data set and the number in it; the contract's id in the releases", rules=_ID),
        Column("data_set", "d.code", "The data set it comes from", rules={"required": True}),
        Column("number", "c.number", "The number people know it by", said=True),
        Column("ocid", "c.ocid", "The ocid that the source gave it", said=True),
        Column("project", "p.public_id", "The project", refers="projects"),
        Column("title", in_own_language("c.title", "d"), "Title in the language of the data set", said=True),
        Column("status", "c.status", "OC4IDS contractingProcessStatus", rules={"enum": ContractStatus.values}),
        Column("method", "c.method", "OCDS method", rules={"enum": Method.values}),
        Column("tenderers", "c.tenderers", "How many took part", "integer", rules={"minimum": 0}),
        Column("supplier", party_id("o"), "The contractor", said=True, refers="organisations"),
        Column("value", "c.value", "Value as signed; empty is unknown", "number"),
        Column("currency", "c.currency", "ISO 4217", rules=_CURRENCY),
        Column("signed_on", "c.signed_on", "Day of signing", "date"),
        Column("start", "c.start", "First day", "date"),
        Column("end", "c.\"end\"", "Last day", "date"),
        Column("warranty_until", "c.warranty_until", "Last day of the warranty", "date"),
    ),
)  # fmt: skip
_REPAIRS: Final = Table(
    "repairs", "Repairs", "Each repair with its cost where it is known and its warranty.",
    """works_repair AS r JOIN works_dataset AS d ON d.id = r.data_set_id LEFT JOIN works_project AS p ON p.id = r.project_id
       LEFT JOIN works_contract AS c ON c.id = r.contract_id LEFT JOIN works_dataset AS cd ON cd.id = c.data_set_id
       LEFT JOIN works_organisation AS o ON o.id = r.contractor_id LEFT JOIN gis_data_street AS s ON s.id = r.street_id""", "r.id",
    (
        Column("id", "r.public_id", "The number in the address of its page", rules=_ID),
        Column("data_set", "d.code", "The data set it comes from", rules={"required": True}),
        Column("number", "r.local_id", "Its number there", said=True, rules={"required": True}),
        Column("kind", "r.kind", "Kind of repair", rules={"required": True, "enum": RepairKind.values}),
        Column("status", "r.status", "State", rules={"required": True, "enum": RepairStatus.values}),
        Column("title", in_own_language("r.title", "d"), "Title in the language of the data set", said=True),
        Column("address", "r.address", "Where", said=True),
        Column("street", "s.source_id", "The street in the map layer of streets", said=True),
        Column("started_on", "r.started_on", "First day", "date"),
        Column("finished_on", "r.finished_on", "Last day", "date"),
        Column("cost", "r.cost", "Cost; empty is unknown, which is not free of charge", "number"),
        Column("currency", "r.currency", "ISO 4217", rules=_CURRENCY),
        Column("contractor", party_id("o"), "Who did it", said=True, refers="organisations"),
        Column("contract", contract_id("c", "cd"), "The contract it was done under", refers="contracts"),
        Column("project", "p.public_id", "The project it belongs to", refers="projects"),
        Column("warranty_until", "r.warranty_until", "Last day on which the contractor puts it right for nothing", "date"),
        Column("wkt", "ST_AsText(r.geometry, 7)", "Shape as well-known text, longitude before latitude, degrees (WGS 84)"),
    ),
)  # fmt: skip
_LEDGER: Final = Table(
    "ledger", "Rows of the ledger", "All money as dated rows. Never add amounts of two stages or two currencies, nor rows that another one replaces.",
    """works_money AS m JOIN works_dataset AS d ON d.id = m.data_set_id LEFT JOIN works_money AS n ON n.replaces_id = m.id
       LEFT JOIN works_project AS p ON p.id = m.project_id
       LEFT JOIN works_contract AS c ON c.id = m.contract_id LEFT JOIN works_dataset AS cd ON cd.id = c.data_set_id
       LEFT JOIN works_repair AS r ON r.id = m.repair_id
       LEFT JOIN works_organisation AS payer ON payer.id = m.payer_id LEFT JOIN works_organisation AS payee ON payee.id = m.payee_id""", "m.id",
    (
        Column("id", "m.id", "Number of the row", "integer", rules=_ID),
        Column("data_set", "d.code", "The data set it comes from", rules={"required": True}),
        Column("number", "m.local_id", "Its number there, shared by its corrections; the id of the transaction in both standards", said=True,
               rules={"required": True}),
        Column("stage", "m.stage", "How far the money has come", rules={"required": True, "enum": Stage.values}),
        Column("amount", "m.amount", "Amount; negative is money that came back", "number", rules={"required": True}),
        Column("currency", "m.currency", "ISO 4217", rules={"required": True, **_CURRENCY}),
        Column("stands", "CASE WHEN n.id IS NULL THEN 'true' ELSE 'false' END", "Whether it counts: no other row replaces it", "boolean",
               rules={"required": True}),
        Column("on", 'm."on"', "Day", "date"),
        Column("starts", "m.starts", "First day of a span", "date"),
        Column("ends", "m.ends", "Last day of a span", "date"),
        Column("fiscal_year", "m.fiscal_year", "Fiscal year by the number the city calls it", "integer"),
        Column("project", "p.public_id", "The project", refers="projects"),
        Column("contract", contract_id("c", "cd"), "The contract", refers="contracts"),
        Column("repair", "r.public_id", "The repair", refers="repairs"),
        Column("payer", party_id("payer"), "Who gave", said=True, refers="organisations"),
        Column("payee", party_id("payee"), "Who got", said=True, refers="organisations"),
        Column("fund", "m.fund", "Out of what, as the source calls it", said=True),
        Column("title", "m.title", "What for, as the source says", said=True),
        Column("source_file", "m.source_file", "The file it was read from", said=True),
        Column("source_row", "m.source_row", "The row of it, from 1 after the header", "integer"),
        Column("replaces", "m.replaces_id", "The row that it corrects", "integer", refers="ledger"),
        Column("reason", "m.reason", "Why it was corrected", said=True),
        Column("recorded_at", """to_char(m.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')""", "When it was written", "datetime",
               rules={"required": True}),
    ),
)  # fmt: skip
#: Those that others refer to come first.
TABLES: Final = (_ORGANISATIONS, _PROJECTS, _CONTRACTS, _REPAIRS, _LEDGER)
