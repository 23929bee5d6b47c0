//! What a machine is told so that it joins: where Omni is, with which token, and whether through gRPC.
//!
//! The same in two forms: as kernel arguments, and as documents of a Talos configuration. Both are Omni's to the letter, because the
//! arguments are a part of schematics, and a schematic's id is made of its letters.

mod token;

use std::collections::BTreeMap;

use omni_api::labels;
use omni_api::specs::{JoinConfig, SiderolinkApiConfigSpec};

use crate::infra::address::OMNI;

pub(crate) use token::{JoinToken, TokenError, generate};

/// Id of [`omni_api::kind::SiderolinkApiConfig`] and of [`omni_api::kind::ConnectionParams`].
pub(crate) const SIDEROLINK: &str = "siderolink-config";

/// What the token of a machine says beside who may join.
pub(crate) type Extra = BTreeMap<String, String>;

/// How a machine finds its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Join {
    api: String,
    events: String,
    logs: String,
}

/// Why there is no way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JoinError {
    /// The account has no port for the machines' logs.
    #[error("no log server port")]
    NoLogsPort,
    /// The account has no port for the machines' events.
    #[error("no events server port")]
    NoEventsPort,
    /// The account has no address for machines.
    #[error("no machine API URL")]
    NoAddress,
    /// No token is named.
    #[error("no join token")]
    NoToken,
    /// The token is not one.
    #[error(transparent)]
    Token(#[from] TokenError),
}

// === impl Join ===

impl Join {
    /// The way of machines with this token. What goes along in it is signed with it; a token that carries something already stays
    /// as it is.
    ///
    /// # Errors
    /// [`JoinError`].
    pub(crate) fn new(
        account: &SiderolinkApiConfigSpec,
        token: &str,
        tunnel: bool,
        extra: &Extra,
    ) -> Result<Self, JoinError> {
        if account.logs_port == 0 {
            return Err(JoinError::NoLogsPort);
        }
        if account.events_port == 0 {
            return Err(JoinError::NoEventsPort);
        }
        let address = &account.machine_api_advertised_url;
        if address.is_empty() {
            return Err(JoinError::NoAddress);
        }
        if token.is_empty() {
            return Err(JoinError::NoToken);
        }
        let token = JoinToken::parse(token)?.with(extra).encode();
        Ok(Self {
            api: with_query(address, &token, tunnel),
            events: format!("[{OMNI}]:{}", account.events_port),
            logs: format!("tcp://[{OMNI}]:{}", account.logs_port),
        })
    }

    /// As kernel arguments.
    pub(crate) fn kernel_args(&self) -> Vec<String> {
        vec![
            format!("siderolink.api={}", self.api),
            format!("talos.events.sink={}", self.events),
            format!("talos.logging.kernel={}", self.logs),
        ]
    }

    /// As documents of a Talos configuration.
    pub(crate) fn documents(&self) -> String {
        let Self { api, events, logs } = self;
        format!(
            "apiVersion: v1alpha1\nkind: SideroLinkConfig\napiUrl: {api}\n---\napiVersion: v1alpha1\nkind: EventSinkConfig\nendpoint: \
             '{events}'\n---\napiVersion: v1alpha1\nkind: KmsgLogConfig\nname: omni-kmsg\nurl: {logs}\n"
        )
    }

    /// In both forms.
    pub(crate) fn config(&self) -> JoinConfig {
        JoinConfig {
            kernel_args: self.kernel_args(),
            config: self.documents(),
        }
    }
}

/// The token in a machine's kernel arguments.
pub(crate) fn presented(args: &[String]) -> Option<String> {
    Some(unescape(parameter(args, "jointoken")?))
}

/// Whether a machine's kernel arguments let it come through gRPC.
pub(crate) fn tunnels(args: &[String]) -> bool {
    parameter(args, "grpc_tunnel") == Some("true")
}

/// A parameter of the address in the kernel arguments.
fn parameter<'a>(args: &'a [String], name: &str) -> Option<&'a str> {
    let address = args
        .iter()
        .find_map(|argument| argument.strip_prefix("siderolink.api="))?;
    let (_, query) = address.split_once('?')?;
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find_map(|(key, value)| (key == name).then_some(value))
}

