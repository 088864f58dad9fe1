import dagster as dg

birth_charts_job = dg.define_asset_job(
    "birth_charts_job", selection=["birth_charts"], description="Charts that are due, of the cohorts chosen."
)
daily_sky_job = dg.define_asset_job(
    "daily_sky_job", selection=["daily_sky"], description="The sky of the dates chosen."
)
