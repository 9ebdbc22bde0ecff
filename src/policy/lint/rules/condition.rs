//! Rules about conditions.

use super::Rule;
use crate::policy::lint::Severity;

pub(in crate::policy::lint) const KEY_UNKNOWN: Rule = Rule {
    code: "RG060",
    name: "key-unknown",
    severity: Severity::Warning,
    title: "no such condition key",
    explanation: "No request to RDS has the key: positive conditions never hold, negated ones and `IfExists` always do.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"*","Condition":{"StringEquals":{"aws:RequestRegion":"eu-west-1"}}}"#,
};

pub(in crate::policy::lint) const OPERATOR_OF_OTHER_KIND: Rule = Rule {
    code: "RG061",
    name: "operator-of-other-kind",
    severity: Severity::Warning,
    title: "an operator of another kind than the key",
    explanation: "For example `StringEquals` on a key that holds `true` or `false` compares letter case too.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"*","Condition":{"StringEquals":{"rds:MultiAz":"True"}}}"#,
};

pub(in crate::policy::lint) const SET_OPERATOR_MISSING: Rule = Rule {
    code: "RG062",
    name: "set-operator-missing",
    severity: Severity::Error,
    title: "a multivalued key without a set operator",
    explanation: r#"AWS asks for `ForAllValues:` or `ForAnyValue:` ("Single-valued vs. multivalued context keys"). Without one the condition counts as undecided."#,
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"*","Condition":{"StringEquals":{"aws:TagKeys":"env"}}}"#,
};

pub(in crate::policy::lint) const FOR_ALL_VALUES_ABSENT: Rule = Rule {
    code: "RG063",
    name: "for-all-values-absent",
    severity: Severity::Warning,
    title: "`ForAllValues` in an Allow",
    explanation: r#"It holds where the request does not have the key at all ("Set operators"). A `Null` condition rules that out."#,
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":"env"}}}"#,
};

pub(in crate::policy::lint) const SET_OPERATOR_NEEDLESS: Rule = Rule {
    code: "RG064",
    name: "set-operator-needless",
    severity: Severity::Warning,
    title: "a set operator on a key with one value",
    explanation: "Set operators are for multivalued keys; on others `ForAllValues` turns an absent key into a match.",
    example: r#"{"Effect":"Deny","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"aws:username":"ann"}}}"#,
};

pub(in crate::policy::lint) const WILDCARD_IS_LITERAL: Rule = Rule {
    code: "RG065",
    name: "wildcard-is-literal",
    severity: Severity::Warning,
    title: "a wildcard that is none",
    explanation: "`StringEquals` and its like compare `*` and `?` as characters; `StringLike` has wildcards.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"*","Condition":{"StringEquals":{"aws:username":"ann*"}}}"#,
};

pub(in crate::policy::lint) const SYSTEM_ID_WILDCARD: Rule = Rule {
    code: "RG066",
    name: "system-id-wildcard",
    severity: Severity::Warning,
    title: "a wildcard in an id that AWS made",
    explanation: r#"AWS refuses endpoint policies with wildcards in such ids ("Control access to VPC endpoints using endpoint policies")."#,
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"*","Condition":{"StringLike":{"aws:SourceVpce":"vpce-*"}}}"#,
};

pub(in crate::policy::lint) const SYSTEM_ID_NUMERIC: Rule = Rule {
    code: "RG067",
    name: "system-id-numeric",
    severity: Severity::Warning,
    title: "a number operator on an id that AWS made",
    explanation: r#"AWS refuses endpoint policies that compare such ids as numbers ("Control access to VPC endpoints using endpoint policies")."#,
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"*","Condition":{"NumericEquals":{"aws:PrincipalAccount":"123456789012"}}}"#,
};

pub(in crate::policy::lint) const SIX_CHARACTERS: Rule = Rule {
    code: "RG068",
    name: "six-characters",
    severity: Severity::Warning,
    title: "a wildcard with too little around it",
    explanation: r#"AWS refuses endpoint policies whose wildcards have fewer than six characters before and after them ("Control access to VPC endpoints using endpoint policies")."#,
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"*","Condition":{"StringLike":{"aws:username":"ann*"}}}"#,
};

pub(in crate::policy::lint) const ARN_VALUE_TOO_SHORT: Rule = Rule {
    code: "RG069",
    name: "arn-value-too-short",
    severity: Severity::Error,
    title: "an ARN value with too few fields",
    explanation: "The ARN operators compare six fields, each alone; a value with fewer is like no ARN.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*"}}}"#,
};

