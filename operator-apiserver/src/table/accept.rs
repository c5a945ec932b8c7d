//! [`negotiate`]: what the `Accept` header asks for, and the refusal of what the server can't write.

use crate::error::ApiError;

use super::MetaVersion;

/// How a reply is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// The format.
    pub(crate) encoding: Encoding,
    /// What is told.
    pub(crate) view: View,
    /// Whether it is indented for people, by the parameter `pretty=1`.
    pub(crate) pretty: bool,
}

/// The formats of replies. There is no protobuf: clients that prefer it name JSON as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// `application/json`
    Json,
    /// `application/yaml`
    Yaml,
}

/// What a reply tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// The object or list as it is.
    Whole,
    /// A `Table`.
    Table(MetaVersion),
    /// The metadata of an object.
    PartialObjectMetadata(MetaVersion),
    /// The metadata of the objects of a list.
    PartialObjectMetadataList(MetaVersion),
    /// All groups, versions and resources in one document.
    AggregatedDiscovery,
}

/// What is being asked: not every path offers every format and view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// One object, its creation, change or deletion.
    Object {
        /// Whether it is a custom resource's.
        custom: bool,
    },
    /// A list.
    List {
        /// Whether it is a custom resource's.
        custom: bool,
    },
    /// A watch.
    Watch {
        /// Whether it is a custom resource's.
        custom: bool,
    },
    /// `/api` and `/apis`.
    DiscoveryRoot,
    /// `/apis/GROUP`, `/api/VERSION` and `/apis/GROUP/VERSION`.
    Discovery,
}

const MEDIA_TYPES: [(&str, Encoding); 2] = [("json", Encoding::Json), ("yaml", Encoding::Yaml)];

/// Chooses the first of what `header` asks for, by weight, that the endpoint can answer with; no header, or an
/// empty one, means JSON.
///
/// # Errors
/// 406 with the formats that there are.
pub(crate) fn negotiate(header: Option<&str>, endpoint: Endpoint) -> Result<Accepted, ApiError> {
    let header = header.unwrap_or_default();
    if header.is_empty() {
        return Ok(Accepted {
            encoding: Encoding::Json,
            view: View::Whole,
            pretty: false,
        });
    }
    if let Some(offered) = endpoint.representations()
        && !names_any(header, offered)
    {
        return Err(not_acceptable(format!(
            "406: Not Acceptable\n\nAvailable representations: {}",
            offered.join(", ")
        )));
    }
    let mut clauses: Vec<Clause<'_>> = header.split(',').filter_map(Clause::parse).collect();
    // By weight, and of one weight the less precise last; the sort keeps the order of the rest.
    clauses.sort_by(|a, b| {
        let by_weight = b.weight.total_cmp(&a.weight);
        by_weight.then(a.wildcards().cmp(&b.wildcards()))
    });
    let choose = |endpoint: Endpoint, aggregated: bool| {
        clauses
            .iter()
            .filter_map(|clause| clause.accepted_by(endpoint))
            .find(|accepted| !aggregated || accepted.view == View::AggregatedDiscovery)
    };
    // Aggregated discovery is preferred wherever it is named, even behind plain JSON.
    let aggregated = match endpoint {
        Endpoint::DiscoveryRoot => choose(endpoint, true),
        _ => None,
    };
    let accepted = aggregated
        .or_else(|| choose(endpoint, false))
        .ok_or_else(|| only("application/json, application/yaml"))?;
    if matches!(endpoint, Endpoint::Watch { .. }) && accepted.encoding != Encoding::Json {
        return Err(only("application/json;stream=watch"));
    }
    Ok(accepted)
}

fn only(media_types: &str) -> ApiError {
    not_acceptable(format!(
        "only the following media types are accepted: {media_types}"
    ))
}

fn not_acceptable(message: String) -> ApiError {
    ApiError::new(406, "NotAcceptable", message)
}

/// Whether a header has `*/*` or one of `offered` in it: the paths of built-in kinds look at that first, and
/// there even `application/*` is nothing.
fn names_any(header: &str, offered: &[&str]) -> bool {
    header.split(',').any(|clause| {
        let media_type = clause.split(';').next().unwrap_or_default().trim();
        media_type == "*/*" || offered.contains(&media_type)
    })
}

impl Endpoint {
    /// What the paths of built-in kinds say that they offer; the others look at the whole clause only.
    fn representations(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Object { custom: false } => Some(&["application/json", "application/yaml"]),
            Self::List { custom: false } | Self::Watch { custom: false } => Some(&[
                "application/json",
                "application/yaml",
                "application/json;stream=watch",
            ]),
            _ => None,
        }
    }

    fn has_objects(self) -> bool {
        !matches!(self, Self::Discovery | Self::DiscoveryRoot)
    }
}

/// One of the media types of a header.
#[derive(Default)]
struct Clause<'a> {
    main: &'a str,
    sub: &'a str,
    weight: f32,
    target: Option<Target<'a>>,
    stream: &'a str,
    server_version: &'a str,
    pretty: bool,
}

