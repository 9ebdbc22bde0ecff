//! Rules about `Resource` and `NotResource`.

use super::Rule;
use crate::policy::lint::Severity;

pub(in crate::policy::lint) const RESOURCE_NOT_AN_ARN: Rule = Rule {
    code: "RG040",
    name: "resource-not-an-arn",
    severity: Severity::Error,
    title: "a resource that is no ARN",
    explanation: r#"A resource is `*` or an ARN pattern ("IAM JSON policy elements: Resource"); a bare name matches nothing."#,
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"orders"}"#,
};

pub(in crate::policy::lint) const RESOURCE_TOO_SHORT: Rule = Rule {
    code: "RG041",
    name: "resource-too-short",
    severity: Severity::Error,
    title: "an ARN with too few fields",
    explanation: "An ARN has six fields between colons; one with fewer and without a wildcard matches nothing.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"arn:aws:rds"}"#,
};

pub(in crate::policy::lint) const RESOURCE_OF_OTHER_SERVICE: Rule = Rule {
    code: "RG042",
    name: "resource-of-other-service",
    severity: Severity::Error,
    title: "an ARN of another service",
    explanation: "Requests through this endpoint act on `rds` resources, and the statement has no actions but those of `rds`.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"arn:aws:s3:::bucket"}"#,
};

pub(in crate::policy::lint) const ACCOUNT_MIXED: Rule = Rule {
    code: "RG043",
    name: "account-mixed",
    severity: Severity::Warning,
    title: "an account with wildcard and digits",
    explanation: r#"AWS refuses an account field that is neither an account id nor a wildcard alone ("Control access to VPC endpoints using endpoint policies")."#,
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"arn:aws:rds:eu-west-1:1234*:db:orders"}"#,
};

pub(in crate::policy::lint) const ACCOUNT_MALFORMED: Rule = Rule {
    code: "RG044",
    name: "account-malformed",
    severity: Severity::Error,
    title: "an account that is none",
    explanation: "The fifth field of an ARN is an account id of 12 digits or a wildcard.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"arn:aws:rds:eu-west-1:1234:db:orders"}"#,
};

pub(in crate::policy::lint) const REGION_MALFORMED: Rule = Rule {
    code: "RG045",
    name: "region-malformed",
    severity: Severity::Error,
    title: "a region that is none",
    explanation: "The fourth field of an ARN is a region such as `eu-west-1` or a wildcard.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"arn:aws:rds:euwest1:123456789012:db:orders"}"#,
};

pub(in crate::policy::lint) const RESOURCE_TYPE_UNKNOWN: Rule = Rule {
    code: "RG046",
    name: "resource-type-unknown",
    severity: Severity::Error,
    title: "a resource type that RDS does not have",
    explanation: "The part before the name is the type: `db`, `cluster`, `snapshot`, `pg`, …",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"arn:aws:rds:eu-west-1:123456789012:dbs:orders"}"#,
};

pub(in crate::policy::lint) const NAME_LETTER_CASE: Rule = Rule {
    code: "RG047",
    name: "name-letter-case",
    severity: Severity::Error,
    title: "a name with capital letters",
    explanation: "RDS stores these names in lower case and AWS compares ARNs by letter case, so the entry never matches.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"arn:aws:rds:eu-west-1:123456789012:db:Orders"}"#,
};

pub(in crate::policy::lint) const REGION_OF_TYPE: Rule = Rule {
    code: "RG048",
    name: "region-of-type",
    severity: Severity::Error,
    title: "a region where the type has none, or none where it has one",
    explanation: "Global clusters have no region in their ARN; all else has. An entry without a region and with a wildcard for the type matches global clusters only, whatever the actions act on.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"arn:aws:rds::123456789012:db:orders"}"#,
};

pub(in crate::policy::lint) const VARIABLE_IN_ARN_HEAD: Rule = Rule {
    code: "RG049",
    name: "variable-in-arn-head",
    severity: Severity::Error,
    title: "a variable before the fifth colon",
    explanation: r#"Variables are read in the last field of an ARN only ("IAM policy elements: Variables and tags")."#,
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"arn:aws:rds:eu-west-1:${aws:PrincipalAccount}:db:orders"}"#,
};

pub(in crate::policy::lint) const RESOURCE_REDUNDANT: Rule = Rule {
    code: "RG050",
    name: "resource-redundant",
    severity: Severity::Note,
    title: "a resource list has `*` and others",
    explanation: "`*` stands for every resource, so the list says less than it seems to.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":["*","arn:aws:rds:eu-west-1:123456789012:db:orders"]}"#,
};

pub(in crate::policy::lint) const ALLOW_NOT_RESOURCE: Rule = Rule {
    code: "RG051",
    name: "allow-not-resource",
    severity: Severity::Warning,
    title: "`NotResource` with `Allow`",
    explanation: r#"Every resource but those listed is allowed, those made later included ("IAM JSON policy elements: NotResource")."#,
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","NotResource":"arn:aws:rds:eu-west-1:123456789012:db:orders"}"#,
};

pub(in crate::policy::lint) const ACTION_NEEDS_STAR: Rule = Rule {
    code: "RG052",
    name: "action-needs-star",
    severity: Severity::Error,
    title: r#"an action that needs `"Resource": "*"`"#,
    explanation: "The action has no resource types: AWS judges it on `*`, which only `*` covers (Service Authorization Reference).",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DescribeAccountAttributes","Resource":"arn:aws:rds:eu-west-1:123456789012:db:orders"}"#,
};

