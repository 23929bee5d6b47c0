//! Are there processes left?

use std::path::Path;
use std::process::Command;

use super::{Failure, tools};

/// Fails where a process runs that has the folder in its command line.
pub(super) fn none_of(folder: &Path) -> Result<(), Failure> {
    let folder = folder.to_string_lossy().into_owned();
    let left: Vec<_> = commands()?
        .into_iter()
        .filter(|command| command.contains(&folder))
        .collect();
    if left.is_empty() {
        Ok(())
    } else {
        Err(format!("still running: {}", left.join(", ")).into())
    }
}

/// Process id and command line of every process.
fn commands() -> Result<Vec<String>, Failure> {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        let listed = tools::run(Command::new("ps").args(["-axo", "pid=,args="]))?;
        return Ok(listed.lines().map(str::to_owned).collect());
    };
    let command = |entry: std::fs::DirEntry| {
        let pid = entry.file_name().to_str()?.parse::<u32>().ok()?;
        // A process may end while we look.
        let line = std::fs::read(entry.path().join("cmdline")).ok()?;
        Some(format!(
            "{pid} {}",
            String::from_utf8_lossy(&line).replace('\0', " ")
        ))
    };
    Ok(processes.flatten().filter_map(command).collect())
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};

    use super::*;

    #[test]
    fn a_process_that_names_the_folder_is_found_until_it_ends() {
        let folder = std::env::temp_dir().join(format!("demo-{}", std::process::id()));
        let mut child = Command::new("sh")
            .args(["-c", "echo ready; read line"])
            .arg(&folder)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("it starts");
        // A process that has only just begun has no command line yet.
        let mut ready = String::new();
        let said = child.stdout.take().expect("a pipe");
        BufReader::new(said)
            .read_line(&mut ready)
            .expect("it says so");
        let error = none_of(&folder).expect_err("it runs").to_string();
        assert!(error.contains(&child.id().to_string()), "{error}");
        drop(child.stdin.take());
        child.wait().expect("it ends");
        none_of(&folder).expect("it ended");
    }
}
