"""Names that a model keeps by language, as text in which words are looked for."""

from django.db.models import Func, TextField


class EveryName(Func):
    """All names of a JSON object of names by language as one text: ``["West", "Запад"]``.

    Each name begins and ends with a quotation mark. A model whose names are searched has an index of it::

        GinIndex(OpClass(Upper(EveryName("names")), name="gin_trgm_ops"), name="street_names_trigrams")
    """

    template = "jsonb_path_query_array(%(expressions)s, '$.*')::text"
    output_field = TextField()
