//! Rules about `Action` and `NotAction`.

use super::Rule;
use crate::policy::lint::Severity;

pub(in crate::policy::lint) const ACTION_UNKNOWN: Rule = Rule {
    code: "RG030",
    name: "action-unknown",
    severity: Severity::Error,
    title: "no such action",
    explanation: "The Service Authorization Reference has no action of this name, but one that is written nearly so: the entry matches nothing.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:DeleteDbInstances","Resource":"*"}"#,
};

pub(in crate::policy::lint) const ACTION_MATCHES_NOTHING: Rule = Rule {
    code: "RG031",
    name: "action-matches-nothing",
    severity: Severity::Error,
    title: "a wildcard that matches no action",
    explanation: "No known action fits the pattern.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:Destroy*","Resource":"*"}"#,
};

pub(in crate::policy::lint) const ACTION_OF_OTHER_SERVICE: Rule = Rule {
    code: "RG032",
    name: "action-of-other-service",
    severity: Severity::Error,
    title: "an action of another service",
    explanation: "Only `rds:` actions come through this endpoint. Neptune and DocumentDB are called by `rds:` actions too, whatever examples say. Actions that are meant for other services are no error (`RG037`).",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"docdb:DeleteDBInstance","Resource":"*"}"#,
};

pub(in crate::policy::lint) const ACTION_LETTER_CASE: Rule = Rule {
    code: "RG033",
    name: "action-letter-case",
    severity: Severity::Note,
    title: "an action in other letter case",
    explanation: "Letter case makes no difference to AWS; readers and searches expect AWS's spelling.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:deleteDBInstance","Resource":"*"}"#,
};

pub(in crate::policy::lint) const ACTION_REDUNDANT: Rule = Rule {
    code: "RG034",
    name: "action-redundant",
    severity: Severity::Note,
    title: "an action that another entry covers",
    explanation: "Another entry of the list stands for all that this one does.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":["rds:Delete*","rds:DeleteDBInstance"],"Resource":"*"}"#,
};

pub(in crate::policy::lint) const ACTION_WIDER_THAN_IT_SEEMS: Rule = Rule {
    code: "RG035",
    name: "action-wider-than-it-seems",
    severity: Severity::Warning,
    title: "a wildcard that grants more than it seems to",
    explanation: "A wildcard in place of the verb also allows actions that delete or change. Write the verbs that are meant.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:*DBInstance","Resource":"*"}"#,
};

pub(in crate::policy::lint) const ALLOW_NOT_ACTION: Rule = Rule {
    code: "RG036",
    name: "allow-not-action",
    severity: Severity::Warning,
    title: "`NotAction` with `Allow`",
    explanation: r#"Every action but those listed is allowed, those that AWS adds later included ("IAM JSON policy elements: NotAction")."#,
    example: r#"{"Effect":"Allow","Principal":"*","NotAction":"rds:DeleteDBInstance","Resource":"*"}"#,
};

pub(in crate::policy::lint) const ACTIONS_OF_OTHER_SERVICES: Rule = Rule {
    code: "RG037",
    name: "actions-of-other-services",
    severity: Severity::Note,
    title: "actions of other services next to those of this one",
    explanation: "They match no request through this endpoint, and do no harm. An exception by `NotAction` does not need them here.",
    example: r#"{"Effect":"Allow","Principal":"*","Action":["rds:DeleteDBInstance","kms:ListAliases"],"Resource":"*"}"#,
};

pub(in crate::policy::lint) const ACTION_NEWER: Rule = Rule {
    code: "RG038",
    name: "action-newer",
    severity: Severity::Warning,
    title: "an action that is not in the table",
    explanation: r#"The name is none of the Service Authorization Reference that this program was built with, and is not near to one. If AWS has it by now, calls of it are judged on an unknown resource: an Allow covers them with `"Resource": "*"` only, and a Deny on the action always applies."#,
    example: r#"{"Effect":"Allow","Principal":"*","Action":"rds:CreateSomethingNew","Resource":"*"}"#,
};
