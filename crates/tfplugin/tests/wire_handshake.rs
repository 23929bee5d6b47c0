//! What a core says in the environment, and what is answered on the line.

use std::collections::BTreeMap;
use std::path::Path;

use tfplugin::testing::client::{ClientIdentity, HandshakeLine};
use tfplugin::wire::handshake::{
    CoreRequest, HandshakeError, MAGIC_COOKIE_KEY, MAGIC_COOKIE_VALUE, PortRange, Start,
};
use tfplugin::wire::listener::Address;

fn environment(variables: &[(&str, &str)]) -> BTreeMap<String, String> {
    let cookie = [(MAGIC_COOKIE_KEY, MAGIC_COOKIE_VALUE)];
    let all = cookie.iter().chain(variables);
    all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn request(variables: &[(&str, &str)]) -> Result<CoreRequest, HandshakeError> {
    match Start::from_environment(&environment(variables))? {
        Start::ByCore(request) => Ok(*request),
        Start::ByPerson => panic!("the cookie was there"),
    }
}

#[test]
fn without_the_cookie_a_person_started_us() {
    let nothing = BTreeMap::new();
    assert!(matches!(
        Start::from_environment(&nothing),
        Ok(Start::ByPerson)
    ));
    let wrong = BTreeMap::from([(MAGIC_COOKIE_KEY.to_owned(), "yes".to_owned())]);
    assert!(matches!(
        Start::from_environment(&wrong),
        Ok(Start::ByPerson)
    ));
}

#[test]
fn what_the_core_asks_for_is_read() {
    let pem = ClientIdentity::generate().unwrap();
    let read = request(&[
        ("PLUGIN_PROTOCOL_VERSIONS", "5,6"),
        ("PLUGIN_CLIENT_CERT", &pem.pem()),
        ("PLUGIN_UNIX_SOCKET_DIR", "/run/x"),
        ("PLUGIN_MIN_PORT", "10000"),
        ("PLUGIN_MAX_PORT", "25000"),
    ])
    .unwrap();
    assert_eq!(read.protocol_versions, [5, 6]);
    assert_eq!(read.client_certificate.as_ref(), Some(pem.certificate()));
    assert_eq!(read.socket_dir.as_deref(), Some(Path::new("/run/x")));
    let (min, max) = (10_000, 25_000);
    assert_eq!(read.ports, PortRange { min, max });
    assert!(!read.asks_for_multiplexing);
}

#[test]
fn a_core_that_says_little_gets_the_defaults() {
    let read = request(&[]).unwrap();
    assert!(read.offers_our_version());
    assert!(read.client_certificate.is_none());
    assert!(read.socket_dir.is_none());
    assert_eq!(read.ports, PortRange::default());
}

#[test]
fn a_core_of_another_major_version_is_noticed_and_still_told_ours() {
    let read = request(&[("PLUGIN_PROTOCOL_VERSIONS", "4,5")]).unwrap();
    assert!(!read.offers_our_version());
    let line = read.handshake_line(&Address::Unix("/s".into()), None);
    assert_eq!(line, "1|6|unix|/s|grpc|");
}

#[test]
fn what_cannot_be_served_is_named() {
    assert!(matches!(
        request(&[("PLUGIN_CLIENT_CERT", "no certificate")]),
        Err(HandshakeError::ClientCertificate { .. })
    ));
    let pem = ClientIdentity::generate().unwrap().pem();
    assert!(matches!(
        request(&[("PLUGIN_CLIENT_CERT", &format!("{pem}{pem}"))]),
        Err(HandshakeError::ClientCertificate { found }) if found == "2 certificates"
    ));
    assert!(matches!(
        request(&[("PLUGIN_MIN_PORT", "2"), ("PLUGIN_MAX_PORT", "1")]),
        Err(HandshakeError::Ports { .. })
    ));
    assert!(matches!(
        request(&[("PLUGIN_MAX_PORT", "70000")]),
        Err(HandshakeError::Ports { value }) if value == "70000"
    ));
    assert!(matches!(
        request(&[("PLUGIN_UNIX_SOCKET_GROUP", "staff")]),
        Err(HandshakeError::SocketGroup { .. })
    ));
}

#[test]
fn only_a_core_that_asks_is_told_of_multiplexing() {
    let address = Address::Tcp(([127, 0, 0, 1], 4000).into());
    let certificate = vec![1, 2, 3, 4].into();
    let older = request(&[]).unwrap();
    let line = older.handshake_line(&address, Some(&certificate));
    assert_eq!(line, "1|6|tcp|127.0.0.1:4000|grpc|AQIDBA");
    let newer = request(&[("PLUGIN_MULTIPLEX_GRPC", "true")]).unwrap();
    let line = newer.handshake_line(&address, Some(&certificate));
    assert_eq!(line, "1|6|tcp|127.0.0.1:4000|grpc|AQIDBA|false");
    assert_eq!(
        HandshakeLine::parse(&line).unwrap().multiplexing,
        Some(false)
    );
}
