"""The benchmark's work as an operator of kopf: a handler for parents that are new, edited or met at the start, which
applies each of the children with the official client and patches the status, with nothing tuned. Children are not watched."""

import os
from typing import Any

import kopf
import kubernetes


@kopf.on.resume('benchmark.example.com', 'v1', 'benchmarks')
@kopf.on.create('benchmark.example.com', 'v1', 'benchmarks')
@kopf.on.update('benchmark.example.com', 'v1', 'benchmarks')
def reconcile(
    spec: kopf.Spec, meta: kopf.Meta, name: str, namespace: str | None, patch: kopf.Patch, **_: Any
) -> None:
    api = kubernetes.client.CoreV1Api()
    for number in range(spec['children']):
        child = {
            'apiVersion': 'v1',
            'kind': 'ConfigMap',
            'metadata': {'name': f'{name}-{number}'},
            'data': {'number': str(number), 'payload': spec['payload']},
        }
        kopf.adopt(child)
        api.patch_namespaced_config_map(
            name=child['metadata']['name'],
            namespace=namespace,
            body=child,
            field_manager='kopf-benchmark',
            force=True,
            _content_type='application/apply-patch+yaml',
        )

    patch.status['observedGeneration'] = meta['generation']
    patch.status['ready'] = spec['children']


if __name__ == '__main__':
    kopf.configure(quiet=True)
    namespace = os.environ.get('BENCHMARK_NAMESPACE')
    if not namespace:
        raise SystemExit('BENCHMARK_NAMESPACE is not set: the driver of the benchmark does that')
    kopf.run(namespaces=[namespace], standalone=True)
