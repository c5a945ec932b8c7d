"""Writes the table of protobuf messages of the built-in kinds, from the sources of the Kubernetes API.

    python3 operator-apiserver/generate/protobuf.py

Fetches k8s.io/api, k8s.io/apimachinery and k8s.io/apiextensions-apiserver (through the Go module proxy) in the version
that belongs to src/builtin/data/version, and writes operator-apiserver/src/protobuf/messages.tsv: the messages that the
kinds in src/builtin/data/resources.json are made of, and those of EXTRA. One line each, sorted:

    name<TAB>number:json name:type[:Go name]<TAB>...

Messages are named as in OpenAPI. Types are string, bytes, int32, int64, bool, double, json (bytes that hold JSON) or a
message (without its package where that is the same), with `[]` before them for a list and `{}` for a map by texts. A
field without a JSON name stands for the message as a whole: fields of an embedded struct, or the only value of a type
that is no struct in JSON. The Go name is there where it isn't the JSON name with a capital letter: errors show it.

Numbers and types are read from generated.proto, names from the tags of the Go structs. Needs Python 3 and Go.
"""

import json
import pathlib
import re
import subprocess
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parent.parent / "src"
MODULES = ["k8s.io/api", "k8s.io/apimachinery", "k8s.io/apiextensions-apiserver"]
# What requests hold besides the kinds themselves.
EXTRA = [
    "io.k8s.api.authentication.v1.TokenRequest",
    "io.k8s.api.autoscaling.v1.Scale",
    "io.k8s.api.policy.v1.Eviction",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1beta1.CustomResourceDefinition",
    "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions",
]
SCALARS = {"string", "bytes", "int32", "int64", "bool", "double"}
# Messages that are one value in JSON, and of what sort that is.
WHOLE = {
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": "json",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1beta1.JSON": "json",
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "string",
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": "json",
    "io.k8s.apimachinery.pkg.runtime.RawExtension": "json",
}
FIELD = re.compile(r"^  (?:(optional|repeated) |map<string, ([.\w]+)> )([.\w]+)?\s*(\w+) = (\d+)")
GO_FIELD = re.compile(r"^\t(?:(\w+)\s+)?([^`]*?)\s*`(.*)`")


def download(module, version):
    with tempfile.TemporaryDirectory() as scratch:
        (pathlib.Path(scratch) / "go.mod").write_text("module scratch\n")
        run = subprocess.run(["go", "mod", "download", "-json", f"{module}@{version}"], check=True, capture_output=True,
                             cwd=scratch)
    return pathlib.Path(json.loads(run.stdout)["Dir"])


def openapi_name(package):
    """k8s.io.apiextensions_apiserver.pkg... -> io.k8s.apiextensions-apiserver.pkg..."""
    return package.replace("k8s.io.", "io.k8s.", 1).replace("_", "-")


def go_structs(folder):
    """Of every struct: field number -> Go name, JSON name ("" if inline, None without a tag)."""
    structs = {}
    for path in sorted(folder.glob("*.go")):
        if path.name.endswith("_test.go") or path.name in ("generated.pb.go", "generated.protomessage.pb.go"):
            continue
        fields = None
        for line in path.read_text().splitlines():
            if started := re.match(r"^type (\w+) struct", line):
                fields = structs.setdefault(started[1], {})
            elif line.startswith("}"):
                fields = None
            elif fields is not None and (found := GO_FIELD.match(line)):
                number = re.search(r'protobuf:"[^",]+,(\d+)', found[3])
                tag = re.search(r'json:"([^",]*)', found[3])
                # An embedded struct has a type only.
                go_name = (found[1] or found[2]).rsplit(".", 1)[-1].lstrip("*")
                if number:
                    fields[int(number[1])] = (go_name, tag[1] if tag else None)
    return structs


def messages(path):
    """The messages of a generated.proto: name -> [(number, name, type)]."""
    package, current, found = None, None, {}
    structs = go_structs(path.parent)
    for line in path.read_text().splitlines():
        if line.startswith("package "):
            package = openapi_name(line.split()[1].rstrip(";"))
        elif started := re.match(r"^message (\w+) \{", line):
            current = started[1]
            fields = found.setdefault(f"{package}.{current}", [])
        elif line.startswith("}"):
            current = None
        elif current and (parsed := FIELD.match(line)):
            label, values, kind, proto_name, number = parsed.groups()
            kind, number = values or kind, int(number)
            if kind not in SCALARS:
                kind = openapi_name(kind.lstrip(".")) if "." in kind else f"{package}.{kind}"
            prefix = "{}" if values else "[]" if label == "repeated" else ""
            struct = structs.get(current)
            if f"{package}.{current}" in WHOLE:
                fields.append((number, "", WHOLE[f"{package}.{current}"], None))
            elif struct is None:
                # A Go type that is no struct: a list by a name of its own.
                fields.append((number, "", prefix + kind, None))
            else:
                go_name, name = struct.get(number, (None, None))
                fields.append((number, proto_name if name is None else name, prefix + kind, go_name))
    return found


def bare(kind):
    return kind.removeprefix("[]").removeprefix("{}")


def line(name, fields):
    package = name.rsplit(".", 1)[0] + "."
    columns = [name]
    for number, json_name, kind, go_name in sorted(fields):
        prefix, message = kind[:len(kind) - len(bare(kind))], bare(kind)
        if message.startswith(package) and "." not in message[len(package):]:
            message = message[len(package):]
        column = f"{number}:{json_name}:{prefix}{message}"
        if go_name and go_name != json_name[:1].upper() + json_name[1:]:
            column += ":" + go_name
        columns.append(column)
    return "\t".join(columns) + "\n"


def main():
    version = (SOURCE / "builtin" / "data" / "version").read_text().strip().replace("v1.", "v0.", 1)
    known = {}
    for module in MODULES:
        folder = download(module, version)
        for path in sorted(folder.rglob("generated.proto")):
            known |= messages(path)
    rows = json.loads((SOURCE / "builtin" / "data" / "resources.json").read_text())
    kinds = {(row["group"], row["version"], row["kind"]) for row in rows}
    queue = [*EXTRA]
    for group, version, kind in sorted(kinds):
        package = "apiextensions-apiserver.pkg.apis.apiextensions" if group == "apiextensions.k8s.io" else \
            "api." + (group.split(".")[0] or "core")
        queue.append(f"io.k8s.{package}.{version}.{kind}")
    wanted = set(queue)
    while queue:
        for _, _, kind, _ in known[queue.pop()]:
            message = bare(kind)
            if message not in SCALARS and message != "json" and message not in wanted:
                wanted.add(message)
                queue.append(message)
    (SOURCE / "protobuf" / "messages.tsv").write_text("".join(line(name, known[name]) for name in sorted(wanted)))


if __name__ == "__main__":
    main()
