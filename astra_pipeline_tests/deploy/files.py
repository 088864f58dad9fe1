"""The files of deploy/, as the tests read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from astra_pipeline.orchestration.instance import CELERY_VARIABLE, VARIABLE
from astra_pipeline.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
# Of the folder, what is committed: a folder of secrets and an .env may lie beside it.
FILES = [file for file in sorted(DEPLOY.iterdir()) if file.is_file() and file.name != ".env"]
SETTINGS = {name.upper() for name in Settings.model_fields} | {VARIABLE, CELERY_VARIABLE}
SECRETS = {
    name.upper() for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)
} | {VARIABLE, CELERY_VARIABLE}
# The secrets that the API reads and no run does.
API_SECRETS = {
    "ASTRA_ADMIN_TOKEN",
    "ASTRA_API_TOKENS",
    "ASTRA_METRICS_TOKEN",
    "ASTRA_INITIATION_SECRETS",
    "ASTRA_SESSION_OLD_SECRETS",
    "AUTH_SECRET",
    "BETTER_AUTH_SECRET",
    "BETTER_AUTH_SECRETS",
}


def read(path: Path) -> Any:
    """The one document of a YAML file."""
    return yaml.safe_load(path.read_text())


def dockerfile() -> list[list[str]]:
    """Instructions, their continuation lines joined, in words."""
    lines = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    return [line.split() for line in lines if line.strip() and not line.startswith("#")]


def kubernetes(kind: str, file: str = "kubernetes.yaml") -> list[dict[str, Any]]:
    """The documents of that kind in a file of Kubernetes."""
    documents = yaml.safe_load_all((DEPLOY / file).read_text())
    return [document for document in documents if document["kind"] == kind]


def deployment(name: str, file: str = "kubernetes.yaml") -> dict[str, Any]:
    """The deployment of that name in a file of Kubernetes."""
    (found,) = [document for document in kubernetes("Deployment", file) if document["metadata"]["name"] == name]
    return found
