"""Just enough of OpenAPI 3.1 and JSON Schema to make requests from a description, and to check
answers against it."""

import json
import random
import string


class Description:
    def __init__(self, document):
        self.document = document

    def resolve(self, node):
        while "$ref" in node:
            found = self.document
            for name in node["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            node = found
        return node

    def operations(self):
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                if method in ("description", "summary"):
                    continue
                yield method.upper(), path, operation

    def schema_of_body(self, operation):
        content = operation["requestBody"]["content"]
        return content["application/json"]["schema"] if "application/json" in content else {}

    def problem(self, schema, value, where="answer"):
        """Why `value` is not what `schema` says; None when it is."""
        schema = self.resolve(schema)
        if "oneOf" in schema:
            fitting = [s for s in schema["oneOf"] if self.problem(s, value) is None]
            return None if len(fitting) == 1 else f"{where}: fits {len(fitting)} of the alternatives"
        types = schema.get("type")
        if types and not any(self._is(t, value) for t in ([types] if isinstance(types, str) else types)):
            return f"{where}: {value!r} is not {types}"
        if "enum" in schema and value not in schema["enum"]:
            return f"{where}: {value!r} is not in {schema['enum']}"
        if isinstance(value, (int, float)) and value < schema.get("minimum", value):
            return f"{where}: {value} is too small"
        if isinstance(value, dict):
            for name in schema.get("required", []):
                if name not in value:
                    return f"{where}: {name} is missing"
            known = schema.get("properties", {})
            for name, inner in value.items():
                if name in known:
                    problem = self.problem(known[name], inner, f"{where}.{name}")
                    if problem:
                        return problem
        if isinstance(value, list):
            for i, inner in enumerate(value):
                problem = self.problem(schema.get("items", {}), inner, f"{where}[{i}]")
                if problem:
                    return problem
        return None

    @staticmethod
    def _is(name, value):
        if isinstance(value, bool):
            return name == "boolean"
        return isinstance(value, {"string": str, "integer": int, "number": (int, float), "null": type(None),
                                  "object": dict, "array": list, "boolean": bool}[name])

    def answer_problem(self, operation, answer):
        """Why this answer is not one that the operation names."""
        documented = operation["responses"].get(str(answer.status))
        if documented is None:
            return f"status {answer.status} is not described"
        content = self.resolve(documented).get("content")
        if content is None:
            return None if not answer.body else "there should be no body"
        mime = answer.headers["Content-Type"]
        if mime not in content:
            return f"{mime} is not described"
        if mime == "application/json":
            return self.problem(content[mime]["schema"], json.loads(answer.body))
        return None


class Imagination:
    """Makes up values: mostly what a schema says, sometimes anything else."""

    def __init__(self, description, seed, texts):
        self.description = description
        self.random = random.Random(seed)
        self.texts = texts  # that mean something here: ids, URLs, endpoints

    def chance(self, share):
        return self.random.random() < share

    def text(self):
        if self.chance(0.5):
            return self.random.choice(self.texts)
        alphabet = self.random.choice([string.ascii_letters, string.printable, "äß\u20ac\U0001f600\u0000\"\\%/?#&= "])
        return "".join(self.random.choice(alphabet) for _ in range(self.random.choice([0, 1, 5, 30, 300])))

    def anything(self, depth=0):
        kinds = [None, True, False, 0, -1, 1, 2 ** 63, 2 ** 64, 1e308, -0.5, "", [], {}]
        if depth < 3 and self.chance(0.3):
            return self.random.choice([[self.anything(depth + 1)], {self.text(): self.anything(depth + 1)}])
        return self.text() if self.chance(0.3) else self.random.choice(kinds)

    def value(self, schema):
        if self.chance(0.07):
            return self.anything()
        schema = self.description.resolve(schema)
        if "oneOf" in schema:
            return self.value(self.random.choice(schema["oneOf"]))
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        kind = schema.get("type", "any")
        if isinstance(kind, list):
            kind = self.random.choice(kind)
        if kind == "string":
            if schema.get("format") == "date-time":
                return self.random.choice(["2026-11-21T20:24:38Z", "2000-01-01T00:00:00.5+01:00", "1969-12-31T23:59:59Z", "now"])
            return self.text()
        if kind == "integer":
            return self.random.choice([schema.get("minimum", 0), schema.get("maximum", 10 ** 6), 7])
        if kind == "number":
            return self.random.choice([schema.get("minimum", 0), 0.5, 100])
        if kind == "boolean":
            return self.chance(0.5)
        if kind == "array":
            return [self.value(schema.get("items", {})) for _ in range(self.random.choice([0, 1, 3]))]
        if kind == "object":
            properties = schema.get("properties", {})
            made = {name: self.value(inner) for name, inner in properties.items()
                    if name in schema.get("required", []) and not self.chance(0.1) or self.chance(0.4)}
            if self.chance(0.05):
                made[self.text()] = self.anything()
            return made
        return self.anything()

    def body(self, schema):
        if self.chance(0.05):
            return self.random.choice([b"", b"{", b"[]", b"null", b"\xff", b'{"a":1,"a":2}', b"[" * 99, b"0" * 70000])
        return json.dumps(self.value(schema)).encode()
