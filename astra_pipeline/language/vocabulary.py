"""Vocabularies: YAML files that a support person can extend, checked against a model when they are loaded."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from astra_pipeline.errors import AstraError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.resources.abc import Traversable

M = TypeVar("M", bound=BaseModel)
# The loader in C reads ten times faster, and is missing where PyYAML was built without libyaml.
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class BadVocabulary(AstraError):
    """A vocabulary file is not what its model wants. The message names the file, the line and the problem."""


def load(package: str, name: str, model: type[M]) -> M:
    """The vocabulary `name` (a path such as "phrases/sky.yaml") in the folder of `package`, as `model`.

    Raises BadVocabulary naming the file and the line: for YAML that cannot be read, and for every field that does
    not fit the model.
    """
    return read(resources.files(package).joinpath(name), model)


def read(file: Traversable, model: type[M]) -> M:
    """The vocabulary in `file` as `model`. Raises BadVocabulary."""
    text = file.read_text(encoding="utf-8")
    try:
        values = yaml.load(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadVocabulary(f"{file.name}:{line}: {error.problem}") from None
    try:
        return model.model_validate(values)
    except ValidationError as error:
        tree = yaml.compose(text, Loader=_LOADER)
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        lines = [
            f"{file.name}:{_line(tree, problem['loc'])}: {'.'.join(map(str, problem['loc'])) or 'file'}: {problem['msg']}"
            for problem in problems
        ]
        raise BadVocabulary("\n".join(lines)) from None


def _line(tree: yaml.Node | None, path: Sequence[str | int]) -> int:
    """The line (from 1) of the deepest node on the path that is in the file."""
    node, line = tree, 1
    for part in path:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if found is None:
                break
            key, node = found
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line
