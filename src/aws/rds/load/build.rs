//! Builds the table from its file. It lives as long as the process, so its parts are leaked, once.

use std::collections::BTreeMap;

use super::{Table, TableError, text};
use crate::aws::rds::{
    Absent, AbsentValue, AccessLevel, BUILT_IN, BareName, Compose, ConditionKey, Dependent, Fold, FoldRule, Folding,
    Form, Implied, ImpliedForm, KeyRule, KeySource, Model, NamedBy, Operation, Parameter, ParameterType, ResourceRule,
    ResourceType, Role, RuleType, Sensitivity, TagParameter, ValueType,
};

/// The resource types by name.
type Types = BTreeMap<String, &'static ResourceType>;

pub(super) fn table(file: text::File) -> Result<Table, TableError> {
    let text::File { authorization, wire_params, tags_on, .. } = file;
    let types = resource_types(authorization.resource_types)?;
    let mut operations = Vec::new();
    for (name, action) in authorization.actions {
        let wire = wire_params.get(&name).ok_or_else(|| rule(&name, "it has no parameters in `wire_params`"))?;
        operations.push(Builder { name: &name, types: &types }.operation(action, wire, tags_on.get(&name))?);
    }
    operations.sort_by_key(|operation| operation.name);
    let keys = authorization.condition_keys.into_iter().map(|(name, key)| condition_key(name, &key));
    let mut condition_keys = keys.collect::<Result<Vec<_>, _>>()?;
    condition_keys.sort_by_key(|key| key.name);
    let folds = authorization.folds.into_iter().map(|(name, fold)| fold_rule(name, fold));
    let mut folds = folds.collect::<Result<Vec<_>, _>>()?;
    folds.sort_by_key(|rule| rule.parameter);
    let botocore = authorization.sources.get("botocore").cloned().unwrap_or_default();
    Ok(Table {
        operations: leaked(operations),
        reference_only: leaked(authorization.reference_only_actions.into_keys().map(text_of).collect()),
        condition_keys: leaked(condition_keys),
        folds: leaked(folds),
        resource_types: leaked(types.into_values().collect()),
        botocore: text_of(botocore),
    })
}

fn resource_types(found: BTreeMap<String, text::Type>) -> Result<Types, TableError> {
    let mut types = Types::new();
    for (name, kind) in found {
        let folding = match kind.case.as_str() {
            "lower" => Folding::Lower,
            "lower-assumed" => Folding::LowerAssumed,
            "unknown" => Folding::Kept,
            "opaque" => Folding::Generated,
            other => return Err(rule(&name, format!("`{other}` is no letter case of names"))),
        };
        let condition_keys = texts(kind.condition_keys);
        let (prefix, global) = (text_of(kind.prefix), kind.global);
        let made = ResourceType { name: text_of(name.clone()), prefix, global, folding, condition_keys };
        // A type that is equal to a built-in one is represented by that static.
        let own = BUILT_IN.resource_types.iter().find(|own| **own == &made).copied();
        types.insert(name, own.unwrap_or_else(|| Box::leak(Box::new(made))));
    }
    Ok(types)
}

fn condition_key(name: String, key: &text::Key) -> Result<ConditionKey, TableError> {
    let source = match key.source.as_str() {
        "request" => KeySource::Request,
        "tags-in-request" => KeySource::RequestTags,
        "resource-state" => KeySource::StoredResource,
        "not-in-request" => KeySource::NotInRequest,
        other => return Err(rule(&name, format!("`{other}` is no source of a key"))),
    };
    let value_type = value_type(&name, &key.kind)?;
    Ok(ConditionKey { name: text_of(name), value_type, source })
}

fn fold_rule(name: String, found: text::FoldOf) -> Result<FoldRule, TableError> {
    let fold = match found.fold.as_str() {
        "lower" => Fold::Lower,
        "upper" => Fold::Upper,
        "upper-for-oracle" => Fold::UpperForOracle,
        "id" => Fold::ResourceId,
        other => return Err(rule(&name, format!("`{other}` is no fold"))),
    };
    Ok(FoldRule { parameter: text_of(name), fold, source: text_of(found.source) })
}

fn value_type(name: &str, kind: &str) -> Result<ValueType, TableError> {
    match kind {
        "String" => Ok(ValueType::String),
        "Bool" => Ok(ValueType::Bool),
        "Numeric" => Ok(ValueType::Numeric),
        "ArrayOfString" => Ok(ValueType::ArrayOfString),
        other => Err(rule(name, format!("`{other}` is no type of a condition key"))),
    }
}

/// Builds one operation.
struct Builder<'b> {
    name: &'b str,
    types: &'b Types,
}

