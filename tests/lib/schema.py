"""schema - do JSON documents fit a schema?

    python3 schema.py SCHEMA FILE...     ("-" is standard input)

As much of JSON Schema as ours use; a keyword that is not known is a fault, so
that nothing is passed over.
"""
import json
import re
import sys

TYPES = {"string": str, "integer": int, "boolean": bool, "object": dict,
         "array": list, "null": type(None)}
KNOWN = {"$schema", "$ref", "$defs", "title", "description", "anyOf", "type",
         "pattern", "minimum", "items", "required", "properties",
         "additionalProperties", "enum"}


def is_type(value, name):
    if name == "integer" and isinstance(value, bool):
        return False
    return isinstance(value, TYPES[name])


def faults(root, schema, value, where):
    unknown = set(schema) - KNOWN
    if unknown:
        yield f"{where}: the schema has unknown words {sorted(unknown)}"
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        yield from faults(root, root["$defs"][name], value, where)
    if "anyOf" in schema:
        tries = [list(faults(root, s, value, where)) for s in schema["anyOf"]]
        if all(tries):
            yield from min(tries, key=len)
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(is_type(value, t) for t in types):
        yield f"{where}: {value!r} is no {' or '.join(types)}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r} is none of {schema['enum']}"
    if "pattern" in schema and isinstance(value, str):
        if not re.search(schema["pattern"], value):
            yield f"{where}: {value!r} does not look like {schema['pattern']}"
    if "minimum" in schema and is_type(value, "integer") and \
            value < schema["minimum"]:
        yield f"{where}: {value} is too small"
    if isinstance(value, list) and "items" in schema:
        for i, item in enumerate(value):
            yield from faults(root, schema["items"], item, f"{where}[{i}]")
    if isinstance(value, dict):
        for key in schema.get("required", []):
            if key not in value:
                yield f"{where}: {key} is missing"
        for key, item in value.items():
            rule = schema.get("properties", {}).get(
                key, schema.get("additionalProperties", {}))
            yield from faults(root, rule, item, f"{where}.{key}")


def main():
    bad = False
    with open(sys.argv[1], encoding="utf-8") as f:
        schema = json.load(f)
    for name in sys.argv[2:]:
        if name == "-":
            value = json.load(sys.stdin)
        else:
            with open(name, encoding="utf-8") as f:
                value = json.load(f)
        for fault in faults(schema, schema, value, name):
            print(fault)
            bad = True
    sys.exit(bad)


main()
