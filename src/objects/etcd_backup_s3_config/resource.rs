//! The verbs of `omni_etcd_backup_s3_config`.

use omni_api::specs::EtcdBackupS3ConfSpec;
use omni_api::{Resource as OmniResource, kind};
use omni_client::Error;
use tfplugin::objects::{Change, Cx, Failure, Plan, Resource};
use tfplugin::{Attr, Diagnostic, Diagnostics};

use super::convert::ID;
use super::{EtcdBackupS3Config, convert, review};
use crate::objects::shared::verbs::{self, Name};
use crate::session::{Session, defer, explain};

/// The resource `omni_etcd_backup_s3_config`.
#[derive(Debug, Default)]
pub struct EtcdBackupS3ConfigResource;

const NAME: Name<'static> = Name {
    resource: "omni_etcd_backup_s3_config",
    noun: "S3 configuration of etcd backups",
    id: ID,
};

// === impl EtcdBackupS3ConfigResource ===

impl Resource for EtcdBackupS3ConfigResource {
    type Session = Session;
    type Model = EtcdBackupS3Config;

    fn validate(&self, config: &EtcdBackupS3Config, diagnostics: &mut Diagnostics) {
        review::configuration(config, diagnostics);
    }

    async fn review(
        &self,
        cx: &Cx<Session>,
        change: &mut Change<EtcdBackupS3Config>,
    ) -> Result<(), Diagnostics> {
        if verbs::replace_leaving(cx, change, "id", |planned| &mut planned.id) {
            return Ok(());
        }
        change.planned.id = Attr::from(ID);
        if !change.is_unchanged()
            && let Some(warning) = review::kept_in_state(&change.config)
        {
            cx.warn(warning);
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Cx<Session>,
        plan: Plan<EtcdBackupS3Config>,
    ) -> Result<EtcdBackupS3Config, Failure<EtcdBackupS3Config>> {
        let client = cx.session().client().await?;
        complete(&plan.config)?;
        let mut conf = OmniResource::new(ID, EtcdBackupS3ConfSpec::default());
        convert::write(&plan.config, &mut conf);
        let conf = match client.state().create(&conf).await {
            Ok(conf) => conf,
            Err(Error::AlreadyExists { .. }) => {
                return Err(explain::already_exists(NAME.resource, ID).into());
            }
            Err(error) => return Err(failed("create", &error, &plan.config).into()),
        };
        let mut state = plan.planned;
        convert::read(&conf, &mut state);
        cx.keep(&state);
        cx.session().remember_account(cx).await;
        Ok(state)
    }

    async fn read(
        &self,
        cx: &Cx<Session>,
        mut state: EtcdBackupS3Config,
    ) -> Result<Option<EtcdBackupS3Config>, Diagnostics> {
        if cx.session().is_waiting() {
            defer(cx.session(), cx)?;
            return Ok(Some(state));
        }
        let client = cx.session().client().await?;
        cx.session().check_account(cx, client).await?;
        let failed = |error| explain::failed("read the S3 configuration of etcd backups", &error);
        let Some(conf) = client
            .cache()
            .get::<kind::EtcdBackupS3Conf>(ID, None)
            .await
            .map_err(failed)?
        else {
            return Ok(None);
        };
        verbs::note_phase(cx, NAME, &conf.metadata);
        convert::read(&conf, &mut state);
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Cx<Session>,
        _: EtcdBackupS3Config,
        plan: Plan<EtcdBackupS3Config>,
    ) -> Result<EtcdBackupS3Config, Failure<EtcdBackupS3Config>> {
        let client = cx.session().client().await?;
        complete(&plan.config)?;
        let write = |conf: &mut OmniResource<kind::EtcdBackupS3Conf>| {
            convert::write(&plan.config, conf);
        };
        let conf = match client.state().modify(ID, write).await {
            Ok(conf) => conf,
            Err(Error::NotFound { .. }) => return Err(gone().into()),
            Err(error) => return Err(failed("update", &error, &plan.config).into()),
        };
        let mut state = plan.planned.clone();
        convert::read(&conf, &mut state);
        Ok(state)
    }

    async fn delete(
        &self,
        cx: &Cx<Session>,
        _: EtcdBackupS3Config,
    ) -> Result<(), Failure<EtcdBackupS3Config>> {
        let client = cx.session().client().await?;
        let blocked = || async { "Omni still uses it.".to_owned() };
        Ok(verbs::delete::<kind::EtcdBackupS3Conf, _>(cx, client, NAME, blocked).await?)
    }

    /// There is one in an account: any import id means it.
    async fn import(&self, _: &Cx<Session>, _: &str) -> Result<EtcdBackupS3Config, Diagnostics> {
        Ok(EtcdBackupS3Config {
            id: Attr::from(ID),
            ..EtcdBackupS3Config::default()
        })
    }
}

/// Settings are written whole: a version without its value would take the stored one away.
fn complete(config: &EtcdBackupS3Config) -> Result<(), Diagnostic> {
    let credentials = config.credentials();
    let lost = credentials
        .iter()
        .find(|credential| credential.version.is_known() && credential.value().is_none());
    match lost.map(|credential| credential.name) {
        None => Ok(()),
        Some(name) => Err(Diagnostic::error("No credential")
            .detail(format!(
                "`{name}_wo_version` is set and `{name}_wo` is null: there is nothing to write."
            ))
            .remedy(format!("Set `{name}_wo`, or remove both."))),
    }
}

fn failed(verb: &str, error: &Error, config: &EtcdBackupS3Config) -> Diagnostic {
    match error {
        Error::Validation { problems } => review::refused(problems, config),
        error => explain::failed(
            &format!("{verb} the S3 configuration of etcd backups"),
            error,
        ),
    }
}

fn gone() -> Diagnostic {
    Diagnostic::error("The S3 configuration of etcd backups is gone")
        .detail("It was deleted outside of Terraform since the plan was made.")
        .remedy("Plan again: Terraform then creates it anew.")
}
