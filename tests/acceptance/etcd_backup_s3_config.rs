//! `omni_etcd_backup_s3_config` under a real core, with a bucket on loopback.

use omni_api::{Resource, kind};
use serde_json::json;

use crate::bucket::{self, Bucket};
use crate::lab::Lab;

/// Both credentials are kept in the state, as the official provider has it.
fn kept(bucket: &Bucket) -> String {
    format!(
        "\nresource \"omni_etcd_backup_s3_config\" \"backups\" {{\n  bucket = \"{}\"\n  region = \"us-east-1\"\n  endpoint = \"{}\"\n  \
         access_key_id = \"{}\"\n  secret_access_key = \"hush-hush\"\n}}\n",
        bucket::NAME,
        bucket.endpoint(),
        bucket::KEY_ID
    )
}

/// Neither is.
fn write_only(bucket: &Bucket, version: u32, secret: &str) -> String {
    kept(bucket)
        .replace(
            "access_key_id = ",
            &format!("access_key_id_wo_version = {version}\n  access_key_id_wo = "),
        )
        .replace(
            "secret_access_key = \"hush-hush\"",
            &format!(
                "secret_access_key_wo_version = {version}\n  secret_access_key_wo = \"{secret}\""
            ),
        )
}

fn lose(lab: &Lab) {
    lab.omni(async |client| {
        client
            .state()
            .teardown_and_destroy::<kind::EtcdBackupS3Conf>("etcd-backup-s3-conf")
            .await
            .expect("destroyed");
    });
}

const ADDRESS: &str = "omni_etcd_backup_s3_config.backups";

#[test]
fn etcd_backup_s3_config_full() {
    let Some(lab) = Lab::new("etcd_backup_s3_config_full") else {
        return;
    };
    let bucket = Bucket::start();
    lab.config(&kept(&bucket));
    let said = lab
        .run(&["apply", "-auto-approve", "-input=false"])
        .succeeds();
    assert!(
        said.contains("Credentials of the bucket are kept in the state")
            && said.contains("secret_access_key_wo_version = 1")
            && !said.contains("hush-hush"),
        "{said}"
    );
    lab.plan_is_empty();
    assert_eq!(lab.state(ADDRESS)["id"], "etcd-backup-s3-conf");
    let conf = lab.listed("etcdbackups3config")[0].clone();
    assert_eq!(conf["spec"]["bucket"], bucket::NAME);
    assert_eq!(
        lab.listed("etcdbackupstorestatus")[0]["spec"]["configuration_name"],
        "s3"
    );

    lab.config(&kept(&bucket).replace("us-east-1", "eu-west-1"));
    assert_eq!(lab.planned(), [format!("{ADDRESS}: update")]);
    lab.apply();
    assert_eq!(
        lab.listed("etcdbackups3config")[0]["spec"]["region"],
        "eu-west-1"
    );

    // There is one in an account: any id means it.
    lab.reimport(ADDRESS, "etcd-backup-s3-conf");
    lab.reimport(ADDRESS, "whatever");
    lab.destroy();
    assert!(lab.listed("etcdbackups3config").is_empty());
}

#[test]
fn etcd_backup_s3_config_disappears() {
    let Some(lab) = Lab::new("etcd_backup_s3_config_disappears") else {
        return;
    };
    let bucket = Bucket::start();
    lab.config(&kept(&bucket));
    lab.apply();
    lose(&lab);
    assert_eq!(lab.planned(), [format!("{ADDRESS}: create")]);
    lab.apply();
    lose(&lab);
    lab.destroy();
}

/// What Omni has of both credentials.
fn stored(lab: &Lab) -> [String; 2] {
    let spec = lab.listed("etcdbackups3config")[0]["spec"].clone();
    ["access_key_id", "secret_access_key"]
        .map(|name| spec[name].as_str().unwrap_or_default().to_owned())
}

/// Neither credential is anywhere in the state, the attributes that could keep one are null, and the versions are these.
fn assert_unkept(lab: &Lab, version: u32) {
    let file = std::fs::read_to_string(lab.path().join("terraform.tfstate")).expect("a state");
    for credential in [bucket::KEY_ID, "hush-hush", "another"] {
        assert!(!file.contains(credential), "{credential} is in the state");
    }
    let state = lab.state(ADDRESS);
    for name in ["access_key_id", "secret_access_key", "session_token"] {
        assert_eq!(state[name], json!(null), "{name}");
        assert_eq!(state[format!("{name}_wo")], json!(null), "{name}_wo");
    }
    for name in ["access_key_id", "secret_access_key"] {
        assert_eq!(state[format!("{name}_wo_version")], json!(version));
    }
}

