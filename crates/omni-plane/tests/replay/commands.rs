//! What a command line client did beside the recorded requests.
//!
//! The recorder noted its words; the table says which calls they stand for, in the order of the notes that have a result.

use std::time::Duration;

/// A command, and the calls behind it.
#[derive(Debug)]
pub(crate) enum Command {
    /// Only shows something, or asks a question that nobody answers.
    Look,
    /// A provider and its account.
    CreateProvider(&'static str),
    /// A provider; the server removes its account.
    DeleteProvider(&'static str),
    /// A service account with a new key.
    CreateAccount(&'static str, &'static str),
    /// One more key.
    RenewAccount(&'static str),
    /// The account and its keys.
    DestroyAccount(&'static str),
    /// A join token.
    CreateToken(&'static str),
    /// The token of this name is revoked, or is not any more.
    RevokeToken(&'static str, bool),
    /// The token of this name is valid for so long from now on.
    RenewToken(&'static str, Duration),
    /// The token of this name.
    DeleteToken(&'static str),
}

const COMMANDS: &[(&str, &[Command])] = &[
    (
        "17",
        &[
            Command::CreateProvider("rec-prov"),
            Command::Look,
            Command::RenewAccount("infra-provider:rec-prov"),
            Command::CreateProvider("rec-prov"),
            Command::DeleteProvider("rec-prov"),
            Command::CreateAccount("lab-sa", "Reader"),
            Command::CreateAccount("lab-sa", "Reader"),
            Command::RenewAccount("lab-sa"),
            Command::Look,
            Command::DestroyAccount("lab-sa"),
            Command::DestroyAccount("lab-sa"),
        ],
    ),
    (
        "20",
        &[
            Command::CreateToken("rec-token"),
            Command::RevokeToken("rec-token", true),
            Command::RevokeToken("rec-token", false),
            Command::RenewToken("rec-token", Duration::from_hours(48)),
            Command::RevokeToken("rec-token", true),
            Command::DeleteToken("rec-token"),
            Command::Look,
        ],
    ),
];

/// The commands of a recording.
pub(crate) fn of(number: &str) -> &'static [Command] {
    let found = COMMANDS.iter().find(|(recording, _)| *recording == number);
    found.map_or(&[], |(_, commands)| commands)
}