/// What goes along in the token of a provider's machine.
pub(crate) fn of_provider(provider: &str) -> Extra {
    [(labels::INFRA_PROVIDER_ID.to_owned(), provider.to_owned())].into()
}

/// The address with the token in it; parameters are sorted by their names, as Go does it.
fn with_query(address: &str, token: &str, tunnel: bool) -> String {
    let (plain, query) = address.split_once('?').unwrap_or((address, ""));
    let own = [
        Some(("jointoken".to_owned(), escape(token))),
        tunnel.then(|| ("grpc_tunnel".to_owned(), "true".to_owned())),
    ];
    let given = query.split('&').filter(|part| !part.is_empty());
    let given = given.map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (name.to_owned(), value.to_owned())
    });
    let mut parts: Vec<_> = given.chain(own.into_iter().flatten()).collect();
    parts.sort_by(|(one, _), (other, _)| one.cmp(other));
    let parts: Vec<_> = parts
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!("{plain}?{}", parts.join("&"))
}

/// A value as Go writes it into a query.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(char::from(byte));
            }
            b' ' => escaped.push('+'),
            other => escaped.push_str(&format!("%{other:02X}")),
        }
    }
    escaped
}

/// The opposite of [`escape`]; what was not escaped so stays as it is.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = text_of(tail).and_then(|code| u8::from_str_radix(code, 16).ok());
        let (byte, length) = match (first, code) {
            (b'%', Some(code)) => (code, 3),
            (b'+', _) => (b' ', 1),
            (other, _) => (*other, 1),
        };
        bytes.push(byte);
        rest = &rest[length..];
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The two letters behind a percent sign.
fn text_of(tail: &[u8]) -> Option<&str> {
    std::str::from_utf8(tail.get(..2)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(address: &str) -> SiderolinkApiConfigSpec {
        SiderolinkApiConfigSpec {
            machine_api_advertised_url: address.to_owned(),
            events_port: 8091,
            logs_port: 8092,
            ..Default::default()
        }
    }

    fn api(address: &str, token: &str, tunnel: bool, extra: &Extra) -> String {
        let join = Join::new(&account(address), token, tunnel, extra).expect("a way");
        join.kernel_args()[0].clone()
    }

    const LABELS: [(&str, &str); 2] = [
        ("omni.sidero.dev/infra-provider-id", "test"),
        ("omni.sidero.dev/machine-request", "request1"),
    ];

    fn extra(count: usize) -> Extra {
        let labels = LABELS.iter().take(count);
        labels
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    /// The values are those that Omni's own library makes.
    #[test]
    fn kernel_arguments_are_those_of_omni() {
        for (address, tunnel, labels, expected) in [
            (
                "grpc://127.0.0.1:8099",
                true,
                0,
                "siderolink.api=grpc://127.0.0.1:8099?grpc_tunnel=true&jointoken=abcd",
            ),
            (
                "https://127.0.0.1:8099",
                false,
                0,
                "siderolink.api=https://127.0.0.1:8099?jointoken=abcd",
            ),
            (
                "https://127.0.0.1:8099",
                false,
                1,
                "siderolink.api=https://127.0.0.1:8099?jointoken=v2%3AeyJleHRyYV9kYXRhIjp7Im9tbmkuc2lkZXJvLmRldi9pbmZyYS1wcm92aWRlci1pZCI6InRl\
                 c3QifSwic2lnbmF0dXJlIjoiWTNpZ285V2xJSVZOWWpXZmgyWlg5NnpnWW5UQjlwWTI3ZEJaVnJwNDJMZz0ifQ%3D%3D",
            ),
            (
                "https://127.0.0.1:8099",
                true,
                2,
                "siderolink.api=https://127.0.0.1:8099?grpc_tunnel=true&jointoken=v2%3AeyJleHRyYV9kYXRhIjp7Im9tbmkuc2lkZXJvLmRldi9pbmZyYS1wcm92\
                 aWRlci1pZCI6InRlc3QiLCJvbW5pLnNpZGVyby5kZXYvbWFjaGluZS1yZXF1ZXN0IjoicmVxdWVzdDEifSwic2lnbmF0dXJlIjoiellrTFRwOUVIanlwTGxrZG1m\
                 ZjV2Z1A1SERXRktUUXBGR281REp2TDV4MD0ifQ%3D%3D",
            ),
        ] {
            assert_eq!(api(address, "abcd", tunnel, &extra(labels)), expected);
        }
        let way = Join::new(&account("grpc://x"), "abcd", false, &Extra::new()).expect("a way");
        assert_eq!(
            way.kernel_args()[1..],
            [
                "talos.events.sink=[fdae:41e4:649b:9303::1]:8091",
                "talos.logging.kernel=tcp://[fdae:41e4:649b:9303::1]:8092"
            ]
        );
    }

    #[test]
    fn a_token_that_carries_something_stays_as_it_is() {
        let made = api("grpc://x", "abcd", false, &extra(1));
        let token = made.rsplit_once("jointoken=").expect("a token").1;
        let token = token.replace("%3A", ":").replace("%3D", "=");
        assert_eq!(api("grpc://x", &token, false, &extra(2)), made);
    }

    #[test]
    fn a_machine_presents_the_token_of_its_arguments() {
        let way = Join::new(&account("grpc://x"), "abcd", true, &extra(1)).expect("a way");
        let token = JoinToken::Plain("abcd".into()).with(&extra(1)).encode();
        assert_eq!(presented(&way.kernel_args()), Some(token));
        assert!(tunnels(&way.kernel_args()));
        let plain = Join::new(&account("grpc://x"), "a b%", false, &Extra::new()).expect("a way");
        assert_eq!(presented(&plain.kernel_args()).as_deref(), Some("a b%"));
        assert!(!tunnels(&plain.kernel_args()));
        assert_eq!(presented(&["quiet".to_owned()]), None);
    }

    #[test]
    fn what_stands_in_the_address_already_stays() {
        assert_eq!(
            api("grpc://x/y?z=1&a=b%20c", "t", true, &Extra::new()),
            "siderolink.api=grpc://x/y?a=b%20c&grpc_tunnel=true&jointoken=t&z=1"
        );
    }

    #[test]
    fn documents_are_those_of_omni() {
        let way = Join::new(
            &account("grpc://127.0.0.1:8099"),
            "abcd",
            true,
            &Extra::new(),
        );
        assert_eq!(
            way.expect("a way").documents(),
            "apiVersion: v1alpha1\nkind: SideroLinkConfig\napiUrl: grpc://127.0.0.1:8099?grpc_tunnel=true&jointoken=abcd\n---\napiVersion: \
             v1alpha1\nkind: EventSinkConfig\nendpoint: '[fdae:41e4:649b:9303::1]:8091'\n---\napiVersion: v1alpha1\nkind: \
             KmsgLogConfig\nname: omni-kmsg\nurl: tcp://[fdae:41e4:649b:9303::1]:8092\n"
        );
    }

    #[test]
    fn without_a_token_or_an_address_there_is_no_way() {
        let refused = |account: &SiderolinkApiConfigSpec, token| {
            Join::new(account, token, false, &Extra::new())
                .expect_err("no way")
                .to_string()
        };
        let whole = account("grpc://x");
        let no_logs = SiderolinkApiConfigSpec {
            logs_port: 0,
            ..whole.clone()
        };
        let no_events = SiderolinkApiConfigSpec {
            events_port: 0,
            ..whole.clone()
        };
        assert_eq!(refused(&no_logs, "t"), "no log server port");
        assert_eq!(refused(&no_events, "t"), "no events server port");
        assert_eq!(refused(&account(""), "t"), "no machine API URL");
        assert_eq!(refused(&whole, ""), "no join token");
        assert!(refused(&whole, "v1:###").starts_with("illegal base64 data at input byte"));
    }
}
