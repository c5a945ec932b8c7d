//! `/version`: the Kubernetes that the server behaves like, and that it is none.

use std::env::consts::{ARCH, OS};

use serde_json::{Value, json};

/// The version of Kubernetes that the server behaves like.
pub(crate) const KUBERNETES: &str = "v1.37.2";

/// `/version`, which is only told in JSON, indented.
#[must_use]
pub(crate) fn version() -> Value {
    let (major, minor) = major_minor();
    let architecture = match ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    json!({
        "major": major, "minor": minor,
        "emulationMajor": major, "emulationMinor": minor,
        "minCompatibilityMajor": major, "minCompatibilityMinor": "36",
        "gitVersion": KUBERNETES,
        // No commit of Kubernetes: who looks closely sees what it is.
        "gitCommit": concat!("operator-apiserver ", env!("CARGO_PKG_VERSION")),
        "gitTreeState": "embedded", "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "", "compiler": "rustc", "platform": format!("{OS}/{architecture}"),
    })
}

/// `1` and `37`.
pub(super) fn major_minor() -> (&'static str, &'static str) {
    let mut parts = KUBERNETES.trim_start_matches('v').split('.');
    let mut next = || parts.next().unwrap_or_default();
    (next(), next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_told_in_parts_and_as_a_whole() {
        let version = version();
        assert_eq!(version["major"], "1");
        assert_eq!(version["minor"], "37");
        assert_eq!(version["emulationMinor"], "37");
        assert_eq!(version["gitVersion"], "v1.37.2");
    }

    #[test]
    fn it_does_not_pretend_to_be_a_build_of_kubernetes() {
        let commit = version()["gitCommit"].clone();
        assert!(commit.as_str().unwrap().starts_with("operator-apiserver"));
    }
}
