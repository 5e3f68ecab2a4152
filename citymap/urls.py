"""Every address of the product. Guards stand in the views' decorators; doors get the list of layers as an argument."""

from django.urls import include, path
from django.views.i18n import set_language

from accounts.models import Role
from accounts.permissions import staff_required
from citymap.headlines import HEADLINES
from citymap.health import healthz
from citymap.layers import LAYERS
from citymap.scenes import REPORTS
from citymap.theme import set_theme
from gis_data.map_layers import DISTRICTS
from gis_data.views import address_search
from issues.views import (
    about,
    appeal,
    crew,
    desk,
    desk_links,
    desk_repair,
    home,
    photos,
    report,
    who,
    workshop,
    workshop_batches,
    workshop_boundaries,
    workshop_drafts,
    workshop_publish,
    workshop_replays,
    workshop_rule,
    workshop_rules,
)
from layers import counts, embed, exports, features, feeds, months, preview, search, single_file, tiles
from layers.doors import nowhere
from notifications import views as notifications
from opendata import catalogue, dcat, ledger, oc4ids, ocds, quality_page, rest, rest_docs, rest_schema
from opendata.rest_appeals import STORIES
from places.views import contractor, district, findings, money, project, repair, street
from works.views import photos as works_photos
from works.views import upload as works_upload
from works.views import uploads as works_uploads

handler500 = "citymap.faults.failed"

