#!/usr/bin/env python3
"""Records the columns of the built-in kinds' tables from a running control plane, into columns.json beside it.

Usage: record_columns.py https://127.0.0.1:6443 TOKEN

The texts are Kubernetes' own (Apache-2.0). Run it again when the server that is followed gets newer.
"""
import json
import pathlib
import ssl
import sys
import urllib.request

SERVER, TOKEN = sys.argv[1:]
TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1"
# Kinds that no operator touches, as far as we know: they get the table of kinds without columns of their own.
SKIPPED_GROUPS = {"apiregistration.k8s.io", "flowcontrol.apiserver.k8s.io", "resource.k8s.io", "storagemigration.k8s.io"}
SKIPPED = {
    "ComponentStatus",
    "admissionregistration.k8s.io/MutatingAdmissionPolicy",
    "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding",
    "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
    "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding",
    "certificates.k8s.io/ClusterTrustBundle",
    "certificates.k8s.io/PodCertificateRequest",
    "networking.k8s.io/IPAddress",
}


def get(path, accept="application/json"):
    headers = {"Authorization": f"Bearer {TOKEN}", "Accept": accept}
    request = urllib.request.Request(SERVER + path, headers=headers)
    with urllib.request.urlopen(request, context=ssl._create_unverified_context()) as reply:
        return json.load(reply)


def resources():
    yield from ((("", "/api/v1"), r) for r in get("/api/v1")["resources"])
    for group in get("/apis")["groups"]:
        # Groups of custom resources have a domain of somebody else's.
        if "." in group["name"] and not group["name"].endswith(".k8s.io"):
            continue
        for version in group["versions"]:
            path = "/apis/" + version["groupVersion"]
            yield from (((group["name"], path), r) for r in get(path)["resources"])


texts, kinds = [], {}
for (group, path), resource in resources():
    key = f"{group}/{resource['kind']}".lstrip("/")
    if "/" in resource["name"] or "list" not in resource["verbs"] or key in SKIPPED or group in SKIPPED_GROUPS:
        continue
    columns = []
    for column in get(f"{path}/{resource['name']}", TABLE)["columnDefinitions"]:
        text = column["description"]
        if text not in texts:
            texts.append(text)
        columns.append([column["name"], column["type"], column["format"], texts.index(text), column["priority"]])
    assert kinds.setdefault(key, columns) == columns, f"{key} differs between versions"

lines = ['{"texts": [\n', ",\n".join(json.dumps(t) for t in texts), '\n], "kinds": {\n']
lines.append(",\n".join(f"{json.dumps(k)}: {json.dumps(c)}" for k, c in sorted(kinds.items())))
lines.append("\n}}\n")
pathlib.Path(__file__).with_name("columns.json").write_text("".join(lines))
