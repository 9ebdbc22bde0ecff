//! The API call: action, parameters and what they resolve to.

use std::{collections::HashSet, fmt};

use crate::{
    aws::{
        ActionName,
        endpoint::RdsHost,
        rds::{self, Operation},
    },
    http1::Request,
};

use super::{
    Error, Refused, Resolution, Scope, Settings, UnknownActions, UnknownParameters, Value, check, error::shown,
    form::Form, lists, names, presigned, protocol, resolve,
};

/// A request to the RDS API whose action and parameters have one reading only.
///
/// There is no way to make one but [`api_call`](super::api_call), and none to change it: what was read is what is sent.
#[derive(Clone)]
pub struct ApiCall {
    request: Request,
    host: RdsHost,
    call: Call,
    authentication: Form,
    presigned: Option<Box<NestedCall>>,
}

/// The request that a `PreSignedUrl` parameter holds: RDS sends it to another region itself.
#[derive(Clone)]
pub struct NestedCall {
    host: RdsHost,
    call: Call,
    authentication: Form,
    authority: String,
    query: String,
}

/// Action and parameters, wherever they came from.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) action: ActionName,
    operation: Option<&'static Operation>,
    pub(super) form: Form,
    unknown: Vec<String>,
    /// The configuration wants unknown parameters judged as an unknown resource, and there are some.
    unknown_resource: bool,
}

impl ApiCall {
    /// Decodes a request; see [`api_call`](super::api_call).
    pub(super) fn decode(request: Request, host: &RdsHost, settings: &Settings) -> Result<Self, Box<Refused>> {
        match Self::read(&request, host, settings) {
            Ok((call, authentication, presigned)) => {
                Ok(Self { request, host: host.clone(), call, authentication, presigned })
            }
            Err(error) => Err(Box::new(Refused::new(error, request))),
        }
    }

    /// The call, the `X-Amz-*` parameters of its query, and the call that its `PreSignedUrl` holds.
    fn read(
        request: &Request,
        host: &RdsHost,
        settings: &Settings,
    ) -> Result<(Call, Form, Option<Box<NestedCall>>), Error> {
        let parameters = protocol::parameters(request)?;
        let presigned_query = !parameters.authentication.is_empty();
        let call = if parameters.log_file {
            Call::log_file_download(parameters.call, host)?
        } else {
            Call::read(parameters.call, host, settings, presigned_query)?
        };
        let presigned = match call.form.value(presigned::PARAMETER) {
            Some(url) => {
                let written_host = request.header("host").and_then(|host| std::str::from_utf8(host).ok());
                let around = presigned::Around { call: &call, host, written_host: written_host.unwrap_or_default() };
                Some(Box::new(presigned::read(url, &around, settings)?))
            }
            None => None,
        };
        Ok((call, parameters.authentication, presigned))
    }

    /// The request as it was received.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Gives the request back.
    #[must_use]
    pub fn into_request(self) -> Request {
        self.request
    }

    /// The name that the request was sent to.
    #[must_use]
    pub fn host(&self) -> &RdsHost {
        &self.host
    }

    /// The action, `rds:CreateDBInstance`.
    #[must_use]
    pub fn action(&self) -> &ActionName {
        &self.call.action
    }

    /// What the table knows of the action.
    #[must_use]
    pub fn operation(&self) -> Option<&'static Operation> {
        self.call.operation
    }

    /// Whether the table has the action.
    #[must_use]
    pub fn is_known_action(&self) -> bool {
        self.call.operation.is_some()
    }

    /// The names of the parameters that the table lacks, in the order they were sent.
    #[must_use]
    pub fn unknown_parameters(&self) -> &[String] {
        &self.call.unknown
    }

    /// The value of a parameter by its name on the wire, in any letter case: no two names differ in letter case only.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<Value<'_>> {
        self.call.parameter(name)
    }

    /// The values of a list by the name before its label (`ValuesToAdd` for `ValuesToAdd.AttributeValue.1`, …), in any
    /// letter case, by index; empty where there is no such list.
    #[must_use]
    pub fn parameter_list(&self, name: &str) -> Vec<Value<'_>> {
        self.call.parameter_list(name)
    }

    /// All parameters but `Action` and `Version`, in the order they were sent.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, Value<'_>)> {
        self.call.parameters()
    }

    /// The `X-Amz-*` parameters of a presigned request, decoded; none if the signature is in a header. They contain
    /// the signature and the session token.
    pub fn authentication_query(&self) -> impl Iterator<Item = (&str, &str)> {
        self.authentication.iter()
    }

    /// The call that the parameter `PreSignedUrl` holds: to be judged for its own region as well.
    #[must_use]
    pub fn presigned_url(&self) -> Option<&NestedCall> {
        self.presigned.as_deref()
    }

    /// What the call acts on, and its condition values.
    #[must_use]
    pub fn resolve(&self, scope: &Scope<'_>) -> Resolution<'_> {
        self.call.resolve(scope)
    }
}