pub(in crate::policy::lint) const ACTION_OF_OTHER_TYPE: Rule = Rule {
    code: "RG053",
    name: "action-of-other-type",
    severity: Severity::Error,
    title: "an action on other resource types",
    explanation: "None of the statement's resources is of a type that the action is judged on (Service Authorization Reference).",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"arn:aws:rds:eu-west-1:123456789012:cluster:orders"}"#,
};

pub(in crate::policy::lint) const REQUIRED_TYPE_MISSING: Rule = Rule {
    code: "RG054",
    name: "required-type-missing",
    severity: Severity::Warning,
    title: "an action that is never allowed",
    explanation: "Each resource of a call must be allowed. One that every call of this action has is allowed by no statement: default parameter, option and subnet groups are forgotten most often. Where a parameter takes ARNs of several types, one of them is enough. That calls without the parameter are judged on default groups is documented for some actions only; where it is our reading, the message says so, and `rds-guard actions NAME` says what it rests on.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:CreateDBInstance","Resource":"arn:aws:rds:eu-west-1:123456789012:db:*"}"#,
};

pub(in crate::policy::lint) const PARTITION: Rule = Rule {
    code: "RG055",
    name: "partition",
    severity: Severity::Error,
    title: "a partition that is none, or not the region's",
    explanation: "The second field of an ARN is `aws`, `aws-cn`, `aws-us-gov` or another partition of AWS, and each region is of one of them.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"arn:aws-cn:rds:eu-west-1:123456789012:db:orders"}"#,
};

pub(in crate::policy::lint) const SLASH_FOR_COLON: Rule = Rule {
    code: "RG056",
    name: "slash-for-colon",
    severity: Severity::Error,
    title: "a slash between type and name",
    explanation: "ARNs of RDS have a colon there: `db:orders`. Other services have a slash.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"arn:aws:rds:eu-west-1:123456789012:db/orders"}"#,
};

pub(in crate::policy::lint) const TYPE_MISSING: Rule = Rule {
    code: "RG057",
    name: "type-missing",
    severity: Severity::Error,
    title: "an ARN without the type of its resource",
    explanation: "The account is followed by the type and then the name: `db:orders`.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"arn:aws:rds:eu-west-1:123456789012:orders"}"#,
};

pub(in crate::policy::lint) const NAME_FOR_GENERATED_ID: Rule = Rule {
    code: "RG058",
    name: "name-for-generated-id",
    severity: Severity::Warning,
    title: "a name where ARNs have an id that RDS made",
    explanation: "The ARNs of proxies, target groups, automated backups, deployments and their like hold an id such as `prx-0123456789abcdef0`, not the name that the request gives. At AWS the entry never matches. Here, where the id is not known, a Deny on it applies to each of them and an Allow to none; `[resource_ids]` gives ids to names.",
    example: r#"{"Effect":"Deny","Principal":"*","Action":"rds:DeleteDBProxy","Resource":"arn:aws:rds:eu-west-1:123456789012:db-proxy:orders-*"}"#,
};

pub(in crate::policy::lint) const NAME_CHARACTERS: Rule = Rule {
    code: "RG059",
    name: "name-characters",
    severity: Severity::Error,
    title: "a name with characters that names of the type cannot have",
    explanation: "The API Reference says which characters an identifier has: letters, digits and hyphens for instances and clusters.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"arn:aws:rds:eu-west-1:123456789012:db:orders_prod"}"#,
};

pub(in crate::policy::lint) const NOTHING_MATCHES: Rule = Rule {
    code: "RG081",
    name: "nothing-matches",
    severity: Severity::Error,
    title: "a resource that no ARN of RDS is like",
    explanation: "Whatever its wildcards stand for, no ARN of any resource type comes out; or `NotResource` excepts everything, so that the statement never applies.",
    example: r#"{"Effect":"Deny","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"arn:aws:rds:*:db:Orders"}"#,
};

pub(in crate::policy::lint) const RESOURCE_OF_NO_ACTION: Rule = Rule {
    code: "RG082",
    name: "resource-of-no-action",
    severity: Severity::Warning,
    title: "a resource of a type that no action of the statement acts on",
    explanation: "The entry can be left out, or the action that it was meant for is missing (Service Authorization Reference).",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":["arn:aws:rds:*:*:db:orders-*","arn:aws:rds:*:*:cluster:orders-*"]}"#,
};

pub(in crate::policy::lint) const REGION_EMPTY: Rule = Rule {
    code: "RG083",
    name: "region-empty",
    severity: Severity::Warning,
    title: "no region, so nothing but global clusters",
    explanation: "The ARNs of global clusters have no region, all others have one. Write `*` for any region.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:*","Resource":"arn:aws:rds::123456789012:*"}"#,
};

pub(in crate::policy::lint) const ACTIONS_NOT_COVERED: Rule = Rule {
    code: "RG084",
    name: "actions-not-covered",
    severity: Severity::Note,
    title: r#"a wildcard for actions, some of which need `"Resource": "*"`"#,
    explanation: "Actions without resource types are judged on `*`, which no ARN covers: the statement is not about them, though its actions name them.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:Describe*","Resource":"arn:aws:rds:*:123456789012:db:*"}"#,
};

pub(in crate::policy::lint) const RESOURCE_OF_OTHERS: Rule = Rule {
    code: "RG085",
    name: "resource-of-others",
    severity: Severity::Note,
    title: "an ARN of another service, for the actions of another service",
    explanation: "The statement is about several services. The entry matches nothing that comes through this endpoint.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":["rds:DeleteDBInstance","s3:GetObject"],"Resource":["arn:aws:rds:*:*:db:orders","arn:aws:s3:::bucket/*"]}"#,
};
