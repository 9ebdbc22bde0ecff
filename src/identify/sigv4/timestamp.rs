//! Timestamps of signed requests.

use time::{Date, Month, OffsetDateTime, Time, UtcOffset, format_description::well_known::Rfc2822};

/// Parses `20261123T225104Z`, the form of `X-Amz-Date`.
pub(crate) fn parse_amz(text: &str) -> Option<OffsetDateTime> {
    let bytes: &[u8; 16] = text.as_bytes().try_into().ok()?;
    let [y1, y2, y3, y4, mo1, mo2, d1, d2, b'T', h1, h2, mi1, mi2, s1, s2, b'Z'] = *bytes else { return None };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u16, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u16::from(digit - b'0')))
    };
    let small = |tens, ones| number(&[tens, ones]).and_then(|n| u8::try_from(n).ok());
    let month = Month::try_from(small(mo1, mo2)?).ok()?;
    let date = Date::from_calendar_date(i32::from(number(&[y1, y2, y3, y4])?), month, small(d1, d2)?).ok()?;
    let time = Time::from_hms(small(h1, h2)?, small(mi1, mi2)?, small(s1, s2)?).ok()?;
    Some(date.with_time(time).assume_utc())
}

/// Parses the date of the `Date` header (RFC 9110, 5.6.7), also with the zone `-0000` that botocore writes.
pub(crate) fn parse_http(text: &str) -> Option<OffsetDateTime> {
    // The last hours of the year 9999 have no representable date in UTC if their zone is west of it.
    OffsetDateTime::parse(text, &Rfc2822).ok()?.checked_to_offset(UtcOffset::UTC)
}

/// Formats a time as in `X-Amz-Date`, which is also the form that is signed.
pub(crate) fn format_amz(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    let (date, time) = (at.date(), at.time());
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}
