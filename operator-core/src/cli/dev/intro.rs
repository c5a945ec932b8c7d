//! What `dev` says first: where the server is, and lines to paste for this very operator.

use std::path::Path;

use serde_json::Value;

use super::{kubeconfig::quoted, samples::Sample};
use crate::{K8sType, operator::Operator};

/// The lines to paste: one that looks at the parents, and one that changes a sample.
pub(super) fn kubectl(operator: &Operator, samples: &[Sample]) -> Vec<String> {
    let parent = operator.config().parent();
    let plural = parent.plural_kind;
    let sample = samples.iter().find(|sample| is_a(sample, parent));
    let namespaced = sample.is_none_or(|sample| sample.namespace().is_some());
    let all = if namespaced { " --all-namespaces" } else { "" };
    let mut lines = vec![format!("kubectl get {plural}{all}")];
    if let Some(sample) = sample {
        let place = sample
            .namespace()
            .map_or_else(String::new, |namespace| format!(" -n {namespace}"));
        let name = sample.name();
        lines.push(match number(&sample.object["spec"]) {
            Some((field, number)) => format!(
                r#"kubectl patch {plural} {name}{place} --type merge -p '{{"spec":{{"{field}":{}}}}}'"#,
                number + 1
            ),
            None => format!("kubectl edit {plural} {name}{place}"),
        });
    }
    lines
}

fn is_a(sample: &Sample, kind: &K8sType) -> bool {
    (sample.api_version(), sample.kind()) == (kind.api_version, kind.kind)
}

/// A field of a spec that can be counted up: the copies, or else the first number.
fn number(spec: &Value) -> Option<(&str, i64)> {
    let numbers = || {
        let fields = spec.as_object().into_iter().flatten();
        fields.filter_map(|(name, value)| Some((name.as_str(), value.as_i64()?)))
    };
    numbers()
        .find(|(name, _)| *name == "replicas")
        .or_else(|| numbers().next())
}

/// What is said of a server in this process.
pub(super) fn local(name: &str, url: &str, kubeconfig: &Path, lines: &[String]) -> String {
    let mut text = format!(
        "{name}: a Kubernetes API server runs in this process, at {url}. To look at it from another terminal:\n  export KUBECONFIG={}",
        quoted(kubeconfig)
    );
    for line in lines {
        text = format!("{text}\n  {line}");
    }
    text
}

/// What is said of somebody's cluster, before anything is done to it.
pub(super) fn cluster(
    name: &str,
    (url, context): (&str, &str),
    crds: &[String],
    samples: usize,
    lines: &[String],
) -> String {
    let crds = match crds {
        [] => "no CRD".to_owned(),
        [name] => format!("the CRD {name}"),
        names => format!("the CRDs {}", names.join(", ")),
    };
    let samples = match samples {
        0 => "no sample".to_owned(),
        1 => "one sample".to_owned(),
        samples => format!("{samples} samples"),
    };
    let mut text = format!(
        "{name}: on the cluster {url} this installs {crds}, applies {samples}, and runs the operator. \
         What it makes stays there when it ends. To look at it from another terminal:"
    );
    let kubectl = match context {
        "" => "kubectl".to_owned(),
        context => format!("kubectl --context {context}"),
    };
    for line in lines {
        text = format!("{text}\n  {}", line.replacen("kubectl", &kubectl, 1));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn copies_are_counted_up_before_any_other_number() {
        let spec = json!({"port": 80, "replicas": 2});
        assert_eq!(number(&spec), Some(("replicas", 2)));
        assert_eq!(number(&json!({"a": "x", "ttl": 5})), Some(("ttl", 5)));
        assert_eq!(number(&json!(null)), None);
    }

    #[test]
    fn the_cluster_of_somebody_is_told_what_is_done_to_it_before_it_is() {
        let lines = ["kubectl get foos".to_owned()];
        let crds = ["foos.example.com".to_owned()];
        assert_eq!(
            cluster("foo", ("https://there", "mine"), &crds, 1, &lines),
            "foo: on the cluster https://there this installs the CRD foos.example.com, applies one sample, and runs the \
             operator. What it makes stays there when it ends. To look at it from another terminal:\n  \
             kubectl --context mine get foos"
        );
    }

    #[test]
    fn the_lines_to_paste_stand_below_each_other() {
        let lines = ["kubectl get foos".to_owned()];
        assert_eq!(
            local("foo", "https://127.0.0.1:1", Path::new("/tmp/k"), &lines),
            "foo: a Kubernetes API server runs in this process, at https://127.0.0.1:1. To look at it from another terminal:\n  \
             export KUBECONFIG=/tmp/k\n  kubectl get foos"
        );
    }
}
