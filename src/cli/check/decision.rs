//! `check --action`: one decision, explained statement by statement.

use serde_json::Value;

use super::{CheckArgs, context_pairs, parse};
use crate::{
    aws::{ActionName, PrincipalArn, RequestResource},
    cli::{
        Exit, Failure,
        output::{self, Format},
    },
    policy::{Explanation, Policy, Principal, Request, RequestContext, Undetermined},
};

/// Evaluates the action and prints the decision.
pub(super) fn run(args: &CheckArgs, policy: &Policy) -> Result<Exit, Failure> {
    let action: ActionName = parse("--action", args.action.as_deref().unwrap_or_default())?;
    let principal: Option<PrincipalArn> = args.principal.as_deref().map(|arn| parse("--principal", arn)).transpose()?;
    let resources = args.resource.iter().map(|arn| resource(arn)).collect::<Result<Vec<_>, _>>()?;
    let context = context(args)?;
    let request = Request {
        action: action.as_str(),
        principal: principal.as_ref().map_or(Principal::Unknown, Principal::Known),
        resources: &resources,
        context: &context,
    };
    let decision = policy.evaluate(&request);
    let explanation = policy.explain(&request, Undetermined::Deny);
    let sids = decision.grounds().statements().iter().map(|decisive| decisive.name()).collect();
    output::print(&match args.format {
        Format::Text => explanation.to_string(),
        Format::Json => json(&explanation, sids)?,
    })?;
    Ok(if decision.is_allow() { Exit::Good } else { Exit::No })
}

/// The explanation, with the names of the deciding statements, in the format of the answers to cases.
fn json(explanation: &Explanation, sids: Vec<String>) -> Result<String, Failure> {
    let mut answer = serde_json::to_value(explanation).map_err(Failure::world)?;
    if let Value::Object(members) = &mut answer {
        members.insert("sids".to_owned(), sids.into());
    }
    Ok(format!("{answer}\n"))
}

fn resource(arn: &str) -> Result<RequestResource, Failure> {
    RequestResource::given(arn, None).map_err(|error| Failure::wrong(format!("--resource: {error}")))
}

/// The condition keys from the flags: one value, or a list if a key is given several times.
fn context(args: &CheckArgs) -> Result<RequestContext, Failure> {
    let mut context = RequestContext::new();
    for (key, values) in context_pairs(&args.context)? {
        match <[String; 1]>::try_from(values) {
            Ok([value]) => context.insert(&key, value),
            Err(values) => context.insert_list(&key, values),
        }
    }
    for key in &args.unknown {
        if !key.contains(':') {
            return Err(Failure::wrong(format!(
                "--unknown: `{key}` is not a condition key such as aws:ResourceTag/team"
            )));
        }
        context.insert_unknown(key);
    }
    Ok(context)
}
