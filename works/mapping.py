"""Read the mappings of a pack: ``works/*.toml`` → typed values. Strict: a key nobody knows, or a value of the wrong kind, is one sentence."""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

from gis_data.pack_licences import read_licences
from gis_data.pack_table import Table
from gis_data.pack_types import PackError, PackLicence
from works.amounts import Writing
from works.codelists import PartyRole, PlaceKind, Stage
from works.days import DayWriting, FiscalYear
from works.mapping_types import (
    FIELDS,
    NEEDED,
    Check,
    FileMapping,
    MoneyColumn,
    PartyColumn,
    PlaceColumn,
    SetMapping,
)

FOLDER: Final = "works"
FORMATS: Final = ("csv", "xlsx", "geojson", "json", "ocds", "oc4ids", "invented")
#: Formats that say themselves what is what.
STANDARD: Final = ("ocds", "oc4ids", "invented")
MAX_BYTES: Final = 1024**2


def mapping_files(folder: Path) -> list[Path]:
    """The mappings of a pack (``works/*.toml`` in it), or of a plain folder (``*.toml`` in it), in the order of their names."""
    inside = folder / FOLDER
    return sorted((inside if inside.is_dir() else folder).glob("*.toml"))


def read_mapping(file: Path) -> SetMapping:
    """Read one mapping. Raises `PackError` naming file, section and key."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise PackError(file, "", "", "is too large for a mapping")
        return parse_mapping(file.read_text(encoding="utf-8"), file)
    except OSError as error:
        raise PackError(file, "", "", f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise PackError(file, "", "", "is not UTF-8 text") from None


def parse_mapping(text: str, file: Path) -> SetMapping:
    """Read the text of a mapping; ``file`` is what it is called in a `PackError`, and need not be there."""
    try:
        top = Table(tomllib.loads(text), file, "")
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PackError(file, "", "", f"is not TOML: {error}") from None
    language = top.text("language", "en")
    found = SetMapping(
        code=top.code("code"),
        names=top.names(),
        language=language,
        files=tuple(_file(table) for table in top.tables("file")),
        credit=top.text("credit", ""),
        licence=_licence(top),
        invented=top.yes("invented", default=False),
    )
    if not found.files:
        top.fail("file", "at least one [[file]] is expected")
    if len(found.code) > 60:
        top.fail("code", "is longer than 60 characters")
    top.finish()
    return found


def _licence(top: Table) -> PackLicence | None:
    """A known code, or ``{ title, url }``, as in a pack's own list of licences."""
    if not top.has("licence"):
        return None
    written = top.table("licence") if top.is_table("licence") else top.text("licence")
    value = {"title": written.text("title"), "url": written.text("url", "")} if isinstance(written, Table) else written
    return read_licences(Table({"works": value}, top.file, "licence"))["works"]


def _file(table: Table) -> FileMapping:
    form = table.one_of("format", FORMATS)
    gives = table.one_of("gives", tuple(FIELDS), "project")
    amounts = _amounts(table.table("amounts"))
    found = FileMapping(
        file="" if form == "invented" else table.file_name(),
        format=form,
        gives=gives,
        id=table.texts("id"),
        twice=table.one_of("twice", ("refuse", "join"), "refuse"),
        bad_row=table.one_of("bad_row", ("refuse", "leave-out"), "refuse"),
        encoding=table.text("encoding", "utf-8"),
        delimiter=table.text("delimiter", ","),
        sheet=table.text("sheet", ""),
        rows=table.text("rows", ""),
        prefix=table.text("prefix", ""),
        columns=table.mapping("columns"),
        other_languages=_by_field(table, "other_languages"),
        values=_by_field(table, "values"),
        same=table.mapping("same"),
        amounts=amounts,
        days=_days(table.table("days")),
        fiscal=_fiscal(table.table("fiscal")),
        money=tuple(_money(one) for one in table.tables("money")),
        checks=tuple(_check(one) for one in table.tables("check")),
        parties=tuple(_party(one) for one in table.tables("party")),
        places=tuple(_place(one) for one in table.tables("place")),
        unknown=table.texts("unknown"),
        ignored=table.mapping("ignored"),
    )
    _check_file(table, found)
    table.finish()
    return found


def _by_field(table: Table, key: str) -> dict[str, Mapping[str, str]]:
    inner = table.table(key)
    if inner is None:
        return {}
    found = {name: inner.mapping(name, required=True) for name in inner.written()}
    inner.finish()
    return found


def _amounts(table: Table | None) -> Writing:
    if table is None:
        return Writing("")
    factor = table.text("factor", "1")
    try:
        times = Decimal(factor)
    except InvalidOperation:
        times = Decimal(0)
    if not times.is_finite() or times <= 0 or times > 10**9:
        table.fail("factor", f"'{factor}' is no factor: write \"1000\" for a file in thousands")
    found = Writing(
        currency=table.text("currency", ""),
        decimal=table.one_of("decimal", (".", ","), "."),
        factor=times,
        unknown=table.texts("unknown"),
    )
    if found.currency and not (len(found.currency) == 3 and found.currency.isascii() and found.currency.isupper()):
        table.fail("currency", "is an ISO 4217 code of three letters, for example EUR")
    table.finish()
    return found


