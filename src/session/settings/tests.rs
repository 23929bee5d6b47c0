//! Who wins: argument, environment, omniconfig; and what is said when nobody does.

use super::*;
use jiff::SignedDuration;
use omni_client::GeneratedKey;
use tfplugin::types::Secret;

fn key_made(ago: SignedDuration) -> String {
    let name = "automation".parse().expect("a name");
    let made = GeneratedKey::new(&name, SignedDuration::from_hours(1), Timestamp::now() - ago)
        .expect("a key");
    made.text.expose().to_owned()
}

fn known(config: &OmniConfig, environment: &Environment) -> Settings {
    match resolve(config, environment) {
        Ok(Resolved::Known(settings)) => *settings,
        other => panic!("{other:?}"),
    }
}

fn refused(config: &OmniConfig, environment: &Environment) -> String {
    let diagnostics = resolve(config, environment).expect_err("refused");
    diagnostics
        .iter()
        .map(|diagnostic| format!("{}: {}", diagnostic.summary(), diagnostic.text()))
        .collect()
}

#[test]
fn an_argument_wins_over_the_environment_and_sideros_key_over_omnis() {
    let key = key_made(SignedDuration::ZERO);
    let environment = Environment::from([
        ("OMNI_ENDPOINT", "https://env"),
        ("OMNI_SERVICE_ACCOUNT_KEY", "junk"),
        ("SIDERO_SERVICE_ACCOUNT_KEY", key.as_str()),
    ]);
    let settings = known(
        &OmniConfig {
            endpoint: "https://arg".into(),
            ..Default::default()
        },
        &environment,
    );
    assert_eq!(settings.endpoint_from(), Source::Argument("endpoint"));
    assert_eq!(
        settings.key_from(),
        Source::Variable("SIDERO_SERVICE_ACCOUNT_KEY")
    );
    assert_eq!(
        known(&OmniConfig::default(), &environment).endpoint_from(),
        Source::Variable("OMNI_ENDPOINT")
    );
}

#[test]
fn an_unknown_endpoint_is_waited_for_and_never_replaced_by_the_environment() {
    let environment = Environment::from([("OMNI_ENDPOINT", "https://env")]);
    let config = OmniConfig {
        endpoint: Attr::Unknown,
        ..Default::default()
    };
    assert!(matches!(
        resolve(&config, &environment),
        Ok(Resolved::Waiting("endpoint"))
    ));
    let embedded = Embedded {
        path: Attr::Unknown,
        ..Default::default()
    };
    let config = OmniConfig {
        embedded: Attr::Known(embedded),
        ..Default::default()
    };
    assert!(matches!(
        resolve(&config, &environment),
        Ok(Resolved::Waiting("embedded"))
    ));
}

#[test]
fn embedded_ignores_the_environment() {
    let environment = Environment::from([
        ("OMNI_ENDPOINT", "https://env"),
        ("OMNI_SERVICE_ACCOUNT_KEY", "junk"),
    ]);
    let embedded = Embedded {
        path: ".omni".into(),
        ..Default::default()
    };
    let settings = known(
        &OmniConfig {
            embedded: Attr::Known(embedded),
            ..Default::default()
        },
        &environment,
    );
    let Target::Embedded(options) = settings.target else {
        panic!("embedded")
    };
    assert_eq!(
        options,
        EmbeddedOptions {
            path: ".omni".into(),
            machines: 0,
            speed: 1,
            versions: None,
            faults: None,
            omni: None,
        }
    );
}

#[test]
fn no_endpoint_no_key_a_broken_key_and_an_expired_key_each_have_their_own_message() {
    let endpoint = ("OMNI_ENDPOINT", "https://omni.example.org");
    let none = Environment::default();
    assert!(refused(&OmniConfig::default(), &none).starts_with("No endpoint: "));
    assert!(
        refused(&OmniConfig::default(), &Environment::from([endpoint]))
            .starts_with("No service account key: ")
    );
    let broken = refused(
        &OmniConfig::default(),
        &Environment::from([endpoint, ("OMNI_SERVICE_ACCOUNT_KEY", "canary%")]),
    );
    assert!(
        broken.contains("not base64") && broken.contains("OMNI_SERVICE_ACCOUNT_KEY"),
        "{broken}"
    );
    assert!(!broken.contains("canary"), "{broken}");
    let old = Attr::Known(Secret::new(key_made(SignedDuration::from_hours(48))));
    let expired = refused(
        &OmniConfig {
            service_account_key: old,
            ..Default::default()
        },
        &Environment::from([endpoint]),
    );
    assert!(expired.contains("expired at"), "{expired}");
}

#[test]
fn a_context_that_is_asked_for_must_exist() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("config");
    std::fs::write(
        &file,
        "contexts: {prod: {url: 'https://prod.example.org'}}\ncontext: prod\n",
    )
    .expect("written");
    let path = file.display().to_string();
    let key = Attr::Known(Secret::new(key_made(SignedDuration::ZERO)));
    let config = OmniConfig {
        omniconfig: path.as_str().into(),
        service_account_key: key,
        ..Default::default()
    };
    let settings = known(&config, &Environment::default());
    assert_eq!(settings.endpoint_from(), Source::Omniconfig(path));
    let other = OmniConfig {
        context: "other".into(),
        ..config
    };
    assert!(
        refused(&other, &Environment::default()).contains("has no context \"other\"; it has: prod")
    );
}
