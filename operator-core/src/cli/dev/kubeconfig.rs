//! [`Kubeconfig`]: a file for `kubectl`, readable by its owner only, that goes with what it leads to.

use std::{
    fs,
    io::{self, Write},
    net::{TcpStream, ToSocketAddrs},
    path::{Path, PathBuf},
    time::Duration,
};

use tempfile::{NamedTempFile, TempDir};

/// By this a file is known to be ours, so that one that a crash left behind may be replaced, and no other.
const MARK: &str =
    "# Written by the command `dev` of an operator, which removes it when it ends.\n";

/// How long a server on this machine may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct Kubeconfig {
    path: PathBuf,
    text: String,
    // Goes with everything in it.
    _folder: Option<TempDir>,
}

impl Kubeconfig {
    /// Writes it to `path`, or to a new private folder.
    pub(super) fn write(path: Option<&Path>, text: &str) -> Result<Self, String> {
        if let Some(path) = path
            && let Ok(there) = fs::read_to_string(path)
        {
            let whose = if !there.starts_with(MARK) {
                Some("somebody else's")
            } else if server(&there).is_some_and(|address| answers(&address)) {
                Some("that of another `dev`, which is running")
            } else {
                None
            };
            if let Some(whose) = whose {
                let path = path.display();
                return Err(format!(
                    "--kubeconfig {path}: the file is there already and is {whose}; name one that is not there"
                ));
            }
        }
        let text = format!("{MARK}{text}");
        let kubeconfig = if let Some(path) = path {
            Self {
                path: path.to_owned(),
                text,
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
                text,
                _folder: Some(folder),
            }
        };
        let path = &kubeconfig.path;
        private(path, &kubeconfig.text).map_err(|error| {
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
        // Somebody may have put another one there meanwhile.
        if fs::read_to_string(&self.path).is_ok_and(|there| there == self.text) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The host and port of the server that a kubeconfig leads to.
fn server(kubeconfig: &str) -> Option<String> {
    let url = kubeconfig
        .lines()
        .find_map(|line| line.trim_start_matches(['-', ' ']).strip_prefix("server:"))?;
    Some(
        url.trim()
            .trim_matches('"')
            .strip_prefix("https://")?
            .to_owned(),
    )
}

/// Whether somebody listens there.
fn answers(address: &str) -> bool {
    let addresses = address.to_socket_addrs().into_iter().flatten();
    addresses
        .into_iter()
        .any(|address| TcpStream::connect_timeout(&address, PATIENCE).is_ok())
}

/// Writes a file that nobody else may read, in the place of what is there.
fn private(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder)?;
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
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
    fn a_file_of_one_that_runs_is_left_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let text = format!("clusters:\n- cluster:\n    server: \"https://{address}\"\n");
        let running = Kubeconfig::write(Some(&path), &text).unwrap();
        let error = Kubeconfig::write(Some(&path), "").unwrap_err();
        assert!(error.contains("another `dev`"), "{error}");
        drop(listener);
        let next = Kubeconfig::write(Some(&path), "next").unwrap();
        drop(running);
        assert!(path.exists(), "it is that of the next");
        drop(next);
        assert!(!path.exists());
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
