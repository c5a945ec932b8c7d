//! Points in time, and durations.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, Time};
use operator_core::K8sType;
use proptest::strategy::Strategy;
use proptest_derive::Arbitrary;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[k8s(group = "shapes.example.com", version = "v1", kind = "Moment")]
#[serde(rename_all = "camelCase")]
pub struct MomentSpec {
    #[proptest(strategy = "(0..1i64 << 60).prop_map(|it| Duration::from_nanos(it as u64))")]
    pub duration: Duration,
    #[proptest(
        strategy = "seconds().prop_map(|it| SystemTime::UNIX_EPOCH + Duration::from_secs(it as u64))"
    )]
    pub system_time: SystemTime,
    #[proptest(strategy = "chrono()")]
    pub chrono_date_time: DateTime<Utc>,
    #[proptest(strategy = "chrono().prop_map(|it| it.date_naive())")]
    pub chrono_date: NaiveDate,
    #[proptest(strategy = "chrono().prop_map(|it| it.naive_utc())")]
    pub chrono_local: NaiveDateTime,
    #[proptest(strategy = "chrono().prop_map(|it| it.time())")]
    pub chrono_time: NaiveTime,
    #[proptest(strategy = "jiff()")]
    pub jiff_timestamp: jiff::Timestamp,
    #[proptest(strategy = "local().prop_map(|it| it.date())")]
    pub jiff_date: jiff::civil::Date,
    #[proptest(strategy = "local()")]
    pub jiff_local: jiff::civil::DateTime,
    #[proptest(strategy = "local().prop_map(|it| it.time())")]
    pub jiff_time: jiff::civil::Time,
    #[proptest(strategy = "(-9999..9999i64).prop_map(jiff::SignedDuration::from_millis)")]
    pub jiff_duration: jiff::SignedDuration,
    #[proptest(
        strategy = "(1..99i64, 0..9i64).prop_map(|(h, d)| jiff::Span::new().hours(h).days(d))"
    )]
    pub jiff_span: jiff::Span,
    #[proptest(strategy = "jiff().prop_map(Time)")]
    pub time: Time,
    #[proptest(strategy = "jiff().prop_map(MicroTime)")]
    pub micro_time: MicroTime,
    #[proptest(strategy = "proptest::option::of(chrono())")]
    pub optional: Option<DateTime<Utc>>,
}

/// Seconds until the year 2286.
fn seconds() -> impl Strategy<Value = i64> {
    0..10_000_000_000i64
}

fn chrono() -> impl Strategy<Value = DateTime<Utc>> {
    (seconds(), 0..1_000_000_000u32)
        .prop_map(|(s, n)| Utc.timestamp_opt(s, n).single().expect("it is in range"))
}

pub fn jiff() -> impl Strategy<Value = jiff::Timestamp> {
    (seconds(), 0..1_000_000i32)
        .prop_map(|(s, n)| jiff::Timestamp::new(s, n * 1000).expect("it is in range"))
}

fn local() -> impl Strategy<Value = jiff::civil::DateTime> {
    jiff().prop_map(|it| it.to_zoned(jiff::tz::TimeZone::UTC).datetime())
}
