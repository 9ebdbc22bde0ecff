//! The path of one request, from its bytes to the answer: read this file first to check whether a call can bypass the
//! policy.

use std::{borrow::Cow, collections::HashMap, net::SocketAddr, sync::Arc, time::Instant};

use time::OffsetDateTime;
use tower::{Service, ServiceExt};

use crate::{
    accept::{Authority, Host},
    authorize::{self, Circumstances, Enforcement, Judgement, PolicyStore},
    aws::{
        OwnAccounts,
        endpoint::{RdsHost, Recognised, recognise, service_name},
        rds,
    },
    decode::{self, ApiCall, Value},
    error::Error,
    fault::Fault,
    forward::{self, Answer, Destinations},
    http1::Request,
    identify::{self, Caller, Directory, sigv4},
    intercept::ReadError,
    quota::Quota,
    rate_limit::RateLimits,
    record::{self, Decision, Kind, Mode, Recorder, Trail},
    sign::{Entrance, Outgoing, Signer},
};

/// Maximum number of names of one kind in a record: a request may have thousands, and records wait in memory.
const MOST_NAMES: usize = 200;

/// The settings of a guard.
#[derive(Debug)]
pub struct Settings {
    /// Whether denials are enforced.
    pub mode: Mode,
    /// How requests are decoded.
    pub decode: decode::Settings,
    /// How callers are identified.
    pub identify: identify::Settings,
    /// How callers of each workload are identified.
    pub workloads: HashMap<Arc<str>, identify::Settings>,
    /// The known access keys and their owners.
    pub directory: Arc<Directory>,
    /// Re-signs the calls whose keys the broker handed out.
    pub signer: Signer,
    /// How calls are judged.
    pub authorize: authorize::Settings,
    /// The active policies.
    pub policies: Arc<PolicyStore>,
    /// The limits on how often calls may be made.
    pub rate_limits: RateLimits,
    /// Where calls are sent.
    pub destinations: Arc<Destinations>,
    /// Whether records show parameter values.
    pub record_values: bool,
    /// Maximum number of concurrent requests.
    pub in_flight: usize,
}

impl Settings {
    /// How callers of a workload are identified.
    fn identify_for(&self, workload: Option<&str>) -> &identify::Settings {
        workload.and_then(|workload| self.workloads.get(workload)).unwrap_or(&self.identify)
    }

    /// The operator's own accounts, as they apply to callers of a workload.
    #[must_use]
    pub fn own_accounts(&self, workload: Option<&str>) -> OwnAccounts {
        identify::own_accounts(&self.directory, self.identify_for(workload))
    }
}

/// The connection on which a request arrives.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The addressee of its requests.
    pub addressed: Addressed,
    /// The client's address.
    pub source: SocketAddr,
    /// The client's workload, if there are several workloads.
    pub workload: Option<Arc<str>>,
    /// Why the client is not the workload that it should be. If set, every request is refused.
    pub stranger: Option<&'static str>,
}

/// The addressee of a connection's requests.
#[derive(Clone, Debug)]
pub enum Addressed {
    /// A name of the RDS API, from CONNECT or the TLS server name.
    Service {
        /// The host name.
        host: RdsHost,
        /// The same name, for comparison with `Host` headers.
        authority: Authority,
    },
    /// This proxy itself, at this port of a loopback address. The signature's scope determines the region.
    Endpoint {
        /// The listener's port.
        port: u16,
    },
}

/// The response to the client, with the record that is written once it has been sent.
#[derive(Debug)]
pub struct Response {
    /// The service's answer, or the proxy's error.
    pub outcome: Result<Answer, Fault>,
    /// The record; `None` only if there was no space for one.
    pub trail: Option<Trail>,
}

/// Judges requests and forwards the permitted ones through `F`.
#[derive(Clone, Debug)]
pub struct Guard<F> {
    settings: Arc<Settings>,
    recorder: Recorder,
    in_flight: Arc<Quota>,
    forward: F,
}