impl Builder<'_> {
    fn operation(
        &self,
        action: text::Action,
        wire: &BTreeMap<String, String>,
        tags_on: Option<&String>,
    ) -> Result<Operation, TableError> {
        let shared = self.shared(&action.resources)?;
        let resources = action.resources.iter().map(|rule| self.resource_rule(rule, &shared));
        let keys = action.condition_keys.into_iter().map(|(key, found)| self.key_rule(key, found));
        let implied = action.implied.iter().map(|implied| self.implied(implied));
        let needed =
            |needed: text::Needed| Dependent { action: text_of(needed.action), when: texts(needed.when_params) };
        let unevaluated = action.unevaluated_params.into_iter().map(|(name, why)| (text_of(name), text_of(why)));
        Ok(Operation {
            name: text_of(self.name.to_owned()),
            access: self.access(&action.access_level)?,
            models: leaked(action.models.iter().map(|model| self.model(model)).collect::<Result<_, _>>()?),
            in_reference: action.in_reference,
            read_only: action.read_only,
            idempotent: action.idempotent,
            parameters: self.parameters(wire, &action.sensitive_params)?,
            required: texts(action.required_params),
            resources: leaked(resources.collect::<Result<_, _>>()?),
            implied: leaked(implied.collect::<Result<_, _>>()?),
            source_required: self.kinds(&action.source_required)?,
            keys: leaked(keys.collect::<Result<_, _>>()?),
            unknown_keys: texts(action.unknowable_keys),
            dependents: leaked(action.dependent_actions.into_iter().map(needed).collect()),
            tags_on: tags_on.map(|kind| self.kind(kind)).transpose()?,
            presigned_url: action.presigned_url_param.map(text_of),
            unevaluated: leaked(unevaluated.collect()),
            ambiguities: texts(action.ambiguous),
        })
    }

    fn fault(&self, why: impl Into<String>) -> TableError {
        rule(self.name, why)
    }

    fn kind(&self, name: &str) -> Result<&'static ResourceType, TableError> {
        self.types.get(name).copied().ok_or_else(|| self.fault(format!("`{name}` is no resource type of the file")))
    }

    fn kinds(&self, names: &[String]) -> Result<&'static [&'static ResourceType], TableError> {
        Ok(leaked(names.iter().map(|name| self.kind(name)).collect::<Result<_, _>>()?))
    }

    fn access(&self, level: &str) -> Result<AccessLevel, TableError> {
        let all =
            [AccessLevel::Read, AccessLevel::List, AccessLevel::Write, AccessLevel::Tagging, AccessLevel::Permissions];
        let found = all.into_iter().find(|known| known.as_str() == level);
        found.ok_or_else(|| self.fault(format!("`{level}` is no access level")))
    }

    fn model(&self, name: &str) -> Result<Model, TableError> {
        let found = [Model::Rds, Model::Neptune, Model::DocDb].into_iter().find(|known| known.as_str() == name);
        found.ok_or_else(|| self.fault(format!("`{name}` is no SDK model of the RDS API")))
    }

    fn parameters(
        &self,
        wire: &BTreeMap<String, String>,
        sensitive: &[String],
    ) -> Result<&'static [Parameter], TableError> {
        let parameter = |(name, kind): (&String, &String)| {
            let value_type = match kind.as_str() {
                "string" => ParameterType::String,
                "boolean" => ParameterType::Boolean,
                "integer" => ParameterType::Integer,
                "long" => ParameterType::Long,
                "double" | "float" => ParameterType::Double,
                "timestamp" => ParameterType::Timestamp,
                other => return Err(self.fault(format!("`{other}` is no type of a parameter"))),
            };
            let sensitivity = if sensitive.contains(name) { Sensitivity::Secret } else { Sensitivity::Plain };
            Ok(Parameter { name: text_of(name.clone()), value_type, sensitivity })
        };
        Ok(leaked(wire.iter().map(parameter).collect::<Result<_, _>>()?))
    }

    /// The parameters that may name several types, with those types in order and the type of a bare name.
    fn shared(
        &self,
        rules: &[text::Rule],
    ) -> Result<BTreeMap<String, (Vec<&'static ResourceType>, String)>, TableError> {
        let mut shared: BTreeMap<String, (Vec<&'static ResourceType>, String)> = BTreeMap::new();
        for rule in rules {
            for from in rule.from.iter().filter(|from| from.type_by_arn) {
                let bare = from.bare_name_type.clone().unwrap_or_else(|| rule.kind.clone());
                shared.entry(from.param.clone()).or_insert_with(|| (Vec::new(), bare)).0.push(self.kind(&rule.kind)?);
            }
        }
        Ok(shared)
    }

    fn resource_rule(
        &self,
        rule: &text::Rule,
        shared: &BTreeMap<String, (Vec<&'static ResourceType>, String)>,
    ) -> Result<ResourceRule, TableError> {
        let resource_type = match rule.kind.as_str() {
            "*" if rule.only_if_no_other => RuleType::StarIfNone,
            "*" => RuleType::Star,
            "*any*" => RuleType::AnyOf(self.kinds(&rule.types_allowed)?),
            one => RuleType::One(self.kind(one)?),
        };
        let compose = match &rule.compose {
            None => None,
            Some(parts) => {
                let known = [Compose::EngineVersion, Compose::SnapshotTenant];
                let found = known.into_iter().find(|known| parts.params.iter().eq(known.parameters()));
                Some(found.ok_or_else(|| self.fault(format!("no ARN is composed of {}", parts.params.join(", "))))?)
            }
        };
        let named = |from: &text::From| -> Result<NamedBy, TableError> {
            let by_arn = match shared.get(&from.param).filter(|_| from.type_by_arn) {
                Some((types, bare)) => Some(BareName { types: leaked(types.clone()), bare: self.kind(bare)? }),
                None => None,
            };
            let parameter = text_of(from.wire.clone().unwrap_or_else(|| from.param.clone()));
            let (form, role) = (self.form(&from.form)?, self.role(&from.role)?);
            Ok(NamedBy { parameter, form, role, required: from.required, by_arn })
        };
        Ok(ResourceRule {
            resource_type,
            required: rule.required,
            named_by: leaked(rule.from.iter().map(named).collect::<Result<_, _>>()?),
            compose,
            absent: self.absent(&rule.absent)?,
            is_reading: rule.reading,
        })
    }

    fn form(&self, form: &str) -> Result<Form, TableError> {
        match form {
            "name" => Ok(Form::Name),
            "arn" => Ok(Form::Arn),
            "name_or_arn" => Ok(Form::NameOrArn),
            "opaque" => Ok(Form::Opaque),
            other => Err(self.fault(format!("`{other}` is no form of a name"))),
        }
    }

    fn role(&self, role: &str) -> Result<Role, TableError> {
        let found = [Role::Target, Role::Source, Role::Created, Role::Reference].into_iter();
        found.into_iter().find(|known| known.as_str() == role).ok_or_else(|| self.fault(format!("`{role}` is no role")))
    }

    fn absent(&self, absent: &text::AbsentOf) -> Result<Absent, TableError> {
        Ok(match absent.kind.as_str() {
            "all" => Absent::All,
            "omit" => Absent::Omit,
            "star" => Absent::Star,
            "unknown" => Absent::Unknown,
            "unknown-id" => Absent::UnknownId,
            "error" => Absent::Error,
            "composed" => Absent::Composed,
            "default" => Absent::Default {
                name: text_of(absent.name.clone().ok_or_else(|| self.fault("a default group has no name"))?),
                unless: absent.unless_param.clone().map(text_of),
                deny_only_with: absent.deny_only_with.clone().map(text_of),
            },
            other => return Err(self.fault(format!("`{other}` is not what is judged without a name"))),
        })
    }

    fn implied(&self, implied: &text::ImpliedBy) -> Result<Implied, TableError> {
        let form = match implied.form.as_str() {
            "id" => ImpliedForm::Id,
            "arn_of_backup" => ImpliedForm::ArnOfBackup,
            "arn_or_id" => ImpliedForm::ArnOrId,
            other => return Err(self.fault(format!("`{other}` is no other name of a resource"))),
        };
        let (types, role) = (self.kinds(&implied.types)?, self.role(&implied.role)?);
        Ok(Implied { parameter: text_of(implied.wire.clone()), types, role, form })
    }

    fn key_rule(&self, key: String, found: text::KeyOf) -> Result<KeyRule, TableError> {
        let lacks = |what: &str| self.fault(format!("the rule of {key} has no {what}"));
        let made = text_of(key.clone());
        match found.kind.as_str() {
            "constant" => {
                let value = found.value.map(text_of).ok_or_else(|| lacks("value"))?;
                Ok(KeyRule::Constant { key: made, value })
            }
            "tags" => {
                let tag = |tags: text::TagsIn| TagParameter { key: text_of(tags.key), value: tags.value.map(text_of) };
                let tags = leaked(found.from.into_iter().map(tag).collect());
                Ok(KeyRule::Tags { key: made, tags, is_listed: !found.unlisted })
            }
            "param" => {
                let absent = match found.absent.as_deref() {
                    Some("missing") => AbsentValue::Missing,
                    Some("unknown") => AbsentValue::Unknown,
                    Some("default") => AbsentValue::Default {
                        value: found.default.map(text_of).ok_or_else(|| lacks("default"))?,
                        unless: texts(found.default_unless_params),
                    },
                    Some(_) | None => return Err(lacks("meaning of its absence that is known")),
                };
                let parameter = found.param.map(text_of).ok_or_else(|| lacks("parameter"))?;
                let value_type = value_type(self.name, &found.value_type.ok_or_else(|| lacks("type"))?)?;
                Ok(KeyRule::Parameter { key: made, parameter, value_type, absent })
            }
            other => Err(self.fault(format!("`{other}` is no rule of a condition key"))),
        }
    }
}

fn rule(operation: &str, why: impl Into<String>) -> TableError {
    TableError::Rule { operation: operation.to_owned(), why: why.into() }
}

fn text_of(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

fn texts(texts: Vec<String>) -> &'static [&'static str] {
    leaked(texts.into_iter().map(text_of).collect())
}

fn leaked<T>(items: Vec<T>) -> &'static [T] {
    Box::leak(items.into_boxed_slice())
}