impl NestedCall {
    /// `url` is where the request would go as it is written: host and, behind the question mark, query.
    pub(super) fn new(host: RdsHost, call: Call, authentication: Form, url: (&str, &str)) -> Self {
        let (authority, query) = (url.0.to_owned(), url.1.to_owned());
        Self { host, call, authentication, authority, query }
    }

    /// The host as it is written, which is what its signature covers.
    #[must_use]
    pub fn signed_host(&self) -> &str {
        &self.authority
    }

    /// The target of the request, query and signature included.
    #[must_use]
    pub fn target(&self) -> String {
        format!("/?{}", self.query)
    }

    /// The name that the request would be sent to.
    #[must_use]
    pub fn host(&self) -> &RdsHost {
        &self.host
    }

    /// The action, which is that of the call around it.
    #[must_use]
    pub fn action(&self) -> &ActionName {
        &self.call.action
    }

    /// The value of a parameter, as [`ApiCall::parameter`].
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<Value<'_>> {
        self.call.parameter(name)
    }

    /// All parameters but `Action` and `Version`, `DestinationRegion` among them, in the order they stand there.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, Value<'_>)> {
        self.call.parameters()
    }

    /// The `X-Amz-*` parameters, decoded: signature and session token among them.
    pub fn authentication_query(&self) -> impl Iterator<Item = (&str, &str)> {
        self.authentication.iter()
    }

    /// What the call acts on in its own region, and its condition values.
    #[must_use]
    pub fn resolve(&self, scope: &Scope<'_>) -> Resolution<'_> {
        self.call.resolve(scope)
    }
}

impl Call {
    /// Reads action, version and parameters. `presigned` says that they stand in the query of a presigned request.
    pub(super) fn read(mut form: Form, host: &RdsHost, settings: &Settings, presigned: bool) -> Result<Self, Error> {
        signature_version_2(&form)?;
        let operation = operation(&form, settings)?;
        version(&form, settings)?;
        if let Some(operation) = operation {
            lists::normalise(operation, &mut form)?;
            form.look_up(|name| names::find(operation, name));
        }
        let mut unknown = Vec::new();
        for (parameter, name, value) in form.looked_up() {
            let further = match name {
                name if resolve::is_common(name) => true,
                "DestinationRegion" => presigned || names_destination(operation, value, host),
                _ => false,
            };
            if parameter.is_none() && !further {
                near_miss(operation, name, presigned)
                    .map_err(|known| Error::NearMiss { name: shown(form.as_sent(name)), known })?;
                unknown.push(shown(name));
            }
        }
        twice_but_for_letter_case(&unknown)?;
        let unknown_resource = match (unknown.first(), settings.unknown_parameters) {
            (None, _) | (Some(_), UnknownParameters::Pass) => false,
            (Some(_), UnknownParameters::Judge) => true,
            (Some(name), UnknownParameters::Deny) => return Err(Error::ParameterUnknown { name: name.clone() }),
        };
        if let Some(operation) = operation {
            check::values(operation, &form, host.region().partition())?;
        }
        let action = action_name(form.get("Action").unwrap_or_default())?;
        Ok(Self { action, operation, form, unknown, unknown_resource })
    }

    /// The call that the path of a log file download stands for.
    fn log_file_download(mut form: Form, host: &RdsHost) -> Result<Self, Error> {
        let operation = &rds::LOG_FILE_DOWNLOAD;
        form.look_up(|name| names::find(operation, name));
        check::values(operation, &form, host.region().partition())?;
        let action = action_name(operation.name)?;
        Ok(Self { action, operation: Some(operation), form, unknown: Vec::new(), unknown_resource: false })
    }

    fn parameter(&self, name: &str) -> Option<Value<'_>> {
        let found = self.form.looked_up().find(|(_, found, _)| found.eq_ignore_ascii_case(name));
        found.map(|(known, name, value)| Value::of(known, name, value))
    }

    fn parameter_list(&self, name: &str) -> Vec<Value<'_>> {
        let index = |found: &str| {
            let (head, index) = found.rsplit_once('.')?;
            let (base, _) = head.rsplit_once('.')?;
            if base.eq_ignore_ascii_case(name) { names::index(index) } else { None }
        };
        let mut values: Vec<_> = self
            .form
            .looked_up()
            .filter_map(|(known, name, value)| Some((index(name)?, Value::of(known, name, value))))
            .collect();
        values.sort_by_key(|(index, _)| *index);
        values.into_iter().map(|(_, value)| value).collect()
    }

    fn parameters(&self) -> impl Iterator<Item = (&str, Value<'_>)> {
        let own = self.form.looked_up().filter(|(_, name, _)| !matches!(*name, "Action" | "Version"));
        own.map(|(known, name, value)| (name, Value::of(known, name, value)))
    }

    fn resolve(&self, scope: &Scope<'_>) -> Resolution<'_> {
        let Some(operation) = self.operation else { return Resolution::unknown() };
        let mut resolution = Resolution::of(operation, &self.form, scope);
        if self.unknown_resource {
            resolution.add_unknown_resource();
        }
        resolution
    }
}

