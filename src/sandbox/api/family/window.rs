//! Maintenance and backup windows. <RDS API Reference, CreateDBInstance: "Minimum 30-minute window", no overlap>

use crate::sandbox::{
    answer::{Outcome, Refusal},
    api::{Ask, record::Record},
};

const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A window: its first minute in the week or day, and its length in minutes.
type Span = (u32, u32);

/// Checks the windows that a resource would have, and converts the maintenance window to lower case.
pub(super) fn check(record: &mut Record, ask: &Ask<'_>) -> Outcome<()> {
    let asked = |name| ask.value(name).is_some();
    if !asked("PreferredMaintenanceWindow") && !asked("PreferredBackupWindow") {
        return Ok(());
    }
    let window = record.get("PreferredMaintenanceWindow").to_ascii_lowercase();
    let maintenance = weekly(&window)?;
    record.set("PreferredMaintenanceWindow", window);
    let backup = daily(record.get("PreferredBackupWindow"))?;
    if (0..7).any(|day| overlap(maintenance, (day * DAY + backup.0, backup.1))) {
        return Err(Refusal::invalid_value("The backup window and maintenance window must not overlap."));
    }
    Ok(())
}

fn weekly(window: &str) -> Outcome<Span> {
    let malformed = || {
        Refusal::invalid_value(format!(
            "Invalid maintenance window format: {window}. Should be specified as a range ddd:hh24:mi-ddd:hh24:mi \
             (24H Clock UTC). Example: Sun:23:45-Mon:00:15"
        ))
    };
    let (from, to) = window.split_once('-').ok_or_else(malformed)?;
    if [from, to].iter().any(|end| end.split(':').count() != 3) {
        return Err(malformed());
    }
    let minute = |end: &str| {
        let (day, time) = end.split_once(':')?;
        let day = DAYS.iter().position(|known| *known == day)?;
        Some(u32::try_from(day).ok()? * DAY + clock(time)?)
    };
    let invalid = || Refusal::invalid_value(format!("Invalid day:hour:minute value: {window}"));
    let (from, to) = (minute(from).ok_or_else(invalid)?, minute(to).ok_or_else(invalid)?);
    let length = (to + WEEK - from) % WEEK;
    match length {
        0..30 => Err(Refusal::invalid_value("The maintenance window must be at least 30 minutes.")),
        30..DAY => Ok((from, length)),
        _ => Err(Refusal::invalid_value("Maintenance window must be less than 24 hours.")),
    }
}

fn daily(window: &str) -> Outcome<Span> {
    let ends = window.split_once('-').and_then(|(from, to)| Some((clock(from)?, clock(to)?)));
    let (from, to) = ends.ok_or_else(|| {
        Refusal::invalid_value(format!(
            "Invalid backup window format: {window}. Should be specified as a range hh24:mi-hh24:mi (24H Clock UTC)"
        ))
    })?;
    let length = (to + DAY - from) % DAY;
    if length < 30 {
        return Err(Refusal::invalid_value("The backup window must be at least 30 minutes."));
    }
    Ok((from, length))
}

/// A time `hh:mm` in minutes.
fn clock(time: &str) -> Option<u32> {
    let (hours, minutes) = time.split_once(':')?;
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// Whether two spans of the week have a minute in common. The week wraps around.
fn overlap((one, one_length): Span, (other, other_length): Span) -> bool {
    (other + WEEK - one) % WEEK < one_length || (one + WEEK - other) % WEEK < other_length
}
