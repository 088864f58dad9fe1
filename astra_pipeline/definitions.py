"""The one door Dagster enters by."""

import dagster as dg

from astra_pipeline.defs.alerts.sensors import failure_alerts
from astra_pipeline.defs.astrology.assets import birth_charts, daily_sky
from astra_pipeline.defs.astrology.checks import charts_are_of_their_birth_data
from astra_pipeline.defs.astrology.jobs import birth_charts_job, daily_sky_job
from astra_pipeline.defs.astrology.schedules import daily_sky_schedule
from astra_pipeline.defs.astrology.sensors import birth_data_completed
from astra_pipeline.defs.conversations import assets, checks
from astra_pipeline.defs.conversations.jobs import conversation_pipeline
from astra_pipeline.defs.conversations.sensors import new_conversations
from astra_pipeline.defs.gamification.assets import gamification_metrics
from astra_pipeline.defs.gamification.checks import streak_invariants
from astra_pipeline.defs.gamification.schedules import daily_rollover_schedule
from astra_pipeline.defs.horoscopes import checks as horoscope_checks
from astra_pipeline.defs.horoscopes.assets import daily_horoscopes
from astra_pipeline.defs.horoscopes.jobs import daily_horoscopes_job
from astra_pipeline.defs.horoscopes.schedules import daily_horoscopes_schedule
from astra_pipeline.defs.reports import checks as report_checks
from astra_pipeline.defs.reports.assets import weekly_reports
from astra_pipeline.defs.reports.jobs import weekly_reports_job
from astra_pipeline.defs.reports.schedules import weekly_reports_schedule
from astra_pipeline.defs.users.assets import julep_users
from astra_pipeline.defs.users.checks import users_are_in_their_cohorts
from astra_pipeline.defs.users.jobs import julep_users_job
from astra_pipeline.defs.users.migration import migrate_users, migrated_users
from astra_pipeline.defs.users.personal_data import erase_user, export_user
from astra_pipeline.defs.users.refresh import user_refresh
from astra_pipeline.defs.users.sensors import new_users
from astra_pipeline.orchestration.alerts import AlertsResource
from astra_pipeline.orchestration.resources import LlmResource
from astra_pipeline.store.mongo import MongoResource

defs = dg.Definitions(
    assets=[
        assets.elevenlabs_conversations,
        assets.astra_users,
        assets.transcripts,
        assets.conversation_insights,
        assets.user_overviews,
        gamification_metrics,
        birth_charts,
        daily_sky,
        daily_horoscopes,
        weekly_reports,
        julep_users,
    ],
    asset_checks=[
        checks.elevenlabs_answered,
        checks.task_runner_answered,
        checks.overview_agrees_with_insights,
        streak_invariants,
        charts_are_of_their_birth_data,
        users_are_in_their_cohorts,
        horoscope_checks.everyone_has_one,
        horoscope_checks.texts_keep_their_contract,
        horoscope_checks.latest_is_the_newest,
        report_checks.everyone_has_one,
        report_checks.texts_keep_their_contract,
        report_checks.newest_four_first,
    ],
    jobs=[
        conversation_pipeline,
        birth_charts_job,
        daily_sky_job,
        daily_horoscopes_job,
        weekly_reports_job,
        julep_users_job,
        migrate_users,
        user_refresh,
        erase_user,
        export_user,
    ],
    sensors=[new_conversations, new_users, birth_data_completed, migrated_users, failure_alerts],
    schedules=[daily_rollover_schedule, daily_sky_schedule, daily_horoscopes_schedule, weekly_reports_schedule],
    resources={"mongo": MongoResource(), "task_runner": LlmResource(), "alerts": AlertsResource()},
    # Steps are short or spend their time waiting; a process per step would cost 10 s each.
    executor=dg.in_process_executor,
)
