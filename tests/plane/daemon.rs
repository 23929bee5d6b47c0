//! One plane a folder: found again, replaced, recovered.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Child, Stdio};

use omni_plane::daemon::{self, DaemonError, Options, Stopped};
use rustix::process::{
    Pid, Signal, WaitOptions, getpgid, kill_process, test_kill_process, waitpid,
};

use crate::support::{Place, command, launch, provider, said, settings};

fn pid(pid: u32) -> Pid {
    Pid::from_raw(pid.try_into().expect("a process")).expect("a process")
}

fn runs(of: u32) -> bool {
    // A plane that this process started stays in the list until somebody has asked how it ended.
    let _ = waitpid(Some(pid(of)), WaitOptions::NOHANG);
    test_kill_process(pid(of)).is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_at_the_same_time_get_the_same_plane() {
    let place = Place::new();
    let build = place.ensure(0, "whatever").await.record.build;
    daemon::stop(place.path()).await.expect("stopped");
    let callers = (0..8).map(|_| place.ensure(0, &build));
    let planes = futures::future::join_all(callers).await;
    assert!(planes.iter().all(|plane| plane.record == planes[0].record));
    let commands: Vec<Child> = (0..4)
        .map(|_| {
            let mut command = command(&["plane", "get", "clusters", "--path", place.text()]);
            command.stdout(Stdio::null()).spawn().expect("it starts")
        })
        .collect();
    for mut command in commands {
        assert!(command.wait().expect("it ends").success());
    }
    let log = fs::read_to_string(place.path().join("plane.log")).expect("a log");
    assert_eq!(log.matches("the plane runs").count(), 2, "{log}");
}

#[tokio::test]
async fn another_build_and_other_settings_replace_the_plane_and_keep_its_state() {
    let place = Place::new();
    let first = place.ensure(0, "whatever").await.record;
    let account = place.account();
    let second = place.ensure(0, "another").await.record;
    assert_ne!(first.pid, second.pid);
    let third = place.ensure(2, &second.build).await.record;
    assert_ne!(second.pid, third.pid);
    assert!(!runs(first.pid) && !runs(second.pid) && runs(third.pid));
    assert_eq!(place.account(), account);
    assert_eq!(place.list("machinestatuses").len(), 2);
    let same = place.ensure(2, &third.build).await.record;
    assert_eq!(same.pid, third.pid);
}

#[tokio::test]
async fn a_plane_that_was_killed_comes_back_with_everything() {
    let place = Place::new();
    let first = place.ensure(1, "whatever").await.record;
    let account = place.account();
    kill_process(pid(first.pid), Signal::KILL).expect("killed");
    assert_eq!(place.account(), account);
    let running = daemon::join(place.path())
        .await
        .expect("asked")
        .expect("it runs");
    assert_ne!(running.record.pid, first.pid);
    assert_eq!(running.record.settings, settings(1));
}

#[tokio::test]
async fn a_stopped_plane_is_gone_when_the_answer_comes() {
    let place = Place::new();
    let running = place.ensure(0, "whatever").await;
    let output = provider(&["plane", "stop", "--path", place.text()]);
    assert_eq!(said(&output), "stopped\n");
    assert!(!runs(running.record.pid));
    assert!(!running.record.socket.exists() && !running.record.door.exists());
    assert!(!place.path().join("plane.json").exists());
    let again = provider(&["plane", "stop", "--path", place.text()]);
    assert!(again.status.success());
    assert_eq!(said(&again), "no plane was running\n");
}

#[tokio::test]
async fn a_plane_that_does_not_react_is_killed_by_stop() {
    let place = Place::new();
    let running = place.ensure(0, "whatever").await;
    kill_process(pid(running.record.pid), Signal::STOP).expect("stopped by a signal");
    let stopped = daemon::stop(place.path()).await.expect("stopped");
    assert_eq!(stopped, Stopped::Killed);
    assert!(!runs(running.record.pid));
}

#[test]
fn a_plane_that_nobody_needs_ends_by_itself() {
    let place = Place::new();
    let ended = command(&["plane", "child", "--idle", "0", "--path", place.text()])
        .output()
        .expect("it starts");
    assert!(ended.status.success(), "{}", said(&ended));
    assert!(said(&ended).contains("nobody needs it"), "{}", said(&ended));
}

#[tokio::test]
async fn only_its_user_can_reach_the_plane() {
    let place = Place::new();
    let running = place.ensure(0, "whatever").await;
    let mode = |path: &Path| {
        fs::metadata(path)
            .expect("it is there")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode(place.path()), 0o700);
    assert_eq!(mode(&running.key_path), 0o600);
    let key = fs::read_to_string(&running.key_path).expect("a key");
    for entry in fs::read_dir(place.path()).expect("listed") {
        let entry = entry.expect("an entry");
        if entry.file_type().expect("a type").is_socket() || entry.path() == running.key_path {
            continue;
        }
        let bytes = fs::read(entry.path()).expect("read");
        let found = bytes
            .windows(key.len())
            .any(|window| window == key.as_bytes());
        assert!(!found, "the key is in {:?}", entry.file_name());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_plane_holds_nothing_of_whoever_started_it() {
    let place = Place::new();
    let recorded = command(&["plane", "child", "--idle", "0", "--path", place.text()]).output();
    assert!(recorded.expect("it starts").status.success());
    let mut caller = command(&["plane", "get", "clusters", "--path", place.text()]);
    let secrets = [
        ("TF_LOG", "trace"),
        ("PLUGIN_CLIENT_CERT", "x"),
        ("OMNI_SERVICE_ACCOUNT_KEY", "x"),
    ];
    // It ends although its standard output is a pipe that the plane could hold open.
    let output = caller.envs(secrets).output().expect("it starts");
    assert!(output.status.success(), "{}", said(&output));
    let record: serde_json::Value =
        serde_json::from_slice(&fs::read(place.path().join("plane.json")).expect("a record"))
            .expect("JSON");
    let started: u32 = record["pid"]
        .as_u64()
        .expect("a number")
        .try_into()
        .expect("a process");
    let process = format!("/proc/{started}");
    let file = |number: u32| fs::read_link(format!("{process}/fd/{number}")).expect("open");
    assert_eq!(file(0), Path::new("/dev/null"));
    let log = place
        .path()
        .canonicalize()
        .expect("there")
        .join("plane.log");
    assert_eq!((file(1), file(2)), (log.clone(), log));
    assert_eq!(getpgid(Some(pid(started))).expect("a group"), pid(started));
    assert_eq!(
        fs::read_link(format!("{process}/cwd")).expect("a folder"),
        Path::new("/")
    );
    let environment = fs::read(format!("{process}/environ")).expect("its environment");
    let environment = String::from_utf8_lossy(&environment);
    let names: Vec<_> = environment
        .split('\0')
        .filter_map(|entry| entry.split_once('='))
        .map(|(name, _)| name)
        .collect();
    assert!(names.contains(&"PATH"));
    let foreign = |name: &&&str| {
        ["TF_", "PLUGIN_", "OMNI_"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
    };
    assert_eq!(names.iter().find(foreign), None);
}

#[tokio::test]
async fn a_path_that_is_too_long_for_sockets_is_no_obstacle() {
    let place = Place::below(&"deep/".repeat(30));
    let running = place.ensure(0, "whatever").await;
    let sockets = running.record.socket.parent().expect("a folder").to_owned();
    assert!(!sockets.starts_with(place.path()));
    assert_eq!(
        fs::metadata(&sockets).expect("there").permissions().mode() & 0o777,
        0o700
    );
    assert_eq!(place.list("clusters").len(), 0);
    drop(running);
    daemon::stop(place.path()).await.expect("stopped");
    assert!(!sockets.exists(), "{} is left", sockets.display());
}

#[tokio::test]
async fn a_plane_that_cannot_start_says_why_in_its_own_words() {
    let place = Place::new();
    let mut settings = settings(0);
    settings.versions = Some(place.beside("no-such-file.json"));
    let options = Options::new(place.path(), settings);
    let error = daemon::ensure(&options, &launch("whatever"))
        .await
        .expect_err("no table");
    let DaemonError::Refused { reason, .. } = &error else {
        panic!("{error}")
    };
    assert!(reason.contains("no-such-file.json"), "{reason}");
    // The next one finds a free folder.
    place.ensure(0, "whatever").await;
}
