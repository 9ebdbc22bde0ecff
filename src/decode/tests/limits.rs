//! How much a call may name: what one request costs is bounded by it.

use super::*;
use crate::aws::rds::{Form, OPERATIONS};

/// A value that the rule takes, as long as it is asked for.
fn named(form: Form, at: usize) -> String {
    match form {
        Form::Arn => format!("arn%3Aaws%3Ards%3Aus-east-1%3A123456789012%3Adb%3An{at}"),
        Form::Name | Form::NameOrArn | Form::Opaque => format!("n{at}"),
    }
}

#[test]
fn a_list_of_more_resources_than_a_call_names_is_refused_for_every_action_and_list() {
    let mut lists = 0;
    for operation in OPERATIONS.iter() {
        let rules = operation.resources.iter().flat_map(|rule| rule.named_by);
        for named_by in rules.filter(|named_by| named_by.parameter.ends_with('#')) {
            lists += 1;
            let base = named_by.parameter.trim_end_matches('#');
            let body = |count: usize| {
                let items = (1..=count).map(|at| format!("&{base}{at}={}", named(named_by.form, at)));
                format!("Action={}{}", operation.name, items.collect::<String>())
            };
            let too_many = |count: usize| matches!(call(&body(count)), Err(Error::TooManyResources { .. }));
            assert!(!too_many(MAX_RESOURCES), "{} {base}", operation.name);
            assert!(too_many(MAX_RESOURCES + 1), "{} {base}", operation.name);
            let said = call(&body(9_000)).unwrap_err();
            assert_eq!(said.parameter(), Some(named_by.parameter));
            assert!(said.to_string().contains("more than 100 resources"), "{said}");
        }
    }
    assert!(lists >= 6, "{lists}");
}

#[test]
fn nothing_that_becomes_part_of_an_arn_is_longer_than_any_name_or_arn() {
    let of = |parameter: &str, length: usize| {
        let value = "a".repeat(length);
        let target = if parameter == "DBInstanceIdentifier" { "" } else { "&DBInstanceIdentifier=n" };
        call(&format!("Action=CreateDBInstance&DBInstanceClass=db.t3.micro{target}&{parameter}={value}"))
    };
    for parameter in ["DBInstanceIdentifier", "DBParameterGroupName", "OptionGroupName", "Engine"] {
        let is_too_long = |length: usize| {
            let refused = of(parameter, length).err();
            matches!(refused, Some(Error::ValueTooLong { limit: MAX_IDENTIFIER_BYTES, .. }))
        };
        assert!(!is_too_long(MAX_IDENTIFIER_BYTES), "{parameter}");
        assert!(is_too_long(MAX_IDENTIFIER_BYTES + 1), "{parameter}");
    }
}
