//! A whole provider in one file: notes, each a text file in a folder.
//!
//! Terraform starts it as a plugin. Started with `--debug` it waits to be found by
//! `TF_REATTACH_PROVIDERS`, for example under a debugger:
//! `cargo run -p tfplugin --features testing --bin tfplugin-minimal -- --debug`.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use tfplugin::objects::{
    Catalog, Change, Cx, DataSource, Failure, Function, FunctionError, Plan, Provider, Resource,
};
use tfplugin::server::Service;
use tfplugin::wire::handshake::Start;
use tfplugin::wire::{logging, reattach, serve};
use tfplugin::{Attr, Diagnostic, Diagnostics, Object};
use tokio_util::sync::CancellationToken;

/// Where a configuration names this provider.
const SOURCES: [&str; 2] = [
    "registry.terraform.io/examples/minimal",
    "registry.opentofu.org/examples/minimal",
];

/// Where the notes are.
#[derive(Debug, Object)]
#[object(name = "minimal")]
struct Config {
    /// The folder of the notes. It must exist.
    #[attr(required)]
    folder: Attr<String>,
}

struct Minimal;

impl Provider for Minimal {
    type Config = Config;
    type Session = PathBuf;

    const ISSUES: &'static str = "https://example.org/minimal/issues";

    fn catalog(&self) -> Catalog<PathBuf> {
        Catalog::new()
            .resource(NoteResource)
            .data_source(NotesData)
            .function(Shout)
    }

    async fn configure(&self, _: &Cx<()>, config: Config) -> Result<PathBuf, Diagnostics> {
        // Unknown in a plan: then nothing exists yet that could be read.
        Ok(PathBuf::from(config.folder.as_str().unwrap_or_default()))
    }
}

/// A note.
#[derive(Debug, Object)]
#[object(name = "note", version = 1, identity(name))]
struct Note {
    /// Name of the file. Changing it makes a new note.
    #[attr(required, replace)]
    name: Attr<String>,
    /// What is written in it.
    #[attr(required)]
    text: Attr<String>,
    /// How long it is, in bytes.
    #[attr(computed)]
    bytes: Attr<i64>,
}

struct NoteResource;

impl NoteResource {
    async fn write(cx: &Cx<PathBuf>, mut note: Note) -> Result<Note, Failure<Note>> {
        let text = note.text.as_str().unwrap_or_default();
        tokio::fs::write(file(cx, &note), text)
            .await
            .map_err(|error| told("The note cannot be written", &error))?;
        note.bytes = Attr::Known(length(text));
        Ok(note)
    }
}

impl Resource for NoteResource {
    type Session = PathBuf;
    type Model = Note;

    async fn review(&self, _: &Cx<PathBuf>, change: &mut Change<Note>) -> Result<(), Diagnostics> {
        // An update keeps what is computed, unless the plan knows better.
        change.planned.bytes = match change.planned.text.as_str() {
            Some(text) => Attr::Known(length(text)),
            None => Attr::Unknown,
        };
        Ok(())
    }

    async fn create(&self, cx: &Cx<PathBuf>, plan: Plan<Note>) -> Result<Note, Failure<Note>> {
        Self::write(cx, plan.planned).await
    }

    async fn read(&self, cx: &Cx<PathBuf>, mut note: Note) -> Result<Option<Note>, Diagnostics> {
        match tokio::fs::read_to_string(file(cx, &note)).await {
            Ok(text) => {
                note.bytes = Attr::Known(length(&text));
                note.text = Attr::Known(text);
                Ok(Some(note))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(told("The note cannot be read", &error).into()),
        }
    }

    async fn update(
        &self,
        cx: &Cx<PathBuf>,
        _: Note,
        plan: Plan<Note>,
    ) -> Result<Note, Failure<Note>> {
        Self::write(cx, plan.planned).await
    }

    async fn delete(&self, cx: &Cx<PathBuf>, note: Note) -> Result<(), Failure<Note>> {
        match tokio::fs::remove_file(file(cx, &note)).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(told("The note cannot be removed", &error).into())
            }
            _ => Ok(()),
        }
    }
}

/// All notes.
#[derive(Debug, Object)]
#[object(name = "notes")]
struct Notes {
    /// Names of the notes, in order.
    #[attr(computed)]
    names: Attr<Vec<String>>,
}

struct NotesData;

impl DataSource for NotesData {
    type Session = PathBuf;
    type Model = Notes;

    async fn read(&self, cx: &Cx<PathBuf>, mut notes: Notes) -> Result<Notes, Diagnostics> {
        let unreadable = |error: io::Error| told("The folder cannot be read", &error);
        let mut files = tokio::fs::read_dir(cx.session())
            .await
            .map_err(unreadable)?;
        let mut names = Vec::new();
        while let Some(file) = files.next_entry().await.map_err(unreadable)? {
            names.push(file.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        notes.names = Attr::Known(names);
        Ok(notes)
    }
}

/// The text in capital letters.
#[derive(Debug, Object)]
#[object(name = "shout")]
struct ShoutArgs {
    /// What to shout.
    #[attr(required)]
    text: Attr<String>,
}

struct Shout;

impl Function for Shout {
    type Args = ShoutArgs;
    type Output = String;

    fn call(&self, args: ShoutArgs) -> Result<String, FunctionError> {
        Ok(args.text.as_str().unwrap_or_default().to_uppercase())
    }
}

fn file(cx: &Cx<PathBuf>, note: &Note) -> PathBuf {
    cx.session().join(note.name.as_str().unwrap_or_default())
}

fn length(text: &str) -> i64 {
    i64::try_from(text.len()).unwrap_or(i64::MAX)
}

fn told(summary: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::error(summary).detail(error.to_string())
}

fn main() -> ExitCode {
    run().unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}

fn run() -> Result<ExitCode, Box<dyn std::error::Error>> {
    logging::init("minimal");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let stop = CancellationToken::new();
    let service = Service::stopped_by(Minimal, stop.clone());
    if std::env::args().any(|argument| argument == "--debug") {
        runtime.block_on(reattach::serve_reattachable(service, &SOURCES, stop))?;
        return Ok(ExitCode::SUCCESS);
    }
    let Start::ByCore(request) = Start::from_env()? else {
        eprintln!("A provider for Terraform, which starts it.");
        return Ok(ExitCode::FAILURE);
    };
    runtime.block_on(serve::serve(service, &request, stop))?;
    Ok(ExitCode::SUCCESS)
}
