//! Strings and what is written as one.

use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::PathBuf,
};

use operator_core::K8sType;
use proptest::strategy::Strategy;
use proptest_derive::Arbitrary;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[k8s(group = "shapes.example.com", version = "v1", kind = "Text")]
#[serde(rename_all = "camelCase")]
pub struct TextSpec {
    pub string: String,
    #[proptest(strategy = "\"[a-z]*\".prop_map(Cow::Owned)")]
    pub cow: Cow<'static, str>,
    #[proptest(strategy = "\"[a-z/]*\".prop_map(PathBuf::from)")]
    pub path: PathBuf,
    pub ip: IpAddr,
    pub ipv4: Ipv4Addr,
    pub ipv6: Ipv6Addr,
    pub optional_ip: Option<IpAddr>,
    #[proptest(
        strategy = "\"https?://[a-z]{1,9}(:[1-9][0-9]{1,3})?/[a-z/]*\".prop_map(|it| it.parse().expect(\"a URL\"))"
    )]
    pub url: url::Url,
    #[proptest(strategy = "proptest::num::u128::ANY.prop_map(uuid::Uuid::from_u128)")]
    pub uuid: uuid::Uuid,
    #[proptest(
        strategy = "proptest::arbitrary::any::<(u8, u8, u8)>().prop_map(|it| semver::Version::new(it.0.into(), it.1.into(), it.2.into()))"
    )]
    pub semver: semver::Version,
    #[garde(length(min = 2, max = 4))]
    #[proptest(strategy = "\"[a-zß]{2,4}\"")]
    pub length: String,
    #[garde(pattern("^[a-z]{1,8}$"))]
    #[proptest(strategy = "\"[a-z]{1,8}\"")]
    pub pattern: String,
    #[validate(contains(pattern = "a.b"))]
    #[proptest(strategy = "\"x*a[.]b\"")]
    pub contains: String,
    #[validate(email)]
    #[proptest(strategy = "\"[a-z]{1,8}@[a-z]{1,8}[.]org\"")]
    pub email: String,
    #[validate(url)]
    #[proptest(strategy = "\"https://[a-z]{1,9}/\"")]
    pub uri: String,
    #[garde(ipv4)]
    #[proptest(strategy = "proptest::arbitrary::any::<Ipv4Addr>().prop_map(|it| it.to_string())")]
    pub ipv4_text: String,
    #[validate(required)]
    #[proptest(strategy = "\"[a-z]*\".prop_map(Some)")]
    pub required: Option<String>,
    #[garde(inner(length(min = 1)))]
    #[proptest(strategy = "proptest::collection::vec(\"[a-z]{1,2}\", 0..3)")]
    pub inner: Vec<String>,
}
