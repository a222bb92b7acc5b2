"""How every request is read: an unknown field is an error, so that a typing mistake never weakens a punishment."""

from typing import ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class Request(BaseModel):
    """Base of every request."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class ChangeRequest(Request):
    """The fields to change; those not sent stay. Null takes one away, of those that are `removable`."""

    removable: ClassVar[frozenset[str]] = frozenset()

    @field_validator("*")
    @classmethod
    def _may_be_null(cls, value: object, field: ValidationInfo) -> object:
        if value is None and field.field_name not in cls.removable:
            raise ValueError("cannot be taken away")
        return value

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("at least one field to change is needed")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, write: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Says the same: None stands for what was not sent, and is null only where that may be."""
        written = write.resolve_ref_schema(write(schema))
        written["minProperties"] = 1
        for name, of_field in written["properties"].items():
            del of_field["default"]
            if name not in cls.removable:
                [only] = [each for each in of_field.pop("anyOf") if each != {"type": "null"}]
                of_field.update(only)
        return written
