//! Points in time in AWS's formats: the W3C profile of ISO 8601, or seconds since 1970.

/// A point in time, in nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(i128);

const NANOSECONDS: i128 = 1_000_000_000;

impl Instant {
    /// The instant `seconds` after the start of 1970.
    pub(crate) fn of_seconds(seconds: i64) -> Self {
        Self(i128::from(seconds) * NANOSECONDS)
    }

    /// Whole seconds since 1970, rounded down.
    pub(crate) fn whole_seconds(self) -> i64 {
        i64::try_from(self.0.div_euclid(NANOSECONDS)).unwrap_or_default()
    }

    /// Parses `YYYY-MM`, `YYYY-MM-DD`, `YYYY-MM-DDThh:mm[:ss[.fraction]]` with `Z` or `±hh:mm`, or epoch seconds
    /// ("IAM JSON policy elements: Condition operators", date; <https://www.w3.org/TR/NOTE-datetime>).
    ///
    /// OURS: four digits alone are refused, since they could be a year or seconds; so is a time without an offset.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        if is_number {
            let is_a_year_or_seconds = text.len() == 4;
            let seconds: i64 = text.parse().ok()?;
            return (!is_a_year_or_seconds).then_some(Self(i128::from(seconds) * NANOSECONDS));
        }
        let (date, time) = match text.split_once(['T', 't']) {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let days = days_of(date, time.is_some())?;
        let nanoseconds = time.map_or(Some(0), time_of)?;
        Some(Self(i128::from(days) * 86_400 * NANOSECONDS + nanoseconds))
    }
}

/// A number of exactly `width` digits.
fn field(text: &str, width: usize) -> Option<i64> {
    let digits = text.len() == width && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// Days since 1970-01-01 of `YYYY-MM-DD`, or of `YYYY-MM` if no time follows.
fn days_of(date: &str, day_needed: bool) -> Option<i64> {
    let mut fields = date.split('-');
    let year = field(fields.next()?, 4)?;
    let month = field(fields.next()?, 2)?;
    let day = match fields.next() {
        Some(day) => field(day, 2)?,
        None if day_needed => return None,
        None => 1,
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if fields.next().is_some() || !(1..=longest).contains(&day) {
        return None;
    }
    // Years that begin in March have the leap day at the end, so that the months before it have fixed lengths.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let in_year = (153 * month + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // There are 719,468 days from 0000-03-01 to 1970-01-01.
    Some(year * 365 + leap_days + in_year - 719_468)
}

/// Nanoseconds since midnight UTC of `hh:mm[:ss[.fraction]]` with its offset.
fn time_of(text: &str) -> Option<i128> {
    let (clock, offset_minutes) = match text.strip_suffix(['Z', 'z']) {
        Some(clock) => (clock, 0),
        None => {
            let (clock, offset) = text.split_at_checked(text.len().checked_sub(6)?)?;
            let sign = match offset.chars().next()? {
                '+' => 1,
                '-' => -1,
                _ => return None,
            };
            let (hours, minutes) = offset.get(1..)?.split_once(':')?;
            let (hours, minutes) = (field(hours, 2)?, field(minutes, 2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            (clock, sign * (hours * 60 + minutes))
        }
    };
    let mut fields = clock.splitn(3, ':');
    let (hours, minutes) = (field(fields.next()?, 2)?, field(fields.next()?, 2)?);
    let (seconds, fraction) = match fields.next() {
        None => (0, 0),
        Some(seconds) => match seconds.split_once('.') {
            None => (field(seconds, 2)?, 0),
            Some((seconds, fraction)) => (field(seconds, 2)?, nanoseconds_of(fraction)?),
        },
    };
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let since_midnight = (hours * 60 + minutes - offset_minutes) * 60 + seconds;
    Some(i128::from(since_midnight) * NANOSECONDS + fraction)
}

/// The nanoseconds of a decimal fraction of up to nine digits.
fn nanoseconds_of(fraction: &str) -> Option<i128> {
    let digits = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit());
    let places = u32::try_from(fraction.len()).ok()?;
    let value: i128 = if digits { fraction.parse().ok()? } else { return None };
    Some(value * 10_i128.pow(9_u32.checked_sub(places)?))
}
