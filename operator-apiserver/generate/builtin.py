"""Writes the data of the built-in kinds, from what a running Kubernetes control plane says of itself.

    KUBECONFIG=... python3 operator-apiserver/generate/builtin.py

Asks discovery and the OpenAPI v3 documents (through `kubectl get --raw`, and an HTTP request where the answer's header
counts) and writes, into operator-apiserver/src/builtin/data:

  resources.json     what is served: names, verbs and subresources of every kind
  definitions.tsv    the schemas that these kinds need: one line each, `name<TAB>json`, sorted, without descriptions
  descriptions.tsv   their descriptions: `name<TAB>{"": of the type, "field": of the field, ...}`, the same order

Run it against a newer control plane to move the embedded server on; what is served is the table SERVED below. Needs
Python 3 and kubectl, nothing else.
"""

import json
import pathlib
import subprocess

# The group-versions and, of each, the kinds and their subresources. What is not here is answered with 404: kinds and
# subresources that the embedded server would store without doing what they promise.
STATUS = ["status"]
SCALED = ["scale", "status"]
SERVED = {
    "v1": {
        "configmaps": [], "endpoints": [], "events": [], "limitranges": [], "namespaces": ["finalize", "status"],
        "nodes": STATUS, "persistentvolumeclaims": STATUS, "persistentvolumes": STATUS, "pods": ["eviction", "status"],
        "podtemplates": [], "replicationcontrollers": SCALED, "resourcequotas": STATUS, "secrets": [],
        "serviceaccounts": ["token"], "services": STATUS,
    },
    "apps/v1": {
        "controllerrevisions": [], "daemonsets": STATUS, "deployments": SCALED, "replicasets": SCALED,
        "statefulsets": SCALED,
    },
    "batch/v1": {"cronjobs": STATUS, "jobs": STATUS},
    "networking.k8s.io/v1": {"ingressclasses": [], "ingresses": STATUS, "networkpolicies": []},
    "rbac.authorization.k8s.io/v1": {
        "clusterrolebindings": [], "clusterroles": [], "rolebindings": [], "roles": [],
    },
    "policy/v1": {"poddisruptionbudgets": STATUS},
    "autoscaling/v1": {"horizontalpodautoscalers": STATUS},
    "autoscaling/v2": {"horizontalpodautoscalers": STATUS},
    "coordination.k8s.io/v1": {"leases": []},
    "events.k8s.io/v1": {"events": []},
    "discovery.k8s.io/v1": {"endpointslices": []},
    "storage.k8s.io/v1": {"storageclasses": []},
    "scheduling.k8s.io/v1": {"priorityclasses": []},
    "node.k8s.io/v1": {"runtimeclasses": []},
    "apiextensions.k8s.io/v1": {"customresourcedefinitions": STATUS},
    "authentication.k8s.io/v1": {"selfsubjectreviews": [], "tokenreviews": []},
    "authorization.k8s.io/v1": {
        "localsubjectaccessreviews": [], "selfsubjectaccessreviews": [], "selfsubjectrulesreviews": [],
        "subjectaccessreviews": [],
    },
}
META = "io.k8s.apimachinery.pkg.apis.meta.v1."
# What requests and answers hold besides the kinds themselves.
ROOTS = [META + "DeleteOptions", META + "Status", META + "WatchEvent", META + "Patch", META + "APIResourceList",
         "io.k8s.api.autoscaling.v1.Scale"]
DATA = pathlib.Path(__file__).resolve().parent.parent / "src" / "builtin" / "data"


def raw(path):
    return json.loads(subprocess.run(["kubectl", "get", "--raw", path], check=True, capture_output=True).stdout)


def warning(path):
    """What the server warns of when `path` is read."""
    # kubectl prints warning headers of raw requests to its standard error.
    run = subprocess.run(["kubectl", "get", "--raw", path], check=True, capture_output=True, text=True)
    lines = [line.removeprefix("Warning: ") for line in run.stderr.splitlines() if line.startswith("Warning: ")]
    lines = [line for line in lines if "version difference" not in line]
    return lines[0] if lines else None


