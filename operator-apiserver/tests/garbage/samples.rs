//! What a well-behaved client sends: where spoiling begins.

use serde_json::{Value, json};

/// Paths of collections with an object of each.
// A list of samples is as long as it is.
#[allow(clippy::too_many_lines)]
pub(crate) fn objects() -> Vec<(&'static str, Value)> {
    let labels = json!({"app": "a"});
    let pod = json!({"containers": [{"name": "c", "image": "i", "ports": [{"containerPort": 80, "name": "http"}],
        "env": [{"name": "A", "value": "b"}], "resources": {"limits": {"cpu": "100m", "memory": "1Gi"}},
        "readinessProbe": {"httpGet": {"path": "/", "port": "http"}}, "volumeMounts": [{"name": "v", "mountPath": "/v"}]}],
        "volumes": [{"name": "v", "configMap": {"name": "m", "items": [{"key": "a", "path": "b"}]}}],
        "tolerations": [{"key": "k", "operator": "Exists"}]});
    let template = json!({"metadata": {"labels": labels}, "spec": pod});
    let selector = json!({"matchLabels": labels});
    let mut job = template.clone();
    job["spec"]["restartPolicy"] = "Never".into();
    vec![
        (
            "/api/v1/namespaces/default/configmaps",
            json!({"metadata": {"name": "thing-0", "labels": labels,
            "annotations": {"a": "b"}, "finalizers": ["example.com/x"],
            "ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "thing-1", "uid": "u"}]},
            "data": {"a": "b"}, "binaryData": {"c": "AAEC"}}),
        ),
        (
            "/api/v1/namespaces/default/secrets",
            json!({"metadata": {"name": "thing-0"}, "type": "Opaque",
            "data": {"a": "YQ=="}, "stringData": {"b": "c"}}),
        ),
        (
            "/api/v1/namespaces/default/pods",
            json!({"metadata": {"name": "thing-0"}, "spec": pod}),
        ),
        (
            "/api/v1/namespaces/default/services",
            json!({"metadata": {"name": "thing-0"}, "spec": {"selector": labels,
            "type": "NodePort", "ports": [{"port": 80, "targetPort": "http", "protocol": "TCP", "nodePort": 30080}]}}),
        ),
        (
            "/api/v1/namespaces",
            json!({"metadata": {"name": "thing-0"}}),
        ),
        (
            "/api/v1/nodes",
            json!({"metadata": {"name": "thing-0"}, "spec": {"taints": [{"key": "a", "effect": "NoSchedule"}]}}),
        ),
        (
            "/api/v1/persistentvolumes",
            json!({"metadata": {"name": "thing-0"}, "spec": {"capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"}}}),
        ),
        (
            "/api/v1/namespaces/default/events",
            json!({"metadata": {"name": "thing-0"}, "involvedObject": {"kind": "Pod",
            "namespace": "default", "name": "a"}, "reason": "R", "type": "Normal", "count": 1}),
        ),
        (
            "/apis/apps/v1/namespaces/default/deployments",
            json!({"metadata": {"name": "thing-0"}, "spec": {"replicas": 2,
            "selector": selector, "template": template, "strategy": {"rollingUpdate": {"maxSurge": "25%"}}}}),
        ),
        (
            "/apis/apps/v1/namespaces/default/statefulsets",
            json!({"metadata": {"name": "thing-0"}, "spec": {
            "selector": selector, "template": template, "serviceName": "s"}}),
        ),
        (
            "/apis/batch/v1/namespaces/default/jobs",
            json!({"metadata": {"name": "thing-0"}, "spec": {"template": job,
            "completions": 3, "parallelism": 2}}),
        ),
        (
            "/apis/batch/v1/namespaces/default/cronjobs",
            json!({"metadata": {"name": "thing-0"}, "spec": {
            "schedule": "*/5 * * * *", "timeZone": "Etc/UTC", "jobTemplate": {"spec": {"template": job}}}}),
        ),
        (
            "/apis/networking.k8s.io/v1/namespaces/default/ingresses",
            json!({"metadata": {"name": "thing-0"}, "spec": {
            "rules": [{"host": "a.example.com", "http": {"paths": [{"path": "/", "pathType": "Prefix",
            "backend": {"service": {"name": "s", "port": {"number": 80}}}}]}}]}}),
        ),
        (
            "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies",
            json!({"metadata": {"name": "thing-0"},
            "spec": {"podSelector": selector, "ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]}}),
        ),
        (
            "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers",
            json!({"metadata": {"name": "thing-0"},
            "spec": {"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "d", "apiVersion": "apps/v1"},
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization",
            "averageUtilization": 50}}}]}}),
        ),
        (
            "/apis/policy/v1/namespaces/default/poddisruptionbudgets",
            json!({"metadata": {"name": "thing-0"}, "spec": {
            "minAvailable": "50%", "selector": selector}}),
        ),
        (
            "/apis/rbac.authorization.k8s.io/v1/clusterroles",
            json!({"metadata": {"name": "thing-0"}, "rules": [{
            "verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}]}),
        ),
        (
            "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
            json!({"metadata": {"name": "thing-0"}, "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "thing-0"}, "subjects": [
            {"kind": "User", "name": "u", "apiGroup": "rbac.authorization.k8s.io"}]}),
        ),
        (
            "/apis/coordination.k8s.io/v1/namespaces/default/leases",
            json!({"metadata": {"name": "thing-0"}, "spec": {
            "holderIdentity": "a", "leaseDurationSeconds": 15, "renewTime": "2030-01-01T00:00:00.000000Z"}}),
        ),
        (
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            json!({"spec": {"resourceAttributes": {
            "verb": "get", "resource": "pods"}}}),
        ),
        (
            "/apis/authentication.k8s.io/v1/tokenreviews",
            json!({"spec": {"token": "t"}}),
        ),
        (
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            definition(&schema(), 0),
        ),
        (THINGS, thing()),
    ]
}

/// Where objects of [`definition`] live.
pub(crate) const THINGS: &str = "/apis/example.com/v1/namespaces/default/things";
/// Where definitions live.
pub(crate) const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/// A definition with this schema; each number is another kind, 0 is that of [`THINGS`].
pub(crate) fn definition(schema: &Value, number: usize) -> Value {
    let tail = if number == 0 {
        String::new()
    } else {
        number.to_string()
    };
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("things{tail}.example.com")},
        "spec": {
            "group": "example.com", "scope": "Namespaced",
            "names": {"kind": format!("Thing{tail}"), "plural": format!("things{tail}"), "shortNames": ["t"]},
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "subresources": {"status": {}, "scale": {"specReplicasPath": ".spec.replicas",
                    "statusReplicasPath": ".status.replicas", "labelSelectorPath": ".status.selector"}},
                "additionalPrinterColumns": [{"name": "A", "type": "string", "jsonPath": ".spec.list[0].name"}],
                "selectableFields": [{"jsonPath": ".spec.name"}],
                "schema": {"openAPIV3Schema": schema},
            }],
        },
    })
}

