//! Starting the process of a plane.
//!
//! The process holds nothing of its parent's: no stdin, stdout and stderr in a log, a process group of its own (Ctrl-C in the
//! terminal is not for it), and only those variables of the environment that it needs. It says itself when it is ready.

use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

use super::error::DaemonError;
use super::folder::Folder;
use super::notify::{Ear, Report};
use super::options::{Launch, Options};

/// How long a plane may take until it is ready.
const READY: Duration = Duration::from_mins(1);
/// How long the process of a plane that does not start may take to end.
const END: Duration = Duration::from_secs(5);
/// A log longer than this is begun anew.
const LONG_LOG: u64 = 4 * 1024 * 1024;
/// How much of the log is shown in an error.
const TAIL: u64 = 2 * 1024;

/// Starts a plane and waits until it says that it is ready. The lock around starts must be held.
pub(super) async fn start(
    folder: &Folder,
    options: &Options,
    launch: &Launch,
) -> Result<(), DaemonError> {
    folder.make_room()?;
    let ear = Ear::open(folder)?;
    let (log, begin) = open_log(&folder.log()).map_err(DaemonError::at(folder.log()))?;
    let arguments = arguments(folder, options, ear.path());
    let mut child = command(launch, &arguments, log)
        .and_then(|mut command| command.spawn())
        .map_err(|source| DaemonError::Spawn {
            program: launch.program.clone(),
            source,
        })?;
    let log = folder.log();
    tokio::select! {
        biased;
        report = ear.report() => match report {
            Report::Ready => Ok(()),
            Report::Failed(reason) => {
                // It has said why, so that its end need not be seen; but no zombie is left where it is.
                let _ = tokio::time::timeout(END, child.wait()).await;
                Err(DaemonError::Refused { reason, log })
            }
        },
        status = child.wait() => Err(match status {
            Ok(status) => DaemonError::Ended { status, tail: tail(&log, begin), log },
            Err(source) => DaemonError::Spawn { program: launch.program.clone(), source },
        }),
        () = tokio::time::sleep(READY) => {
            give_up(&mut child).await;
            Err(DaemonError::Slow { after: READY, log })
        }
    }
}

async fn give_up(child: &mut Child) {
    if child.start_kill().is_ok() {
        let _ = child.wait().await;
    }
}

fn arguments(folder: &Folder, options: &Options, notify: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["--path".into(), folder.path().into()];
    arguments.extend(options.settings.arguments());
    arguments.extend([
        "--idle".into(),
        options.idle.as_secs_f64().to_string().into(),
        "--notify".into(),
        notify.into(),
    ]);
    arguments
}

fn command(launch: &Launch, arguments: &[OsString], log: File) -> io::Result<Command> {
    let kept = std::env::vars_os().filter(|(name, _)| is_kept(name));
    let mut command = Command::new(&launch.program);
    command
        .args(&launch.arguments)
        .args(arguments)
        .env_clear()
        .envs(kept)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(0);
    Ok(command)
}

/// Which variables the plane gets. Nothing of Terraform's and no credentials: it outlives those who hold them.
fn is_kept(name: &OsStr) -> bool {
    const KEPT: [&str; 9] = [
        "PATH",
        "HOME",
        "USER",
        "LANG",
        "TZ",
        "TMPDIR",
        "XDG_RUNTIME_DIR",
        "RUST_BACKTRACE",
        "LLVM_PROFILE_FILE",
    ];
    name.to_str()
        .is_some_and(|name| KEPT.contains(&name) || name.starts_with("OMNI_PLANE_"))
}

/// The log, and where this start's part of it begins.
fn open_log(path: &Path) -> io::Result<(File, u64)> {
    let log = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)?;
    let length = log.metadata()?.len();
    if length > LONG_LOG {
        log.set_len(0)?;
        return Ok((log, 0));
    }
    Ok((log, length))
}

/// The end of the log, from `begin` on at most.
fn tail(path: &Path, begin: u64) -> String {
    let read = || {
        let mut log = File::open(path)?;
        let end = log.seek(SeekFrom::End(0))?;
        log.seek(SeekFrom::Start(begin.max(end.saturating_sub(TAIL))))?;
        let mut bytes = Vec::new();
        log.read_to_end(&mut bytes)?;
        io::Result::Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
    };
    read().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_terraform_s_and_no_secret_reaches_the_plane() {
        let refused = [
            "TF_LOG",
            "PLUGIN_CLIENT_CERT",
            "OMNI_SERVICE_ACCOUNT_KEY",
            "AWS_SECRET_ACCESS_KEY",
        ];
        assert!(refused.iter().all(|name| !is_kept(OsStr::new(name))));
        assert!(is_kept(OsStr::new("PATH")) && is_kept(OsStr::new("OMNI_PLANE_LOG")));
    }

    #[test]
    fn the_tail_is_of_this_start_only_and_short() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log");
        std::fs::write(&path, "before\n").expect("written");
        let (_, begin) = open_log(&path).expect("opened");
        std::fs::write(&path, "before\nafter\n").expect("written");
        assert_eq!(tail(&path, begin), "after");
        std::fs::write(&path, "x".repeat(10_000)).expect("written");
        assert_eq!(tail(&path, begin).len(), 2_048);
    }
}
