//! Rules about policies and statements as a whole.

use super::Rule;
use crate::policy::lint::Severity;

pub(in crate::policy::lint) const TOO_LONG: Rule = Rule {
    code: "RG001",
    name: "too-long",
    severity: Severity::Error,
    title: "the policy is longer than AWS takes",
    explanation: r#"AWS refuses endpoint policies of more than 20,480 characters, white space included ("Control access to VPC endpoints using endpoint policies"). Written without line breaks, most policies are a third shorter."#,
    example: "",
};

pub(in crate::policy::lint) const FULL_ACCESS: Rule = Rule {
    code: "RG002",
    name: "full-access",
    severity: Severity::Warning,
    title: "the policy allows everything to everybody",
    explanation: "It says what AWS's default endpoint policy says: nothing is restricted.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#,
};

pub(in crate::policy::lint) const NOTHING_ALLOWED: Rule = Rule {
    code: "RG003",
    name: "nothing-allowed",
    severity: Severity::Error,
    title: "the policy allows nothing",
    explanation: "It has Deny statements only, and what no statement allows is denied. Add an Allow, or detach the policy.",
    example: r#"{"Effect":"Deny","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"*"}"#,
};

pub(in crate::policy::lint) const DENIES_EVERYTHING: Rule = Rule {
    code: "RG004",
    name: "denies-everything",
    severity: Severity::Warning,
    title: "a statement denies everything to everybody",
    explanation: "A Deny for all principals, actions and resources without a condition makes every other statement pointless.",
    example: r#"{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}"#,
};

pub(in crate::policy::lint) const SID_CHARACTERS: Rule = Rule {
    code: "RG005",
    name: "sid-characters",
    severity: Severity::Warning,
    title: "a Sid has characters that IAM does not take",
    explanation: r#"IAM takes ASCII letters and digits in a Sid ("IAM JSON policy elements: Sid"); some services take more."#,
    example: r#"{"Sid":"No deletes","Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"*"}"#,
};

pub(in crate::policy::lint) const SID_REPEATED: Rule = Rule {
    code: "RG006",
    name: "sid-repeated",
    severity: Severity::Warning,
    title: "two statements have one Sid",
    explanation: r#"A Sid must be unique in its policy ("IAM JSON policy elements: Sid"), and records name statements by it."#,
    example: r#"{"Sid":"A","Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"*"},{"Sid":"A","Effect":"Allow","Principal":"*","Action":"rds:StopDBInstance","Resource":"*"}"#,
};

pub(in crate::policy::lint) const VARIABLE_WITHOUT_VERSION: Rule = Rule {
    code: "RG007",
    name: "variable-without-version",
    severity: Severity::Error,
    title: "a policy variable is plain text",
    explanation: r#"Variables are read with `"Version": "2012-10-17"` only; without it `${aws:username}` stands for these very characters ("IAM JSON policy elements: Version")."#,
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"arn:aws:rds:*:*:db:${aws:username}-*"}"#,
};

pub(in crate::policy::lint) const SHADOWED: Rule = Rule {
    code: "RG008",
    name: "shadowed",
    severity: Severity::Warning,
    title: "another statement says the same",
    explanation: "A statement of the same effect covers all that this one is about: taking it away changes no decision.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:Describe*","Resource":"*"},{"Effect":"Allow","Principal":"*","Action":"rds:DescribeDBInstances","Resource":"*"}"#,
};

pub(in crate::policy::lint) const DENIED_ANYWAY: Rule = Rule {
    code: "RG009",
    name: "denied-anyway",
    severity: Severity::Error,
    title: "what a statement allows is denied anyway",
    explanation: r#"A Deny covers all that this Allow is about, and a Deny always wins ("Policy evaluation logic")."#,
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"rds:Delete*","Resource":"*"}"#,
};

pub(in crate::policy::lint) const UNDECIDABLE: Rule = Rule {
    code: "RG010",
    name: "undecidable",
    severity: Severity::Warning,
    title: "a statement can never be decided here",
    explanation: r#"It depends on a key that only AWS knows and that nothing is configured for. An Allow is never met; a Deny denies whatever else it matches. Give the key in `[context]`, or leave the statement to AWS with `policy_options.undetermined = "defer"`."#,
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/env":"dev"}}}"#,
};

pub(in crate::policy::lint) const OTHER_SERVICES: Rule = Rule {
    code: "RG011",
    name: "other-services",
    severity: Severity::Note,
    title: "statements about other services",
    explanation: "None of the statement's actions comes through this endpoint. A policy that is shared over the endpoints of several services has such statements; nothing else is looked for in them.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}"#,
};
