//! Zero-ETL integrations: each has an ARN of RDS's making.

use crate::sandbox::{
    answer::Refusal,
    api::{Answered, Ask, World, draft},
};

/// CreateIntegration.
pub(in crate::sandbox::api) fn create(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let source = ask.parameters.required("SourceArn")?;
    let kind = match source.split(':').nth(5) {
        Some("cluster") => "DBCluster",
        Some("db") => "DBInstance",
        Some(_) | None => return Err(Refusal::invalid_value(format!("Invalid source: {source}"))),
    };
    draft::existing(world, ask, (kind, source))?;
    let mut draft = draft::begin(world, ask)?;
    if draft.record.get("KMSKeyId").is_empty() {
        let (region, account) = (ask.asker.region, ask.asker.account);
        draft.record.set("KMSKeyId", format!("arn:aws:kms:{region}:{account}:key/aws-rds"));
    }
    draft.put_new(world, ask)
}