urlpatterns = [
    path("", home.home, {"layers": LAYERS, "scene": REPORTS}, name="home"),
    path("report", report.report, name="report"),
    path("a/<str:reference>", appeal.appeal, name="appeal"),
    path("t/<str:token>", appeal.tracking, name="tracking"),
    path("photos/<str:name>", photos.photo, name="photo"),
    path("works-photos/<str:name>", works_photos.works_photo, name="works-photo"),
    path("who", who.who, name="who"),
    path("who.json", who.who_json, name="who-json"),
    path("search/address", address_search, name="address-search"),
    # money
    path("money", money.money, name="money"),
    path("money/rows", money.rows, name="money-rows"),
    path("money/rows.csv", money.rows_csv, name="money-rows-csv"),
    path("money/by/<slug:by>.csv", money.sums_csv, name="money-sums-csv"),
    path("findings", findings.index, name="findings"),
    path("findings/<str:name>.csv", findings.finding_csv, name="finding-csv"),
    path("findings/<str:name>", findings.finding, name="finding"),
    path("projects/<path:public_id>", project.project, name="project"),
    path("repairs/<path:public_id>", repair.repair, name="repair"),
    path("contractors/<int:key>", contractor.contractor, name="contractor"),
    path("streets/<path:source_id>", street.street, name="street"),
    path("districts/<path:code>", district.district, name="district"),
    # staff
    path("desk", desk.desk, name="desk"),
    path("desk/links", desk_links.links_page, name="desk-links"),
    path("desk/links/<int:link>/<str:verdict>", desk_links.link_decide, name="desk-link-decide"),
    path("desk/repairs/<int:repair>", desk_repair.desk_repair, name="desk-repair"),
    path("desk/repairs/<int:repair>/<str:action>", desk_repair.desk_repair_do, name="desk-repair-do"),
    path("desk/outbox", staff_required(Role.ADMIN)(notifications.outbox), name="desk-outbox"),
    path("desk/outbox/<int:message>/again", staff_required(Role.ADMIN)(notifications.send_again), name="desk-outbox-again"),
    path("desk/works", works_uploads.works_page, name="desk-works"),
    path("desk/works/<int:upload>", works_upload.works_upload, name="works-upload"),
    path("desk/works/<int:upload>/report.csv", works_upload.works_report, name="works-report"),
    path("desk/works/<int:upload>/<str:action>", works_upload.works_upload_do, name="works-upload-do"),
    path("desk/photos/<int:photo>/remove", works_photos.works_photo_remove, name="works-photo-remove"),
    path("desk/photos/<str:what>/<int:works>", works_photos.works_photos, name="works-photos"),
    path("desk/routing", workshop.workshop, name="workshop"),
    path("desk/routing/facts", workshop.workshop_facts, name="workshop-facts"),
    path("desk/routing/rules", workshop_rules.workshop_new_draft, name="workshop-new-draft"),
    path("desk/routing/rules/<int:rule_set>", workshop_rules.workshop_rules, name="workshop-rules"),
    path("desk/routing/rules/<int:rule_set>/new", workshop_rule.workshop_rule, name="workshop-rule-new"),
    path("desk/routing/rules/<int:rule_set>/publish", workshop_publish.workshop_publish, name="workshop-publish"),
    path("desk/routing/rules/<int:rule_set>/<int:rule>", workshop_rule.workshop_rule, name="workshop-rule"),
    path("desk/routing/rules/<int:rule_set>/<int:rule>/delete", workshop_rule.workshop_rule_delete, name="workshop-rule-delete"),
    path("desk/routing/rules/<int:rule_set>/<str:action>", workshop_rules.workshop_rules_do, name="workshop-rules-do"),
    path("desk/routing/replays/<int:replay>", workshop_replays.replay, name="replay"),
    path("desk/routing/batches/<int:batch>", workshop_batches.batch, name="batch"),
    path("desk/routing/sets/new", workshop_boundaries.boundary_set_new, name="boundary-set-new"),
    path("desk/routing/sets/<slug:code>", workshop_boundaries.boundary_set, name="boundary-set"),
    path("desk/routing/sets/<slug:code>/<str:action>", workshop_boundaries.boundary_set_do, name="boundary-set-do"),
    path("desk/routing/drafts/<int:draft>", workshop_drafts.boundary_draft, name="boundary-draft"),
    path("desk/routing/drafts/<int:draft>/<str:action>", workshop_drafts.boundary_draft_do, name="boundary-draft-do"),
    path("desk/<str:reference>", desk.desk_appeal, name="desk-appeal"),
    path("desk/<str:reference>/<str:action>", desk.desk_action, name="desk-action"),
    path("crew", crew.crew, name="crew"),
    path("crew/<int:task>", crew.crew_task, name="crew-task"),
    path("crew/<int:task>/<str:action>", crew.crew_action, name="crew-action"),
    # doors
    path("tiles/<str:name>.json", tiles.tilejson, {"layers": LAYERS}, name="tilejson"),
    path("tiles/<str:name>/<str:z>/<str:x>/<str:y>.mvt", tiles.tile, {"layers": LAYERS}, name="tile"),
    path("tiles/<path:path>", nowhere),
    path("counts/<str:name>.json", counts.counts, {"layers": LAYERS}, name="counts"),
    path("counts/<path:path>", nowhere),
    path("search", search.search_page, {"layers": LAYERS, "headlines": HEADLINES, "within": DISTRICTS}, name="search"),
    path("search.json", search.search_json, {"layers": LAYERS, "headlines": HEADLINES, "within": DISTRICTS}, name="search-json"),
    path("months/<str:name>.json", months.months, {"layers": LAYERS}, name="months"),
    path("months/<path:path>", nowhere),
    path("ogc/", features.landing, {"layers": LAYERS}, name="ogc"),
    path("ogc/conformance", features.conformance, {"layers": LAYERS}, name="ogc-conformance"),
    path("ogc/api", features.api, {"layers": LAYERS}, name="ogc-api"),
    path("ogc/collections", features.collections, {"layers": LAYERS}, name="ogc-collections"),
    path("ogc/collections/<slug:name>", features.collection, {"layers": LAYERS}, name="ogc-collection"),
    path("ogc/collections/<slug:name>/schema", features.columns, {"layers": LAYERS}, name="ogc-schema"),
    path("ogc/collections/<slug:name>/queryables", features.queryables, {"layers": LAYERS}, name="ogc-queryables"),
    path("ogc/collections/<slug:name>/items", features.items, {"layers": LAYERS}, name="ogc-items"),
    path("ogc/collections/<slug:name>/items/<path:feature>", features.item, {"layers": LAYERS}, name="ogc-item"),
    path("ogc/<path:path>", features.nowhere, name="ogc-nowhere"),
    path("feeds/<str:name>.atom", feeds.feed, {"layers": LAYERS, "headlines": HEADLINES}, name="feed"),
    path("feeds/<path:path>", nowhere),
    path("map.html", single_file.single_file, {"scene": REPORTS}, name="single-file"),
    path("preview.png", preview.preview, {"scene": REPORTS}, name="preview"),
    path("embed", embed.embed, {"scene": REPORTS}, name="embed"),
    path("share", embed.share, {"scene": REPORTS}, name="share"),
    path("data/", catalogue.catalogue, {"layers": LAYERS}, name="data"),
    path("data/catalog.ttl", dcat.catalog, {"layers": LAYERS, "suffix": "ttl"}, name="data-catalog-ttl"),
    path("data/catalog.jsonld", dcat.catalog, {"layers": LAYERS, "suffix": "jsonld"}, name="data-catalog-jsonld"),
    path("data/catalog.rdf", dcat.catalog, {"layers": LAYERS, "suffix": "rdf"}, name="data-catalog-rdf"),
    path("data/oc4ids.json", oc4ids.oc4ids, name="data-oc4ids"),
    path("data/ocds/releases.json", ocds.releases, name="data-ocds-releases"),
    path("data/ocds/releases/<path:ocid>.json", ocds.releases_of, name="data-ocds-releases-of"),
    path("data/ocds/records.json", ocds.records, name="data-ocds-records"),
    path("data/ocds/records/<path:ocid>.json", ocds.record_of, name="data-ocds-record-of"),
    path("data/ledger/datapackage.json", ledger.datapackage, name="data-ledger"),
    path("data/ledger/<str:name>.csv", ledger.table, name="data-ledger-table"),
    path("data/quality", quality_page.quality, {"layers": LAYERS}, name="data-quality"),
    path("data/quality.json", quality_page.quality_json, name="data-quality-json"),
    path("data/<slug:name>", catalogue.dataset, {"layers": LAYERS}, name="data-set"),
    path("data/<str:name>.columns.json", exports.columns, {"layers": LAYERS}, name="data-columns"),
    path("data/<str:name>.<str:suffix>", exports.download, {"layers": LAYERS}, name="data-download"),
    path("api/", rest.root, {"layers": LAYERS}, name="api"),
    path("api/schema/", rest_schema.schema, {"layers": LAYERS, "stories": STORIES}, name="api-schema"),
    path("api/docs/", rest_docs.docs, {"layers": LAYERS, "stories": STORIES}, name="api-docs"),
    path("api/<str:name>/", rest.things, {"layers": LAYERS}, name="api-things"),
    path("api/<str:name>/<path:key>/", rest.thing, {"layers": LAYERS, "stories": STORIES}, name="api-thing"),
    # house
    path("accounts/", include("allauth.urls")),
    path("i18n/setlang/", set_language, name="set_language"),
    path("demo/inbox", notifications.demo_inbox, name="demo-inbox"),
    path("about/data", about.data_credits, name="data-credits"),
    path("theme/", set_theme, name="set-theme"),
    path("healthz", healthz, name="healthz"),
]
