"""What a program with Python's client does in its first hour, told line by line."""

import json
import sys

from kubernetes import client, config, dynamic, watch
from kubernetes.client.rest import ApiException

NAMESPACE = "python-client"
GROUP = "python.example.com"


def tell(what, told):
    print(f"{what}: {told}")


def refused(what, call):
    try:
        call()
        tell(what, "accepted")
    except ApiException as why:
        status = json.loads(why.body)
        tell(what, f"{why.status} {status['reason']}: {status['message']}")


def until_gone(read):
    while True:
        try:
            read()
        except ApiException as why:
            if why.status == 404:
                return
            raise


def crd():
    schema = {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "required": ["size"],
                "properties": {
                    "size": {"type": "integer", "minimum": 0},
                    "note": {"type": "string", "default": "none"},
                },
            },
            "status": {"type": "object", "properties": {"ready": {"type": "boolean"}}},
        },
    }
    version = client.V1CustomResourceDefinitionVersion(
        name="v1",
        served=True,
        storage=True,
        schema=client.V1CustomResourceValidation(open_apiv3_schema=schema),
        subresources=client.V1CustomResourceSubresources(status={}),
    )
    names = client.V1CustomResourceDefinitionNames(plural="boxes", singular="box", kind="Box")
    spec = client.V1CustomResourceDefinitionSpec(
        group=GROUP, scope="Namespaced", names=names, versions=[version]
    )
    metadata = client.V1ObjectMeta(name=f"boxes.{GROUP}")
    return client.V1CustomResourceDefinition(
        api_version="apiextensions.k8s.io/v1",
        kind="CustomResourceDefinition",
        metadata=metadata,
        spec=spec,
    )


def config_maps(core):
    for number in range(5):
        body = client.V1ConfigMap(
            metadata=client.V1ObjectMeta(name=f"cm-{number}", labels={"n": str(number % 2)}),
            data={"a": "1"},
        )
        made = core.create_namespaced_config_map(NAMESPACE, body)
        tell("created", f"{made.metadata.name} {made.data}")
    names, token, left = [], None, []
    while True:
        page = core.list_namespaced_config_map(
            NAMESPACE, limit=2, _continue=token, label_selector="n"
        )
        names.append([item.metadata.name for item in page.items])
        left.append(page.metadata.remaining_item_count)
        token = page.metadata._continue
        if not token:
            break
    tell("pages", f"{names} {left}")
    labelled = core.list_namespaced_config_map(NAMESPACE, label_selector="n=1")
    tell("labelled", [item.metadata.name for item in labelled.items])
    named = core.list_namespaced_config_map(NAMESPACE, field_selector="metadata.name=cm-3")
    tell("named", [item.metadata.name for item in named.items])
    refused("a wrong selector", lambda: core.list_namespaced_config_map(NAMESPACE, field_selector="a=b"))
    refused("twice", lambda: core.create_namespaced_config_map(NAMESPACE, body))
    refused("absent", lambda: core.read_namespaced_config_map("nope", NAMESPACE))
    merged = core.patch_namespaced_config_map("cm-0", NAMESPACE, {"data": {"b": "2"}})
    tell("strategic merge patch", merged.data)
    operations = [{"op": "replace", "path": "/data/a", "value": "3"}]
    tell("JSON patch", core.patch_namespaced_config_map("cm-0", NAMESPACE, operations).data)
    stale = core.read_namespaced_config_map("cm-0", NAMESPACE)
    core.patch_namespaced_config_map("cm-0", NAMESPACE, {"data": {"c": "4"}})
    refused("a stale replacement", lambda: core.replace_namespaced_config_map("cm-0", NAMESPACE, stale))


def watches(core):
    listed = core.list_namespaced_config_map(NAMESPACE)
    core.patch_namespaced_config_map("cm-1", NAMESPACE, {"data": {"w": "1"}})
    core.delete_namespaced_config_map("cm-2", NAMESPACE)
    stream = watch.Watch()
    seen = []
    for event in stream.stream(
        core.list_namespaced_config_map,
        NAMESPACE,
        resource_version=listed.metadata.resource_version,
        timeout_seconds=30,
    ):
        seen.append(f"{event['type']} {event['object'].metadata.name}")
        if len(seen) == 2:
            stream.stop()
    tell("watched", seen)


