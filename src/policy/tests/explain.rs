//! The content of an explanation.

use crate::aws::{RequestResource, ResourceKind};
use crate::policy::{Explanation, Limits, Policy, Principal, Request, RequestContext, Undetermined};

fn explanation() -> Explanation {
    let policy = Policy::parse(
        r#"{"Version": "2012-10-17", "Statement": [
  {"Sid": "Read", "Effect": "Allow", "Principal": "*", "Action": "rds:Describe*", "Resource": "*"},
  {"Effect": "Deny", "NotPrincipal": {"AWS": ["123456789012"], "Service": "x"}, "Action": ["rds:D*", "s3:*"],
   "Resource": ["arn:aws:rds:*:*:db:dev-*", "arn:aws:rds:*:*:db:prod-*"],
   "Condition": {"StringLike": {"aws:ResourceTag/env": "p*"}, "Bool": {"aws:SecureTransport": true},
                 "Null": {"aws:TagKeys": "false"}}}
]}"#,
        &Limits::default(),
    )
    .unwrap();
    let resources =
        [RequestResource { arn: "arn:aws:rds:eu-west-1:123456789012:db:prod-1".into(), kind: ResourceKind::Exact }];
    let mut context = RequestContext::new();
    context.insert("aws:SecureTransport", "true");
    context.insert_unknown("aws:ResourceTag/*");
    context.insert_list("aws:TagKeys", vec!["a".to_owned(), "b".to_owned()]);
    let principal = Principal::Account("555555555555".parse().unwrap());
    let request = Request { action: "rds:DescribeDBInstances", principal, resources: &resources, context: &context };
    policy.explain(&request, Undetermined::Deny)
}

#[test]
fn an_explanation_shows_each_element_with_its_values() {
    let expected = "\
explicit_deny
undetermined: aws:ResourceTag/env
resource: arn:aws:rds:eu-west-1:123456789012:db:prod-1

statement 1 \"Read\", Allow (line 2, column 3): matches
  yes  Principal: `*` covers a principal of account 555555555555
  yes  Action: `rds:Describe*` covers rds:DescribeDBInstances
  yes  Resource: `*` covers arn:aws:rds:eu-west-1:123456789012:db:prod-1

statement 2, Deny (line 3, column 3): depends on what is not known here, decided
  yes  NotPrincipal: none of `123456789012`, `Service: x` is a principal of account 555555555555
  yes  Action: `rds:D*` covers rds:DescribeDBInstances
  yes  Resource: `arn:aws:rds:*:*:db:prod-*` covers arn:aws:rds:eu-west-1:123456789012:db:prod-1
  ?    StringLike: aws:ResourceTag/env is not known here; the policy has `p*`
  yes  Bool: aws:SecureTransport is `true`; the policy has `true`
  yes  Null: aws:TagKeys is `a`, `b`; the policy has `false`
";
    assert_eq!(explanation().to_string(), expected);
}

#[test]
fn an_explanation_is_data_too() {
    let json = serde_json::to_value(explanation()).unwrap();
    assert_eq!(json["decision"], "explicit_deny");
    assert_eq!(json["statements"][0]["matches"], "true");
    assert_eq!(json["statements"][1]["conditions"][0]["found"], serde_json::json!({"state": "unknown"}));
    assert_eq!(
        json["statements"][1]["conditions"][2]["found"],
        serde_json::json!({"state": "present", "values": ["a", "b"]})
    );
}
