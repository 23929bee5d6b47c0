//! The provider block: what is missing, broken or unreachable says so, and nothing is replaced in silence.

use std::net::TcpListener;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use omni_client::GeneratedKey;
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection};

use crate::lab::Lab;

const CLUSTER: &str = r#"
resource "omni_cluster" "lab" {
  name               = "lab"
  kubernetes_version = "1.35.5"
  talos_version      = "1.13.7"
}
"#;

fn key(ago: SignedDuration) -> String {
    let name = "automation".parse().expect("a name");
    let made = GeneratedKey::new(&name, SignedDuration::from_hours(1), Timestamp::now() - ago)
        .expect("a key");
    made.text.expose().to_owned()
}

fn refused(test: &str, provider: &str, key: Option<&str>) -> Option<String> {
    let mut lab = Lab::new(test)?;
    if let Some(key) = key {
        lab.set("OMNI_SERVICE_ACCOUNT_KEY", key);
    }
    lab.config_with(provider, CLUSTER);
    Some(lab.plan_fails())
}

#[test]
fn no_endpoint_says_how_to_do_without_an_account() {
    let Some(said) = refused(
        "no_endpoint_says_how_to_do_without_an_account",
        "provider \"omni\" {}\n",
        None,
    ) else {
        return;
    };
    assert!(
        said.contains("No endpoint") && said.contains("embedded = { path = \".omni\" }"),
        "{said}"
    );
}

#[test]
fn no_key_broken_key_and_expired_key_have_their_own_messages() {
    let test = "no_key_broken_key_and_expired_key_have_their_own_messages";
    let provider = "provider \"omni\" { endpoint = \"https://127.0.0.1:1\" }";
    let Some(said) = refused(test, provider, None) else {
        return;
    };
    assert!(said.contains("No service account key"), "{said}");
    let said = refused(test, provider, Some("no%base64")).expect("a core");
    assert!(
        said.contains("not base64 text") && said.contains("OMNI_SERVICE_ACCOUNT_KEY"),
        "{said}"
    );
    let said = refused(test, provider, Some(&key(SignedDuration::from_hours(30)))).expect("a core");
    assert!(said.contains("the key expired at"), "{said}");
}

#[test]
fn an_endpoint_where_nothing_listens_and_one_that_speaks_no_tls_are_told_apart() {
    let test = "an_endpoint_where_nothing_listens_and_one_that_speaks_no_tls_are_told_apart";
    let key = key(SignedDuration::ZERO);
    // Bound and dropped: the port was free a moment ago, and nothing listens there.
    let free = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a port");
    let Some(said) = refused(
        test,
        &format!("provider \"omni\" {{ endpoint = \"https://{free}\" }}"),
        Some(&key),
    ) else {
        return;
    };
    assert!(
        said.contains("Could not connect to Omni") && said.contains("nothing listens there"),
        "{said}"
    );

    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let plain = listener.local_addr().expect("bound");
    let server = std::thread::spawn(move || answer_plain_http(&listener));
    let said = refused(
        test,
        &format!("provider \"omni\" {{ endpoint = \"https://{plain}\" }}"),
        Some(&key),
    )
    .expect("a core");
    assert!(said.contains("does not speak TLS"), "{said}");
    drop(std::net::TcpStream::connect(plain));
    server.join().expect("it ends");
}

#[test]
fn a_certificate_of_an_unknown_authority_is_refused_until_the_authority_is_named() {
    let test = "a_certificate_of_an_unknown_authority_is_refused_until_the_authority_is_named";
    let key = key(SignedDuration::ZERO);
    let (authority, config) = certified();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    let server = std::thread::spawn(move || handshake_only(&listener, &config));
    let provider = |more: &str| {
        format!("provider \"omni\" {{\n  endpoint = \"https://{address}\"\n{more}\n}}\n")
    };
    if let Some(said) = refused(test, &provider(""), Some(&key)) {
        assert!(
            said.contains("Could not connect to Omni") && said.contains("Set `ca_certificate`"),
            "{said}"
        );
        // Trusted now; what listens there is no Omni and hangs up.
        let trusting = provider(&format!("ca_certificate = <<EOT\n{authority}EOT"));
        let said = refused(test, &trusting, Some(&key)).expect("a core");
        assert!(!said.contains("ca_certificate`"), "{said}");
    }
    drop(std::net::TcpStream::connect(address));
    server.join().expect("it ends");
}

