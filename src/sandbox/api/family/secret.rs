//! The master user's password in Secrets Manager.

use crate::sandbox::{
    answer::{Outcome, Refusal},
    api::{Ask, record::Record},
};

/// The temporary status of the secret that the response shows.
pub(super) struct Passing(Option<&'static str>);

/// Creates, rotates or removes the secret as the request says. `kind` is `db` or `cluster`.
pub(super) fn manage(record: &mut Record, ask: &Ask<'_>, kind: &str) -> Outcome<Passing> {
    let asked = ask.value("ManageMasterUserPassword").is_some();
    let managed = ask.flag("ManageMasterUserPassword")?;
    if managed && ask.value("MasterUserPassword").is_some() {
        return Err(Refusal::invalid_combination(
            "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled.",
        ));
    }
    if ask.flag("RotateMasterUserPassword")? {
        if record.get("MasterUserSecret.SecretArn").is_empty() {
            return Err(Refusal::invalid_combination("The master user's password is not managed in Secrets Manager."));
        }
        if !ask.flag("ApplyImmediately")? {
            return Err(Refusal::invalid_combination("You must apply the change immediately to rotate the password."));
        }
        return Ok(Passing(Some("rotating")));
    }
    if managed && record.get("MasterUserSecret.SecretArn").is_empty() {
        let (region, account) = (ask.asker.region, ask.asker.account);
        let secret = format!("arn:aws:secretsmanager:{region}:{account}:secret:rds!{kind}-{}-AbCdEf", record.id);
        let default_key = format!("arn:aws:kms:{region}:{account}:key/aws-secretsmanager");
        record.set("MasterUserSecret.SecretArn", secret);
        record.set("MasterUserSecret.SecretStatus", "active");
        record.set("MasterUserSecret.KmsKeyId", ask.value("MasterUserSecretKmsKeyId").unwrap_or(&default_key));
        return Ok(Passing(Some("creating")));
    }
    if asked && !managed {
        record.clear("MasterUserSecret");
    }
    Ok(Passing(None))
}

impl Passing {
    /// Sets the temporary status in the record for the response.
    pub(super) fn show(&self, record: &mut Record) {
        if let Some(status) = self.0 {
            record.set("MasterUserSecret.SecretStatus", status);
        }
    }
}
