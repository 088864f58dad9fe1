import dagster as dg

# Users of one time zone, at most ASTRA_COHORT_SIZE of them, in order of joining: asia-kolkata-001.
cohorts = dg.DynamicPartitionsDefinition(name="cohorts")
