//! Which texts are well formed.

use super::*;

#[test]
fn an_access_key_id_of_the_new_generation_carries_its_account_and_no_other_form_does() {
    let cases: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("../../tests/data/wire/access-key-ids.json")).unwrap();
    assert_eq!(cases.len(), 14);
    for case in cases {
        let found = case["akid"].as_str().unwrap().parse::<AccessKeyId>().ok().and_then(|id| id.account());
        assert_eq!(found.map(|id| id.to_string()).as_deref(), case["account"].as_str(), "{case}");
    }
}

#[test]
fn an_arn_is_split_at_its_first_five_colons_only() {
    let arn: Arn = "arn:aws:rds:us-east-1:123456789012:og:default:mysql-8-0".parse().unwrap();
    assert_eq!(arn.resource(), "og:default:mysql-8-0");
    assert_eq!(
        (arn.partition(), arn.service(), arn.region(), arn.account()),
        ("aws", "rds", "us-east-1", "123456789012")
    );
    assert_eq!("arn:aws:rds:eu-west-1".parse::<Arn>(), Err(ArnError::Fields { found: 4 }));
}

#[test]
fn a_region_is_known_by_its_form_and_belongs_to_one_partition() {
    for (name, partition) in [
        ("us-east-1", Partition::Aws),
        ("mx-central-1", Partition::Aws),
        ("ap-southeast-17", Partition::Aws),
        ("cn-northwest-1", Partition::AwsCn),
        ("us-gov-west-1", Partition::AwsUsGov),
        ("us-isob-east-1", Partition::AwsIsoB),
        ("eusc-de-east-1", Partition::AwsEusc),
    ] {
        assert_eq!(name.parse::<Region>().unwrap().partition(), partition, "{name}");
    }
    for name in ["", "us", "us-east", "us-east-", "US-EAST-1", "us-east-100", "us--1", "xx-east-1", "us-east-1.evil"] {
        assert!(name.parse::<Region>().is_err(), "{name}");
    }
}

#[test]
fn a_principal_arn_names_its_kind_and_session() {
    let session: PrincipalArn = "arn:aws:sts::123456789012:assumed-role/App/i-0abc".parse().unwrap();
    assert_eq!(session.kind(), PrincipalKind::AssumedRole);
    assert_eq!((session.name(), session.session_name()), (Some("App"), Some("i-0abc")));
    let user: PrincipalArn = "arn:aws:iam::123456789012:user/team/blue/ann".parse().unwrap();
    assert_eq!((user.kind(), user.name()), (PrincipalKind::User, Some("ann")));
    for wrong in ["arn:aws:iam::1:root", "arn:aws:rds:us-east-1:123456789012:db:x", "arn:aws:iam::123456789012:role/"] {
        assert!(wrong.parse::<PrincipalArn>().is_err(), "{wrong}");
    }
}

#[test]
fn an_action_name_has_a_service_and_a_word() {
    assert_eq!("rds:CreateDBInstance".parse::<ActionName>().unwrap().name(), "CreateDBInstance");
    for wrong in ["CreateDBInstance", "rds:", ":X", "rds:a b", "rds:*"] {
        assert!(wrong.parse::<ActionName>().is_err(), "{wrong}");
    }
}

#[test]
fn an_action_pattern_takes_wildcards_in_the_name_and_any_letter_case() {
    let pattern = |text: &str| text.parse::<ActionPattern>().unwrap();
    let cases = [
        ("*", "rds:DeleteDBInstance", true),
        ("rds:*", "rds:DeleteDBInstance", true),
        ("rds:Delete*", "rds:DeleteDBInstance", true),
        ("RDS:delete*instance", "rds:DeleteDBInstance", true),
        ("rds:Delete*", "rds:CreateDBInstance", false),
        ("rds:DeleteDB????????", "rds:DeleteDBInstance", true),
        ("rds:DeleteDB?", "rds:DeleteDBInstance", false),
        ("rds:*a*e*", "rds:DeleteDBInstance", true),
        ("rds:*e", "rds:DeleteDBInstances", false),
        ("rds:**s", "rds:DescribeDBInstances", true),
        ("rds:DeleteDBInstance", "rds:DeleteDBInstance", true),
        ("rds:DeleteDBInstanc", "rds:DeleteDBInstance", false),
    ];
    for (text, action, expected) in cases {
        assert_eq!(pattern(text).matches(action), expected, "{text} {action}");
    }
    for text in ["", "rds", "rds:", "Delete*", "r*:Delete", "s3:Get*", "rds:Delete DB", "rds:a:b"] {
        assert!(text.parse::<ActionPattern>().is_err(), "{text}");
    }
}