def _days(table: Table | None) -> DayWriting:
    if table is None:
        return DayWriting()
    found = DayWriting(formats=table.texts("formats", required=True), unknown=table.texts("unknown"))
    for form in found.formats:
        if "%" not in form or not set(form.split("%", 1)[1][:1]) & set("YymdBbHMj"):
            table.fail("formats", f"'{form}' is no format of a date, for example %d.%m.%Y")
    table.finish()
    return found


def _fiscal(table: Table | None) -> FiscalYear:
    if table is None:
        return FiscalYear()
    found = FiscalYear(table.whole("first_month", 1, 1, 12), table.one_of("named_by", ("end", "start"), "end"))
    table.finish()
    return found


def _money(table: Table) -> MoneyColumn:
    found = MoneyColumn(
        column=table.text("column"),
        stage=table.one_of("stage", tuple(Stage.values)),
        fiscal_year=table.whole("fiscal_year", 0, 0, 2999) or None,
        starts=table.day("starts", required=False),
        ends=table.day("ends", required=False),
        day_column=table.text("day_column", ""),
        fund=table.text("fund", ""),
    )
    if sum(map(bool, (found.fiscal_year, found.starts or found.ends, found.day_column))) > 1:
        table.fail("fiscal_year", "either a fiscal year, or starts and ends, or a day_column")
    if found.starts and found.ends and found.ends < found.starts:
        table.fail("ends", "is before starts")
    table.finish()
    return found


def _check(table: Table) -> Check:
    found = Check(table.text("column"), table.texts("sum_of", required=True), table.texts("funds"))
    for stage in found.stages:
        if stage not in Stage.values:
            table.fail("sum_of", f"'{stage}' is none of {', '.join(Stage.values)}")
    table.finish()
    return found


def _party(table: Table) -> PartyColumn:
    found = PartyColumn(
        column=table.text("column"),
        role=table.one_of("role", tuple(PartyRole.values)),
        id_column=table.text("id_column", ""),
        scheme=table.text("scheme", ""),
    )
    if bool(found.id_column) != bool(found.scheme):
        table.fail("scheme", "id_column and scheme go together")
    table.finish()
    return found


def _place(table: Table) -> PlaceColumn:
    found = PlaceColumn(
        kind=table.one_of("kind", tuple(PlaceKind.values), PlaceKind.NAMED if table.has("named") else PlaceKind.EXACT),
        lon=table.text("lon", ""),
        lat=table.text("lat", ""),
        wkt=table.text("wkt", ""),
        geojson=table.text("geojson", ""),
        feature=table.yes("feature", default=False),
        srid=table.whole("srid", 4326, 1024, 998_999),
        named=table.text("named", ""),
        set=table.code("set", ""),
        areas=table.choices("areas"),
        nowhere=table.texts("nowhere"),
        name_column=table.text("name_column", ""),
        fallback=table.yes("fallback", default=False),
    )
    given = [bool(found.lon and found.lat), bool(found.wkt), bool(found.geojson), found.feature, bool(found.named)]
    if sum(given) != 1 or bool(found.lon) != bool(found.lat):
        table.fail("kind", "exactly one is expected of: lon and lat, wkt, geojson, feature = true, named")
    if bool(found.named) != (found.kind == PlaceKind.NAMED):
        table.fail("kind", "a place that is only named is of the kind 'named', and only such a one")
    table.finish()
    return found


def _check_file(table: Table, found: FileMapping) -> None:
    for key, given in (("columns", found.columns), ("same", found.same), ("values", found.values),
                       ("other_languages", found.other_languages)):  # fmt: skip
        for name in given:
            if name not in found.fields:
                table.fail(f"{key}.{name}", f"is none of the fields of a {found.gives}: {', '.join(found.fields)}")
    _check_codes(table, found)
    try:
        codecs.lookup(found.encoding)
    except LookupError:
        table.fail("encoding", f"'{found.encoding}' is no encoding")
    if found.format == "csv" and (len(found.delimiter) != 1 or found.delimiter in '"\r\n'):
        table.fail("delimiter", "is one sign, for example ';'")
    if found.format not in STANDARD:
        _check_needs(table, found)


def _check_codes(table: Table, found: FileMapping) -> None:
    for name, translated in found.values.items():
        for word, code in translated.items():
            _check_code(table, f"values.{name}.{word}", code, found.fields[name].codes)
    for name, code in found.same.items():
        _check_code(table, f"same.{name}", code, found.fields[name].codes)


def _check_code(table: Table, key: str, code: str, known: tuple[str, ...]) -> None:
    if known and code not in known:
        table.fail(key, f"'{code}' is none of {', '.join(known)}")


def _check_needs(table: Table, found: FileMapping) -> None:
    have = found.columns.keys() | found.same.keys()
    for name in NEEDED[found.gives]:
        if name not in have:
            table.fail("columns", f"a column for {name} is missing")
    if not found.id:
        table.fail("id", 'is missing: the columns that number a row, or "@moment" and "@place" for what has no number')
    amounts = found.money or any(field.kind == "amount" and name in have for name, field in found.fields.items())
    if amounts and not found.amounts.currency:
        table.fail("amounts", 'is missing its currency: [file.amounts] currency = "EUR"')
    if found.gives == "money" and not have & {"project", "contract", "repair"}:
        table.fail("columns", "a column for project, contract or repair is missing")
    if (found.money and found.gives not in {"project", "contract", "repair"}) or (
        found.places and found.gives not in {"project", "repair"}
    ):
        table.fail("gives", f"a {found.gives} has no [[file.money]] or [[file.place]] of its own")
