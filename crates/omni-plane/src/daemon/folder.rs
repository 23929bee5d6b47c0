//! The folder of a plane and where everything lies in it.
//!
//! The folder is closed to other users (0700). A Unix socket's path has room for about a hundred bytes; where the folder's
//! would be longer, the sockets lie in a short folder of the user's own, named after the plane's folder.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, Metadata};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::error::DaemonError;
use super::options::Settings;

/// The longest path that every Unix takes for a socket: macOS has 104 bytes with the final zero.
const LONGEST: usize = 100;
/// The longest name of a socket here: `notify-` and eight digits.
const ROOM: usize = "/notify-01234567".len();

/// The folder of a plane.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    path: PathBuf,
    sockets: PathBuf,
}

// === impl Folder ===

impl Folder {
    /// Makes the folder where it is missing, and closes it to others.
    pub(super) fn create(path: &Path) -> Result<Self, DaemonError> {
        if !path.exists() {
            make(path).map_err(DaemonError::at(path))?;
        }
        let path = path.canonicalize().map_err(DaemonError::at(path))?;
        close(&path)?;
        Ok(Self {
            sockets: sockets(&path, std::env::var_os("XDG_RUNTIME_DIR").as_deref()),
            path,
        })
    }

    /// The folder where it is there; makes nothing.
    pub(super) fn existing(path: &Path) -> Result<Option<Self>, DaemonError> {
        let path = match path.canonicalize() {
            Ok(path) => path,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                let path = path.to_owned();
                return Err(DaemonError::Folder { path, source });
            }
        };
        let sockets = sockets(&path, std::env::var_os("XDG_RUNTIME_DIR").as_deref());
        Ok(is_known(&path).then_some(Self { path, sockets }))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn data(&self) -> PathBuf {
        self.path.join("plane.db")
    }

    pub(super) fn key(&self) -> PathBuf {
        self.path.join("key")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.path.join("plane.log")
    }

    pub(super) fn record(&self) -> PathBuf {
        self.path.join("plane.json")
    }

    fn settings(&self) -> PathBuf {
        self.path.join("settings.json")
    }

    pub(super) fn start_lock(&self) -> PathBuf {
        self.path.join(START_LOCK)
    }

    pub(super) fn life_lock(&self) -> PathBuf {
        self.path.join(LIFE_LOCK)
    }

    pub(super) fn api_socket(&self) -> PathBuf {
        self.sockets.join("api")
    }

    pub(super) fn door(&self) -> PathBuf {
        self.sockets.join("door")
    }

    /// A socket for one start; no two starts share it.
    pub(super) fn notify_socket(&self) -> PathBuf {
        self.sockets
            .join(format!("notify-{:08x}", rand::random::<u32>()))
    }

    /// Remembers the settings for those who come without.
    pub(super) fn remember(&self, settings: &Settings) -> Result<(), DaemonError> {
        write(&self.settings(), settings)
    }

    /// What was last remembered.
    pub(super) fn last_settings(&self) -> Result<Option<Settings>, DaemonError> {
        let path = self.settings();
        match fs::read(&path) {
            Ok(text) => match serde_json::from_slice(&text) {
                Ok(settings) => Ok(Some(settings)),
                Err(error) => Err(DaemonError::at(path)(error.into())),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(DaemonError::at(path)(error)),
        }
    }

    /// Makes the short folder for sockets where one is needed.
    pub(super) fn make_room(&self) -> Result<(), DaemonError> {
        if self.sockets != self.path {
            let parent = self.sockets.parent().unwrap_or(&self.path);
            for folder in [parent, &self.sockets] {
                make(folder).map_err(DaemonError::at(folder))?;
                close(folder)?;
            }
        }
        Ok(())
    }

    /// Removes the short folder for sockets where there is one and it is empty. The lock around starts must be held.
    pub(super) fn tidy(&self) {
        if self.sockets != self.path {
            // Another plane may have its sockets beside: then the upper folder stays.
            let _ = fs::remove_dir(&self.sockets);
            let _ = self.sockets.parent().map(fs::remove_dir);
        }
    }
}

const START_LOCK: &str = "start.lock";
const LIFE_LOCK: &str = "life.lock";

/// Whether the folder has been a plane's.
fn is_known(path: &Path) -> bool {
    let locks = [START_LOCK, LIFE_LOCK];
    locks.iter().any(|lock| path.join(lock).exists())
}

/// Writes a file for this user alone, as a whole or not at all.
pub(super) fn write(path: &Path, value: &impl Serialize) -> Result<(), DaemonError> {
    let beside = path.with_extension("new");
    let write = || {
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(&serde_json::to_vec_pretty(value)?)?;
        fs::rename(&beside, path)
    };
    write().map_err(DaemonError::at(path))
}

fn make(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).recursive(true).create(path)
}

