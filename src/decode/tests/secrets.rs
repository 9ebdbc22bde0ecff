//! Secrets are sent to the service and appear nowhere else.

use super::*;

const MARKER: &str = "hunter2-marker";

/// Requests with the marker in every secret parameter of an operation, and in each position from which one could
/// leak.
fn secret_bodies() -> Vec<String> {
    let secret =
        |parameter: &&crate::aws::rds::Parameter| parameter.sensitivity == crate::aws::rds::Sensitivity::Secret;
    let mut bodies = Vec::new();
    for operation in crate::aws::rds::OPERATIONS.iter() {
        for parameter in operation.parameters.iter().filter(secret) {
            let name = parameter.name.replace('#', "1");
            let required = operation.required.iter().map(|name| format!("&{name}=x")).collect::<String>();
            bodies.push(format!("Action={}{required}&{name}={MARKER}", operation.name));
            bodies.push(format!("Action={}{required}&{}={MARKER}", operation.name, name.to_lowercase()));
            bodies.push(format!("Action={}{required}&{name}={MARKER}&{name}={MARKER}", operation.name));
            bodies.push(format!("Action={}{required}&{name}={MARKER}%zz", operation.name));
            bodies.push(format!("Action=New{}{required}&{name}={MARKER}", operation.name));
        }
    }
    bodies
}

#[test]
fn no_secret_is_in_any_debug_output_or_error() {
    let bodies = secret_bodies();
    assert!(bodies.len() >= 90, "{}", bodies.len());
    for body in bodies {
        let shown = match call(&body) {
            Ok(call) => {
                let parameters: Vec<_> = call.parameters().collect();
                assert!(parameters.iter().any(|(_, value)| value.is_secret() && value.plain().is_none()), "{body}");
                format!("{call:?} {parameters:?} {:?}", call.unknown_parameters())
            }
            Err(error) => format!("{error:?} {error} {:?}", error.parameter()),
        };
        assert!(!shown.contains(MARKER), "{shown}");
    }
}

#[test]
fn a_secret_is_handed_on_to_him_who_asks_for_it_by_name() {
    let call = call("Action=ModifyDBInstance&DBInstanceIdentifier=a&MasterUserPassword=pass").unwrap();
    let Some(Value::Secret(secret)) = call.parameter("masteruserpassword") else { panic!("it is a secret") };
    assert_eq!((secret.expose(), format!("{secret:?}").as_str()), ("pass", "Secret"));
}

#[test]
fn a_new_parameter_that_sounds_like_a_secret_is_one() {
    let call = call("Action=DeleteDBInstance&DBInstanceIdentifier=a&NewMasterPassword=p&AuthToken=t&Knob=k").unwrap();
    let secret = |name| call.parameter(name).unwrap().is_secret();
    assert_eq!([secret("NewMasterPassword"), secret("AuthToken"), secret("Knob")], [true, true, false]);
}
