//! Rules about `Principal` and `NotPrincipal`.

use super::Rule;
use crate::policy::lint::Severity;

pub(in crate::policy::lint) const PRINCIPAL_WILDCARD: Rule = Rule {
    code: "RG020",
    name: "principal-wildcard",
    severity: Severity::Error,
    title: "a principal's ARN has a wildcard",
    explanation: r#"A wildcard does not match a part of a principal's ARN ("AWS JSON policy elements: Principal"). Use `"Principal": "*"` with `ArnLike` on `aws:PrincipalArn`."#,
    example: r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/*"},"Action":"rds:DeleteDBInstance","Resource":"*"}"#,
};

pub(in crate::policy::lint) const PRINCIPAL_NOT_A_CALLER: Rule = Rule {
    code: "RG021",
    name: "principal-not-a-caller",
    severity: Severity::Warning,
    title: "a principal that never calls this way",
    explanation: "Services, identity providers and canonical users do not sign the requests that come through the proxy.",
    example: r#"{"Effect":"Allow","Principal":{"Service":"rds.amazonaws.com"},"Action":"rds:DeleteDBInstance","Resource":"*"}"#,
};

pub(in crate::policy::lint) const PRINCIPAL_UNIQUE_ID: Rule = Rule {
    code: "RG022",
    name: "principal-unique-id",
    severity: Severity::Error,
    title: "a principal that was deleted",
    explanation: r#"AWS puts the unique id of a user or role in place of its ARN when it is deleted ("AWS JSON policy elements: Principal"). It names no principal any more."#,
    example: r#"{"Effect":"Allow","Principal":{"AWS":"AROADBQP57FF2AEXAMPLE"},"Action":"rds:DeleteDBInstance","Resource":"*"}"#,
};

pub(in crate::policy::lint) const PRINCIPAL_REDUNDANT: Rule = Rule {
    code: "RG023",
    name: "principal-redundant",
    severity: Severity::Warning,
    title: "a principal list has `*` and others",
    explanation: "`*` stands for everybody, so the list says less than it seems to.",
    example: r#"{"Effect":"Allow","Principal":{"AWS":["*","123456789012"]},"Action":"rds:DeleteDBInstance","Resource":"*"}"#,
};

pub(in crate::policy::lint) const NOT_PRINCIPAL: Rule = Rule {
    code: "RG024",
    name: "not-principal",
    severity: Severity::Note,
    title: "`NotPrincipal` is hard to get right",
    explanation: "AWS advises against it: any caller that is not listed with account, role and session is denied. A Deny with `ArnNotLike` on `aws:PrincipalArn` says the same more plainly.",
    example: r#"{"Effect":"Deny","NotPrincipal":{"AWS":"123456789012"},"Action":"rds:DeleteDBInstance","Resource":"*"}"#,
};

pub(in crate::policy::lint) const NOT_PRINCIPAL_PARTIAL: Rule = Rule {
    code: "RG025",
    name: "not-principal-partial",
    severity: Severity::Error,
    title: "a principal is excepted without its account",
    explanation: r#"`NotPrincipal` excepts a user or role only where its account is listed too ("AWS JSON policy elements: NotPrincipal")."#,
    example: r#"{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::123456789012:user/ann"},"Action":"rds:DeleteDBInstance","Resource":"*"}"#,
};
