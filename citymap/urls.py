"""Every address of the product. Guards stand in the views' decorators; doors get the list of layers as an argument."""

from django.urls import include, path
from django.views.i18n import set_language

from accounts.models import Role
from accounts.permissions import staff_required
from citymap.health import healthz
from citymap.layers import LAYERS
from citymap.theme import set_theme
from gis_data.views import address_search
from issues.views import about, appeal, crew, desk, home, photos, report
from layers import tiles
from notifications import views as notifications

handler500 = "citymap.faults.failed"

urlpatterns = [
    path("", home.home, {"layers": LAYERS}, name="home"),
    path("report", report.report, name="report"),
    path("a/<str:reference>", appeal.appeal, name="appeal"),
    path("t/<str:token>", appeal.tracking, name="tracking"),
    path("photos/<str:name>", photos.photo, name="photo"),
    path("search/address", address_search, name="address-search"),
    # staff
    path("desk", desk.desk, name="desk"),
    path("desk/outbox", staff_required(Role.ADMIN)(notifications.outbox), name="desk-outbox"),
    path("desk/outbox/<int:message>/again", staff_required(Role.ADMIN)(notifications.send_again), name="desk-outbox-again"),
    path("desk/<str:reference>", desk.desk_appeal, name="desk-appeal"),
    path("desk/<str:reference>/<str:action>", desk.desk_action, name="desk-action"),
    path("crew", crew.crew, name="crew"),
    path("crew/<int:task>", crew.crew_task, name="crew-task"),
    path("crew/<int:task>/<str:action>", crew.crew_action, name="crew-action"),
    # doors
    path("tiles/<slug:name>.json", tiles.tilejson, {"layers": LAYERS}, name="tilejson"),
    path("tiles/<slug:name>/<str:z>/<str:x>/<str:y>.mvt", tiles.tile, {"layers": LAYERS}, name="tile"),
    # house
    path("accounts/", include("allauth.urls")),
    path("i18n/setlang/", set_language, name="set_language"),
    path("demo/inbox", notifications.demo_inbox, name="demo-inbox"),
    path("about/data", about.data_credits, name="data-credits"),
    path("theme/", set_theme, name="set-theme"),
    path("healthz", healthz, name="healthz"),
]