def custom_objects(extensions, custom):
    extensions.create_custom_resource_definition(crd())
    stream = watch.Watch()
    name = f"boxes.{GROUP}"
    for event in stream.stream(
        extensions.list_custom_resource_definition, field_selector=f"metadata.name={name}", timeout_seconds=30
    ):
        conditions = event["object"].status.conditions or []
        if any(one.type == "Established" and one.status == "True" for one in conditions):
            stream.stop()
    tell("established", name)
    where = (GROUP, "v1", NAMESPACE, "boxes")
    body = {"apiVersion": f"{GROUP}/v1", "kind": "Box", "metadata": {"name": "one"}, "spec": {"size": 1}}
    while True:
        try:
            made = custom.create_namespaced_custom_object(*where, body)
            break
        except ApiException as why:
            # It may be established a moment before it is served.
            if why.status != 404:
                raise
    tell("custom object", made["spec"])
    refused("wrong", lambda: custom.create_namespaced_custom_object(
        *where, {**body, "metadata": {"name": "two"}, "spec": {"size": -1}}))
    tell("merge patch", custom.patch_namespaced_custom_object(*where, "one", {"spec": {"note": "hello"}})["spec"])
    status = custom.patch_namespaced_custom_object_status(*where, "one", {"status": {"ready": True}})
    tell("status", f"{status['status']} generation {status['metadata']['generation']}")
    tell("list", [item["metadata"]["name"] for item in custom.list_namespaced_custom_object(*where)["items"]])


def applies(api):
    dynamically = dynamic.DynamicClient(api)
    boxes = dynamically.resources.get(api_version=f"{GROUP}/v1", kind="Box")
    body = {"apiVersion": f"{GROUP}/v1", "kind": "Box", "metadata": {"name": "applied"}, "spec": {"size": 2}}
    made = dynamically.server_side_apply(boxes, body=body, name="applied", namespace=NAMESPACE, field_manager="python")
    tell("applied", f"{made.spec.to_dict()} {[entry.manager for entry in made.metadata.managedFields]}")
    other = {**body, "spec": {"size": 3}}
    refused("a conflict", lambda: dynamically.server_side_apply(
        boxes, body=other, name="applied", namespace=NAMESPACE, field_manager="other"))
    forced = dynamically.server_side_apply(
        boxes, body=other, name="applied", namespace=NAMESPACE, field_manager="other", force_conflicts=True)
    owners = [f"{entry.manager} {entry.fieldsV1.to_dict()}" for entry in forced.metadata.managedFields]
    tell("forced", f"{forced.spec.to_dict()} {owners}")
    maps = dynamically.resources.get(api_version="v1", kind="ConfigMap")
    tell("dynamic list", [item.metadata.name for item in maps.get(namespace=NAMESPACE, label_selector="n=0").items])


def deletions(core, custom):
    for kind in ("background", "foreground", "orphan"):
        reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": kind, "blockOwnerDeletion": True}
        parent = core.create_namespaced_config_map(NAMESPACE, {"metadata": {"name": kind}})
        reference["uid"] = parent.metadata.uid
        child = {"metadata": {"name": f"{kind}-child", "ownerReferences": [reference]}}
        core.create_namespaced_config_map(NAMESPACE, child)
        core.delete_namespaced_config_map(kind, NAMESPACE, propagation_policy=kind.capitalize())
        until_gone(lambda: core.read_namespaced_config_map(kind, NAMESPACE))
        if kind == "orphan":
            left = core.read_namespaced_config_map(f"{kind}-child", NAMESPACE)
            tell(kind, f"{left.metadata.name} {left.metadata.owner_references}")
        else:
            until_gone(lambda: core.read_namespaced_config_map(f"{kind}-child", NAMESPACE))
            tell(kind, "both are gone")
    wrong = client.V1DeleteOptions(preconditions=client.V1Preconditions(uid="wrong"))
    refused("a precondition", lambda: core.delete_namespaced_config_map("cm-3", NAMESPACE, body=wrong))
    core.delete_namespaced_config_map("cm-3", NAMESPACE)
    refused("deleted", lambda: core.read_namespaced_config_map("cm-3", NAMESPACE))
    core.delete_collection_namespaced_config_map(NAMESPACE, label_selector="n")
    left = core.list_namespaced_config_map(NAMESPACE, label_selector="n")
    tell("left", [item.metadata.name for item in left.items])


def main():
    config.load_kube_config(sys.argv[1])
    api = client.ApiClient()
    core, extensions = client.CoreV1Api(api), client.ApiextensionsV1Api(api)
    custom = client.CustomObjectsApi(api)
    version = client.VersionApi(api).get_code()
    tell("version", f"{version.major}.{version.minor}")
    for clear, read in (
        (lambda: core.delete_namespace(NAMESPACE), lambda: core.read_namespace(NAMESPACE)),
        (
            lambda: extensions.delete_custom_resource_definition(f"boxes.{GROUP}"),
            lambda: extensions.read_custom_resource_definition(f"boxes.{GROUP}"),
        ),
    ):
        until_gone(lambda: (read(), clear()))
    made = core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=NAMESPACE)))
    tell("namespace", f"{made.metadata.name} {made.metadata.labels} {made.status.phase}")
    config_maps(core)
    watches(core)
    custom_objects(extensions, custom)
    applies(api)
    deletions(core, custom)
    extensions.delete_custom_resource_definition(f"boxes.{GROUP}")
    until_gone(lambda: extensions.read_custom_resource_definition(f"boxes.{GROUP}"))
    core.delete_namespace(NAMESPACE)
    until_gone(lambda: core.read_namespace(NAMESPACE))
    tell("namespace", "gone")


main()
