"""`./allotment down`: stop this station; people's files stay."""

from admin import output
from admin.output import AsJson
from admin.setup.down import lower_station
from admin.setup.progress import Progress
from hub.settings import load_home


def command(
    as_json: AsJson = False,
) -> None:
    """Stop the units and everybody's servers; files, settings and accounts stay."""
    lower_station(load_home(), Progress())
    if as_json:
        output.show_json({"down": True})
