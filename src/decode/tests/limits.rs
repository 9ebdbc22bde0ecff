//! How many resources a call may name: this bounds the cost of a request.

use super::*;
use crate::aws::{
    ResourceKind,
    rds::{Form, KeyRule, OPERATIONS},
};

/// A distinct value that a rule accepts.
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
fn more_tags_than_the_resources_of_a_call_have_are_refused_for_every_action_that_takes_tags() {
    let mut lists = 0;
    for operation in OPERATIONS.iter() {
        let rule = operation.keys.iter().find_map(|rule| match rule {
            KeyRule::Tags { tags, .. } => Some(*tags),
            KeyRule::Constant { .. } | KeyRule::Parameter { .. } => None,
        });
        for list in rule.unwrap_or_default() {
            lists += 1;
            let body = |count: usize| {
                let tags = (1..=count).map(|at| {
                    let name = list.key.replacen('#', &(1 + at / 50).to_string(), list.key.matches('#').count() - 1);
                    format!("&{}=k{at}", name.replace('#', &at.to_string()))
                });
                format!("Action={}{}", operation.name, tags.collect::<String>())
            };
            let too_many = |count: usize| match call(&body(count)) {
                Err(error @ Error::TooManyTags { .. }) => {
                    assert_eq!(error.parameter(), Some(list.key));
                    true
                }
                Ok(_) | Err(_) => false,
            };
            assert!(!too_many(MAX_TAGS) && too_many(MAX_TAGS + 1), "{} {}", operation.name, list.key);
        }
    }
    assert!(lists > 30, "{lists}");
}

#[test]
fn unlisted_parameters_that_name_more_resources_than_a_list_may_are_judged_as_any_resource() {
    let resolved = |count: usize| {
        let arns = (1..=count).map(|at| format!("&New{at}=arn%3Aaws%3Ards%3Aus-east-1%3A123456789012%3Adb%3An{at}"));
        let call = call(&format!("Action=DescribeDBInstances{}", arns.collect::<String>())).unwrap();
        let region = "us-east-1".parse().unwrap();
        let scope = Scope { region: &region, account: None, resource_ids: &ResourceIds::default() };
        call.resolve(&scope).implied.iter().map(|(resource, _)| resource.kind).collect::<Vec<_>>()
    };
    let kinds = resolved(MAX_RESOURCES);
    assert_eq!((kinds.len(), kinds.contains(&ResourceKind::Unknown)), (MAX_RESOURCES, false));
    for count in [MAX_RESOURCES + 2, 5_000] {
        let kinds = resolved(count);
        assert_eq!(kinds.len(), MAX_RESOURCES + 2, "{count}");
        assert_eq!(kinds.last(), Some(&ResourceKind::Unknown));
    }
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
