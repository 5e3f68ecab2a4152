"""By which words people know the things of a layer, where its fields carry codes alone."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from layers.declaration import NameField
from layers.headlines import Headline, Headlines

HEADLINES: Final[Headlines] = {"appeals": Headline(NameField("kind", _("Category"), "category__names"), of="category")}