def base(group_version):
    return ("/apis/" if "/" in group_version else "/api/") + group_version


def kind_of(entry, group, version):
    return {"group": entry.get("group", group), "version": entry.get("version", version), "kind": entry["kind"]}


def resources():
    found = []
    for group_version, plurals in SERVED.items():
        group, _, version = group_version.rpartition("/")
        listed = {entry["name"]: entry for entry in raw(base(group_version))["resources"]}
        for plural, subresources in sorted(plurals.items()):
            entry = listed[plural]
            row = {
                "group": group, "version": version, "kind": entry["kind"], "listKind": entry["kind"] + "List",
                "plural": plural, "singular": entry["singularName"], "shortNames": entry.get("shortNames", []),
                "categories": entry.get("categories", []), "namespaced": entry["namespaced"],
                "verbs": entry["verbs"], "subresources": [],
            }
            for name in subresources:
                sub = listed[f"{plural}/{name}"]
                row["subresources"].append({"name": name, **kind_of(sub, group, version), "verbs": sub["verbs"]})
            if "list" in entry["verbs"]:
                row["deprecation"] = warning(f"{base(group_version)}/{plural}")
            found.append(row)
    return found


def references(schema):
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "$ref" and isinstance(value, str):
                yield value.rsplit("/", 1)[1]
            else:
                yield from references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from references(value)


def stripped(schema):
    """`schema` without descriptions; a property that is called `description` stays."""
    if isinstance(schema, list):
        return [stripped(value) for value in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {}
    for key, value in schema.items():
        if key == "properties":
            kept[key] = {name: stripped(field) for name, field in value.items()}
        elif key in ("default", "enum"):
            kept[key] = value
        elif key != "description":
            kept[key] = stripped(value)
    return kept


def described(schema):
    texts = {"": schema["description"]} if "description" in schema else {}
    for name, field in schema.get("properties", {}).items():
        if "description" in field:
            texts[name] = field["description"]
    return texts


def definitions(rows):
    schemas = {}
    for group_version in SERVED:
        schemas |= raw("/openapi/v3" + base(group_version))["components"]["schemas"]
    wanted = set(ROOTS)
    kinds = {(row["group"], row["version"], kind) for row in rows for kind in (row["kind"], row["listKind"])}
    for name, schema in schemas.items():
        for gvk in schema.get("x-kubernetes-group-version-kind", []):
            if (gvk["group"], gvk["version"], gvk["kind"]) in kinds:
                wanted.add(name)
    queue = sorted(wanted)
    while queue:
        for name in references(schemas[queue.pop()]):
            if name not in wanted:
                wanted.add(name)
                queue.append(name)
    for name in sorted(wanted):
        schema = schemas[name]
        gvks = schema.get("x-kubernetes-group-version-kind", [])
        if len(gvks) > 1:
            # Every group has its own DeleteOptions and WatchEvent; which of them differs from document to document.
            schema["x-kubernetes-group-version-kind"] = [gvk for gvk in gvks if (gvk["group"], gvk["version"]) == ("", "v1")]
        yield name, schema


def line(name, value):
    return name + "\t" + json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False) + "\n"


def main():
    DATA.mkdir(parents=True, exist_ok=True)
    rows = resources()
    entries = ",\n".join("  " + json.dumps(row, sort_keys=True) for row in rows)
    (DATA / "resources.json").write_text(f"[\n{entries}\n]\n")
    found = list(definitions(rows))
    (DATA / "definitions.tsv").write_text("".join(line(name, stripped(schema)) for name, schema in found))
    (DATA / "descriptions.tsv").write_text("".join(line(name, described(schema)) for name, schema in found))
    (DATA / "version").write_text(raw("/version")["gitVersion"] + "\n")


if __name__ == "__main__":
    main()
