//! Where a person's command goes: the plane of a folder, or the Omni that the environment names.

use std::fmt;
use std::path::Path;

use omni_client::Client;
use tfplugin::Diagnostics;
use tfplugin::objects::Mailbox;

use super::Failure;
use crate::provider::OmniConfig;
use crate::session::{Environment, Session};

/// The plane's folder where nobody says anything.
#[cfg(feature = "plane")]
const USUAL: &str = ".omni";

/// A client, and what must live as long as it is used.
pub struct Connected {
    /// The client.
    pub client: Client,
    #[cfg(feature = "plane")]
    _plane: Option<crate::session::embedded::Joined>,
}

/// Messages of the session, as one text for a terminal.
#[derive(Debug)]
struct Messages(Diagnostics);

/// Connects.
///
/// # Errors
/// What is missing, broken or does not answer.
pub async fn connect(path: Option<&Path>) -> Result<Connected, Failure> {
    let environment = Environment::of_process();
    #[cfg(feature = "plane")]
    {
        let usual = || {
            environment
                .get(crate::session::ENDPOINT)
                .is_none()
                .then_some(Path::new(USUAL))
                .filter(|path| path.is_dir())
        };
        if let Some(path) = path.or_else(usual) {
            let joined = crate::session::embedded::join(path).await?;
            let client = Client::builder(joined.endpoint.clone())
                .key(joined.key.clone())
                .build()?;
            return Ok(Connected {
                client,
                _plane: Some(joined),
            });
        }
    }
    #[cfg(not(feature = "plane"))]
    if path.is_some() {
        return Err("this build has no embedded plane, so that --path cannot be used".into());
    }
    let mailbox = Mailbox::default();
    let session = Session::new(&OmniConfig::default(), &environment, "", mailbox.clone());
    let session = session.map_err(Messages)?;
    let client = session.client().await.map_err(Messages)?.clone();
    let found = mailbox.take();
    if !found.is_empty() {
        eprintln!("{}", Messages(found));
    }
    Ok(Connected {
        client,
        #[cfg(feature = "plane")]
        _plane: None,
    })
}

// === impl Messages ===

impl fmt::Display for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = self
            .0
            .iter()
            .map(|message| format!("{}: {}", message.summary(), message.text()));
        f.write_str(&texts.collect::<Vec<_>>().join("\n"))
    }
}

impl std::error::Error for Messages {}
