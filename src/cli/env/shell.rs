//! The formats in which variables are printed.

use clap::ValueEnum;

use super::variables::Variable;

/// A format for printing variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Shell {
    /// export lines for sh, bash, zsh
    Sh,
    /// set lines for fish
    Fish,
    /// KEY=VALUE lines, as `docker run --env-file` reads them
    Dotenv,
    /// The `environment` list of an ECS container definition
    Ecs,
    /// The `env` list of a Kubernetes container
    K8s,
}

impl Shell {
    /// The variables in this format. JSON has no comments; see [`Self::untold`].
    pub(super) fn render(self, variables: &[Variable]) -> String {
        if self == Self::Ecs {
            let list: Vec<_> =
                variables.iter().map(|it| serde_json::json!({ "name": it.name, "value": it.value })).collect();
            return format!("{:#}\n", serde_json::Value::Array(list));
        }
        let line = |it: &Variable| {
            let comment = it.comment.map(|comment| format!("# {comment}\n")).unwrap_or_default();
            format!("{comment}{}\n", self.assignment(it.name, &it.value))
        };
        variables.iter().map(line).collect()
    }

    /// Whether the variables are for a shell on this machine, where the proxy must be running, and not for a
    /// container whose proxy runs elsewhere.
    pub(super) const fn is_of_this_machine(self) -> bool {
        match self {
            Self::Sh | Self::Fish => true,
            Self::Dotenv | Self::Ecs | Self::K8s => false,
        }
    }

    /// The comments that cannot be written in this format.
    pub(super) fn untold(self, variables: &[Variable]) -> Vec<String> {
        match self {
            Self::Ecs => variables.iter().filter_map(|it| Some(format!("{} {}", it.name, it.comment?))).collect(),
            Self::Sh | Self::Fish | Self::Dotenv | Self::K8s => Vec::new(),
        }
    }

    fn assignment(self, name: &str, value: &str) -> String {
        match self {
            // Inside single quotes only the quote itself is special: the string is closed, the quote escaped, and
            // the string reopened.
            Self::Sh => format!("export {name}='{}'", value.replace('\'', r"'\''")),
            // fish has two escapes inside single quotes.
            Self::Fish => format!("set -gx {name} '{}'", value.replace('\\', r"\\").replace('\'', r"\'")),
            Self::Dotenv => format!("{name}={value}"),
            // Every JSON string is also a YAML string.
            Self::K8s | Self::Ecs => format!("- name: {name}\n  value: {}", serde_json::Value::from(value)),
        }
    }
}
