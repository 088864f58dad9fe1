import dagster as dg

from astra_pipeline.defs.conversations.checks import webhook_is_alive
from astra_pipeline.defs.users.checks import users_are_in_their_cohorts

birth_charts_job = dg.define_asset_job(
    "birth_charts_job", selection=["birth_charts"], description="Charts that are due, of the cohorts chosen."
)
# Requested once a day: what is looked at once a day comes along.
daily_sky_job = dg.define_asset_job(
    "daily_sky_job",
    selection=dg.AssetSelection.assets("daily_sky")
    | dg.AssetSelection.checks(users_are_in_their_cohorts, webhook_is_alive),
    description="The sky of the dates chosen; whether everybody is in their cohort, and "
    "whether ElevenLabs' webhook tells of calls.",
)
