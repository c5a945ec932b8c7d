//! [`Kubeconfig`]: a file for `kubectl`, readable by its owner only, that goes with what it leads to.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use tempfile::TempDir;

/// By this a file is known to be ours, so that one that a crash left behind may be replaced, and no other.
const MARK: &str =
    "# Written by the command `dev` of an operator, which removes it when it ends.\n";

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct Kubeconfig {
    path: PathBuf,
    // Goes with everything in it.
    _folder: Option<TempDir>,
}

impl Kubeconfig {
    /// Writes it to `path`, or to a new private folder.
    pub(super) fn write(path: Option<&Path>, text: &str) -> Result<Self, String> {
        if let Some(path) = path
            && fs::read_to_string(path).is_ok_and(|there| !there.starts_with(MARK))
        {
            let path = path.display();
            return Err(format!(
                "--kubeconfig {path}: the file is there already and is somebody else's; name one that is not there"
            ));
        }
        let kubeconfig = if let Some(path) = path {
            Self {
                path: path.to_owned(),
                _folder: None,
            }
        } else {
            let folder = tempfile::Builder::new()
                .prefix("operator-dev-")
                .tempdir()
                .map_err(|error| {
                    format!(
                        "there is no place for the kubeconfig: {error}; name one with --kubeconfig"
                    )
                })?;
            Self {
                path: folder.path().join("kubeconfig"),
                _folder: Some(folder),
            }
        };
        let path = &kubeconfig.path;
        let written = private(path).and_then(|mut file| {
            file.write_all(MARK.as_bytes())?;
            file.write_all(text.as_bytes())
        });
        written.map_err(|error| {
            format!(
                "the kubeconfig {} can't be written: {error}",
                path.display()
            )
        })?;
        Ok(kubeconfig)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes a file at `path`, and the folder that was made for it: for a process that ends without coming back.
    pub(super) fn remove(path: &Path) {
        let _ = fs::remove_file(path);
        if let Some(folder) = path.parent().filter(|folder| is_ours(folder)) {
            let _ = fs::remove_dir(folder);
        }
    }
}

fn is_ours(folder: &Path) -> bool {
    let name = folder.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with("operator-dev-"))
}

impl Drop for Kubeconfig {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// A new file that nobody else may read.
fn private(path: &Path) -> io::Result<fs::File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // One that is left from before may be readable by others.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A path as a shell takes it.
pub(super) fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_private_and_goes_with_its_folder() {
        let kubeconfig = Kubeconfig::write(None, "apiVersion: v1\n").unwrap();
        let path = kubeconfig.path().to_owned();
        assert!(
            fs::read_to_string(&path)
                .unwrap()
                .ends_with("apiVersion: v1\n")
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
        drop(kubeconfig);
        assert!(!path.parent().unwrap().exists());
    }

    #[test]
    fn a_file_of_somebody_else_is_left_alone_and_one_of_ours_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        fs::write(&path, "mine").unwrap();
        let error = Kubeconfig::write(Some(&path), "").unwrap_err();
        assert!(error.contains("somebody else's"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
        fs::write(&path, format!("{MARK}old")).unwrap();
        let kubeconfig = Kubeconfig::write(Some(&path), "new").unwrap();
        assert_eq!(
            fs::read_to_string(kubeconfig.path()).unwrap(),
            format!("{MARK}new")
        );
    }

    #[test]
    fn a_path_with_a_space_is_quoted_for_the_shell() {
        assert_eq!(
            quoted(Path::new("/tmp/a-1/kubeconfig")),
            "/tmp/a-1/kubeconfig"
        );
        assert_eq!(quoted(Path::new("/tmp/it's a")), r"'/tmp/it'\''s a'");
    }
}
