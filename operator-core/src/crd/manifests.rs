//! [`Manifests`]: the CRDs of a set of types as files, written the same way every time, and checked for drift.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use super::{Crd, CrdError};

/// The version of `apiextensions.k8s.io` that a manifest is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CrdVersion {
    /// `v1`, for every cluster since 1.16.
    #[default]
    V1,
    /// `v1beta1`, for clusters up to 1.21.
    V1beta1,
}

impl CrdVersion {
    /// The manifest of a CRD in this version.
    pub(crate) fn yaml(self, crd: &Crd) -> Result<String, CrdError> {
        crd.has_to_be_stored()?;
        match self {
            Self::V1 => Ok(crd.to_yaml()),
            Self::V1beta1 => crd.to_yaml_v1beta1(),
        }
    }
}

/// The manifests of a set of CRDs, one file each: `plural.group.yaml`.
///
/// A test of one line keeps what is committed from going stale:
///
/// ```no_run
/// # use operator_core::crd::{Crd, CrdError, Manifests};
/// # struct EchoServer;
/// # impl EchoServer { fn crd() -> Result<Crd, CrdError> { unimplemented!() } }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// Manifests::new([EchoServer::crd()?]).check("crds", "cargo run -- crds --out crds")?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Manifests {
    crds: Vec<Crd>,
    version: CrdVersion,
}

impl Manifests {
    /// The manifests of these CRDs, in `apiextensions.k8s.io/v1`.
    #[must_use]
    pub fn new(crds: impl IntoIterator<Item = Crd>) -> Self {
        Self {
            crds: crds.into_iter().collect(),
            version: CrdVersion::default(),
        }
    }

    /// The same in another version.
    #[must_use]
    pub fn version(mut self, version: CrdVersion) -> Self {
        self.version = version;
        self
    }

    /// Writes the files to `folder`, which is created if need be, and returns their paths, sorted.
    ///
    /// A file that is up to date isn't touched, so a build script that writes into the source tree doesn't
    /// set off the next build. Other files in the folder are left alone.
    ///
    /// # Errors
    /// If two CRDs have the same name, one can't be said in the version or has none that is stored, or a file can't
    /// be read or written.
    pub fn write(&self, folder: impl AsRef<Path>) -> Result<Vec<PathBuf>, ManifestsError> {
        let folder = folder.as_ref();
        fs::create_dir_all(folder).map_err(at(folder))?;
        let mut paths = Vec::new();
        for (path, content) in self.files(folder)? {
            if read(&path)?.as_ref() != Some(&content) {
                fs::write(&path, content).map_err(at(&path))?;
            }
            paths.push(path);
        }
        Ok(paths)
    }

    /// Fails with a unified diff if a file in `folder` isn't what [`write`](Self::write) would write there.
    ///
    /// `refresh` is the command that brings the files up to date; the error tells it to the reader.
    ///
    /// # Errors
    /// If a file is stale or missing, if two CRDs have the same name, if one can't be said in the version or has none
    /// that is stored, or if a file can't be read.
    pub fn check(&self, folder: impl AsRef<Path>, refresh: &str) -> Result<(), ManifestsError> {
        let mut diff = String::new();
        for (path, content) in self.files(folder.as_ref())? {
            let committed = read(&path)?.unwrap_or_default();
            diff.push_str(&unified_diff(&path, &committed, &content));
        }
        if diff.is_empty() {
            return Ok(());
        }
        Err(ManifestsError::Stale {
            diff,
            refresh: refresh.to_owned(),
        })
    }

    fn files(&self, folder: &Path) -> Result<BTreeMap<PathBuf, String>, ManifestsError> {
        let mut files = BTreeMap::new();
        for crd in &self.crds {
            let yaml = self.version.yaml(crd).map_err(ManifestsError::Unsayable)?;
            let path = folder.join(format!("{}.yaml", crd.name()));
            if files.insert(path, yaml).is_some() {
                return Err(ManifestsError::Duplicate { name: crd.name() });
            }
        }
        Ok(files)
    }
}

/// What changes from a file to what is declared; empty if nothing does.
pub(crate) fn unified_diff(path: &Path, committed: &str, current: &str) -> String {
    if committed == current {
        return String::new();
    }
    let (old, new) = (
        format!("{} (committed)", path.display()),
        format!("{} (declared)", path.display()),
    );
    let diff = similar::TextDiff::from_lines(committed, current);
    diff.unified_diff()
        .context_radius(3)
        .header(&old, &new)
        .to_string()
}

/// The content of a file, if there is one.
fn read(path: &Path) -> Result<Option<String>, ManifestsError> {
    match fs::read_to_string(path) {
        // A checkout on Windows may have other line ends; that isn't drift.
        Ok(content) => Ok(Some(content.replace("\r\n", "\n"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(path)(error)),
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> ManifestsError {
    let path = path.to_owned();
    move |source| ManifestsError::File { path, source }
}

/// Why the manifests can't be written, or aren't what they should be.
#[non_exhaustive]
pub enum ManifestsError {
    /// Files differ from what the types declare.
    Stale {
        /// What differs, as a unified diff from the files to the types.
        diff: String,
        /// The command that brings the files up to date.
        refresh: String,
    },
    /// Two types of the set declare the same CRD.
    Duplicate {
        /// Its name.
        name: String,
    },
    /// A CRD can't be said in the version that was asked for, or no server would take it.
    Unsayable(CrdError),
    /// A file or folder can't be read or written.
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl fmt::Display for ManifestsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stale { diff, refresh } => write!(
                f,
                "committed CRDs are stale; to refresh them, run `{refresh}` and commit the result\n\n{diff}"
            ),
            Self::Duplicate { name } => {
                write!(
                    f,
                    "two types declare the CRD {name}: change the kind or the plural of one"
                )
            }
            Self::Unsayable(error) => error.fmt(f),
            Self::File { path, .. } => write!(f, "can't read or write {}", path.display()),
        }
    }
}

// A test that returns this error prints it with `Debug`, where a diff in quotes would be unreadable.
impl fmt::Debug for ManifestsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)?;
        match self {
            Self::File { source, .. } => write!(f, ": {source}"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for ManifestsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File { source, .. } => Some(source),
            _ => None,
        }
    }
}
