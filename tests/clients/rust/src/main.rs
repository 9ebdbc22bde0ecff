//! Makes RDS calls with the AWS SDK for Rust as any service would, and prints what came of each as a line of JSON.
//!
//! Everything else stands in the environment. The arguments name the calls; `version` names the SDK's version.

use std::error::Error;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_rds::{Client, error::DisplayErrorContext, error::ProvideErrorMetadata, error::SdkError, types::Tag};
use serde_json::{Value, json};

const NAME: &str = "made-by-rust";

async fn configuration(region: &'static str) -> SdkConfig {
    // lines begin
    // HTTPS_PROXY is read from BehaviorVersion v2025_08_07 on.
    aws_config::defaults(BehaviorVersion::latest()).region(Region::new(region)).load().await
    // lines end
}

async fn allowed(rds: &Client) -> Result<Value, Value> {
    let tag = Tag::builder().key("größer & <schöner>").value("🦀 + 1").build();
    let create = rds.create_db_instance().db_instance_identifier(NAME).engine("postgres");
    let create = create.db_instance_class("db.t4g.micro").tags(tag);
    create.send().await.map_err(failed)?;
    let found = rds.describe_db_instances().db_instance_identifier(NAME).send().await.map_err(failed)?;
    let one = found.db_instances().first();
    let tags = one.and_then(|one| one.tag_list().first());
    Ok(json!({ "arn": one.and_then(|one| one.db_instance_arn()), "tag": tags.and_then(|tag| tag.value()) }))
}

async fn denied(rds: &Client) -> Result<Value, Value> {
    rds.stop_db_instance().db_instance_identifier(NAME).send().await.map(|_| Value::Null).map_err(failed)
}

async fn large() -> Result<Value, Value> {
    let rds = Client::new(&configuration("eu-west-1").await);
    let found = rds.describe_db_instances().send().await.map_err(failed)?;
    Ok(json!({ "instances": found.db_instances().len() }))
}

/// By what a service would tell this error from others.
fn failed<E>(error: SdkError<E>) -> Value
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    match &error {
        SdkError::ServiceError(service) => json!({
            "type": "SdkError::ServiceError",
            "code": service.err().code(),
            "message": service.err().message(),
        }),
        _ => json!({ "type": "SdkError::DispatchFailure", "message": DisplayErrorContext(&error).to_string() }),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let rds = Client::new(&configuration("us-east-1").await);
    for call in std::env::args().skip(1) {
        let outcome = match call.as_str() {
            "version" => Ok(json!(aws_sdk_rds::meta::PKG_VERSION)),
            "allowed" => allowed(&rds).await,
            "denied" => denied(&rds).await,
            "large" => large().await,
            other => panic!("no call `{other}`"),
        };
        let (ok, failure) = (outcome.as_ref().ok(), outcome.as_ref().err());
        println!("{}", json!({ "call": call, "ok": ok, "error": failure }));
    }
}
