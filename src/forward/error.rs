//! Why a permitted call got no answer.

use crate::aws::Region;

/// A failure to forward a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No endpoint is configured for the region, and `routing.unmapped` does not let the call go elsewhere.
    #[error("no VPC endpoint is configured for {region}: add an [[endpoint]] for it, or set routing.unmapped")]
    NoEndpoint {
        /// The region of the request.
        region: Region,
    },
    /// No endpoint with `fips = true` for the region of a FIPS name, and `routing.fips = "deny"`.
    #[error("no VPC endpoint with fips = true is configured for {region}, and routing.fips is \"deny\"")]
    NoFipsEndpoint {
        /// The region of the request.
        region: Region,
    },
    /// A call to the Database Preview environment, for which no endpoint is configured.
    #[error(
        "`{host}` is not served by the VPC endpoints of {region}: give it an `endpoint` under [[host]], or set routing.unmapped to \"public\""
    )]
    NoPreviewEndpoint {
        /// The host of the request.
        host: String,
        /// Its region.
        region: Region,
    },
    /// The service's name resolves to an address outside the private network.
    #[error(
        "no VPC endpoint is configured for {region}, and `{name}` has the public address {address}: turn on private DNS, add an [[endpoint]], or set routing.unmapped"
    )]
    NotPrivate {
        /// The region of the request.
        region: Region,
        /// The name that was resolved.
        name: String,
        /// The public address.
        address: std::net::IpAddr,
    },
    /// The Host is a VPC endpoint that is not configured.
    #[error("`{host}` is not a configured VPC endpoint of {region}, so no policy stands for it")]
    HostNotAllowed {
        /// The host of the request.
        host: String,
        /// Its region.
        region: Region,
    },
    /// No connection to the endpoint could be made. Nothing was sent.
    #[error("the VPC endpoint cannot be reached: {detail}")]
    Unreachable {
        /// The errors, address by address.
        detail: String,
    },
    /// The connection broke after the request had been sent. It may have been acted on.
    #[error("the connection to the VPC endpoint was lost before the answer: {detail}")]
    Lost {
        /// The error.
        detail: String,
    },
    /// The endpoint did not answer in time. The request may have been acted on.
    #[error("the VPC endpoint did not answer within {seconds} s")]
    Timeout {
        /// The limit, in seconds.
        seconds: u64,
    },
}
