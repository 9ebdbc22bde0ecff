//! `--max-characters`: the maximum length of a policy, for the commands that read one without a configuration.

use std::num::NonZeroUsize;

use clap::Args;

use super::{Environment, Failure};
use crate::policy::Limits;

/// The variable that sets the same limit for `run`.
const VARIABLE: &str = "RDS_GUARD_POLICY_OPTIONS__MAX_CHARACTERS";

/// The flag that several commands have.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(super) struct MaxCharacters {
    /// The most characters that a policy may have [default: 20480, what a VPC endpoint takes].
    /// `policy_options.max_characters` of the configuration says the same to `run`; so does
    /// RDS_GUARD_POLICY_OPTIONS__MAX_CHARACTERS, to both
    #[arg(long, value_name = "N")]
    max_characters: Option<NonZeroUsize>,
}

impl MaxCharacters {
    /// The limit: from the flag, otherwise from the variable, otherwise AWS's.
    ///
    /// # Errors
    /// The variable is set and is not a number of at least 1.
    pub(super) fn limits(self, environment: &Environment) -> Result<Limits, Failure> {
        let written = match self.max_characters {
            Some(flag) => return Ok(Limits { max_characters: flag.get() }),
            None => environment.text(VARIABLE)?,
        };
        let Some(written) = written else { return Ok(Limits::default()) };
        let number: NonZeroUsize = written.parse().map_err(|_| {
            Failure::wrong(format!("{VARIABLE}: `{written}` is not a number of characters"))
                .next("set it to a number from 1 on, or unset it")
        })?;
        Ok(Limits { max_characters: number.get() })
    }
}
