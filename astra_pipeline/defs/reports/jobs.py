import dagster as dg

weekly_reports_job = dg.define_asset_job(
    "weekly_reports_job",
    selection=["weekly_reports"],
    description="Reports on one local week for one cohort.",
)