impl<F> Guard<F>
where
    F: Service<Outgoing, Response = Answer, Error = forward::Error> + Clone,
{
    /// Creates a guard. Clones share the limit on concurrent requests.
    #[must_use]
    pub fn new(settings: Arc<Settings>, recorder: Recorder, in_flight: Arc<Quota>, forward: F) -> Self {
        Self { settings, recorder, in_flight, forward }
    }

    /// The limit on concurrent requests, which is shared with requests that are not for the RDS API.
    #[must_use]
    pub fn in_flight(&self) -> &Arc<Quota> {
        &self.in_flight
    }

    /// Answers what was read from a connection: a request, or a read error.
    pub async fn respond(&self, read: Result<Request, ReadError>, connection: &Connection) -> Response {
        let Some(mut trail) = self.recorder.begin(Kind::Rds, self.settings.mode, connection.source.to_string()) else {
            return Response { outcome: Err(Fault::from(&Error::Unrecorded)), trail: None };
        };
        if let Addressed::Service { host, .. } = &connection.addressed {
            note_host(host, &mut trail);
        }
        trail.workload = connection.workload.as_deref().map(str::to_owned);
        let outcome = match self.answer(read, connection, &mut trail).await {
            Ok(answer) => Ok(answer),
            Err(error) => {
                let fault = Fault::from(&error);
                // A call without a destination was not let through, whatever the mode.
                trail.enforced |= has_nowhere_to_go(&error);
                // A call that audit mode let through keeps the reason for which enforce mode would have refused it.
                if trail.enforced {
                    trail.reason = fault.reason;
                }
                trail.detail = Some(error.to_string());
                Err(fault)
            }
        };
        Response { outcome, trail: Some(trail) }
    }

    async fn answer(
        &self,
        read: Result<Request, ReadError>,
        connection: &Connection,
        trail: &mut Trail,
    ) -> Result<Answer, Error> {
        let settings = &*self.settings;
        let place = self.in_flight.try_take(connection.workload.as_deref(), 1);
        let _place = place.ok_or(Error::Overload { limit: settings.in_flight })?;
        let request = read?;
        trail.bytes_in = (request.head_bytes().len() + request.body().len()) as u64;
        let (host, entrance) = connection.addressed.host(&request)?;
        note_host(&host, trail);
        if let Some(why) = connection.stranger {
            return Err(identify::Error::Stranger { why }.into());
        }
        let destination = match settings.destinations.find(&host) {
            Err(error @ forward::Error::HostNotAllowed { .. }) => return Err(error.into()),
            found => found,
        };
        let now = OffsetDateTime::now_utc();
        let identify = settings.identify_for(connection.workload.as_deref());
        let call = decode::api_call_or_refused(request, &host, &settings.decode).map_err(|refused| {
            note_refused(&refused, trail);
            trail.principal = principal(&identify::claimed(&refused, &host, &settings.directory, now, identify));
            Error::Decode(refused.into_error())
        })?;
        self.note_call(&call, trail);
        let identified = match identify::caller(call, &settings.directory, now, identify) {
            Ok(identified) => identified,
            Err(refused) => self.observe_unidentified(refused, trail)?,
        };
        if trail.principal.is_none() {
            trail.principal = principal(identified.caller());
        }
        // On a shared listener, the local key identifies the workload.
        let workload = connection.workload.clone().or_else(|| identified.holder()?.workload.clone());
        trail.workload = workload.as_deref().map(str::to_owned);
        let circumstances = Circumstances {
            now,
            endpoint: destination.as_ref().ok().and_then(|found| found.endpoint_id.as_ref()),
            vpc: destination.as_ref().ok().and_then(|found| found.vpc.as_deref()),
            public: destination.as_ref().is_ok_and(|found| found.public),
            workload: workload.as_deref(),
        };
        let policies = settings.policies.current();
        let enforcement = match settings.mode {
            Mode::Enforce => Enforcement::Enforce,
            Mode::Audit => Enforcement::Observe,
        };
        let caller = (!settings.rate_limits.is_empty()).then(|| identified.caller().clone());
        let (judgement, permitted) =
            authorize::permit(identified, &policies, &settings.authorize, &circumstances, enforcement);
        note_judgement(judgement, trail);
        let permitted = permitted?;
        trail.fips_downgraded = destination?.fips_downgraded;
        if let Some(caller) = &caller {
            self.take_of_rate(caller, trail)?;
        }
        let outgoing = settings.signer.prepare(permitted, entrance).await?;
        let answer = self.forward.clone().oneshot(outgoing).await?;
        trail.upstream = Some(upstream(&answer));
        if trail.decision == Decision::Allow && trail.enforced {
            trail.reason = "allowed";
        }
        Ok(answer)
    }

    /// An allowed call must fit its rate limit. Audit mode lets it through anyway and records that enforce mode would
    /// not have. There, a call that the policy denies takes nothing from a rate limit, because enforce mode would
    /// have refused it before.
    fn take_of_rate(&self, caller: &Caller, trail: &mut Trail) -> Result<(), Error> {
        if trail.decision == Decision::Deny {
            return Ok(());
        }
        let action = trail.action.as_deref().unwrap_or_default();
        let Err(exceeded) = self.settings.rate_limits.take(action, caller, Instant::now()) else { return Ok(()) };
        let error = Error::RateLimited(exceeded);
        if self.settings.mode == Mode::Enforce {
            return Err(error);
        }
        trail.enforced = false;
        trail.reason = Fault::from(&error).reason;
        trail.detail = Some(error.to_string());
        Ok(())
    }

    /// In audit mode a call whose caller would be refused passes, unless the caller is ambiguous.
    fn observe_unidentified(
        &self,
        refused: Box<identify::Refused>,
        trail: &mut Trail,
    ) -> Result<identify::IdentifiedCall, Error> {
        trail.principal = principal(refused.caller());
        let error = Error::Identify(refused.error().clone());
        if self.settings.mode == Mode::Enforce {
            return Err(error);
        }
        let identified = refused.let_pass().map_err(|refused| Error::Identify(refused.error().clone()))?;
        trail.enforced = false;
        trail.reason = Fault::from(&error).reason;
        trail.detail = Some(error.to_string());
        Ok(identified)
    }

    fn note_call(&self, call: &ApiCall, trail: &mut Trail) {
        trail.action = Some(call.action().to_string());
        trail.unknown_action = !call.is_known_action();
        trail.unknown_parameters = call.unknown_parameters().iter().take(MOST_NAMES).cloned().collect();
        trail.omitted.unknown_parameters = call.unknown_parameters().len().saturating_sub(MOST_NAMES);
        trail.omitted.parameters = call.parameters().skip(MOST_NAMES).count();
        let values = self.settings.record_values;
        trail.parameters = call
            .parameters()
            .take(MOST_NAMES)
            .map(|(name, value)| {
                let shown = match value {
                    Value::Plain(value) if values => Some(value.to_owned()),
                    Value::Plain(_) | Value::Secret(_) => None,
                };
                (name.to_owned(), shown)
            })
            .collect();
    }
}

