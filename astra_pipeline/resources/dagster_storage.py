"""Where Dagster keeps its runs and events: SQLite below DAGSTER_HOME, or PostgreSQL by environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClass, ConfigurableClassData

from astra_pipeline.core.errors import SettingError

if TYPE_CHECKING:
    from dagster._core.storage.base_storage import DagsterStorage

VARIABLE = "ASTRA_DAGSTER_POSTGRES_URL"


class StorageByEnvironment(ConfigurableClass):
    """Chooses the storage when the instance is loaded; named in dagster.yaml, which itself has no conditions."""

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        return None

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config_value(  # type: ignore[override]
        cls, inst_data: ConfigurableClassData | None, config_value: dict[str, Any]
    ) -> DagsterStorage:
        """Raises SettingError naming the variable when it is not a PostgreSQL URL or the driver is missing."""
        url = os.environ.get(VARIABLE)
        if not url:
            return DagsterSqliteStorage(str(Path(os.environ["DAGSTER_HOME"]) / "storage"), inst_data)
        if not url.startswith("postgresql://"):
            raise SettingError(f"{VARIABLE} does not start with postgresql://")
        try:
            from dagster_postgres import DagsterPostgresStorage  # pyright: ignore[reportMissingImports]
        except ImportError:
            raise SettingError(f"{VARIABLE} is set; pip install 'astra-pipeline[postgres]'") from None
        return DagsterPostgresStorage(postgres_url=url, inst_data=inst_data)
