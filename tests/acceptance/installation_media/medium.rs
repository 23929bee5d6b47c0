//! The data source: addresses of media, and media that nobody could use.

use super::*;

#[test]
fn installation_media_has_an_address_that_stays() {
    let Some(lab) = Lab::new("installation_media_has_an_address_that_stays") else {
        return;
    };
    lab.config(&format!("{METAL}{MEDIUM}"));
    lab.apply();
    let iso = lab.state(ADDRESS);
    let schematic = iso["schematic_id"].as_str().expect("an id").to_owned();
    assert_eq!(schematic.len(), 64);
    assert_eq!(
        iso["url"],
        format!("https://factory.talos.dev/image/{schematic}/v1.13.7/metal-amd64.iso")
    );
    for (attribute, value) in [
        ("filename", json!("metal-amd64.iso")),
        ("platform", json!("metal")),
        ("architecture", json!("amd64")),
        ("talos_version", json!("1.13.7")),
        ("image_factory_host", json!("factory.talos.dev")),
        ("headers", json!({})),
        ("expires_at", Json::Null),
    ] {
        assert_eq!(iso[attribute], value, "{attribute}");
    }
    assert_eq!(iso["storage_key"].as_str().map(str::len), Some(64));

    // The same contents are the same schematic; another form is another file of it.
    let with = |lines: &str| {
        format!(
            "{METAL}{}",
            MEDIUM.replace("metal.name\n", &format!("metal.name\n  {lines}\n"))
        )
    };
    for (lines, filename) in [
        ("format = \"raw\"", "metal-amd64.raw.xz"),
        (
            "format = \"raw.zst\"\n  download_token_ttl = \"1h\"",
            "metal-amd64.raw.zst",
        ),
        ("format = \"qcow2\"", "metal-amd64.qcow2"),
        ("format = \"pxe\"", "metal-amd64"),
    ] {
        lab.config(&with(lines));
        lab.apply();
        let medium = lab.state(ADDRESS);
        assert_eq!(medium["filename"], filename);
        assert_eq!(medium["schematic_id"], json!(schematic), "{lines}");
        assert_ne!(medium["storage_key"], iso["storage_key"], "{lines}");
    }
    lab.config(&format!("{}{MEDIUM}", metal(&[("\"quiet\"", "\"loud\"")])));
    lab.apply();
    assert_ne!(lab.state(ADDRESS)["schematic_id"], json!(schematic));
}

#[test]
fn media_for_clouds_and_boards_have_a_form_of_their_own() {
    let Some(lab) = Lab::on(
        "media_for_clouds_and_boards_have_a_form_of_their_own",
        "next",
    ) else {
        return;
    };
    for (lines, filename, platform) in [
        (
            "cloud = { platform = \"azure\" }",
            "azure-amd64.vhd.xz",
            "azure",
        ),
        (
            "cloud = { platform = \"azure\" }\nsecure_boot = true",
            "azure-amd64-secureboot.vhd.xz",
            "azure",
        ),
        (
            "architecture = \"arm64\"\nsbc = { overlay = \"rpi_generic\", overlay_options = \"a: 1\" }",
            "metal-arm64.raw.xz",
            "metal",
        ),
    ] {
        lab.config(&format!("{}{MEDIUM}", preset(lines)));
        lab.apply();
        let medium = lab.state(ADDRESS);
        assert_eq!(
            (&medium["filename"], &medium["platform"]),
            (&json!(filename), &json!(platform))
        );
        assert_eq!(medium["talos_version"], Json::Null, "the version is Omni's");
    }
    let with_form = MEDIUM.replace("metal.name\n", "metal.name\n  format = \"iso\"\n");
    lab.config(&format!(
        "{}{with_form}",
        preset("cloud = { platform = \"azure\" }")
    ));
    let said = lab.apply_fails();
    assert!(said.contains("The form is not a choice here"), "{said}");
    lab.config(&format!(
        "{}{MEDIUM}",
        preset("architecture = \"arm64\"\nsbc = { overlay = \"rpi_generic\" }\nsecure_boot = true")
    ));
    let said = lab.apply_fails();
    assert!(said.contains("No SecureBoot for boards"), "{said}");
}

#[test]
fn a_medium_that_nobody_could_use_is_refused() {
    let Some(lab) = Lab::new("a_medium_that_nobody_could_use_is_refused") else {
        return;
    };
    lab.config("data \"omni_installation_media\" \"it\" {\n  preset = \"metl\"\n}\n");
    let said = lab.plan_fails();
    assert!(
        said.contains("There is no preset \"metl\" in this account"),
        "{said}"
    );
    for (lines, words) in [
        ("format = \"../etc\"", "Invalid form"),
        (
            "download_token_ttl = \"0s\"",
            "Invalid lifetime of a download token",
        ),
        ("download_token_ttl = \"soon\"", "is not a length of time"),
    ] {
        lab.config(&format!(
            "data \"omni_installation_media\" \"it\" {{\n  preset = \"metal\"\n  {lines}\n}}\n"
        ));
        let said = lab.run(&["validate"]).fails();
        assert!(said.contains(words), "{said}");
    }

    // A token that lets nobody in any more, of the preset and of the account.
    let token = new_token(&lab);
    lab.config(&format!(
        "{}{MEDIUM}",
        preset(&format!("  join_token = \"{token}\""))
    ));
    lab.apply();
    revoke(&lab, &token);
    let said = lab.plan_fails();
    assert!(
        said.contains("The preset's join token was revoked"),
        "{said}"
    );
    lab.config(&format!("{}{MEDIUM}", preset("")));
    lab.apply();
    let default = lab.listed("defaultjointoken")[0]["spec"]["token_id"].clone();
    revoke(&lab, default.as_str().expect("a token"));
    let said = lab.plan_fails();
    assert!(
        said.contains("The account's default join token was revoked"),
        "{said}"
    );
}

/// Revokes a token, and waits until its status says so.
fn revoke(lab: &Lab, id: &str) {
    lab.omni(async |client| {
        let change = |token: &mut Resource<kind::JoinToken>| token.spec.revoked = true;
        client.state().modify(id, change).await.expect("written");
        let mut watch = client.state().watch_one::<kind::JoinTokenStatus>(id);
        loop {
            if let Event::Created(status) | Event::Updated { new: status, .. } =
                watch.next().await.expect("an event")
                && status.spec.state() == State::Revoked
            {
                return;
            }
        }
    });
}
