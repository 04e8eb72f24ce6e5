"""What openapi-core makes anew for each value that it judges, made once: most of the time of judging.

What is made depends on the document alone, so it is kept by its place there. Judges nothing.
"""

from typing import Any

from jsonschema_path import SchemaPath
from openapi_core.casting.schemas import oas31_schema_casters_factory
from openapi_core.casting.schemas.casters import SchemaCaster
from openapi_core.casting.schemas.factories import SchemaCastersFactory
from openapi_core.deserializing.styles import style_deserializers
from openapi_core.deserializing.styles.deserializers import StyleDeserializer
from openapi_core.deserializing.styles.factories import StyleDeserializersFactory
from openapi_core.templating.paths.datatypes import PathOperationServer
from openapi_core.templating.paths.finders import APICallPathFinder
from openapi_core.validation.schemas import oas31_schema_validators_factory
from openapi_core.validation.schemas.factories import DialectSchemaValidatorsFactory
from openapi_core.validation.schemas.validators import SchemaValidator


def parts() -> dict[str, Any]:
    """Give the options by which a validator of openapi-core keeps what it makes."""
    validators = _Validators()
    casters = _Casters(validators)
    return {
        "schema_validators_factory": validators,
        "schema_casters_factory": casters,
        "style_deserializers_factory": _Deserializers(casters),
        "path_finder_cls": _Finder,
    }


class _Validators(DialectSchemaValidatorsFactory):
    """Validators of schemas."""

    def __init__(self) -> None:
        like = oas31_schema_validators_factory
        super().__init__(
            like.schema_validator_cls, like.default_jsonschema_dialect_id, format_checker=like.format_checker
        )
        self._made: dict[tuple[SchemaPath, str], SchemaValidator] = {}

    def create(self, spec: SchemaPath, schema: SchemaPath, *options: Any, **named: Any) -> SchemaValidator:
        """Give the validator of a schema with these options, which are few and the same again and again."""
        key = schema, repr((options, sorted(named.items())))
        if key not in self._made:
            self._made[key] = super().create(spec, schema, *options, **named)
        return self._made[key]


class _Casters(SchemaCastersFactory):
    """What turns the text of a header or parameter into its value."""

    def __init__(self, validators: _Validators) -> None:
        super().__init__(validators, oas31_schema_casters_factory.types_caster)
        self._made: dict[SchemaPath, SchemaCaster] = {}

    def create(self, spec: SchemaPath, schema: SchemaPath, *options: Any, **named: Any) -> SchemaCaster:
        """Give the caster of a schema."""
        if schema not in self._made:
            self._made[schema] = super().create(spec, schema, *options, **named)
        return self._made[schema]


class _Deserializers(StyleDeserializersFactory):
    """What reads headers and parameters."""

    def __init__(self, casters: _Casters) -> None:
        super().__init__(casters, style_deserializers=style_deserializers)
        self._made: dict[tuple[SchemaPath, str, bool, str], StyleDeserializer] = {}

    def create(
        self, spec: SchemaPath, schema: SchemaPath, style: str, explode: bool, name: str
    ) -> StyleDeserializer:
        """Give the reader of a header or parameter."""
        key = schema, style, explode, name
        if key not in self._made:
            self._made[key] = super().create(spec, schema, style, explode, name)
        return self._made[key]


class _Finder(APICallPathFinder):
    """Operations by method and template: requests tell their template."""

    def __init__(self, spec: SchemaPath, base_url: str | None = None) -> None:
        super().__init__(spec, base_url)
        self._found: dict[tuple[str, str], PathOperationServer] = {}

    def find(self, method: str, name: str) -> PathOperationServer:
        """Give the operation; raises PathError as openapi-core does where there is none."""
        if (method, name) not in self._found:
            self._found[method, name] = super().find(method, name)
        return self._found[method, name]
