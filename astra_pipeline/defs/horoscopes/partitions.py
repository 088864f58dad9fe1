from astra_pipeline.orchestration.cohort_texts import grid
from astra_pipeline.orchestration.partitions import sky_days

# A date is meant in the cohort's own zone. Its partition is open from the evening before, in UTC, because
# on Kiritimati it begins 14 hours early: the days are those of the skies.
horoscope_grid = grid("date", sky_days)