/// A schema with a bit of everything.
pub(crate) fn schema() -> Value {
    json!({
        "type": "object",
        "x-kubernetes-validations": [{"rule": "has(self.spec)", "message": "no spec"}],
        "properties": {
            "spec": {
                "type": "object", "required": ["name"],
                "x-kubernetes-validations": [
                    {"rule": "self.replicas >= oldSelf.replicas", "messageExpression": "'fewer than before'"},
                    {"rule": "self.list.all(x, x.name.size() < 10)"}],
                "properties": {
                    "name": {"type": "string", "pattern": "^[a-z0-9-]*$", "maxLength": 63},
                    "replicas": {"type": "integer", "format": "int32", "minimum": 0, "default": 1},
                    "ratio": {"type": "number", "multipleOf": 0.5},
                    "when": {"type": "string", "format": "date-time"},
                    "either": {"x-kubernetes-int-or-string": true},
                    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                    "map": {"type": "object", "maxProperties": 10, "additionalProperties": {"type": "string", "maxLength": 10}},
                    "set": {"type": "array", "maxItems": 10, "x-kubernetes-list-type": "set", "items": {"type": "string", "maxLength": 9}},
                    "list": {"type": "array", "maxItems": 10, "x-kubernetes-list-type": "map",
                        "x-kubernetes-list-map-keys": ["name"], "items": {"type": "object", "required": ["name"],
                        "properties": {"name": {"type": "string", "maxLength": 20}, "value": {"type": "integer"}}}},
                    "pod": {"type": "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true},
                },
            },
            "status": {"type": "object", "properties": {"replicas": {"type": "integer"}, "selector": {"type": "string"}}},
        },
    })
}

/// An object of [`definition`] with [`schema`].
pub(crate) fn thing() -> Value {
    json!({
        "apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "thing-0", "labels": {"app": "a"}},
        "spec": {"name": "a", "replicas": 2, "ratio": 1.5, "when": "2030-01-01T00:00:00Z", "either": "5%", "free": {"a": 1},
            "map": {"a": "b"}, "set": ["a", "b"], "list": [{"name": "x", "value": 1}, {"name": "y"}],
            "pod": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}},
        "status": {"replicas": 1, "selector": "app=a"},
    })
}

/// Expressions to build rules of.
pub(crate) const RULES: &[&str] = &[
    "self.spec.name == 'a'",
    "self.spec.list.all(x, x.name != '')",
    "self.spec.set.exists(s, s.matches('^a+$'))",
    "self.spec.list.map(x, x.name).join(',').size() < 100",
    "has(self.status) ? self.status.replicas > 0 : true",
    "self.spec.replicas / 0 == 1",
    "self.spec.replicas * 9223372036854775807 > 0",
    "oldSelf.spec == self.spec",
    "duration('1h') < duration('2h')",
    "timestamp('2030-01-01T00:00:00Z') < timestamp(self.spec.when)",
    "quantity('1Gi').isGreaterThan(quantity('1M'))",
    "ip('10.0.0.1').family() == 4",
    "cidr('10.0.0.0/8').containsIP('10.1.1.1')",
    "url('https://a.b/c').getHost() == 'a.b'",
    "semver('1.2.3').major() == 1",
    "'abc'.substring(1, 99) == 'bc'",
    "[1, 2, 3].sum() == 6",
    "self.spec.set.isSorted()",
    "'%s %d'.format(['a', 1]) == 'a 1'",
    "size(self.spec.map) < 5",
    "self.spec.list.filter(x, x.name.startsWith('x')).size() == 1",
    "dyn(1) == 1u",
    "type(1) == int",
    "{'a': 1}.a == 1",
    "optional.of(1).value() == 1",
    "self.?spec.?name.orValue('') != ''",
    "self.spec.list[9999].name == ''",
    "'a'.replace('', 'b', -1) == 'b'",
    "b'\\xff'.size() == 1",
    "1.0 / 0.0 > 1.0",
    "-9223372036854775808 / -1 > 0",
];