pub(in crate::policy::lint) const PRINCIPAL_ARN_OF_SESSION: Rule = Rule {
    code: "RG070",
    name: "principal-arn-of-session",
    severity: Severity::Error,
    title: "`aws:PrincipalArn` compared with a session",
    explanation: r#"For a role session the key holds the ARN of the role ("AWS global condition context keys")."#,
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:sts::123456789012:assumed-role/App/*"}}}"#,
};

pub(in crate::policy::lint) const SOURCE_IP_ABSENT: Rule = Rule {
    code: "RG071",
    name: "source-ip-absent",
    severity: Severity::Error,
    title: "`aws:SourceIp` is absent through an endpoint",
    explanation: r#"Requests through a VPC endpoint do not have it ("AWS global condition context keys"): positive conditions never hold and negated ones always do. Their address is in `aws:VpcSourceIp`."#,
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}"#,
};

pub(in crate::policy::lint) const SECURE_TRANSPORT_CONSTANT: Rule = Rule {
    code: "RG072",
    name: "secure-transport-constant",
    severity: Severity::Note,
    title: "`aws:SecureTransport` is always true",
    explanation: "The proxy forwards over TLS only, so the condition says nothing here. It does no harm.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}"#,
};

pub(in crate::policy::lint) const HOST_BITS: Rule = Rule {
    code: "RG073",
    name: "host-bits",
    severity: Severity::Note,
    title: "a range with bits behind its prefix",
    explanation: "They are ignored, so the range is wider than its address seems to say.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"*","Condition":{"IpAddress":{"aws:VpcSourceIp":"10.1.2.3/8"}}}"#,
};

pub(in crate::policy::lint) const VALUE_REPEATED: Rule = Rule {
    code: "RG074",
    name: "value-repeated",
    severity: Severity::Note,
    title: "a value is given twice",
    explanation: "One of the two can go.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"*","Condition":{"StringEquals":{"aws:username":["ann","ann"]}}}"#,
};

pub(in crate::policy::lint) const KEY_REPEATED: Rule = Rule {
    code: "RG075",
    name: "key-repeated",
    severity: Severity::Warning,
    title: "a key is given twice in different letter case",
    explanation: "Names of keys are compared without regard to letter case, so both conditions must hold at once.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"*","Condition":{"StringEquals":{"aws:username":"ann","aws:UserName":"bob"}}}"#,
};

pub(in crate::policy::lint) const CONTRADICTION: Rule = Rule {
    code: "RG076",
    name: "contradiction",
    severity: Severity::Error,
    title: "a key that must be absent and have a value",
    explanation: "`Null` asks for the key to be absent and another condition for a value, so the statement never matches.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"*","Condition":{"Null":{"aws:username":"true"},"StringEquals":{"aws:username":"ann"}}}"#,
};

pub(in crate::policy::lint) const KEY_OF_OTHER_ACTIONS: Rule = Rule {
    code: "RG077",
    name: "key-of-other-actions",
    severity: Severity::Error,
    title: "a key that the actions do not have, so that the statement never applies to them",
    explanation: "A condition key is there for some actions only (Service Authorization Reference), a parameter for those that take it. For the actions named the condition never holds: a Deny does not deny, an Allow does not allow. Where they have a parameter that does what was meant, `guard:Param/NAME` compares it.",
    example: r#"{"Effect":"Deny","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"*","Condition":{"Bool":{"rds:MultiAz":"true"}}}"#,
};

pub(in crate::policy::lint) const KEY_ALWAYS_ABSENT: Rule = Rule {
    code: "RG078",
    name: "key-always-absent",
    severity: Severity::Warning,
    title: "a key that the actions do not have, so that the condition always holds",
    explanation: "A negated operator, and `Null`, hold where the key is absent, and the actions named never have it: the condition says nothing about them. So does `IfExists`, which in a Deny makes the statement deny every call of them.",
    example: r#"{"Effect":"Deny","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestTag/env":"dev"}}}"#,
};

pub(in crate::policy::lint) const KEY_UNDECIDED: Rule = Rule {
    code: "RG079",
    name: "key-undecided",
    severity: Severity::Warning,
    title: "a key that only AWS can answer for the actions",
    explanation: "Other actions have the key in their requests; for those named it is a property of the stored resource, which no request shows. An Allow never allows them here; a Deny denies whatever else it matches.",
    example: r#"{"Effect":"Deny","Principal":"*","Action":"rds:RebootDBInstance","Resource":"*","Condition":{"Bool":{"rds:MultiAz":"true"}}}"#,
};

pub(in crate::policy::lint) const NOT_PORTABLE: Rule = Rule {
    code: "RG080",
    name: "not-portable",
    severity: Severity::Warning,
    title: "a key that AWS does not know",
    explanation: "`guard:Param/…` keys are read by this program. At AWS such a key is absent: a Deny on it no longer denies. Reported with `--portable`.",
    example: r#"{"Effect":"Deny","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"*","Condition":{"StringEquals":{"guard:Param/SkipFinalSnapshot":"true"}}}"#,
};