/// What a clause wants the object turned into.
#[derive(Clone, Copy, Default)]
struct Target<'a> {
    kind: &'a str,
    group: &'a str,
    version: &'a str,
}

impl<'a> Clause<'a> {
    /// Reads a clause; `None` for what is no media type.
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';');
        let media_type = parts.next()?.trim();
        let (main, sub) = match media_type.split_once('/') {
            Some((_, sub)) if sub.contains('/') => return None,
            Some((main, sub)) => (main.trim(), sub.trim()),
            None if media_type == "*" => ("*", "*"),
            None => return None,
        };
        let mut clause = Self {
            main,
            sub,
            weight: 1.0,
            ..Self::default()
        };
        for parameter in parts {
            let Some((name, value)) = parameter.split_once('=') else {
                continue;
            };
            if value.is_empty() || value.contains('=') {
                continue;
            }
            clause.set(name.trim(), value.trim());
        }
        Some(clause)
    }

    fn set(&mut self, name: &str, value: &'a str) {
        match name {
            "q" => self.weight = value.parse().unwrap_or(0.0),
            "as" => self.target.get_or_insert_default().kind = value,
            "g" => self.target.get_or_insert_default().group = value,
            "v" => self.target.get_or_insert_default().version = value,
            "stream" => self.stream = value,
            "sv" => self.server_version = value,
            "pretty" => self.pretty = value == "1",
            // `charset` and whatever else there is makes no difference.
            _ => {}
        }
    }

    fn wildcards(&self) -> u8 {
        u8::from(self.main == "*") + u8::from(self.sub == "*")
    }

    fn accepted_by(&self, endpoint: Endpoint) -> Option<Accepted> {
        let view = self.view(endpoint)?;
        MEDIA_TYPES.into_iter().find_map(|(sub, encoding)| {
            let named = self.main == "application" && (self.sub == sub || self.sub == "*");
            let anything = self.main == "*" && self.sub == "*";
            let streams = self.stream.is_empty()
                || (encoding == Encoding::Json && endpoint.has_objects() && self.stream == "watch");
            ((named || anything) && streams).then_some(Accepted {
                encoding,
                view,
                pretty: self.pretty,
            })
        })
    }

    /// What it wants to be told, if the endpoint has that.
    fn view(&self, endpoint: Endpoint) -> Option<View> {
        if !matches!(self.server_version, "" | "v1") {
            return None;
        }
        let Some(Target {
            kind,
            group,
            version,
        }) = self.target
        else {
            return Some(View::Whole);
        };
        if !endpoint.has_objects() {
            let aggregated = endpoint == Endpoint::DiscoveryRoot
                && (kind, group, version) == ("APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2");
            return aggregated.then_some(View::AggregatedDiscovery);
        }
        let version = match (group, version) {
            ("meta.k8s.io", "v1") => MetaVersion::V1,
            ("meta.k8s.io", "v1beta1") => MetaVersion::V1beta1,
            _ => return None,
        };
        match kind {
            "Table" => Some(View::Table(version)),
            "PartialObjectMetadata" => Some(View::PartialObjectMetadata(version)),
            "PartialObjectMetadataList" => Some(View::PartialObjectMetadataList(version)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJECT: Endpoint = Endpoint::Object { custom: false };
    const CUSTOM: Endpoint = Endpoint::List { custom: true };
    const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

    fn chosen(header: &str, endpoint: Endpoint) -> (Encoding, View) {
        let accepted = negotiate(Some(header), endpoint).unwrap();
        (accepted.encoding, accepted.view)
    }

    fn refusal(header: &str, endpoint: Endpoint) -> String {
        let error = negotiate(Some(header), endpoint).unwrap_err();
        assert_eq!((error.code, error.reason), (406, "NotAcceptable"));
        error.message
    }

    #[test]
    fn nothing_asked_for_means_json() {
        for header in [None, Some("")] {
            let accepted = negotiate(header, OBJECT).unwrap();
            assert_eq!(
                (accepted.encoding, accepted.view),
                (Encoding::Json, View::Whole)
            );
        }
        for header in [
            "*/*",
            "application/json",
            "application/json;charset=utf-8",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "application/vnd.kubernetes.protobuf, application/json",
            "application/json;sv=v1",
            "application/json;stream=watch",
        ] {
            assert_eq!(
                chosen(header, OBJECT),
                (Encoding::Json, View::Whole),
                "{header}"
            );
        }
    }

    #[test]
    fn the_heavier_clause_wins_and_among_equals_the_first() {
        let yaml = (Encoding::Yaml, View::Whole);
        assert_eq!(chosen("application/yaml, application/json", OBJECT), yaml);
        assert_eq!(
            chosen("application/json;q=0.5, application/yaml", OBJECT),
            yaml
        );
        assert_eq!(chosen("*/*, application/yaml", OBJECT), yaml);
    }

    #[test]
    fn kubectl_gets_a_table_in_the_first_version_it_names() {
        let header = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;\
                      g=meta.k8s.io,application/json";
        assert_eq!(
            chosen(header, CUSTOM),
            (Encoding::Json, View::Table(MetaVersion::V1))
        );
        let header = "application/yaml;as=Table;g=meta.k8s.io;v=v1beta1";
        assert_eq!(
            chosen(header, OBJECT),
            (Encoding::Yaml, View::Table(MetaVersion::V1beta1))
        );
    }

    #[test]
    fn an_unknown_view_is_skipped_for_the_next_clause() {
        let header = "application/json;as=Foo;g=meta.k8s.io;v=v1, application/json;as=PartialObjectMetadataList;\
                      g=meta.k8s.io;v=v1";
        let list = View::PartialObjectMetadataList(MetaVersion::V1);
        assert_eq!(chosen(header, CUSTOM), (Encoding::Json, list));
    }

    #[test]
    fn what_the_server_cannot_write_is_refused_with_what_it_can() {
        for header in [
            "application/json;as=Foo;g=meta.k8s.io;v=v1",
            "application/json;as=Table;g=meta.k8s.io;v=v2",
            "application/json;as=Table",
            "application/json;v=v1",
            "application/json;stream=foo",
        ] {
            for endpoint in [OBJECT, CUSTOM] {
                assert_eq!(
                    refusal(header, endpoint),
                    "only the following media types are accepted: application/json, application/yaml",
                    "{header}"
                );
            }
        }
        for header in [
            "text/plain",
            "application/cbor",
            "application/JSON",
            "json",
            "*",
            "application/*",
        ] {
            assert_eq!(
                refusal(header, OBJECT),
                "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml",
                "{header}"
            );
        }
        assert_eq!(
            refusal("text/plain", CUSTOM),
            "only the following media types are accepted: application/json, application/yaml"
        );
        assert_eq!(
            chosen("application/*", CUSTOM),
            (Encoding::Json, View::Whole)
        );
        assert_eq!(chosen("*", CUSTOM), (Encoding::Json, View::Whole));
    }

    #[test]
    fn protobuf_is_passed_over_for_what_stands_beside_it() {
        let protobuf = "application/vnd.kubernetes.protobuf";
        let json = (Encoding::Json, View::Whole);
        for endpoint in [OBJECT, CUSTOM, Endpoint::Discovery, Endpoint::DiscoveryRoot] {
            assert_eq!(
                chosen(&format!("{protobuf},application/json"), endpoint),
                json
            );
        }
        let watch = format!("{protobuf};stream=watch,application/json;stream=watch");
        assert_eq!(chosen(&watch, Endpoint::Watch { custom: false }), json);
        assert_eq!(
            refusal(protobuf, OBJECT),
            "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml"
        );
        assert_eq!(
            refusal(protobuf, CUSTOM),
            "only the following media types are accepted: application/json, application/yaml"
        );
    }

    #[test]
    fn a_watch_is_json() {
        let watch = Endpoint::Watch { custom: true };
        let message = "only the following media types are accepted: application/json;stream=watch";
        assert_eq!(refusal("application/yaml", watch), message);
        assert_eq!(
            refusal("application/yaml;stream=watch", watch),
            "only the following media types are accepted: application/json, application/yaml"
        );
        let table = "application/json;as=Table;g=meta.k8s.io;v=v1";
        assert_eq!(
            chosen(table, watch),
            (Encoding::Json, View::Table(MetaVersion::V1))
        );
    }

    #[test]
    fn aggregated_discovery_is_preferred_wherever_it_is_named() {
        let aggregated = (Encoding::Json, View::AggregatedDiscovery);
        let root = Endpoint::DiscoveryRoot;
        for header in [
            AGGREGATED.to_owned(),
            format!("application/json,{AGGREGATED}"),
            format!("application/json;q=0.9,{AGGREGATED};q=0.1"),
            format!("{AGGREGATED};profile=nopeer"),
        ] {
            assert_eq!(chosen(&header, root), aggregated, "{header}");
        }
        let yaml = AGGREGATED.replace("json", "yaml");
        assert_eq!(
            chosen(&yaml, root),
            (Encoding::Yaml, View::AggregatedDiscovery)
        );
        let both = format!("{AGGREGATED},application/json");
        assert_eq!(
            chosen(&both, Endpoint::Discovery),
            (Encoding::Json, View::Whole)
        );
    }

    #[test]
    fn other_versions_of_aggregated_discovery_are_refused() {
        let old = AGGREGATED.replace("v=v2", "v=v2beta1");
        let message =
            "only the following media types are accepted: application/json, application/yaml";
        assert_eq!(refusal(&old, Endpoint::DiscoveryRoot), message);
        assert_eq!(refusal(AGGREGATED, Endpoint::Discovery), message);
    }

    #[test]
    fn pretty_is_a_parameter() {
        assert!(
            negotiate(Some("application/json;pretty=1"), CUSTOM)
                .unwrap()
                .pretty
        );
        assert!(
            !negotiate(Some("application/json;pretty=true"), CUSTOM)
                .unwrap()
                .pretty
        );
    }
}