#[test]
fn embedded_and_an_endpoint_exclude_each_other() {
    let provider =
        "provider \"omni\" {\n  endpoint = \"https://a\"\n  embedded = { path = \".omni\" }\n}\n";
    let Some(said) = refused(
        "embedded_and_an_endpoint_exclude_each_other",
        provider,
        None,
    ) else {
        return;
    };
    assert!(said.contains("Two servers at once"), "{said}");
}

#[test]
fn an_endpoint_that_is_not_known_yet_is_waited_for_and_not_taken_from_the_environment() {
    let Some(mut lab) = Lab::new("an_endpoint_that_is_not_known_yet_is_waited_for") else {
        return;
    };
    lab.set("OMNI_ENDPOINT", "https://127.0.0.1:1");
    lab.set("OMNI_SERVICE_ACCOUNT_KEY", &key(SignedDuration::ZERO));
    let provider = "resource \"terraform_data\" \"path\" { input = \".omni\" }\n\nprovider \"omni\" {\n  embedded = { path = \
                    terraform_data.path.output, machines = 4, speed = 1000 }\n}\n";
    lab.config_with(provider, CLUSTER);
    assert_eq!(
        lab.planned(),
        ["omni_cluster.lab: create", "terraform_data.path: create"]
    );
    lab.apply();
}

#[test]
fn a_lost_plane_is_another_account_and_nothing_is_created_again_in_silence() {
    let Some(lab) = Lab::new("a_lost_plane_is_another_account") else {
        return;
    };
    lab.config(CLUSTER);
    lab.apply();
    lab.provider(&["plane", "stop", "--path", ".omni"]);
    std::fs::remove_dir_all(lab.path().join(".omni")).expect("removed");
    let said = lab.plan_fails();
    assert!(said.contains("Another account"), "{said}");
    let provider =
        crate::lab::EMBEDDED.replace("embedded", "allow_account_change = true\n  embedded");
    lab.config_with(&provider, CLUSTER);
    assert_eq!(lab.planned(), ["omni_cluster.lab: create"]);
}

/// Answers every connection as a web server without TLS does, until one closes without a word.
fn answer_plain_http(listener: &TcpListener) {
    use std::io::{Read as _, Write as _};
    for stream in listener.incoming() {
        let Ok(mut stream) = stream else { return };
        let mut hello = [0; 512];
        match stream.read(&mut hello) {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                drop(stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"));
            }
        }
    }
}

/// An authority, and a server on this machine that it certifies.
fn certified() -> (String, Arc<ServerConfig>) {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = || KeyPair::generate().expect("a key");
    let issuer = CertifiedIssuer::self_signed(params, key()).expect("an authority");
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters");
    let own = key();
    let certificate = params.signed_by(&own, &issuer).expect("a certificate");
    let private = PrivateKeyDer::try_from(own.serialize_der()).expect("a key");
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let mut config = builder
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .expect("a certificate");
    config.alpn_protocols = vec![b"h2".to_vec()];
    (issuer.pem(), Arc::new(config))
}

/// Shakes hands with everybody and hangs up, until one connects and closes without a word.
fn handshake_only(listener: &TcpListener, config: &Arc<ServerConfig>) {
    for stream in listener.incoming() {
        let Ok(mut stream) = stream else { return };
        if matches!(stream.peek(&mut [0]), Ok(0) | Err(_)) {
            return;
        }
        let mut server = ServerConnection::new(config.clone()).expect("a server");
        // The client hangs up where it does not trust the certificate.
        drop(server.complete_io(&mut stream));
    }
}
