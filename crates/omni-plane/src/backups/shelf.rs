//! One place for backups: in memory, a folder, or a bucket. A backup is a file, by the cluster's UUID and the snapshot's name.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::bucket::{Bucket, BucketError};
use super::name;

/// A place for backups. Clones are the same place.
#[derive(Debug, Clone)]
pub struct Shelf(Place);

/// Backups in memory, by UUID and name.
type Files = BTreeMap<(String, String), Vec<u8>>;

#[derive(Debug, Clone)]
enum Place {
    Memory(Arc<Mutex<Files>>),
    Folder(PathBuf),
    Bucket(Bucket),
}

/// A backup that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Name of the snapshot.
    pub snapshot: String,
    /// When it was taken, in seconds since 1970.
    pub seconds: i64,
    /// Its size in bytes.
    pub size: u64,
}

/// Why a shelf could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// There is no such backup.
    #[error("open {0}: no such file or directory")]
    Missing(String),
    /// The folder or the file.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// The bucket.
    #[error(transparent)]
    Bucket(#[from] BucketError),
}

// === impl Shelf ===

impl Shelf {
    pub(super) fn memory() -> Self {
        Self(Place::Memory(Arc::default()))
    }

    pub(super) const fn folder(path: PathBuf) -> Self {
        Self(Place::Folder(path))
    }

    pub(super) const fn of(bucket: Bucket) -> Self {
        Self(Place::Bucket(bucket))
    }

    /// Whether it is a bucket: slow, and elsewhere.
    pub const fn is_bucket(&self) -> bool {
        matches!(self.0, Place::Bucket(_))
    }

    /// Keeps a backup; one of the same name is replaced.
    ///
    /// # Errors
    /// [`ShelfError`].
    pub async fn put(&self, uuid: &str, snapshot: &str, file: Vec<u8>) -> Result<(), ShelfError> {
        match &self.0 {
            Place::Memory(files) => {
                let key = (uuid.to_owned(), snapshot.to_owned());
                files.lock().insert(key, file);
                Ok(())
            }
            Place::Folder(path) => write(&path.join(uuid), snapshot, &file),
            Place::Bucket(bucket) => Ok(bucket.put(uuid, snapshot, file).await?),
        }
    }

    /// A backup that was kept.
    ///
    /// # Errors
    /// [`ShelfError`].
    pub async fn get(&self, uuid: &str, snapshot: &str) -> Result<Vec<u8>, ShelfError> {
        let missing = || ShelfError::Missing(format!("{uuid}/{snapshot}"));
        match &self.0 {
            Place::Memory(files) => {
                let key = (uuid.to_owned(), snapshot.to_owned());
                files.lock().get(&key).cloned().ok_or_else(missing)
            }
            Place::Folder(path) => {
                let path = path.join(uuid).join(snapshot);
                match std::fs::read(&path) {
                    Ok(file) => Ok(file),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Err(missing()),
                    Err(source) => Err(ShelfError::Io { path, source }),
                }
            }
            Place::Bucket(bucket) => Ok(bucket.get(uuid, snapshot).await?),
        }
    }

    /// The backups of a cluster, the newest first.
    ///
    /// # Errors
    /// [`ShelfError`].
    pub async fn list(&self, uuid: &str) -> Result<Vec<Stored>, ShelfError> {
        let found: Vec<(String, u64)> = match &self.0 {
            Place::Memory(files) => {
                let files = files.lock();
                let ours = files.iter().filter(|((owner, _), _)| owner == uuid);
                ours.map(|((_, name), file)| (name.clone(), file.len() as u64))
                    .collect()
            }
            Place::Folder(path) => read_folder(&path.join(uuid))?,
            Place::Bucket(bucket) => bucket.list(uuid).await?,
        };
        let stored = |(snapshot, size): (String, u64)| {
            let seconds = name::seconds(&snapshot)?;
            Some(Stored {
                snapshot,
                seconds,
                size,
            })
        };
        let mut stored: Vec<Stored> = found.into_iter().filter_map(stored).collect();
        stored.sort_by_key(|one| std::cmp::Reverse(one.seconds));
        Ok(stored)
    }
}

/// Writes beside and renames, so that a file that is there is whole.
fn write(folder: &Path, name: &str, file: &[u8]) -> Result<(), ShelfError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| ShelfError::Io { path, source }
    };
    std::fs::create_dir_all(folder).map_err(at(folder))?;
    let (half, whole) = (folder.join(format!("{name}.part")), folder.join(name));
    std::fs::write(&half, file).map_err(at(&half))?;
    std::fs::rename(&half, &whole).map_err(at(&whole))
}

/// Files and their sizes; a folder that is missing has none.
fn read_folder(folder: &Path) -> Result<Vec<(String, u64)>, ShelfError> {
    let at = |source| ShelfError::Io {
        path: folder.to_owned(),
        source,
    };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(at(source)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(at)?;
        let size = entry.metadata().map_err(at)?.len();
        found.push((entry.file_name().to_string_lossy().into_owned(), size));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    fn keeps(shelf: &Shelf) {
        let put = |name: &str, text: &str| {
            let put = shelf.put("uuid", name, text.as_bytes().to_vec());
            put.now_or_never().expect("at once").expect("kept");
        };
        put(&name::of(10), "old");
        put(&name::of(20), "newer");
        let list = |uuid| {
            shelf
                .list(uuid)
                .now_or_never()
                .expect("at once")
                .expect("listed")
        };
        let found: Vec<_> = list("uuid")
            .iter()
            .map(|one| (one.seconds, one.size))
            .collect();
        assert_eq!(found, [(20, 5), (10, 3)]);
        assert!(list("other").is_empty());
        let get = |name: String| async move { shelf.get("uuid", &name).await };
        let file = get(name::of(20)).now_or_never().expect("at once");
        assert_eq!(file.expect("there"), b"newer");
        let missing = get(name::of(30)).now_or_never().expect("at once");
        assert!(matches!(missing, Err(ShelfError::Missing(_))));
    }

    #[test]
    fn a_shelf_in_memory_keeps_backups() {
        keeps(&Shelf::memory());
    }

    #[test]
    fn a_folder_keeps_backups_and_ignores_other_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let shelf = Shelf::folder(folder.path().join("backups"));
        keeps(&shelf);
        std::fs::write(folder.path().join("backups/uuid/notes.txt"), "x").expect("written");
        let found = shelf.list("uuid").now_or_never().expect("at once");
        assert_eq!(found.expect("listed").len(), 2);
    }
}
