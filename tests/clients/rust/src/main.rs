//! Makes RDS calls with the AWS SDK for Rust as any service would, and prints what came of each as a line of JSON.
//!
//! Everything else stands in the environment. The arguments name the checks; a line is {"check", "ok", "detail"}.

use std::error::Error;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_rds::{Client, error::DisplayErrorContext, error::ProvideErrorMetadata, error::SdkError, types::Tag};
use serde_json::{Value, json};

const TAG: &str = "größer & <schöner> 🦀 + 1";

async fn settings(region: &'static str) -> SdkConfig {
    // begin lines
    let settings = aws_config::defaults(BehaviorVersion::latest());
    // end lines
    settings.region(Region::new(region)).load().await
}

async fn allowed_call(rds: &Client) -> Result<Value, String> {
    let tag = Tag::builder().key("note").value(TAG).build();
    let create = rds.create_db_instance().db_instance_identifier("orders").engine("postgres");
    create.db_instance_class("db.t4g.micro").tags(tag).send().await.map_err(shown)?;
    let found = rds.describe_db_instances().db_instance_identifier("orders").send().await.map_err(shown)?;
    let one = found.db_instances().first().ok_or("nothing was found")?;
    if one.tag_list().first().and_then(|tag| tag.value()) != Some(TAG) {
        return Err(format!("{:?}", one.tag_list()));
    }
    Ok(json!(one.db_instance_arn()))
}

async fn denied_call(rds: &Client) -> Result<Value, String> {
    match rds.stop_db_instance().db_instance_identifier("orders").send().await {
        Ok(_) => Err("was not denied".into()),
        Err(SdkError::ServiceError(error)) => Ok(json!({
            "type": "SdkError::ServiceError",
            "code": error.err().code(),
            "message": error.err().message(),
        })),
        Err(error) => Err(shown(error)),
    }
}

async fn large_answer() -> Result<Value, String> {
    let rds = Client::new(&settings("eu-west-1").await);
    let found = rds.describe_db_instances().send().await.map_err(shown)?;
    Ok(json!(found.db_instances().len()))
}

async fn untrusted_call(rds: &Client) -> Result<Value, String> {
    match rds.describe_db_instances().send().await {
        Ok(_) => Err("was answered".into()),
        Err(error @ SdkError::DispatchFailure(_)) => {
            Ok(json!({ "type": "SdkError::DispatchFailure", "message": shown(error) }))
        }
        Err(error) => Err(shown(error)),
    }
}

fn shown<E>(error: SdkError<E>) -> String
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    DisplayErrorContext(&error).to_string()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let rds = Client::new(&settings("us-east-1").await);
    let mut good = true;
    for check in std::env::args().skip(1) {
        let outcome = match check.as_str() {
            "version" => Ok(json!(format!("aws-sdk-rds {}", aws_sdk_rds::meta::PKG_VERSION))),
            "allowed_call" => allowed_call(&rds).await,
            "denied_call" => denied_call(&rds).await,
            "large_answer" => large_answer().await,
            "untrusted_call" => untrusted_call(&rds).await,
            other => Err(format!("there is no check `{other}`")),
        };
        good &= outcome.is_ok();
        let ok = outcome.is_ok();
        println!("{}", json!({ "check": check, "ok": ok, "detail": outcome.unwrap_or_else(Value::from) }));
    }
    std::process::exit(if good { 0 } else { 1 });
}
