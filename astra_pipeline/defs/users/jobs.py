import dagster as dg

julep_users_job = dg.define_asset_job(
    "julep_users_job",
    selection=["julep_users"],
    description="Julep users of people who have none, of the cohorts chosen.",
)
