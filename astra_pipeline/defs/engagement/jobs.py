import dagster as dg

engagement_job = dg.define_asset_job(
    "engagement_job", selection=["engagement"], description="The promises, measured for the days chosen."
)
