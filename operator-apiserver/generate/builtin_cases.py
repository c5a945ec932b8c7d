"""The requests that builtin_answers.py makes: title, path, object, and merge patches of it and of its status."""

import json

NS = "namespaces/{ns}"
CORE, APPS, BATCH = f"/api/v1/{NS}/", f"/apis/apps/v1/{NS}/", f"/apis/batch/v1/{NS}/"
NET, RBAC = f"/apis/networking.k8s.io/v1/{NS}/", f"/apis/rbac.authorization.k8s.io/v1/{NS}/"
CASES = []


def case(title, path, spec, change=None, status=None, **metadata):
    metadata.setdefault("name", "x")
    CASES.append((title, path, {"metadata": metadata, **spec}, change, status))


def container(**more):
    return {"name": "c", "image": "i", **more}


def pod(*containers, **more):
    return {"containers": list(containers) or [container()], **more}


def template(*containers, labels=None, **more):
    return {"metadata": {"labels": labels or {"a": "b"}}, "spec": pod(*containers, **more)}


def workload(*containers, selector=None, spec=None, **more):
    return {"spec": {"selector": selector or {"matchLabels": {"a": "b"}}, "template": template(*containers, **more), **(spec or {})}}


def without(value, *path):
    out = dict(value)
    if len(path) == 1:
        out.pop(path[0], None)
    else:
        out[path[0]] = without(out[path[0]], *path[1:])
    return out


# Config maps and secrets.
CM, SECRET = CORE + "configmaps", CORE + "secrets"
case("config map, empty", CM, {})
case("config map with data", CM, {"data": {"a": "1"}, "binaryData": {"b": "AAE="}})
case("config map keeps a generation that the client sent", CM, {"data": {"a": "1"}}, generation=5)
for key in ["a b", "..", "..a", ".", "k" * 254]:
    case(f"config map, key {key[:9]}", CM, {"data": {key: "1"}})
case("config map, key in both", CM, {"data": {"a": "1"}, "binaryData": {"a": "AAE="}})
case("config map, changed", CM, {"data": {"a": "1"}}, {"data": {"a": "2"}})
case("immutable config map, changed", CM, {"data": {"a": "1"}, "immutable": True}, {"data": {"a": "2"}})
case("immutable config map, unfrozen", CM, {"data": {"a": "1"}, "immutable": True}, {"immutable": None})
case("immutable config map, labelled", CM, {"data": {"a": "1"}, "immutable": True}, {"metadata": {"labels": {"a": "b"}}})
case("immutable config map, binary data changed", CM, {"binaryData": {"a": "AAE="}, "immutable": True}, {"binaryData": {"a": "AAA="}, "immutable": False})
case("secret, empty", SECRET, {})
case("secret with stringData", SECRET, {"data": {"a": "AAE=", "c": "AAE="}, "stringData": {"a": "text", "b": "more"}})
case("secret, bad key", SECRET, {"stringData": {"a b": "text"}})
case("secret, type changed", SECRET, {"type": "a"}, {"type": "b"})
case("immutable secret, changed", SECRET, {"data": {"a": "AAE="}, "immutable": True}, {"data": {"a": "AAA="}})
case("immutable secret, unfrozen", SECRET, {"immutable": True}, {"immutable": False})
case("service account token secret without annotation", SECRET, {"type": "kubernetes.io/service-account-token"})
case("dockercfg secret without data", SECRET, {"type": "kubernetes.io/dockercfg"})
case("dockercfg secret with bad data", SECRET, {"type": "kubernetes.io/dockercfg", "stringData": {".dockercfg": "x"}})
case("dockerconfigjson secret without data", SECRET, {"type": "kubernetes.io/dockerconfigjson"})
case("dockerconfigjson secret with bad data", SECRET, {"type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": "x"}})
case("basic auth secret without data", SECRET, {"type": "kubernetes.io/basic-auth"})
case("ssh secret without data", SECRET, {"type": "kubernetes.io/ssh-auth"})
case("ssh secret with empty key", SECRET, {"type": "kubernetes.io/ssh-auth", "data": {"ssh-privatekey": ""}})
case("tls secret without data", SECRET, {"type": "kubernetes.io/tls"})

# Namespaces, service accounts.
NAMESPACES = "/api/v1/namespaces"
case("namespace", NAMESPACES, {}, name="{ns}-x")
case("namespace, status and finalizers sent", NAMESPACES, {"spec": {"finalizers": ["example.com/a"]}, "status": {"phase": "Terminating"}}, name="{ns}-x")
case("namespace, bad finalizer", NAMESPACES, {"spec": {"finalizers": ["a"]}}, name="{ns}-x")
case("namespace, spec changed", NAMESPACES, {}, {"spec": {"finalizers": []}}, name="{ns}-x")
case("service account", CORE + "serviceaccounts", {})
case("service account, full", CORE + "serviceaccounts", {"secrets": [{"name": "s"}], "imagePullSecrets": [{"name": "i"}], "automountServiceAccountToken": False})

# Services.
SVC = CORE + "services"


def service(*ports, **spec):
    return {"spec": {"ports": list(ports) or [{"port": 80}], **spec}}


case("service, one port", SVC, service())
case("service with selector", SVC, service({"port": 80, "targetPort": "http"}, selector={"a": "b"}))
case("service without spec", SVC, {})
case("service without ports", SVC, {"spec": {"selector": {"a": "b"}}})
case("headless service", SVC, {"spec": {"clusterIP": "None", "selector": {"a": "b"}}})
case("headless service with ports", SVC, service({"port": 80}, clusterIP="None", selector={"a": "b"}))
case("headless service without selector", SVC, service({"port": 80}, clusterIP="None"))
case("service, two unnamed ports", SVC, service({"port": 80}, {"port": 81}))
case("service, duplicate names", SVC, service({"name": "a", "port": 80}, {"name": "a", "port": 81}))
case("service, duplicate ports", SVC, service({"name": "a", "port": 80}, {"name": "b", "port": 80}))
case("service, port out of range", SVC, service({"port": 0}, {"name": "b", "port": 65536}))
case("service, no port", SVC, service({"name": "b"}))
case("service, bad port name", SVC, service({"name": "A_b", "port": 80}))
case("service, bad target port", SVC, service({"port": 80, "targetPort": "A_b"}))
case("service, target port out of range", SVC, service({"port": 80, "targetPort": 70000}))
case("service, bad protocol", SVC, service({"port": 80, "protocol": "X"}))
case("service, bad selector", SVC, service(selector={"a b": "c d"}))
case("service, bad type", SVC, service(type="X"))
case("service, bad session affinity", SVC, service(sessionAffinity="X"))
case("service, client affinity", SVC, service(sessionAffinity="ClientIP"))
case("service, affinity timeout", SVC, service(sessionAffinity="ClientIP", sessionAffinityConfig={"clientIP": {"timeoutSeconds": 0}}))
case("external name", SVC, {"spec": {"type": "ExternalName", "externalName": "a.example.com"}})
case("external name, none", SVC, {"spec": {"type": "ExternalName"}})
case("external name with cluster IP", SVC, {"spec": {"type": "ExternalName", "externalName": "a.example.com", "clusterIP": "10.0.0.77"}})
case("service, cluster IP wanted", SVC, service(clusterIP="10.0.0.77"))
case("service, bad cluster IP", SVC, service(clusterIP="a"))
case("service, cluster IP outside", SVC, service(clusterIP="192.168.0.1"))
case("service, cluster IPs differ", SVC, service(clusterIP="10.0.0.77", clusterIPs=["10.0.0.78"]))
case("node port, chosen", SVC, service({"port": 80, "nodePort": 30123}, type="NodePort"))
case("node port on a cluster IP service", SVC, service({"port": 80, "nodePort": 30123}))
case("load balancer, node ports off", SVC, service(type="LoadBalancer", allocateLoadBalancerNodePorts=False))
case("load balancer with source ranges", SVC, service(type="LoadBalancer", allocateLoadBalancerNodePorts=False, loadBalancerSourceRanges=["a"]))
case("load balancer class on a cluster IP service", SVC, service(loadBalancerClass="example.com/a"))
case("external traffic policy on a cluster IP service", SVC, service(externalTrafficPolicy="Local"))
case("bad external traffic policy", SVC, service({"port": 80, "nodePort": 30123}, type="NodePort", externalTrafficPolicy="X"))
case("bad internal traffic policy", SVC, service(internalTrafficPolicy="X"))
case("external IPs", SVC, service(externalIPs=["a", "127.0.0.1"]))
case("health check node port without local", SVC, service({"port": 80, "nodePort": 30123}, type="NodePort", healthCheckNodePort=30124))
case("service, dual stack required", SVC, service(ipFamilyPolicy="RequireDualStack"))
case("service, dual stack preferred", SVC, service(ipFamilyPolicy="PreferDualStack"))
case("service, IPv6", SVC, service(ipFamilies=["IPv6"]))
case("balancer, checks", SVC, service({"port": 80, "nodePort": 30123}, type="LoadBalancer", externalTrafficPolicy="Local", healthCheckNodePort=30124))
case("service, single stack of two", SVC, service(ipFamilyPolicy="SingleStack", ipFamilies=["IPv4", "IPv6"]))
case("service, cluster IPs alone", SVC, service(clusterIPs=["10.0.0.98"]))
case("headless balancer", SVC, service(type="LoadBalancer", clusterIP="None"))
case("service, family chosen headless", SVC, service({"port": 80}, clusterIP="None", ipFamilies=["IPv6"]))
case("service, app protocol", SVC, service({"port": 80, "appProtocol": "a b"}))
case("service, cluster IP changed", SVC, service(clusterIP="10.0.0.77"), {"spec": {"clusterIP": "10.0.0.78", "clusterIPs": ["10.0.0.78"]}})
case("service, cluster IP cleared", SVC, service(clusterIP="10.0.0.77"), {"spec": {"clusterIP": None, "clusterIPs": None}})
case("service, port changed", SVC, service(clusterIP="10.0.0.77"), {"spec": {"ports": [{"port": 81}]}})
case("service made headless", SVC, service(clusterIP="10.0.0.77"), {"spec": {"clusterIP": "None", "clusterIPs": ["None"]}})
case("service made an external name", SVC, service(clusterIP="10.0.0.77"), {"spec": {"type": "ExternalName", "externalName": "a.example.com"}})
case("node port made a cluster IP", SVC, service({"port": 80, "nodePort": 30123}, type="NodePort", clusterIP="10.0.0.77"), {"spec": {"type": "ClusterIP"}})
case("service status in a patch of the service", SVC, service(clusterIP="10.0.0.77"), {"status": {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}})

