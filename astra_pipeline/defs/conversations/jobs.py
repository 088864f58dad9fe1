import dagster as dg

conversation_pipeline = dg.define_asset_job(
    "conversation_pipeline",
    selection=["transcripts", "conversation_insights", "user_overviews", "gamification_metrics"],
    description="Everything that follows the end of a conversation, for all conversations of a day or a range "
    "of days that wait for it.",
)