impl Addressed {
    /// The RDS API name that a request is for, and the kind of listener that it came through.
    fn host(&self, request: &Request) -> Result<(Cow<'_, RdsHost>, Entrance), Error> {
        let written = request.header("host").unwrap_or_default();
        match self {
            Self::Service { host, authority } if authority.matches_host_header(written) => {
                Ok((Cow::Borrowed(host), Entrance::Service))
            }
            Self::Service { host, .. } => Err(Error::Misdirected { expected: host.name().to_owned() }),
            Self::Endpoint { port } if is_loopback(written, *port) => {
                let region = sigv4::claimed_region(request).ok_or(identify::Error::Unsigned)?;
                match recognise(&service_name(&region)) {
                    Recognised::Rds(host) => Ok((Cow::Owned(host), Entrance::Endpoint)),
                    Recognised::Lookalike | Recognised::Other => Err(identify::Error::Unsigned.into()),
                }
            }
            Self::Endpoint { port } => Err(Error::Misdirected { expected: format!("127.0.0.1:{port}") }),
        }
    }
}

/// Whether a call has no destination: no endpoint is configured, or none with a private address.
fn has_nowhere_to_go(error: &Error) -> bool {
    use forward::Error as F;
    matches!(
        error,
        Error::Forward(
            F::NoEndpoint { .. } | F::NoFipsEndpoint { .. } | F::NoPreviewEndpoint { .. } | F::NotPrivate { .. }
        )
    )
}

/// Whether a `Host` header names a loopback address at this port.
fn is_loopback(written: &[u8], port: u16) -> bool {
    let Some(found) = std::str::from_utf8(written).ok().and_then(|text| Authority::parse(text).ok()) else {
        return false;
    };
    let near = match &found.host {
        Host::Address(address) => address.is_loopback(),
        Host::Name(name) => name == "localhost",
    };
    near && found.port == port
}

fn note_host(host: &RdsHost, trail: &mut Trail) {
    trail.host = Some(host.name().to_owned());
    trail.region = Some(host.region().to_string());
}

/// Records what is known about a request that cannot be read unambiguously.
fn note_refused(refused: &decode::Refused, trail: &mut Trail) {
    let Some(action) = refused.action() else { return };
    trail.unknown_action = rds::operation(action.name()).is_none() && action.name() != rds::LOG_FILE_DOWNLOAD.name;
    trail.action = Some(action.to_string());
}

/// Records the judgement. A denial that is not enforced leaves its reason; an identity that would have been refused
/// keeps the reason recorded earlier.
fn note_judgement(judgement: Judgement, trail: &mut Trail) {
    trail.resources = judgement.resources;
    trail.omitted.resources = trail.resources.len().saturating_sub(MOST_NAMES);
    trail.resources.truncate(MOST_NAMES);
    trail.policy_version = judgement.policy_version;
    trail.undetermined = judgement.undetermined;
    trail.dependents_not_allowed = judgement.dependents_not_allowed;
    trail.statement = judgement.statement.map(|(policy, index, sid)| record::StatementRef { policy, index, sid });
    if let Some(denied) = &judgement.denied {
        trail.denied_action = Some(denied.action.clone());
        trail.denied_resource.clone_from(&denied.resource);
    }
    let let_pass = !trail.enforced;
    match judgement.denied {
        Some(denied) if !let_pass => {
            trail.reason = denied.reason();
            trail.enforced = trail.mode == Mode::Enforce;
            if !trail.enforced {
                trail.detail = Some(denied.to_string());
            }
        }
        None if !let_pass => trail.decision = Decision::Allow,
        Some(_) | None => {}
    }
}

fn principal(caller: &Caller) -> Option<record::Principal> {
    let access_key_id = caller.access_key_id.as_ref()?;
    Some(record::Principal {
        arn: caller.principal.as_ref().map(ToString::to_string),
        account: caller.account.map(|account| account.to_string()),
        access_key_id: access_key_id.to_string(),
        trust: caller.trust.as_str(),
    })
}

fn upstream(answer: &Answer) -> record::Upstream {
    let request_id = answer.head().value("x-amzn-requestid").and_then(|id| std::str::from_utf8(id).ok());
    record::Upstream {
        endpoint: answer.endpoint().to_string(),
        address: answer.address().to_string(),
        status: answer.head().status(),
        request_id: request_id.map(str::to_owned),
    }
}
