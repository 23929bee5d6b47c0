//! A provider's process, started as a core starts it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader, Lines};
use tokio::process::{ChildStdout, Command};
use tokio::task::JoinHandle;

use super::certificate::ClientIdentity;
use super::error::PluginError;
use super::line::HandshakeLine;
use crate::wire::handshake::{MAGIC_COOKIE_KEY, MAGIC_COOKIE_VALUE};

/// How a provider is started.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The program.
    pub program: PathBuf,
    /// Its arguments; a core gives none.
    pub arguments: Vec<OsString>,
    /// Variables that are set in addition to those of this process and of the handshake.
    pub environment: Vec<(String, String)>,
}

/// A running provider. Dropping it kills the process.
#[derive(Debug)]
pub struct Child {
    process: tokio::process::Child,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: Arc<Mutex<Vec<String>>>,
    reading: JoinHandle<()>,
}

impl Launch {
    /// Starts `program` with no arguments and nothing but the handshake's variables.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
        }
    }

    /// Sets one more variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts the process, with `identity` as the one that may connect.
    ///
    /// # Errors
    /// [`PluginError::Process`] where the program cannot be run.
    pub fn start(&self, identity: Option<&ClientIdentity>) -> Result<Child, PluginError> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .env(MAGIC_COOKIE_KEY, MAGIC_COOKIE_VALUE)
            .env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
            .env("PLUGIN_MIN_PORT", "10000")
            .env("PLUGIN_MAX_PORT", "25000")
            .env_remove("PLUGIN_CLIENT_CERT");
        if let Some(identity) = identity {
            command.env("PLUGIN_CLIENT_CERT", identity.pem());
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        Child::spawn(command)
    }
}

impl Child {
    fn spawn(mut command: Command) -> Result<Self, PluginError> {
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let missing = || PluginError::Process(std::io::ErrorKind::BrokenPipe.into());
        let stdout = process.stdout.take().ok_or_else(missing)?;
        let pipe = process.stderr.take().ok_or_else(missing)?;
        let stderr = Arc::new(Mutex::new(Vec::new()));
        Ok(Self {
            process,
            stdout: BufReader::new(stdout).lines(),
            reading: tokio::spawn(keep_lines(pipe, Arc::clone(&stderr))),
            stderr,
        })
    }

    /// The id of the process, as long as it runs.
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Waits for the handshake line.
    ///
    /// # Errors
    /// [`PluginError::NoLine`] where the process ends first, [`PluginError::BadLine`] where it
    /// writes something else.
    pub async fn handshake(&mut self) -> Result<HandshakeLine, PluginError> {
        if let Some(line) = self.stdout.next_line().await? {
            return HandshakeLine::parse(&line);
        }
        // Standard error closes with the process; then every line of it is there.
        let _ = (&mut self.reading).await;
        Err(PluginError::NoLine {
            stderr: self.stderr().join("\n"),
        })
    }

    /// The lines on standard error so far.
    pub fn stderr(&self) -> Vec<String> {
        let lines = self.stderr.lock();
        lines.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for the end: of the process and, as a core does, of both its pipes. Returns what came
    /// on standard output meanwhile, which must be nothing.
    ///
    /// # Errors
    /// [`PluginError::StillRunning`] after `patience`.
    pub async fn ended(
        &mut self,
        patience: Duration,
    ) -> Result<(ExitStatus, Vec<String>), PluginError> {
        let end = async {
            let mut more = Vec::new();
            while let Some(line) = self.stdout.next_line().await? {
                more.push(line);
            }
            if !self.reading.is_finished() {
                let _ = (&mut self.reading).await;
            }
            Ok((self.process.wait().await?, more))
        };
        tokio::time::timeout(patience, end)
            .await
            .unwrap_or(Err(PluginError::StillRunning(patience)))
    }
}

async fn keep_lines(pipe: impl AsyncRead + Unpin, kept: Arc<Mutex<Vec<String>>>) {
    let mut lines = BufReader::new(pipe).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(line);
    }
}
