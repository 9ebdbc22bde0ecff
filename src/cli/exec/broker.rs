//! `exec --broker`: the command gets local keys instead of the real ones, which stay with the proxy.

use std::{
    ffi::OsString,
    fs::DirBuilder,
    net::{Ipv4Addr, SocketAddr},
    os::unix::fs::DirBuilderExt as _,
};

use super::{Folder, profile, variables::Variables};
use crate::{
    broker::PATH,
    cli::{Environment, Failure},
    config::Config,
};

/// Every variable that contains credentials or locates them for an SDK.
/// Source: AWS SDKs and Tools Reference Guide, "Environment variables support".
const TAKEN: [&str; 17] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_CREDENTIAL_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CONFIG_FILE",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];

/// The folder for the token inside the command's folder, readable only by this user.
const OWN: &str = "own";

/// Enables the broker, on a free port and with its own token.
///
/// # Errors
/// The folder cannot be written.
pub(super) fn configure(config: &mut Config, folder: &Folder) -> Result<(), Failure> {
    let own = folder.path().join(OWN);
    DirBuilder::new().mode(0o700).create(&own).map_err(|error| {
        Failure::world(format!("cannot make `{}`: {error}", own.display()))
            .next("set TMPDIR to a directory that can be written")
    })?;
    config.broker.listen = vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))];
    config.broker.token_file = Some(own.join("token"));
    Ok(())
}

/// Removes all other credentials from the command's variables and adds the broker's.
///
/// # Errors
/// A variable that is needed is not UTF-8, or the folder cannot be written.
pub(super) fn put_in(
    variables: &mut Variables,
    environment: &Environment,
    folder: &Folder,
    broker: Option<&SocketAddr>,
) -> Result<(), Failure> {
    let Some(broker) = broker else { return Err(Failure::wrong("`--broker`: the broker does not listen")) };
    variables.set.retain(|(name, _)| name.to_str().is_none_or(|name| !TAKEN.contains(&name)));
    // If a variable names a file that does not exist, an SDK does not look elsewhere.
    let empty = folder.write("no-credentials", "")?.into_os_string();
    let token = folder.path().join(OWN).join("token").into_os_string();
    let mut put = |name: &str, value: OsString| variables.set.push((name.into(), value));
    put("AWS_SHARED_CREDENTIALS_FILE", empty.clone());
    put("AWS_CONFIG_FILE", empty);
    put("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("http://{broker}{PATH}").into());
    put("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token);
    put("AWS_EC2_METADATA_DISABLED", "true".into());
    // The region may have come from the profile, which is no longer read.
    let regions = ["AWS_REGION", "AWS_DEFAULT_REGION"];
    let region = profile::setting(environment, "region");
    for name in regions {
        if environment.text(name)?.is_none()
            && let Some(region) = &region
        {
            put(name, region.into());
        }
    }
    Ok(())
}
