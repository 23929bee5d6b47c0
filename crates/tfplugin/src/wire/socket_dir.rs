//! A folder for one Unix socket, closed to other users and gone with its owner.
//!
//! The folder is made with mode 0700, so that the socket in it is never open to others, not even
//! between its creation and a change of its mode. Dropping the value removes both.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::listener::ListenError;

/// The longest path that every Unix takes for a socket: macOS has 104 bytes with the final zero.
const LONGEST_PATH: usize = 103;
/// Where the socket goes if the folder for temporary files makes its path too long.
const SHORT_DIR: &str = "/tmp";
/// How often another random name is tried.
const ATTEMPTS: usize = 16;

/// The folder; it holds a socket named [`SocketDir::socket`].
#[derive(Debug)]
pub(super) struct SocketDir {
    dir: PathBuf,
}

impl SocketDir {
    /// Makes a new folder inside `parent`, or where temporary files go.
    pub(super) fn create(parent: Option<&Path>) -> Result<Self, ListenError> {
        let parent = match parent {
            Some(wanted) => wanted.to_owned(),
            None => temporary_dir(),
        };
        let mut attempts = (0..ATTEMPTS).map(|_| Self::create_in(&parent));
        let result = attempts
            .find(|made| !matches!(made, Err(error) if already_exists(error)))
            .unwrap_or(Err(ListenError::Folder {
                parent,
                source: io::ErrorKind::AlreadyExists.into(),
            }))?;
        result.checked()
    }

    /// The path of the socket; nothing is there yet.
    pub(super) fn socket(&self) -> PathBuf {
        self.dir.join("s")
    }

    fn create_in(parent: &Path) -> Result<Self, ListenError> {
        let dir = parent.join(format!("tfplugin-{:016x}", rand::random::<u64>()));
        match fs::DirBuilder::new().mode(0o700).create(&dir) {
            Ok(()) => Ok(Self { dir }),
            Err(source) => Err(ListenError::Folder {
                parent: parent.to_owned(),
                source,
            }),
        }
    }

    /// The path must fit a socket and the handshake line, which is one line of fields.
    fn checked(self) -> Result<Self, ListenError> {
        let path = self.socket();
        let printable = path
            .to_str()
            .is_some_and(|text| !text.contains(['|', '\n', '\r']));
        if printable && path.as_os_str().len() <= LONGEST_PATH {
            Ok(self)
        } else {
            Err(ListenError::Path { path })
        }
    }
}

impl Drop for SocketDir {
    fn drop(&mut self) {
        // Both may be gone already: the host may have cleared the folder that it gave us.
        let _ = fs::remove_file(self.socket());
        let _ = fs::remove_dir(&self.dir);
    }
}

fn temporary_dir() -> PathBuf {
    let dir = std::env::temp_dir();
    let room = "/tfplugin-0123456789abcdef/s".len();
    if dir.as_os_str().len() + room <= LONGEST_PATH {
        dir
    } else {
        PathBuf::from(SHORT_DIR)
    }
}

fn already_exists(error: &ListenError) -> bool {
    matches!(error, ListenError::Folder { source, .. } if source.kind() == io::ErrorKind::AlreadyExists)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_folder_is_closed_to_others_and_goes_with_its_owner() {
        let parent = tempfile::tempdir().unwrap();
        let dir = SocketDir::create(Some(parent.path())).unwrap();
        fs::write(dir.socket(), b"").unwrap();
        let mode = fs::metadata(&dir.dir).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        drop(dir);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_path_that_is_too_long_for_a_socket_is_an_error_and_leaves_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let long = parent.path().join("x".repeat(LONGEST_PATH));
        fs::create_dir(&long).unwrap();
        let error = SocketDir::create(Some(&long)).unwrap_err();
        assert!(matches!(error, ListenError::Path { .. }));
        assert_eq!(fs::read_dir(&long).unwrap().count(), 0);
    }

    #[test]
    fn a_path_that_would_break_the_handshake_line_is_an_error() {
        let parent = tempfile::tempdir().unwrap();
        let odd = parent.path().join("a|b");
        fs::create_dir(&odd).unwrap();
        let error = SocketDir::create(Some(&odd)).unwrap_err();
        assert!(matches!(error, ListenError::Path { .. }));
    }
}