#[test]
fn write_only_credentials_reach_omni_and_never_the_state() {
    let Some(lab) = Lab::new("write_only_credentials_reach_omni_and_never_the_state") else {
        return;
    };
    let bucket = Bucket::start();
    lab.config(&write_only(&bucket, 1, "hush-hush"));
    let said = lab
        .run(&["apply", "-auto-approve", "-input=false"])
        .succeeds();
    for unsaid in ["kept in the state", "hush-hush", bucket::KEY_ID] {
        assert!(!said.contains(unsaid), "{unsaid}: {said}");
    }
    lab.plan_is_empty();
    assert_unkept(&lab, 1);
    assert_eq!(stored(&lab), [bucket::KEY_ID, "hush-hush"]);
    // Another value alone is not seen; another version sends it.
    lab.config(&write_only(&bucket, 1, "another"));
    lab.plan_is_empty();
    assert_eq!(stored(&lab), [bucket::KEY_ID, "hush-hush"]);
    lab.config(&write_only(&bucket, 2, "another"));
    assert_eq!(lab.planned(), [format!("{ADDRESS}: update")]);
    lab.apply();
    assert_unkept(&lab, 2);
    assert_eq!(stored(&lab), [bucket::KEY_ID, "another"]);
    // From write-only to kept: the state has both. And back: it lets go of both.
    lab.config(&kept(&bucket));
    lab.apply();
    let state = lab.state(ADDRESS);
    assert_eq!(
        [&state["access_key_id"], &state["secret_access_key"]],
        [bucket::KEY_ID, "hush-hush"]
    );
    assert_eq!(state["secret_access_key_wo_version"], json!(null));
    lab.config(&write_only(&bucket, 3, "another"));
    assert_eq!(lab.planned(), [format!("{ADDRESS}: update")]);
    lab.apply();
    lab.plan_is_empty();
    assert_unkept(&lab, 3);
    assert_eq!(stored(&lab), [bucket::KEY_ID, "another"]);
}

#[test]
fn settings_that_somebody_else_changed_are_seen_and_put_right() {
    let Some(lab) = Lab::new("settings_that_somebody_else_changed_are_seen_and_put_right") else {
        return;
    };
    let bucket = Bucket::start();
    lab.config(&kept(&bucket));
    lab.apply();
    lab.omni(async |client| {
        let change = |conf: &mut Resource<kind::EtcdBackupS3Conf>| {
            conf.spec.region = "elsewhere".into();
            conf.spec.secret_access_key = "theirs".into();
        };
        client
            .state()
            .modify("etcd-backup-s3-conf", change)
            .await
            .expect("written");
    });
    assert_eq!(lab.planned(), [format!("{ADDRESS}: update")]);
    lab.apply();
    let spec = lab.listed("etcdbackups3config")[0]["spec"].clone();
    assert_eq!(
        (&spec["region"], &spec["secret_access_key"]),
        (&json!("us-east-1"), &json!("hush-hush"))
    );
}

#[test]
fn omnis_own_test_of_the_bucket_is_explained() {
    let Some(lab) = Lab::new("omnis_own_test_of_the_bucket_is_explained") else {
        return;
    };
    let bucket = Bucket::start();
    lab.config(&kept(&bucket).replace(bucket::NAME, "other"));
    let said = lab.apply_fails();
    for part in [
        "Omni cannot use the bucket",
        "failed to list objects in bucket \"other\"",
        "nothing was stored",
        "s3:ListBucket",
        "bucket = \"other\"",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(lab.listed("etcdbackups3config").is_empty());
}

#[test]
fn half_a_key_and_wrong_addresses_fail_at_plan() {
    let Some(lab) = Lab::new("half_a_key_and_wrong_addresses_fail_at_plan") else {
        return;
    };
    let bucket = Bucket::start();
    let fails = |config: String, why: &str| {
        lab.config(&config);
        let said = lab.plan_fails();
        assert!(said.contains(why), "{why}: {said}");
    };
    fails(
        kept(&bucket).replace("  secret_access_key = \"hush-hush\"\n", ""),
        "`access_key_id` is set and `secret_access_key` is not",
    );
    fails(
        kept(&bucket).replace("  secret", "  secret_access_key_wo = \"x\"\n  secret"),
        "Two forms of one credential",
    );
    fails(
        kept(&bucket).replace("secret_access_key", "secret_access_key_wo"),
        "Set `secret_access_key_wo_version = 1`",
    );
    fails(
        kept(&bucket).replace("http://", ""),
        "Invalid endpoint of a store",
    );
    fails(
        kept(&bucket).replace(bucket::NAME, "s3://backups"),
        "Invalid name of a bucket",
    );
}
