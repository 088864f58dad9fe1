import dagster as dg

daily_horoscopes_job = dg.define_asset_job(
    "daily_horoscopes_job",
    selection=["daily_horoscopes"],
    description="Horoscopes of one local date for one cohort.",
)