# Pods.
PODS = CORE + "pods"


def one(**more):
    return {"spec": pod(container(**more))}


case("pod", PODS, {"spec": pod()})
case("pod without spec", PODS, {})
case("pod without containers", PODS, {"spec": {"containers": []}})
case("pod, container without name or image", PODS, {"spec": pod({})})
case("pod, bad container name", PODS, {"spec": pod({"name": "A_b", "image": "i"})})
case("pod, duplicate containers", PODS, {"spec": pod(container(), container(), initContainers=[container()])})
case("pod, image with spaces", PODS, one(image=" i "))
for image in ["i:latest", "i:1", "i@sha256:" + "0" * 64, "r.example.com:5000/i", "r.example.com:5000/i:2", "A"]:
    case(f"pull policy of {image}", PODS, one(image=image))
case("bad pull policy", PODS, one(imagePullPolicy="X"))
case("full pod", PODS, {"spec": pod(
    container(
        ports=[{"containerPort": 80, "name": "http"}],
        env=[{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}, {"name": "B", "value": "1"},
             {"name": "C", "valueFrom": {"configMapKeyRef": {"key": "k", "name": "cm"}}},
             {"name": "D", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}}],
        livenessProbe={"httpGet": {"port": 80}}, readinessProbe={"exec": {"command": ["a"]}}, startupProbe={"grpc": {"port": 80}},
        lifecycle={"preStop": {"httpGet": {"port": "http"}}},
        resources={"limits": {"cpu": "1500m", "memory": "1Gi"}, "requests": {"cpu": "1"}},
        volumeMounts=[{"name": "a", "mountPath": "/a"}]),
    initContainers=[{"name": "i", "image": "i:1", "restartPolicy": "Always", "resources": {"limits": {"cpu": "1"}}}],
    volumes=[{"name": "a"}, {"name": "b", "configMap": {"name": "x"}}, {"name": "c", "secret": {"secretName": "x"}},
             {"name": "d", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}},
             {"name": "e", "downwardAPI": {"items": [{"path": "p", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
             {"name": "f", "hostPath": {"path": "/x"}}, {"name": "g", "persistentVolumeClaim": {"claimName": "x"}},
             {"name": "h", "emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}}],
    serviceAccountName="default")})
case("pod with the old service account field", PODS, {"spec": pod(serviceAccount="default")})
case("guaranteed pod", PODS, one(resources={"limits": {"cpu": "1", "memory": "1Gi"}}))
case("burstable pod", PODS, one(resources={"requests": {"cpu": "1"}}))
case("pod, request above limit", PODS, one(resources={"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}))
case("pod, negative request", PODS, one(resources={"requests": {"cpu": "-2"}}))
case("pod, unknown resource", PODS, one(resources={"requests": {"foo": "2"}}))
case("pod, extended resource", PODS, one(resources={"limits": {"example.com/a": "1.5"}}))
case("pod, extended resource requested only", PODS, one(resources={"requests": {"example.com/a": "1"}}))
case("pod, ports", PODS, one(ports=[{"containerPort": 0}, {"containerPort": 65536, "name": "A_B"}, {"containerPort": 80, "name": "a", "protocol": "X"}, {"containerPort": 81, "name": "a", "hostPort": 70000}]))
case("pod, host port conflict", PODS, one(ports=[{"containerPort": 80, "hostPort": 80}, {"containerPort": 81, "hostPort": 80}]))
case("pod on the host's network", PODS, {"spec": pod(container(ports=[{"containerPort": 80}]), hostNetwork=True)})
case("pod on the host's network, other host port", PODS, {"spec": pod(container(ports=[{"containerPort": 80, "hostPort": 81}]), hostNetwork=True)})
case("pod, env", PODS, one(env=[{"value": "1"}, {"name": "=a"}, {"name": "a", "value": "1", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}, {"name": "b", "valueFrom": {}}, {"name": "c", "valueFrom": {"fieldRef": {"fieldPath": "spec.x"}}}, {"name": "d", "valueFrom": {"secretKeyRef": {"name": "x"}}}, {"name": "e", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}, "secretKeyRef": {"name": "x", "key": "k"}}}]))
case("pod, env from nowhere", PODS, one(env=[{"name": "a", "valueFrom": {"configMapKeyRef": {"key": "k"}}}]))
case("pod, envFrom", PODS, one(envFrom=[{"prefix": "=a", "configMapRef": {"name": "a"}}, {}, {"secretRef": {}}, {"configMapRef": {"name": "a"}, "secretRef": {"name": "b"}}]))
case("pod, mounts", PODS, {"spec": pod(container(volumeMounts=[{"name": "nope", "mountPath": "/a"}, {"name": "v"}, {"name": "v", "mountPath": "/a"}, {"name": "", "mountPath": "/c"}, {"name": "v", "mountPath": "/d", "subPath": "../x"}, {"name": "v", "mountPath": "/e", "subPath": "/x"}]), volumes=[{"name": "v"}])})
case("pod, volumes", PODS, {"spec": pod(volumes=[{"name": "v"}, {"name": "v"}, {}, {"name": "A_b"}, {"name": "two", "emptyDir": {}, "hostPath": {"path": "/x"}}, {"name": "s", "secret": {}}, {"name": "c", "configMap": {}}, {"name": "p", "persistentVolumeClaim": {}}, {"name": "h", "hostPath": {"path": "../x"}}, {"name": "i", "configMap": {"name": "a", "items": [{}]}}, {"name": "m", "configMap": {"name": "a", "defaultMode": 1000}}])})
case("pod, bad policies", PODS, {"spec": pod(restartPolicy="X", dnsPolicy="X")})
case("pod, dns none", PODS, {"spec": pod(dnsPolicy="None")})
case("pod, bad names", PODS, {"spec": pod(nodeName="A_b", serviceAccountName="A_b", hostname="A_b", subdomain="A_b", schedulerName="A_b", priorityClassName="A_b", runtimeClassName="A_b")})
case("pod, bad numbers", PODS, {"spec": pod(terminationGracePeriodSeconds=-1, activeDeadlineSeconds=0)})
case("pod, node selector", PODS, {"spec": pod(nodeSelector={"a b": "c d"})})
case("pod, tolerations", PODS, {"spec": pod(tolerations=[{"operator": "X"}, {"key": "a", "operator": "Exists", "value": "x"}, {"value": "a"}, {"key": "a", "effect": "X"}, {"key": "a", "tolerationSeconds": 3}])})
case("pod, toleration kept", PODS, {"spec": pod(tolerations=[{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}])})
case("pod, tolerates all", PODS, {"spec": pod(tolerations=[{"operator": "Exists"}])})
case("pod, probes", PODS, one(livenessProbe={"httpGet": {"port": 0}, "periodSeconds": -1}, readinessProbe={}, startupProbe={"exec": {}, "tcpSocket": {"port": "A_B"}, "successThreshold": 2}))
case("pod, liveness success threshold", PODS, one(livenessProbe={"exec": {"command": ["a"]}, "successThreshold": 2}))
case("pod, lifecycle", PODS, one(lifecycle={"postStart": {}, "preStop": {"exec": {"command": ["a"]}, "httpGet": {"port": 80}}}))
case("pod, init container with probe", PODS, {"spec": pod(initContainers=[{"name": "i", "image": "i", "readinessProbe": {"exec": {"command": ["a"]}}, "lifecycle": {"preStop": {"exec": {"command": ["a"]}}}}])})
case("pod, ephemeral containers", PODS, {"spec": pod(ephemeralContainers=[{"name": "e", "image": "i"}])})
case("pod, image pull secret without name", PODS, {"spec": pod(imagePullSecrets=[{}])})
case("pod, host aliases", PODS, {"spec": pod(hostAliases=[{"ip": "a", "hostnames": ["A_b"]}])})
case("pod, topology spread", PODS, {"spec": pod(topologySpreadConstraints=[{"maxSkew": 0, "topologyKey": "", "whenUnsatisfiable": "X"}, {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"a": "b"}}}])})
case("pod, affinity", PODS, {"spec": pod(affinity={"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"labelSelector": {"matchLabels": {"a": "b"}}}]}, "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "X"}]}]}}})})
case("pod with affinity", PODS, {"spec": pod(affinity={"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "podAffinityTerm": {"topologyKey": "zone", "labelSelector": {"matchLabels": {"a": "b"}}}}]}})})
case("pod, unknown priority class", PODS, {"spec": pod(priorityClassName="nope")})
case("pod, system priority class", PODS, {"spec": pod(priorityClassName="system-node-critical")})
case("pod, priority sent", PODS, {"spec": pod(priority=5)})
case("pod, unknown runtime class", PODS, {"spec": pod(runtimeClassName="nope")})
case("pod, container security", PODS, one(securityContext={"runAsUser": -1, "privileged": True, "allowPrivilegeEscalation": False}))
case("pod, status sent", PODS, {"spec": pod(), "status": {"phase": "Running"}})
case("pod, share process namespace", PODS, {"spec": pod(hostPID=True, shareProcessNamespace=True)})
case("pod, service links off", PODS, {"spec": pod(enableServiceLinks=False)})
case("pod, gates", PODS, {"spec": pod(schedulingGates=[{"name": "example.com/a"}], readinessGates=[{"conditionType": "A b"}])})
case("pod, held back", PODS, {"spec": pod(schedulingGates=[{"name": "example.com/a"}])})
case("pod, gates and node", PODS, {"spec": pod(schedulingGates=[{"name": "example.com/a"}], nodeName="n")})
case("pod, image changed", PODS, {"spec": pod()}, {"spec": {"containers": [container(image="j")]}})
case("pod, command changed", PODS, {"spec": pod()}, {"spec": {"containers": [container(command=["a"])]}})
case("pod, image emptied", PODS, {"spec": pod()}, {"spec": {"containers": [container(image="")]}})
case("pod, container added", PODS, {"spec": pod()}, {"spec": {"containers": [container(), {"name": "d", "image": "i"}]}})
case("pod, labelled", PODS, {"spec": pod()}, {"metadata": {"labels": {"a": "b"}}})
case("pod, status patched", PODS, {"spec": pod()}, {"status": {"phase": "Running"}})
case("pod, deadline set", PODS, {"spec": pod()}, {"spec": {"activeDeadlineSeconds": 5}})
case("pod, deadline raised", PODS, {"spec": pod(activeDeadlineSeconds=5)}, {"spec": {"activeDeadlineSeconds": 6}})
case("pod, deadline unset", PODS, {"spec": pod(activeDeadlineSeconds=5)}, {"spec": {"activeDeadlineSeconds": None}})
case("pod, deadline lowered", PODS, {"spec": pod(activeDeadlineSeconds=5)}, {"spec": {"activeDeadlineSeconds": 4}})
case("pod, tolerations taken", PODS, {"spec": pod()}, {"spec": {"tolerations": []}})
case("pod, node chosen", PODS, {"spec": pod()}, {"spec": {"nodeName": "n"}})
case("pod, grace period changed", PODS, {"spec": pod()}, {"spec": {"terminationGracePeriodSeconds": 5}})
case("pod, gate added", PODS, {"spec": pod()}, {"spec": {"schedulingGates": [{"name": "example.com/a"}]}})
case("pod, gate removed", PODS, {"spec": pod(schedulingGates=[{"name": "example.com/a"}])}, {"spec": {"schedulingGates": None}})

# Workloads.
for plural in ["deployments", "replicasets", "daemonsets", "statefulsets"]:
    path = APPS + plural
    case(f"{plural}", path, workload())
    case(f"{plural} without spec", path, {})
    case(f"{plural} without template", path, {"spec": {"selector": {"matchLabels": {"a": "b"}}}})
    case(f"{plural} without selector", path, without(workload(), "spec", "selector"))
    case(f"{plural}, empty selector", path, without(workload(spec={"selector": {}}), "x"))
    case(f"{plural}, other labels", path, workload(selector={"matchLabels": {"a": "c"}}))
    case(f"{plural}, bad selector", path, workload(selector={"matchExpressions": [{"key": "a", "operator": "X"}, {"key": "a b", "operator": "In"}, {"key": "a", "operator": "Exists", "values": ["a"]}], "matchLabels": {"a": "b c"}}))
    case(f"{plural}, bad template", path, workload({"name": "A_b"}, restartPolicy="Never", activeDeadlineSeconds=5))
    case(f"{plural}, bad template labels", path, workload(labels={"a": "b", "x y": "z z"}))
    case(f"{plural}, negative numbers", path, workload(spec={"replicas": -1, "minReadySeconds": -1, "revisionHistoryLimit": -1}))
    case(f"{plural}, annotations only", path, workload(), {"metadata": {"annotations": {"a": "b"}}})
    case(f"{plural}, replicas changed", path, workload(), {"spec": {"replicas": 0, "minReadySeconds": 1}})
    case(f"{plural}, image changed", path, workload(), {"spec": {"template": {"spec": {"containers": [container(image="j")]}}}})
    case(f"{plural}, selector changed", path, workload(labels={"a": "b", "c": "d"}), {"spec": {"selector": {"matchLabels": {"c": "d"}}}})
    case(f"{plural}, status patched", path, workload(), {"status": {"observedGeneration": 7}})
case("deployment, recreate", APPS + "deployments", workload(spec={"strategy": {"type": "Recreate"}}))
case("deployment, recreate with rolling update", APPS + "deployments", workload(spec={"strategy": {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}}))
case("deployment, bad strategy", APPS + "deployments", workload(spec={"strategy": {"type": "X"}}))
case("deployment, both zero", APPS + "deployments", workload(spec={"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "0%"}}}))
case("deployment, bad percents", APPS + "deployments", workload(spec={"strategy": {"rollingUpdate": {"maxSurge": "x", "maxUnavailable": "101%"}}}))
case("deployment, partly rolling", APPS + "deployments", workload(spec={"strategy": {"rollingUpdate": {"maxSurge": 3}}}))
case("deployment, progress deadline", APPS + "deployments", workload(spec={"progressDeadlineSeconds": 5, "minReadySeconds": 5}))
case("deployment, zero deadline", APPS + "deployments", workload(spec={"progressDeadlineSeconds": 0}))
case("deployment, paused without replicas", APPS + "deployments", workload(spec={"paused": True, "replicas": 0}))
case("deployment, template with empty metadata labels", APPS + "deployments", {"spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {"spec": pod()}}})
case("deployment, bad numbers in template", APPS + "deployments", workload(container(ports=[{"containerPort": 80, "name": "a"}, {"containerPort": 81, "name": "a"}], resources={"limits": {"cpu": "1"}, "requests": {"cpu": "2"}}), tolerations=[{"key": "a b"}]))
case("deployment with volumes", APPS + "deployments", workload(container(volumeMounts=[{"name": "v", "mountPath": "/v"}], resources={"limits": {"cpu": "1"}}), volumes=[{"name": "v", "emptyDir": {}}]))
case("daemon set, on delete", APPS + "daemonsets", workload(spec={"updateStrategy": {"type": "OnDelete"}}))
case("daemon set, both zero", APPS + "daemonsets", workload(spec={"updateStrategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}}))
case("daemon set, surge and unavailable", APPS + "daemonsets", workload(spec={"updateStrategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}}}))
case("daemon set, bad strategy", APPS + "daemonsets", workload(spec={"updateStrategy": {"type": "X"}}))
CLAIM = {"metadata": {"name": "v"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}
case("stateful set, full", APPS + "statefulsets", workload(spec={"serviceName": "s", "volumeClaimTemplates": [CLAIM], "podManagementPolicy": "Parallel", "updateStrategy": {"type": "OnDelete"}, "ordinals": {"start": 3}}))
case("stateful set, bad", APPS + "statefulsets", workload(spec={"serviceName": "s", "podManagementPolicy": "X", "updateStrategy": {"type": "X"}, "ordinals": {"start": -3}, "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "X"}}))
case("stateful set, bad partition", APPS + "statefulsets", workload(spec={"serviceName": "s", "updateStrategy": {"rollingUpdate": {"partition": -1}}}))
case("stateful set, bad service name", APPS + "statefulsets", workload(spec={"serviceName": "A_b"}))
case("stateful set, bad claim", APPS + "statefulsets", workload(spec={"serviceName": "s", "volumeClaimTemplates": [{"metadata": {"name": "v"}, "spec": {}}]}))
case("stateful set, on delete with partition", APPS + "statefulsets", workload(spec={"serviceName": "s", "updateStrategy": {"type": "OnDelete", "rollingUpdate": {"partition": 1}}}))
case("stateful set, service changed", APPS + "statefulsets", workload(spec={"serviceName": "s"}), {"spec": {"serviceName": "t"}})
case("stateful set, claim changed", APPS + "statefulsets", workload(spec={"serviceName": "s", "volumeClaimTemplates": [CLAIM]}), {"spec": {"volumeClaimTemplates": [{**CLAIM, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}}}]}})
case("stateful set, policy changed", APPS + "statefulsets", workload(spec={"serviceName": "s"}), {"spec": {"podManagementPolicy": "Parallel"}})
case("stateful set, allowed changes", APPS + "statefulsets", workload(spec={"serviceName": "s"}), {"spec": {"replicas": 2, "updateStrategy": {"type": "OnDelete", "rollingUpdate": None}, "minReadySeconds": 2, "revisionHistoryLimit": 4, "persistentVolumeClaimRetentionPolicy": {"whenScaled": "Delete"}, "ordinals": {"start": 1}}})
case("controller revision", APPS + "controllerrevisions", {"data": {"a": 1}, "revision": 1})
case("controller revision, negative", APPS + "controllerrevisions", {"revision": -1})
case("controller revision, changed", APPS + "controllerrevisions", {"data": {"a": 1}, "revision": 1}, {"data": {"a": 2}})
RC = CORE + "replicationcontrollers"
case("replication controller", RC, {"spec": {"template": template()}})
case("replication controller, other labels", RC, {"spec": {"selector": {"a": "c"}, "template": template()}})
case("replication controller without template", RC, {"spec": {"selector": {"a": "c"}}})
case("replication controller, replicas", RC, {"spec": {"template": template()}}, {"spec": {"replicas": 3}})
case("pod template", CORE + "podtemplates", {"template": template()})
case("pod template, restart never", CORE + "podtemplates", {"template": template(restartPolicy="Never")})

# Jobs.
JOBS, CRON = BATCH + "jobs", BATCH + "cronjobs"


def job(*containers, spec=None, **more):
    more.setdefault("restartPolicy", "Never")
    return {"spec": {"template": {"spec": pod(*containers, **more)}, **(spec or {})}}


case("job", JOBS, job(), suffix="job")
case("job without template", JOBS, {})
case("job without restart policy", JOBS, {"spec": {"template": {"spec": pod()}}})
case("job, parallel", JOBS, job(spec={"parallelism": 3}))
case("job, completions", JOBS, job(spec={"completions": 3, "backoffLimit": 1, "suspend": True, "ttlSecondsAfterFinished": 3}))
case("job, indexed", JOBS, job(spec={"completionMode": "Indexed", "completions": 2, "backoffLimitPerIndex": 1}))
case("job, indexed without completions", JOBS, job(spec={"completionMode": "Indexed"}))
case("job, negative numbers", JOBS, job(spec={"parallelism": -1, "completions": -1, "backoffLimit": -1, "activeDeadlineSeconds": -1, "ttlSecondsAfterFinished": -1}))
case("job, bad mode", JOBS, job(spec={"completionMode": "X"}))
case("job, selector without manual", JOBS, job(spec={"selector": {"matchLabels": {"a": "b"}}}))
case("job, manual selector", JOBS, {"spec": {"manualSelector": True, "selector": {"matchLabels": {"a": "b"}}, "template": template(restartPolicy="OnFailure")}})
case("job, manual selector, other labels", JOBS, {"spec": {"manualSelector": True, "selector": {"matchLabels": {"a": "c"}}, "template": template(restartPolicy="OnFailure")}})
case("job, failure policy", JOBS, job(spec={"podFailurePolicy": {"rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [1]}}, {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]}]}}))
case("job, template changed", JOBS, job(), {"spec": {"template": {"spec": {"containers": [container(image="j")]}}}})
case("job, completions changed", JOBS, job(), {"spec": {"completions": 3}})
case("job, parallelism changed", JOBS, job(), {"spec": {"parallelism": 3}})
case("job, suspended, node chosen", JOBS, job(spec={"suspend": True}), {"spec": {"template": {"spec": {"nodeSelector": {"a": "b"}}}}})
case("job, indexed, grown", JOBS, job(spec={"completionMode": "Indexed", "completions": 2, "parallelism": 2}), {"spec": {"completions": 3, "parallelism": 3}})
case("job, indexed, with parallelism only", JOBS, job(spec={"completionMode": "Indexed", "parallelism": 2}))
case("job, backoff per index, not indexed", JOBS, job(spec={"backoffLimitPerIndex": 2}))
case("job, suspended", JOBS, job(), {"spec": {"suspend": True}})
case("job, mode changed", JOBS, job(), {"spec": {"completionMode": "Indexed"}})
case("job, selector changed", JOBS, job(), {"spec": {"selector": {"matchLabels": {"a": "c"}}}})
case("job, ttl changed", JOBS, job(), {"spec": {"ttlSecondsAfterFinished": 3}})


def cron(schedule="* * * * *", **spec):
    return {"spec": {"schedule": schedule, "jobTemplate": job(), **spec}}


case("cron job", CRON, cron())
for schedule in ["", "a b c d e", "60 * * * *", "*/5 0-23/2 1,15 jan-dec mon-fri", "@hourly", "@every 1h", "* * * *", "TZ=UTC * * * * *", "CRON_TZ=UTC * * * * *", "0 0 31 2 7", "0 0 ? * *", "*/0 * * * *", "5-1 * * * *", "@foo", "@every x", "* * * * * *", "1-a * * * *"]:
    case(f"cron job, schedule {schedule}", CRON, cron(schedule))
case("cron job, zones", CRON, cron(timeZone="Nowhere/Nope"))
case("cron job, zone", CRON, cron(timeZone="Etc/UTC"))
case("cron job, empty zone", CRON, cron(timeZone=""))
case("cron job, local zone", CRON, cron(timeZone="Local"))
case("cron job, zone twice", CRON, cron("TZ=UTC * * * * *", timeZone="Etc/UTC"))
case("cron job, bad numbers", CRON, cron(startingDeadlineSeconds=-1, successfulJobsHistoryLimit=-1, failedJobsHistoryLimit=-1, concurrencyPolicy="X"))
case("cron job, long name", CRON, cron(), name="a" * 53)
case("cron job, restart always", CRON, {"spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {"spec": pod()}}}}})
case("cron job without template", CRON, {"spec": {"schedule": "* * * * *"}})
case("cron job, selector", CRON, {"spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {**job()["spec"], "selector": {"matchLabels": {"a": "b"}}}}}})
case("cron job, manual selector", CRON, {"spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {**job()["spec"], "manualSelector": True}}}})
case("cron job, changed", CRON, cron(), {"spec": {"suspend": True}})

# RBAC.
ROLES, BINDINGS = RBAC + "roles", RBAC + "rolebindings"
CLUSTER_ROLES, CLUSTER_BINDINGS = "/apis/rbac.authorization.k8s.io/v1/clusterroles", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
case("role, empty", ROLES, {})
case("role", ROLES, {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}, name="system:Foo_Bar")
case("role, bad rules", ROLES, {"rules": [{}, {"verbs": ["get"]}, {"verbs": ["get"], "apiGroups": [""]}, {"verbs": ["get"], "nonResourceURLs": ["/a"]}, {"apiGroups": [""], "resources": ["pods"]}]})
case("cluster role, empty", CLUSTER_ROLES, {}, name="{ns}-x")
case("cluster role, bad rules", CLUSTER_ROLES, {"rules": [{"verbs": ["get"], "nonResourceURLs": ["/a"]}, {"verbs": ["get"], "nonResourceURLs": ["/a"], "apiGroups": [""], "resources": ["pods"]}]}, name="{ns}-x")
case("cluster role, aggregation", CLUSTER_ROLES, {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"{ns}": "b"}}]}}, name="{ns}-x")
case("cluster role, empty aggregation", CLUSTER_ROLES, {"aggregationRule": {}}, name="{ns}-x")
REF = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"}
case("role binding", BINDINGS, {"roleRef": {"kind": "Role", "name": "r"}, "subjects": [{"kind": "User", "name": "u"}, {"kind": "ServiceAccount", "name": "s", "namespace": "n"}, {"kind": "Group", "name": "g"}]})
case("role binding without subjects", BINDINGS, {"roleRef": REF})
case("role binding without ref", BINDINGS, {"subjects": []})
case("role binding, bad", BINDINGS, {"roleRef": {"apiGroup": "x", "kind": "X", "name": ""}, "subjects": [{"kind": "X", "name": ""}, {"kind": "ServiceAccount", "name": "A_b"}, {"kind": "User", "name": "u", "apiGroup": "x"}, {"kind": "ServiceAccount", "name": "a"}, {"kind": "Group", "apiGroup": "x", "name": "a"}, {"kind": "ServiceAccount", "name": "a", "namespace": "b", "apiGroup": "x"}]})
case("role binding, ref changed", BINDINGS, {"roleRef": REF}, {"roleRef": {"name": "s"}})
case("role binding, subjects changed", BINDINGS, {"roleRef": REF}, {"subjects": [{"kind": "User", "name": "u"}]})
case("cluster role binding", CLUSTER_BINDINGS, {"roleRef": {"kind": "ClusterRole", "name": "r"}, "subjects": [{"kind": "User", "name": "u"}]}, name="{ns}-x")
case("cluster role binding, bad", CLUSTER_BINDINGS, {"roleRef": REF, "subjects": [{"kind": "ServiceAccount", "name": "a"}]}, name="{ns}-x")
case("cluster role binding, ref changed", CLUSTER_BINDINGS, {"roleRef": {"kind": "ClusterRole", "name": "r"}}, {"roleRef": {"name": "s"}}, name="{ns}-x")

# Leases and events.
LEASES = f"/apis/coordination.k8s.io/v1/{NS}/leases"
case("lease, empty", LEASES, {})
case("lease", LEASES, {"spec": {"holderIdentity": "a", "leaseDurationSeconds": 15, "renewTime": "2024-01-01T00:00:00.000000Z", "leaseTransitions": 0}})
case("lease, bad", LEASES, {"spec": {"leaseDurationSeconds": 0, "leaseTransitions": -1, "holderIdentity": ""}})
case("lease, strategies", LEASES, {"spec": {"strategy": "X y", "preferredHolder": "a"}})
case("lease, changed", LEASES, {"spec": {"leaseDurationSeconds": 15}}, {"spec": {"leaseDurationSeconds": 0}})
EV, EV1 = CORE + "events", f"/apis/events.k8s.io/v1/{NS}/events"
TIME = "2024-01-01T00:00:00.000000Z"
NEW = {"action": "A", "reason": "R", "reportingController": "example.com/c", "reportingInstance": "i", "eventTime": TIME, "type": "Normal", "regarding": {"namespace": "{ns}", "kind": "Pod", "name": "p"}}
case("event", EV, {"involvedObject": {"namespace": "{ns}", "kind": "Pod", "name": "p"}, "message": "m", "type": "Normal", "count": 1, "firstTimestamp": "2024-01-01T00:00:00Z"})
case("event, other namespace", EV, {"involvedObject": {"namespace": "other"}})
case("event without namespace", EV, {"involvedObject": {"kind": "Node", "name": "n"}})
case("event with time, incomplete", EV, {"involvedObject": {"namespace": "{ns}"}, "eventTime": TIME, "message": "x" * 1025})
case("event with series", EV, {"involvedObject": {"namespace": "{ns}"}, "eventTime": TIME, "action": "A", "reason": "R", "reportingComponent": "example.com/c", "reportingInstance": "i", "series": {"count": 1}, "type": "X"})
case("event, changed", EV, {"involvedObject": {"namespace": "{ns}"}}, {"message": "m", "count": 2, "involvedObject": {"name": "z"}})
case("new event", EV1, {**NEW, "note": "n"})
case("new event, empty", EV1, {})
case("new event, long", EV1, {**NEW, "note": "x" * 1025, "action": "a" * 129, "reason": "a" * 129, "reportingInstance": "a" * 129, "reportingController": "A b", "type": "X"})
case("new event, deprecated fields", EV1, {**NEW, "deprecatedCount": 1, "deprecatedSource": {"component": "c"}})
case("new event, series", EV1, {**NEW, "series": {"count": 1, "lastObservedTime": TIME}})
case("new event, series patched", EV1, NEW, {"series": {"count": 2, "lastObservedTime": TIME}})
case("new event, note patched", EV1, NEW, {"note": "n", "reason": "S"})

# Networking.
ING, NP = NET + "ingresses", NET + "networkpolicies"
BACKEND = {"service": {"name": "s", "port": {"number": 80}}}


def ingress(*paths, **spec):
    return {"spec": {"rules": [{"http": {"paths": list(paths) or [{"path": "/", "pathType": "Prefix", "backend": BACKEND}]}}], **spec}}


case("ingress", ING, ingress())
case("ingress, empty", ING, {})
case("ingress, default backend", ING, {"spec": {"defaultBackend": BACKEND}})
case("ingress, no path type", ING, ingress({"path": "/", "backend": BACKEND}))
case("ingress, bad paths", ING, ingress({"path": "a", "pathType": "Exact", "backend": BACKEND}, {"path": "/a//b", "pathType": "Prefix", "backend": BACKEND}, {"path": "/", "pathType": "X", "backend": BACKEND}, {"path": "/", "pathType": "Exact", "backend": {}}, {"pathType": "Exact", "backend": BACKEND}, {"path": "x", "pathType": "ImplementationSpecific", "backend": BACKEND}))
case("ingress, bad backends", ING, ingress(*({"path": "/", "pathType": "Exact", "backend": {"service": s}} for s in [{"name": "A_b", "port": {"number": 80}}, {"name": "s", "port": {}}, {"name": "s", "port": {"number": 80, "name": "x"}}, {"name": "s", "port": {"number": 70000}}, {"name": "s", "port": {"name": "A_b"}}])))
case("ingress, bad hosts", ING, {"spec": {"rules": [{"host": "A_b"}, {"host": "*.example.com"}, {"host": "1.2.3.4"}, {"host": "a.*.com"}], "tls": [{"hosts": ["A_b"]}], "defaultBackend": BACKEND}})
case("ingress, class", ING, ingress(ingressClassName="A_b"))
case("ingress, changed", ING, ingress(), {"spec": {"ingressClassName": "c"}})
case("ingress, annotated", ING, ingress(), {"metadata": {"annotations": {"a": "b"}}})
case("ingress class", "/apis/networking.k8s.io/v1/ingressclasses", {"spec": {"controller": "example.com/c", "parameters": {"kind": "X", "name": "y"}}}, name="{ns}-x")
case("ingress class, bad", "/apis/networking.k8s.io/v1/ingressclasses", {"spec": {"controller": "c"}}, name="{ns}-x")
case("ingress class, changed", "/apis/networking.k8s.io/v1/ingressclasses", {"spec": {"controller": "example.com/c"}}, {"spec": {"controller": "example.com/d"}}, name="{ns}-x")
case("network policy", NP, {"spec": {"podSelector": {}}})
case("network policy, empty", NP, {})
case("network policy with egress", NP, {"spec": {"podSelector": {"matchLabels": {"a": "b"}}, "egress": [{"ports": [{"port": 80}]}]}})
case("network policy, bad", NP, {"spec": {"podSelector": {}, "policyTypes": ["X"], "ingress": [{"from": [{}, {"ipBlock": {"cidr": "a"}}, {"ipBlock": {"cidr": "10.0.0.0/8"}, "podSelector": {}}], "ports": [{"port": 0}, {"port": 80, "protocol": "X"}, {"port": 80, "endPort": 70}]}]}})
case("network policy, changed", NP, {"spec": {"podSelector": {}}}, {"spec": {"podSelector": {"matchLabels": {"a": "b"}}}})
PDB = f"/apis/policy/v1/{NS}/poddisruptionbudgets"
case("disruption budget", PDB, {"spec": {"minAvailable": 1, "selector": {"matchLabels": {"a": "b"}}}})
case("disruption budget, empty", PDB, {})
case("disruption budget, both", PDB, {"spec": {"minAvailable": 1, "maxUnavailable": 1}})
case("disruption budget, bad", PDB, {"spec": {"minAvailable": "101%", "unhealthyPodEvictionPolicy": "X"}})
case("disruption budget, negative", PDB, {"spec": {"maxUnavailable": -1}})
case("disruption budget, changed", PDB, {"spec": {"minAvailable": 1}}, {"spec": {"minAvailable": 2}})
HPA = f"/apis/autoscaling/v2/{NS}/horizontalpodautoscalers"
TARGET = {"kind": "Deployment", "name": "d", "apiVersion": "apps/v1"}
case("autoscaler", HPA, {"spec": {"scaleTargetRef": TARGET, "maxReplicas": 3}})
case("autoscaler, full", HPA, {"spec": {"scaleTargetRef": TARGET, "maxReplicas": 3, "minReplicas": 2, "metrics": [{"type": "Resource", "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": "1Gi"}}}], "behavior": {"scaleDown": {"stabilizationWindowSeconds": 5}}}})
case("autoscaler of a replication controller", HPA, {"spec": {"scaleTargetRef": {"kind": "ReplicationController", "name": "r", "apiVersion": "v1"}, "maxReplicas": 3}})
case("autoscaler of something old", HPA, {"spec": {"scaleTargetRef": {"kind": "X", "name": "r", "apiVersion": "v1"}, "maxReplicas": 3}})
case("autoscaler, empty", HPA, {})
case("autoscaler, bad", HPA, {"spec": {"scaleTargetRef": {"kind": "", "name": "A/b"}, "maxReplicas": 1, "minReplicas": 2}})
case("autoscaler, bad metrics", HPA, {"spec": {"scaleTargetRef": TARGET, "maxReplicas": 1, "minReplicas": 0, "metrics": [{"type": "X"}, {}, {"type": "Resource"}, {"type": "Resource", "resource": {"name": "", "target": {"type": "X"}}}, {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization"}}}]}})
case("autoscaler, changed", HPA, {"spec": {"scaleTargetRef": TARGET, "maxReplicas": 3}}, {"spec": {"maxReplicas": 0}})
case("autoscaler, raised", HPA, {"spec": {"scaleTargetRef": TARGET, "maxReplicas": 3}}, {"spec": {"maxReplicas": 4}})

# Storage.
PVC, PV = CORE + "persistentvolumeclaims", "/api/v1/persistentvolumes"
CLAIM_SPEC = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
case("claim", PVC, {"spec": CLAIM_SPEC})
case("claim, empty", PVC, {})
case("claim, bad", PVC, {"spec": {"accessModes": ["X"], "resources": {"requests": {"storage": "0"}}, "volumeMode": "X", "storageClassName": "A_b"}})
case("claim, exclusive with others", PVC, {"spec": {"accessModes": ["ReadWriteOncePod", "ReadWriteOnce"], "resources": {"requests": {"storage": "-1"}}}})
case("claim, data source", PVC, {"spec": {**CLAIM_SPEC, "dataSource": {"kind": "PersistentVolumeClaim", "name": "o"}}})
case("claim, resized", PVC, {"spec": CLAIM_SPEC}, {"spec": {"resources": {"requests": {"storage": "2Gi"}}}})
case("claim, modes changed", PVC, {"spec": CLAIM_SPEC}, {"spec": {"accessModes": ["ReadWriteMany"]}})
case("claim, volume chosen", PVC, {"spec": {**CLAIM_SPEC, "storageClassName": "x"}}, {"spec": {"volumeName": "v"}})
case("volume", PV, {"spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"}}}, name="{ns}-x")
case("volume, empty", PV, {}, name="{ns}-x")
case("volume, two sources", PV, {"spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"}, "csi": {"driver": "d", "volumeHandle": "h"}}}, name="{ns}-x")
case("volume, bad", PV, {"spec": {"capacity": {"cpu": "1"}, "accessModes": ["X"], "persistentVolumeReclaimPolicy": "X", "hostPath": {"path": "/"}, "storageClassName": "A_b", "volumeMode": "X"}}, name="{ns}-x")
case("volume with rbd", PV, {"spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "rbd": {"image": "i", "monitors": ["m"]}}}, name="{ns}-x")
case("volume, source changed", PV, {"spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"}}}, {"spec": {"hostPath": {"path": "/y"}}}, name="{ns}-x")
SC, PC, RTC = "/apis/storage.k8s.io/v1/storageclasses", "/apis/scheduling.k8s.io/v1/priorityclasses", "/apis/node.k8s.io/v1/runtimeclasses"
case("storage class", SC, {"provisioner": "example.com/p"}, name="{ns}-x")
case("storage class, bad", SC, {"provisioner": "", "reclaimPolicy": "X", "volumeBindingMode": "X", "parameters": {"": "x"}}, name="{ns}-x")
case("storage class, changed", SC, {"provisioner": "example.com/p"}, {"provisioner": "example.com/q", "parameters": {"a": "b"}, "reclaimPolicy": "Retain", "volumeBindingMode": "WaitForFirstConsumer"}, name="{ns}-x")
case("storage class, expansion allowed", SC, {"provisioner": "example.com/p"}, {"allowVolumeExpansion": True}, name="{ns}-x")
case("priority class", PC, {"value": 5}, name="{ns}-x")
case("priority class, empty", PC, {}, name="{ns}-x")
case("priority class, bad", PC, {"value": 1000000001, "preemptionPolicy": "X"}, name="{ns}-x")
case("priority class, system name", PC, {"value": 5}, name="system-{ns}")
case("priority class, changed", PC, {"value": 5}, {"value": 6, "preemptionPolicy": "Never"}, name="{ns}-x")
case("runtime class", RTC, {"handler": "h"}, name="{ns}-x")
case("runtime class, bad", RTC, {"handler": "A_b"}, name="{ns}-x")
case("runtime class, changed", RTC, {"handler": "h"}, {"handler": "i"}, name="{ns}-x")

# Endpoints and nodes.
SLICES, ENDPOINTS, NODES = f"/apis/discovery.k8s.io/v1/{NS}/endpointslices", CORE + "endpoints", "/api/v1/nodes"
case("endpoint slice", SLICES, {"addressType": "IPv4", "endpoints": [{"addresses": ["10.1.2.3"]}], "ports": [{"port": 80}]})
case("endpoint slice, minimal", SLICES, {"addressType": "IPv4"})
case("endpoint slice, empty", SLICES, {})
case("endpoint slice, bad", SLICES, {"addressType": "IPv4", "endpoints": [{"addresses": ["a"]}, {"addresses": []}, {"addresses": ["127.0.0.1"], "hostname": "A_b"}], "ports": [{"name": "A_b", "protocol": "X", "port": 0}, {"name": "a"}, {"name": "a"}]})
case("endpoint slice, bad type", SLICES, {"addressType": "X"})
case("endpoint slice, type changed", SLICES, {"addressType": "IPv4"}, {"addressType": "IPv6"})
case("endpoint slice, ports changed", SLICES, {"addressType": "IPv4"}, {"ports": [{"port": 80}]})
case("endpoint slice, labelled", SLICES, {"addressType": "IPv4"}, {"metadata": {"labels": {"a": "b"}}})
case("endpoints", ENDPOINTS, {"subsets": [{"addresses": [{"ip": "10.1.2.3"}], "ports": [{"port": 80}]}]})
case("endpoints, bad", ENDPOINTS, {"subsets": [{"addresses": [{"ip": "a"}], "ports": [{"port": 0}]}, {}]})
case("node", NODES, {}, name="{ns}-x")
case("node, full", NODES, {"spec": {"unschedulable": True, "taints": [{"key": "a", "effect": "NoSchedule"}]}, "status": {"capacity": {"cpu": "1", "memory": "1Gi"}}}, name="{ns}-x")
case("node, bad taint", NODES, {"spec": {"taints": [{"key": "a b", "effect": "X"}]}}, name="{ns}-x")
case("node, pod range changed", NODES, {"spec": {"podCIDR": "10.1.0.0/24"}}, {"spec": {"podCIDR": "10.2.0.0/24"}}, name="{ns}-x")

# Names.
KINDS = [
    (CM, {}), (SECRET, {}), (NAMESPACES, {}), (CORE + "serviceaccounts", {}), (SVC, service()), (PODS, {"spec": pod()}),
    (APPS + "deployments", workload()), (APPS + "replicasets", workload()), (APPS + "statefulsets", workload()),
    (APPS + "daemonsets", workload()), (JOBS, job()), (CRON, cron()), (ROLES, {}), (BINDINGS, {"roleRef": REF}),
    (LEASES, {}), (EV, {"involvedObject": {"namespace": "{ns}"}}), (ING, ingress()), (NP, {}), (PDB, {}),
    (HPA, {"spec": {"scaleTargetRef": TARGET, "maxReplicas": 3}}), (PVC, {"spec": CLAIM_SPEC}), (SC, {"provisioner": "p"}),
    (RTC, {"handler": "h"}), (SLICES, {"addressType": "IPv4"}), (ENDPOINTS, {}), (NODES, {}), (RC, {"spec": {"template": template()}}),
    (CORE + "podtemplates", {"template": template()}), (PV, {"spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"}}}),
    (APPS + "controllerrevisions", {"data": {}, "revision": 1}), (PC, {"value": 1}), ("/apis/networking.k8s.io/v1/ingressclasses", {"spec": {"controller": "example.com/c"}}),
]


def names(path, spec, kind=None):
    for name in ["{ns}.b", "1{ns}", "A_b", "a" * 60, "a" * 64, "a:b"]:
        case(f"name {name[:5]} of {kind or path.rsplit('/')[-1]}", path, spec, name=name)


for path, spec in KINDS:
    names(path, spec)

# Statuses.
BAD_COUNTS = {
    "replicas": 1, "readyReplicas": -2, "availableReplicas": 5, "updatedReplicas": 3, "observedGeneration": -1,
    "currentReplicas": 4, "fullyLabeledReplicas": 4, "unavailableReplicas": -1, "terminatingReplicas": -1,
    "numberReady": -1, "desiredNumberScheduled": -1, "currentNumberScheduled": -1, "numberMisscheduled": -1,
    "updatedNumberScheduled": -1, "numberAvailable": -1, "numberUnavailable": -1,
}
MARKED = {"metadata": {"labels": {"x": "y"}, "annotations": {"x": "y"}}, "spec": {"minReadySeconds": 7}}
for plural in ["deployments", "replicasets", "daemonsets", "statefulsets"]:
    case(f"{plural}, bad counts", APPS + plural, workload(), status={"status": BAD_COUNTS})
    case(f"{plural}, spec and metadata through status", APPS + plural, workload(), status=MARKED)
case("pod, metadata through status", PODS, {"spec": pod()}, status={**MARKED, "spec": {"nodeName": "n"}, "status": {"phase": "Running"}})
case("pod, bad addresses", PODS, {"spec": pod()}, status={"status": {"podIPs": [{"ip": "a"}], "nominatedNodeName": "A_b"}})
case("pod, other quality of service", PODS, {"spec": pod()}, status={"status": {"qosClass": "Guaranteed"}})
case("namespace, bad phase", NAMESPACES, {}, status={"status": {"phase": "X"}}, name="{ns}-x")
case("disruption budget, negative counts", PDB, {}, status={"status": {"disruptionsAllowed": -1, "currentHealthy": -1, "desiredHealthy": -1, "expectedPods": -1}})
case("service, spec through status", SVC, service(clusterIP="10.0.0.77"), status={"spec": {"sessionAffinity": "ClientIP"}, "status": {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}})
case("balancer, addresses", SVC, service(type="LoadBalancer", allocateLoadBalancerNodePorts=False, clusterIP="10.0.0.77"), status={"status": {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}, {"hostname": "a.example.com"}, {"ip": "a"}, {"hostname": "1.2.3.4"}, {"hostname": "A_b"}]}}})
case("ingress, addresses", ING, ingress(), status={"status": {"loadBalancer": {"ingress": [{"ip": "a"}, {"hostname": "A_b"}, {"hostname": "1.2.3.4"}]}}})
NOW = "2024-01-01T00:00:00Z"


def finished(kind, **more):
    conditions = [{"type": kind, "status": "True"}]
    if more.pop("criteria", None):
        criteria = "SuccessCriteriaMet" if kind == "Complete" else "FailureTarget"
        conditions.append({"type": criteria, "status": "True"})
    return {"status": {"conditions": conditions, **more}}


HELD = job(spec={"suspend": True})
case("job, complete only", JOBS, HELD, status=finished("Complete"))
case("job, complete with times", JOBS, HELD, status=finished("Complete", startTime=NOW, completionTime=NOW))
case("job, complete with all", JOBS, HELD, status=finished("Complete", startTime=NOW, completionTime=NOW, criteria=True))
case("job, complete before it began", JOBS, HELD, status=finished("Complete", startTime=NOW, completionTime="2023-01-01T00:00:00Z", criteria=True))
case("job, complete and active", JOBS, HELD, status=finished("Complete", startTime=NOW, completionTime=NOW, criteria=True, active=1, ready=1, terminating=1))
case("job, failed only", JOBS, HELD, status=finished("Failed"))
case("job, failed with all", JOBS, HELD, status=finished("Failed", startTime=NOW, criteria=True))
case("job, failed with completion time", JOBS, HELD, status=finished("Failed", startTime=NOW, completionTime=NOW, criteria=True))
case("job, complete and failed", JOBS, HELD, status={"status": {"startTime": NOW, "completionTime": NOW, "conditions": [{"type": kind, "status": "True"} for kind in ["Complete", "Failed", "SuccessCriteriaMet", "FailureTarget"]]}})
case("job, negative counts", JOBS, HELD, status={"status": {"active": -1, "ready": -1, "succeeded": -1, "failed": -1, "terminating": -1}})
case("job, more ready than active", JOBS, HELD, status={"status": {"active": 1, "ready": 2}})
case("job, running", JOBS, HELD, status={"status": {"startTime": NOW, "active": 1, "ready": 1}})
case("job, succeeded counted", JOBS, HELD, status={"status": {"startTime": NOW, "succeeded": 1}})
case("job, indexes", JOBS, HELD, status={"status": {"completedIndexes": "0", "failedIndexes": "1"}})
case("job, uncounted", JOBS, HELD, status={"status": {"uncountedTerminatedPods": {"succeeded": ["a", "a", ""], "failed": ["a"]}}})
case("cron job, last times", CRON, cron("0 0 1 1 *", suspend=True), status={"status": {"lastScheduleTime": NOW}})

# Autoscalers of v1.
HPA1 = f"/apis/autoscaling/v1/{NS}/horizontalpodautoscalers"


def autoscaler1(**spec):
    return {"spec": {"scaleTargetRef": TARGET, "maxReplicas": 3, **spec}}


def kept(**fields):
    """The annotations that stand for fields of v2."""
    return {"autoscaling.alpha.kubernetes.io/" + name: json.dumps(value) for name, value in fields.items()}


METRICS1 = [
    {"type": "Resource", "resource": {"name": "memory", "targetAverageValue": "1024Mi"}},
    {"type": "Pods", "pods": {"metricName": "p", "targetAverageValue": "5", "selector": {"matchLabels": {"name": "x", "a": "<b>"}}}},
    {"type": "External", "external": {"metricName": "e", "metricSelector": {"matchExpressions": [{"key": "k", "operator": "Exists"}]}, "targetValue": "5"}},
    {"type": "External", "external": {"metricName": "e", "targetAverageValue": "5"}},
    {"type": "Object", "object": {"target": TARGET, "metricName": "o", "targetValue": "5"}},
    {"type": "Object", "object": {"target": TARGET, "metricName": "o", "averageValue": "5"}},
    {"type": "ContainerResource", "containerResource": {"name": "cpu", "container": "c", "targetAverageUtilization": 5}},
]
POLICY1 = {"type": "Pods", "value": 1, "periodSeconds": 5}
case("old autoscaler", HPA1, autoscaler1())
case("old autoscaler, full", HPA1, autoscaler1(targetCPUUtilizationPercentage=50, minReplicas=2), annotations=kept(metrics=METRICS1))
case("old autoscaler, two uses of cpu", HPA1, autoscaler1(targetCPUUtilizationPercentage=50), annotations=kept(metrics=[{"type": "Resource", "resource": {"name": "cpu", "targetAverageUtilization": 3}}]))
case("old autoscaler, other metrics only", HPA1, autoscaler1(), annotations=kept(metrics=METRICS1[:1]))
case("old autoscaler, no metrics", HPA1, autoscaler1(), annotations=kept(metrics=[]))
case("old autoscaler, unreadable metrics", HPA1, autoscaler1(), annotations=kept(metrics=[{"type": 5}], behavior={"scaleUp": 5}))
case("old autoscaler, behaviour", HPA1, autoscaler1(), annotations=kept(behavior={"ScaleUp": {"StabilizationWindowSeconds": 5, "SelectPolicy": "Min", "Policies": [POLICY1], "Tolerance": "0.1"}, "scaledown": {"selectpolicy": "Max", "policies": [POLICY1]}}))
case("old autoscaler, empty behaviour", HPA1, autoscaler1(), annotations=kept(behavior={}))
case("old autoscaler, empty", HPA1, {})
case("old autoscaler, bad", HPA1, autoscaler1(minReplicas=0, targetCPUUtilizationPercentage=0), annotations=kept(metrics=[{"type": "X"}, {"type": "Resource", "resource": {"name": "memory"}}]))
case("old autoscaler, with status", HPA1, {**autoscaler1(), "status": {"currentReplicas": 5, "desiredReplicas": 6}})
case("old autoscaler, raised", HPA1, autoscaler1(), {"spec": {"maxReplicas": 4}})
case("old autoscaler, another use of cpu", HPA1, autoscaler1(), {"spec": {"targetCPUUtilizationPercentage": 30}})
case("old autoscaler, other metrics", HPA1, autoscaler1(), {"metadata": {"annotations": kept(metrics=METRICS1)}})
case("old autoscaler, changed", HPA1, autoscaler1(), {"spec": {"maxReplicas": 0}})

names(HPA1, autoscaler1(), "old autoscalers")

# Limits and quotas.
LIMITS, QUOTAS = CORE + "limitranges", CORE + "resourcequotas"


def limits(*items):
    return {"spec": {"limits": list(items)}}


CPU, MEMORY = {"cpu": "1"}, {"memory": "1Gi"}
case("limits, empty", LIMITS, {})
case("limits, none", LIMITS, limits())
case("limits of containers, maximum", LIMITS, limits({"type": "Container", "max": {"cpu": "1000m", "memory": "1024Mi"}}))
case("limits of containers, minimum", LIMITS, limits({"type": "Container", "min": CPU}))
case("limits of containers, default", LIMITS, limits({"type": "Container", "default": CPU, "min": {"cpu": "500m", "memory": "1Mi"}}))
case("limits of containers, default request", LIMITS, limits({"type": "Container", "defaultRequest": CPU, "max": {"cpu": "2"}}))
case("limits of containers, all", LIMITS, limits({"type": "Container", "min": {"cpu": "100m"}, "max": {"cpu": "2"}, "default": CPU, "defaultRequest": {"cpu": "200m"}, "maxLimitRequestRatio": {"cpu": "5"}}))
case("limits of pods", LIMITS, limits({"type": "Pod", "max": CPU, "min": {"cpu": "1m"}}))
case("limits of pods with defaults", LIMITS, limits({"type": "Pod", "default": CPU, "defaultRequest": CPU}))
case("limits of claims", LIMITS, limits({"type": "PersistentVolumeClaim", "max": {"storage": "1Gi"}}))
case("limits of claims, none", LIMITS, limits({"type": "PersistentVolumeClaim", "max": CPU}))
case("limits of other types", LIMITS, limits({"type": "example.com/thing", "max": {"example.com/x": "1"}}, {"type": "Thing", "max": CPU}, {"type": "", "max": CPU}))
case("limits, twice", LIMITS, limits({"type": "Pod", "max": CPU}, {"type": "Pod", "max": MEMORY}))
for name in ["a b", "nope", "pods", "storage", "example.com/x"]:
    case(f"limits on {name}", LIMITS, limits({"type": "Container", "max": {name: "1"}}))
    case(f"limits on {name} of pods", LIMITS, limits({"type": "Pod", "maxLimitRequestRatio": {name: "1"}}))
case("limits, minimum above maximum", LIMITS, limits({"type": "Container", "min": {"cpu": "2"}, "max": CPU}))
case("limits, default above maximum", LIMITS, limits({"type": "Container", "default": {"cpu": "2"}, "max": CPU}))
case("limits, default below minimum", LIMITS, limits({"type": "Container", "default": CPU, "min": {"cpu": "2"}}))
case("limits, default request above default", LIMITS, limits({"type": "Container", "defaultRequest": {"cpu": "2"}, "default": CPU}))
case("limits, default request outside", LIMITS, limits({"type": "Container", "defaultRequest": {"cpu": "5"}, "min": CPU, "max": {"cpu": "4"}, "default": {"cpu": "4"}}))
case("limits, small ratio", LIMITS, limits({"type": "Container", "maxLimitRequestRatio": {"cpu": "500m"}}))
case("limits, large ratio", LIMITS, limits({"type": "Container", "min": CPU, "max": {"cpu": "2"}, "maxLimitRequestRatio": {"cpu": "3"}}))
case("limits of what can't be overcommitted", LIMITS, limits({"type": "Container", "default": {"example.com/x": "2"}, "defaultRequest": {"example.com/x": "1"}}))
case("limits, negative", LIMITS, limits({"type": "Container", "max": {"cpu": "-1"}}))
case("limits, no quantity", LIMITS, limits({"type": "Container", "max": {"cpu": "x"}}))
case("limits, changed", LIMITS, limits({"type": "Pod", "max": CPU}), limits({"type": "Pod", "max": MEMORY}))
case("limits, changed badly", LIMITS, limits({"type": "Pod", "max": CPU}), limits({"type": "Container", "max": CPU, "min": {"cpu": "2"}}))


def quota(hard=None, **spec):
    return {"spec": {**({} if hard is None else {"hard": hard}), **spec}}


def selector(*expressions):
    return {"matchExpressions": [dict(zip(["scopeName", "operator", "values"], each)) for each in expressions]}


COUNTED = ["pods", "services", "replicationcontrollers", "resourcequotas", "secrets", "configmaps", "persistentvolumeclaims",
           "services.nodeports", "services.loadbalancers", "count/pods", "count/foos.example.com"]
MEASURED = ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory", "requests.storage",
            "requests.ephemeral-storage", "limits.ephemeral-storage", "ephemeral-storage", "requests.hugepages-2Mi",
            "hugepages-2Mi", "requests.example.com/gpu", "gold.storageclass.storage.k8s.io/requests.storage",
            "gold.storageclass.storage.k8s.io/persistentvolumeclaims", "example.com/gpu"]
case("quota, empty", QUOTAS, {})
case("quota of nothing", QUOTAS, quota({}))
for name in [*COUNTED, *MEASURED]:
    case(f"quota of {name}", QUOTAS, quota({name: "1"}))
for name in ["nope", "a b", "count/", "count/a b", "limits.example.com/gpu", "limits.hugepages-2Mi", "storage", "services.x", "requests.nope"]:
    case(f"quota of {name}, bad", QUOTAS, quota({name: "1"}))
for amount in ["-1", "500m", "1024Mi", "1e3"]:
    case(f"quota of {amount} pods", QUOTAS, quota({"pods": amount}))
    case(f"quota of {amount} cpu", QUOTAS, quota({"cpu": amount}))
case("quota, no quantity", QUOTAS, quota({"cpu": "x"}))
case("quota with status", QUOTAS, {**quota({"pods": "1"}), "status": {"hard": {"pods": "1"}}})
SCOPES = ["Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity", "VolumeAttributesClass"]
for scope in SCOPES:
    for name in ["pods", "cpu", "count/pods", "requests.ephemeral-storage", "configmaps", "requests.storage", "requests.example.com/gpu"]:
        case(f"quota of {name} in scope {scope}", QUOTAS, quota({name: "1"}, scopes=[scope]))
    case(f"quota selecting {scope}", QUOTAS, quota({"pods": "1"}, scopeSelector=selector((scope, "Exists"))))
    case(f"quota selecting {scope} in", QUOTAS, quota({"pods": "1"}, scopeSelector=selector((scope, "In", ["a"]))))
case("quota in other scopes", QUOTAS, quota({"pods": "1"}, scopes=["X", "Terminating", "Terminating"]))
case("quota in opposite scopes", QUOTAS, quota({"pods": "1"}, scopes=["Terminating", "NotTerminating", "BestEffort", "NotBestEffort"]))
case("quota selecting opposite scopes", QUOTAS, quota({"pods": "1"}, scopeSelector=selector(("Terminating", "Exists"), ("NotTerminating", "Exists"))))
case("quota selecting badly", QUOTAS, quota({"pods": "1"}, scopeSelector=selector(("X", "Exists"), ("PriorityClass", "X"), ("PriorityClass", "In", []), ("PriorityClass", "Exists", ["a"]), ("PriorityClass", "NotIn", ["a"]))))
case("quota selecting something else", QUOTAS, quota({"configmaps": "1"}, scopeSelector=selector(("PriorityClass", "Exists"))))
case("quota selecting nothing", QUOTAS, quota({"configmaps": "1"}, scopeSelector={}))
case("quota, raised", QUOTAS, quota({"pods": "1"}), {"spec": {"hard": {"pods": "2", "cpu": "1"}}})
case("quota, scopes changed", QUOTAS, quota({"pods": "1"}, scopes=["Terminating"]), {"spec": {"scopes": ["NotTerminating"]}})
case("quota, selector changed", QUOTAS, quota({"pods": "1"}, scopeSelector=selector(("PriorityClass", "Exists"))), {"spec": {"scopeSelector": None}})
case("quota, status", QUOTAS, quota({"pods": "1"}), status={"status": {"hard": {"pods": "1"}, "used": {"pods": "0"}}})
case("quota, bad status", QUOTAS, quota({"pods": "1"}), status={"status": {"hard": {"nope": "-1"}, "used": {"pods": "500m"}}})
case("quota, spec through status", QUOTAS, quota({"pods": "1"}), status={"metadata": {"labels": {"x": "y"}}, "spec": {"hard": {"pods": "2"}}})
names(LIMITS, limits({"type": "Pod", "max": CPU}))
names(QUOTAS, quota({"pods": "1"}))
