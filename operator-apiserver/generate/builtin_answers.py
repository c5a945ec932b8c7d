"""Records what a running Kubernetes control plane answers to the requests of builtin_cases.py.

    KUBECONFIG=... TOKEN=... python3 operator-apiserver/generate/builtin_answers.py [NAMESPACE]

Writes operator-apiserver/src/builtin/testdata/answers.json, which the tests of `builtin` compare with what the embedded
server makes of the same objects. Every object is created in NAMESPACE (default: builtin-answers; it is created, and
deleted again); a creation that is only looked at is a dry run, so that no controller comes in between. What differs from
run to run (uids, times, managed fields) is left out. Needs Python 3 and kubectl, nothing else.
"""

import json
import pathlib
import ssl
import subprocess
import sys
import urllib.request
import os

from builtin_cases import CASES

OUT = pathlib.Path(__file__).resolve().parent.parent / "src" / "builtin" / "testdata" / "answers.json"
NAMESPACE = sys.argv[1] if len(sys.argv) > 1 else "builtin-answers"
SERVER = subprocess.run(["kubectl", "config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}"],
                        check=True, capture_output=True, text=True).stdout
TRUST = ssl.create_default_context()
TRUST.check_hostname = False
TRUST.verify_mode = ssl.CERT_NONE


def call(method, path, body=None, media="application/json"):
    request = urllib.request.Request(SERVER + path, method=method, data=json.dumps(body).encode() if body is not None else None)
    request.add_header("Content-Type", media)
    request.add_header("Authorization", "Bearer " + os.environ["TOKEN"])
    try:
        with urllib.request.urlopen(request, context=TRUST) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


def normal(answer):
    if answer.get("kind") == "Status":
        details = answer.get("details", {})
        return {"code": answer["code"], "message": None if details.get("causes") else answer["message"],
                "causes": [[c.get("reason", ""), c.get("field", ""), c["message"]] for c in details.get("causes", [])]}
    for key in ("managedFields", "uid", "creationTimestamp", "resourceVersion", "ownerReferences"):
        answer["metadata"].pop(key, None)
    return {"object": answer}


def record(title, path, obj, change, status):
    if change is None and status is None:
        return {"title": title, "path": path, "object": obj, "answer": normal(call("POST", path + "?dryRun=All", obj))}
    name = obj["metadata"]["name"]
    created = call("POST", path, obj)
    if created.get("kind") == "Status":
        sys.exit(f"{title}: {created['message']}")
    target = f"{path}/{name}" + ("" if status is None else "/status")
    patch = change if status is None else status
    answer = call("PATCH", target + "?dryRun=All", patch, "application/merge-patch+json")
    call("DELETE", f"{path}/{name}?gracePeriodSeconds=0&propagationPolicy=Background")
    if path.endswith("persistentvolumeclaims") or path.endswith("persistentvolumes"):
        call("PATCH", f"{path}/{name}", {"metadata": {"finalizers": None}}, "application/merge-patch+json")
    result = normal(answer)
    if "object" in result:
        # Controllers may have been there; the tests look at what the API server made of it.
        answer.pop("status", None)
    kind = "change" if status is None else "status"
    return {"title": title, "path": path, "object": obj, kind: patch, "answer": result}


def main():
    call("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
    answers = []
    for number, (title, path, obj, change, status) in enumerate(CASES):
        obj["metadata"].pop("suffix", None)
        if obj["metadata"]["name"] in ("x", "{ns}-x"):
            obj["metadata"]["name"] += str(number)
        given = json.loads(json.dumps([path, obj, change, status]).replace("{ns}", NAMESPACE))
        answers.append(record(title, *given))
    call("DELETE", f"/api/v1/namespaces/{NAMESPACE}")
    OUT.parent.mkdir(parents=True, exist_ok=True)
    entries = ",\n".join(json.dumps(entry, sort_keys=True, separators=(",", ":")) for entry in answers)
    OUT.write_text(f"[\n{entries}\n]\n")


if __name__ == "__main__":
    main()
