"""Checks of request bodies, answered as Vitally's JSON-schema validator (Ajv) answers.

The one recorded body is a numeric externalId; the others follow Ajv's own error format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_STRING = ("string",)
_NULLABLE = ("string", "null")
_LIST = ("array",)

_USER = {
    "externalId": _STRING,
    "accountIds": _LIST,
    "organizationIds": _LIST,
    "name": _NULLABLE,
    "email": _NULLABLE,
    "avatar": _NULLABLE,
    "unsubscribedFromConversations": ("boolean",),
    "traits": ("object",),
    "joinDate": _NULLABLE,
}
_ACCOUNT = {
    "externalId": _STRING,
    "name": _STRING,
    "organizationId": _NULLABLE,
    "accountOwnerId": ("null",),
    "traits": ("object",),
}

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
    "null": (type(None),),
}

#: A custom field's type, as the API names it, and the JSON types that it takes.
_TRAIT_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "textarea": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "date": (str, int),
    "datetime": (str, int),
    "multiselect": (list,),
}

Error = dict[str, Any]


def user_errors(body: Any, *, creating: bool, refuse_unknown: bool) -> list[Error]:
    """What Ajv would say of a user's body; empty when it is well."""
    errors = _errors(
        body, _USER, ("externalId",) if creating else (), refuse_unknown=refuse_unknown
    )
    if not errors and creating and not ("accountIds" in body or "organizationIds" in body):
        errors = [_required("accountIds"), _required("organizationIds")]
        errors.append(
            _error("", "#/anyOf", "anyOf", {}, "must match a schema in anyOf"),
        )
    return errors


def account_errors(body: Any, *, creating: bool, refuse_unknown: bool) -> list[Error]:
    """What Ajv would say of an account's body; empty when it is well."""
    return _errors(
        body, _ACCOUNT, ("externalId", "name") if creating else (), refuse_unknown=refuse_unknown
    )


def trait_errors(traits: Mapping[str, Any], types: Mapping[str, str]) -> list[Error]:
    """Traits whose value is not of their custom field's type (`types`: trait key to type)."""
    errors = []
    for key, value in traits.items():
        wanted = types.get(key)
        if value is None or wanted is None or wanted not in _TRAIT_TYPES:
            continue
        allowed = _TRAIT_TYPES[wanted]
        if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
            errors.append(
                _error(
                    f"/traits/{_pointer(key)}",
                    f"#/properties/traits/properties/{_pointer(key)}/type",
                    "type",
                    {"type": wanted},
                    f"must be {wanted}",
                )
            )
    return errors


def enum_error(name: str, allowed: tuple[str, ...]) -> Error:
    """A query parameter that is none of the allowed values."""
    return _error(
        f"/{name}",
        f"#/properties/{name}/enum",
        "enum",
        {"allowedValues": list(allowed)},
        "must be equal to one of the allowed values",
    )


def integer_error(name: str) -> Error:
    """A query parameter that is no whole number."""
    return _error(
        f"/{name}", f"#/properties/{name}/type", "type", {"type": "integer"}, "must be integer"
    )


def maximum_error(name: str, limit: int) -> Error:
    """A query parameter above its maximum."""
    return _error(
        f"/{name}",
        f"#/properties/{name}/maximum",
        "maximum",
        {"comparison": "<=", "limit": limit},
        f"must be <= {limit}",
    )


def minimum_error(name: str, limit: int) -> Error:
    """A query parameter below its minimum."""
    return _error(
        f"/{name}",
        f"#/properties/{name}/minimum",
        "minimum",
        {"comparison": ">=", "limit": limit},
        f"must be >= {limit}",
    )


def _errors(
    body: Any,
    known: Mapping[str, tuple[str, ...]],
    required: tuple[str, ...],
    *,
    refuse_unknown: bool,
) -> list[Error]:
    if not isinstance(body, dict):
        return [_error("", "#/type", "type", {"type": "object"}, "must be object")]
    errors = [_required(name) for name in required if name not in body]
    for name, value in body.items():
        allowed = known.get(name)
        if allowed is None:
            if refuse_unknown:
                errors.append(
                    _error(
                        "",
                        "#/additionalProperties",
                        "additionalProperties",
                        {"additionalProperty": name},
                        "must NOT have additional properties",
                    )
                )
        elif not any(isinstance(value, _TYPES[word]) for word in allowed):
            errors.append(_type(f"/{name}", f"#/properties/{name}/type", allowed))
        elif isinstance(value, list):
            errors += [
                _type(f"/{name}/{place}", f"#/properties/{name}/items/type", _STRING)
                for place, item in enumerate(value)
                if not isinstance(item, str)
            ]
        elif name == "externalId" and value == "":
            errors.append(
                _error(
                    "/externalId",
                    "#/properties/externalId/minLength",
                    "minLength",
                    {"limit": 1},
                    "must NOT have fewer than 1 characters",
                )
            )
    return errors


def _type(path: str, schema: str, allowed: tuple[str, ...]) -> Error:
    wanted = allowed[0] if len(allowed) == 1 else list(allowed)
    return _error(path, schema, "type", {"type": wanted}, f"must be {','.join(allowed)}")


def _required(name: str) -> Error:
    return _error(
        "",
        "#/required",
        "required",
        {"missingProperty": name},
        f"must have required property '{name}'",
    )


def _pointer(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _error(
    path: str, schema: str, keyword: str, params: dict[str, Any], message: str
) -> dict[str, Any]:
    return {
        "instancePath": path,
        "schemaPath": schema,
        "keyword": keyword,
        "params": params,
        "message": message,
    }
