//! `crds`: the custom resource definitions as YAML, or whether a file still holds them.

use std::{fs, path::PathBuf, process::ExitCode};

use clap::Args;

use crate::{
    crd::{CrdVersion, Manifests, unified_diff},
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
        let version = if self.v1beta1 {
            CrdVersion::V1beta1
        } else {
            CrdVersion::V1
        };
        if let Some(folder) = &self.out {
            let written = Manifests::new(crds).version(version).write(folder);
            for path in written.map_err(|error| error.to_string())? {
                println!("{}", path.display());
            }
            return Ok(ExitCode::SUCCESS);
        }
        let documents: Result<Vec<String>, _> = crds.iter().map(|crd| version.yaml(crd)).collect();
        let yaml = documents.map_err(|error| error.to_string())?.join("---\n");
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
        let diff = unified_diff(file, &committed, &yaml);
        Err(format!(
            "{file} is stale:\n{diff}print it anew: `{program} crds{flag} > {file}`",
            program = std::env::args().next().unwrap_or_default(),
            file = file.display(),
            flag = if self.v1beta1 { " --v1beta1" } else { "" },
        ))
    }
}