/// Sees to it that the folder is ours and closed to others.
fn close(path: &Path) -> Result<(), DaemonError> {
    let metadata = fs::symlink_metadata(path).map_err(DaemonError::at(path))?;
    if !metadata.is_dir() {
        return Err(DaemonError::Folder {
            path: path.to_owned(),
            source: io::ErrorKind::NotADirectory.into(),
        });
    }
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(DaemonError::Foreign(path.to_owned()));
    }
    let others = 0o077;
    if mode(&metadata) & others == 0 {
        return Ok(());
    }
    let mut entries = fs::read_dir(path).map_err(DaemonError::at(path))?;
    if entries.next().is_some() && !is_known(path) {
        return Err(DaemonError::Shared {
            path: path.to_owned(),
            mode: mode(&metadata),
        });
    }
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(DaemonError::at(path))
}

fn mode(metadata: &Metadata) -> u32 {
    metadata.permissions().mode() & 0o777
}

/// Where the sockets of the folder lie.
fn sockets(folder: &Path, runtime: Option<&OsStr>) -> PathBuf {
    let fits = |path: &Path| path.as_os_str().len() + ROOM <= LONGEST;
    if fits(folder) {
        return folder.to_owned();
    }
    let name = hex::encode(&Sha256::digest(folder.as_os_str().as_bytes())[..8]);
    let short = runtime
        .map(|runtime| Path::new(runtime).join("omni-plane").join(&name))
        .filter(|path| path.is_absolute() && fits(path));
    short.unwrap_or_else(|| {
        let user = rustix::process::geteuid().as_raw();
        Path::new("/tmp")
            .join(format!("omni-plane-{user}"))
            .join(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_folder_is_closed_to_others() {
        let parent = tempfile::tempdir().expect("a folder");
        let path = parent.path().join("a/b");
        let folder = Folder::create(&path).expect("made");
        let metadata = fs::metadata(folder.path()).expect("it is there");
        assert_eq!(mode(&metadata), 0o700);
    }

    #[test]
    fn an_empty_open_folder_is_closed_and_one_with_other_files_is_refused() {
        let parent = tempfile::tempdir().expect("a folder");
        let path = parent.path().join("open");
        fs::create_dir(&path).expect("made");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("opened");
        Folder::create(&path).expect("closed");
        assert_eq!(mode(&fs::metadata(&path).expect("it is there")), 0o700);

        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("opened");
        fs::write(path.join("main.tf"), "").expect("written");
        let error = Folder::create(&path).expect_err("somebody else's");
        assert!(matches!(error, DaemonError::Shared { mode: 0o755, .. }));
    }

    #[test]
    fn a_long_path_gets_a_short_folder_for_its_sockets() {
        let long = Path::new("/").join("x".repeat(LONGEST));
        let short = sockets(&long, Some(OsStr::new("/run/user/1")));
        assert!(short.starts_with("/run/user/1/omni-plane"), "{short:?}");
        let elsewhere = sockets(&long.join("y"), Some(OsStr::new("/run/user/1")));
        assert_ne!(short, elsewhere);
        for runtime in [None, Some("run"), long.to_str()] {
            let path = sockets(&long, runtime.map(OsStr::new));
            assert!(path.starts_with("/tmp"), "{path:?}");
            assert!(path.as_os_str().len() + ROOM <= LONGEST);
        }
        assert_eq!(sockets(Path::new("/a"), None), Path::new("/a"));
    }

    #[test]
    fn a_folder_without_a_plane_is_nobody_s() {
        let parent = tempfile::tempdir().expect("a folder");
        assert!(Folder::existing(parent.path()).expect("looked").is_none());
        assert!(
            Folder::existing(&parent.path().join("x"))
                .expect("looked")
                .is_none()
        );
        let folder = Folder::create(parent.path()).expect("made");
        assert_eq!(folder.last_settings().expect("read"), None);
    }
}
