//! Files as omnictl writes them, and files that are broken.

use super::*;

const TEXT: &str = "contexts:\n    prod:\n        url: https://prod.omni.example.org\n        auth:\n            siderov1:\n                identity: a@example.org\n    empty:\n        url: <placeholder_url>\ncontext: prod\n";

fn env(pairs: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<OsString> {
    |name| {
        pairs
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.into())
    }
}

#[test]
fn the_current_context_is_chosen_unless_another_is_named() {
    let config = Omniconfig::parse(TEXT).expect("an omniconfig");
    let prod = config.context(None).expect("the current one");
    assert_eq!(prod.url, "https://prod.omni.example.org");
    assert_eq!(prod.identity.as_deref(), Some("a@example.org"));
    assert!(matches!(
        config.context(Some("empty")),
        Err(OmniconfigError::NoUrl(_))
    ));
    let missing = config
        .context(Some("x"))
        .expect_err("no such context")
        .to_string();
    assert!(missing.contains("empty, prod"), "{missing}");
}

#[test]
fn a_file_without_a_current_context_names_those_it_has() {
    let config = Omniconfig::parse("contexts: {a: {url: https://a}, b: }").expect("an omniconfig");
    let error = config
        .context(None)
        .expect_err("none is current")
        .to_string();
    assert!(error.contains("a, b"), "{error}");
    assert!(matches!(
        Omniconfig::parse("contexts: [1]"),
        Err(OmniconfigError::Form(_))
    ));
}

#[test]
fn the_places_are_those_of_omnictl() {
    let of = |pairs| places(env(pairs));
    let all = &[("OMNICONFIG", "/o"), ("HOME", "/h")];
    assert_eq!(of(all), [PathBuf::from("/o")]);
    let talos = &[
        ("TALOS_HOME", "/t"),
        ("XDG_CONFIG_HOME", "/x"),
        ("HOME", "/h"),
    ];
    assert_eq!(
        of(talos),
        ["/t/omni/config", "/x/omni/config"].map(PathBuf::from)
    );
    assert_eq!(
        of(&[("HOME", "/h")])[0],
        PathBuf::from("/h/.talos/omni/config")
    );
}

#[test]
fn a_missing_file_names_where_it_was_looked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().as_os_str().to_owned();
    let variable = |name: &str| (name == "HOME").then(|| home.clone());
    let error = Omniconfig::locate(variable)
        .expect_err("there is none")
        .to_string();
    assert!(error.contains(".talos/omni/config"), "{error}");

    let place = folder.path().join(".talos/omni/config");
    fs::create_dir_all(place.parent().expect("a folder")).expect("made");
    fs::write(&place, TEXT).expect("written");
    let variable = |name: &str| (name == "HOME").then(|| home.clone());
    assert_eq!(Omniconfig::locate(variable).expect("it is there"), place);
    assert_eq!(
        Omniconfig::read(&place).expect("read").names(),
        ["empty", "prod"]
    );
}