impl fmt::Debug for ApiCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiCall").field("host", &self.host).field("call", &self.call).finish_non_exhaustive()
    }
}

impl fmt::Debug for NestedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NestedCall").field("host", &self.host).field("call", &self.call).finish_non_exhaustive()
    }
}

impl fmt::Debug for Call {
    /// The action and the names of the parameters: values can be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.form.iter().map(|(name, _)| name).collect();
        f.debug_struct("Call").field("action", &self.action).field("parameters", &names).finish_non_exhaustive()
    }
}

/// The parameters that only signature version 2 has (AWS General Reference, "Signature Version 2 signing process").
const SIGNATURE_VERSION_2: [&str; 5] =
    ["AWSAccessKeyId", "SignatureVersion", "SignatureMethod", "Signature", "SecurityToken"];

pub(super) fn signature_version_2(form: &Form) -> Result<(), Error> {
    let is_old = |name: &str| SIGNATURE_VERSION_2.iter().any(|old| old.eq_ignore_ascii_case(name));
    match form.iter().find(|(name, _)| is_old(name)) {
        Some((name, _)) => Err(Error::SignatureVersion2 { name: shown(name) }),
        None => Ok(()),
    }
}

/// The operation that `Action` names; `None` for one that the table lacks.
fn operation(form: &Form, settings: &Settings) -> Result<Option<&'static Operation>, Error> {
    let Some(name) = form.value("Action") else {
        let mut names = form.iter().map(|(name, _)| name).filter(|name| *name != "Action");
        let near = names.find(|name| names::near_miss(["Action"].into_iter(), name).is_some());
        return Err(near.map_or(Error::ActionMissing, |name| Error::NearMiss { name: shown(name), known: "Action" }));
    };
    if let Some(operation) = rds::operation(name) {
        return Ok(Some(operation));
    }
    if !spells_an_action(name) {
        return Err(Error::ActionMalformed);
    }
    match (rds::case_variant(name), settings.unknown_actions) {
        (Some(known), _) => Err(Error::ActionCase { found: name.to_owned(), known }),
        (None, UnknownActions::Deny) => Err(Error::ActionUnknown { name: name.to_owned() }),
        (None, UnknownActions::Judge) => Ok(None),
    }
}

/// `[A-Za-z][A-Za-z0-9]{0,127}`.
pub(super) fn spells_an_action(name: &str) -> bool {
    let mut letters = name.bytes();
    let first = letters.next().is_some_and(|byte| byte.is_ascii_alphabetic());
    first && name.len() <= 128 && letters.all(|byte| byte.is_ascii_alphanumeric())
}

fn version(form: &Form, settings: &Settings) -> Result<(), Error> {
    let version = form.value("Version").ok_or(Error::VersionMissing)?;
    if settings.versions.iter().any(|known| known == version) {
        Ok(())
    } else {
        Err(Error::Version { found: shown(&version.chars().take(32).collect::<String>()) })
    }
}

/// Whether `DestinationRegion` in a body says what is so anyway. The SDK for PHP sends it besides the `PreSignedUrl` that
/// needs it, with the region of the call.
fn names_destination(operation: Option<&Operation>, value: &str, host: &RdsHost) -> bool {
    operation.is_some_and(|operation| operation.presigned_url.is_some()) && value == host.region().as_str()
}

/// The name that `name` resembles without being it, if there is one.
fn near_miss(operation: Option<&'static Operation>, name: &str, presigned: bool) -> Result<(), &'static str> {
    let parameters = operation.map_or(&[][..], |operation| operation.parameters).iter().map(|known| known.name);
    let general = ["Action", "Version", "Timestamp", presigned::PARAMETER];
    let destination = presigned.then_some("DestinationRegion");
    // A parameter that the table lacks and that holds a signed request is read as one, whatever the action.
    if name == presigned::PARAMETER {
        return Ok(());
    }
    names::near_miss(parameters.chain(general).chain(destination), name).map_or(Ok(()), Err)
}

/// Condition keys compare without regard to letter case, so two new names must differ in more.
fn twice_but_for_letter_case(names: &[String]) -> Result<(), Error> {
    if names.len() < 2 {
        return Ok(());
    }
    let mut seen = HashSet::with_capacity(names.len());
    let twice = names.iter().find_map(|name| seen.replace(name.to_ascii_lowercase()));
    twice.map_or(Ok(()), |name| Err(Error::Duplicate { name }))
}

pub(super) fn action_name(name: &str) -> Result<ActionName, Error> {
    format!("rds:{name}").parse().map_err(|_| Error::ActionMalformed)
}
