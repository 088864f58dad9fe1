import warnings

from dagster import BetaWarning

# Backfill policies are "beta" in the Dagster version the lock pins. Every process of every run would say so again.
warnings.filterwarnings("ignore", category=BetaWarning, message=".*backfill_policy.*")
