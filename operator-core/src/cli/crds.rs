//! `crds`: the custom resource definitions as YAML, or whether a file still holds them.

use std::{fs, path::PathBuf, process::ExitCode};

use clap::Args;

use crate::{
    crd::{CrdVersion, Manifests},
    operator::Operator,
};

#[derive(Debug, Args)]
pub(super) struct Crds {
    /// In apiextensions.k8s.io/v1beta1, for clusters up to 1.21.
    #[arg(long)]
    v1beta1: bool,
    /// Compares with this file instead of printing; fails with a diff if it is stale.
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
    /// Writes a file for each CRD to this folder instead of printing.
    #[arg(long, value_name = "FOLDER", conflicts_with = "check")]
    out: Option<PathBuf>,
}

impl Crds {
    pub(super) fn main(&self, operator: &Operator) -> Result<ExitCode, String> {
        let crds = operator.crds().map_err(|error| error.to_string())?;
        if crds.is_empty() {
            return Err(
                "this operator declares no type of its own: its parent has no Rust struct".into(),
            );
        }
        if let Some(folder) = &self.out {
            let version = if self.v1beta1 {
                CrdVersion::V1beta1
            } else {
                CrdVersion::V1
            };
            let written = Manifests::new(crds).version(version).write(folder);
            for path in written.map_err(|error| error.to_string())? {
                println!("{}", path.display());
            }
            return Ok(ExitCode::SUCCESS);
        }
        let documents = crds.iter().map(|crd| {
            if self.v1beta1 {
                crd.to_yaml_v1beta1()
            } else {
                crd.to_yaml()
            }
        });
        let yaml = documents.collect::<Vec<_>>().join("---\n");
        let Some(file) = &self.check else {
            print!("{yaml}");
            return Ok(ExitCode::SUCCESS);
        };
        let committed = fs::read_to_string(file)
            .map_err(|error| format!("{}: {error}", file.display()))?
            .replace("\r\n", "\n");
        if committed == yaml {
            return Ok(ExitCode::SUCCESS);
        }
        let diff = similar::TextDiff::from_lines(&committed, &yaml);
        let names = (
            format!("{} (committed)", file.display()),
            format!("{} (declared)", file.display()),
        );
        Err(format!(
            "{file} is stale:\n{diff}print it anew: `{program} crds{flag} > {file}`",
            program = std::env::args().next().unwrap_or_default(),
            file = file.display(),
            diff = diff.unified_diff().header(&names.0, &names.1),
            flag = if self.v1beta1 { " --v1beta1" } else { "" },
        ))
    }
}
