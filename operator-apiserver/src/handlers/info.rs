//! What the server tells about itself: discovery, `OpenAPI`, version, health, counts.

use http::{HeaderMap, Response, StatusCode, header};

use bytes::Bytes;
use serde_json::Value;

use super::{Answer, Api};
use crate::{
    discovery::{
        Catalog,
        aggregated::{self, Root},
        health::{self, Check, HealthQuery},
        legacy, metrics, openapi_v2,
        openapi_v3::{self, DocumentQuery},
        root,
        version::version,
    },
    error::ApiError,
    request::Query,
    table::{Accepted, Encoding, Endpoint, View, negotiate},
};

/// The checks of this server: that it answers at all is the only one that can fail.
fn checks() -> [Check; 1] {
    [Check {
        name: "ping",
        problem: None,
    }]
}

/// Where the server says that it is reached.
const ADDRESS: &str = "127.0.0.1";

impl Api {
    /// Answers a request for what is no object, with how the answer is to be written.
    ///
    /// # Errors
    /// 405 and 406; a path that is not there is an answer of its own.
    pub(crate) fn info(
        &self,
        method: &str,
        path: &str,
        query: &Query,
        headers: &HeaderMap,
    ) -> Result<(Answer, Accepted), ApiError> {
        let text = |name| {
            headers
                .get(name)
                .and_then(|value: &header::HeaderValue| value.to_str().ok())
        };
        let accept = text(header::ACCEPT);
        let raw = |response: Response<Bytes>| Ok((Answer::Raw(response), plain()));
        let catalog = self.catalog();
        let path = if path.len() > 1 {
            path.trim_end_matches('/')
        } else {
            path
        };
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        // What is not named here is answered whatever the method is.
        let of_one_method = match parts.as_slice() {
            ["version" | "api"] => true,
            ["api", version] => catalog.serves("", version),
            ["apis", group, version] => catalog.serves(group, version),
            _ => false,
        };
        if of_one_method && method != "GET" {
            return Err(ApiError::method_not_allowed());
        }
        match parts.as_slice() {
            ["api"] => {
                Self::discovery_root(Root::Api, &catalog, accept, text(header::IF_NONE_MATCH))
            }
            ["apis"] => {
                Self::discovery_root(Root::Apis, &catalog, accept, text(header::IF_NONE_MATCH))
            }
            ["api", version] => discovery(legacy::api_resource_list(&catalog, "", version), accept),
            ["apis", group] => discovery(legacy::api_group(&catalog, group), accept),
            ["apis", group, version] if !group.is_empty() => {
                discovery(legacy::api_resource_list(&catalog, group, version), accept)
            }
            ["version"] => Ok((
                Answer::Value {
                    code: 200,
                    value: version(),
                },
                plain(),
            )),
            [endpoint @ ("healthz" | "livez" | "readyz")] => {
                let excluded: Vec<&str> = query.all("exclude").collect();
                let verbose = query.all("verbose").next().is_some();
                raw(health::all(
                    endpoint,
                    &checks(),
                    HealthQuery {
                        verbose,
                        excluded: &excluded,
                    },
                ))
            }
            ["healthz" | "livez" | "readyz", name] => raw(health::one(&checks(), name)),
            ["metrics"] => raw(text_response(metrics::CONTENT_TYPE, self.counts.render())),
            ["openapi", "v2"] => raw(openapi_v2::serve(accept)),
            ["openapi", "v3"] => raw(openapi_v3::serve_index(&catalog)),
            ["openapi", "v3", document @ ..] => {
                let query = DocumentQuery {
                    hash: query.get("hash"),
                    accept,
                    if_none_match: text(header::IF_NONE_MATCH),
                };
                raw(openapi_v3::serve_document(
                    &catalog,
                    &document.join("/"),
                    query,
                ))
            }
            [""] => Ok((
                Answer::Value {
                    code: 200,
                    value: root::paths(&catalog, &checks()),
                },
                plain(),
            )),
            _ => raw(root::not_found()),
        }
    }

    fn catalog(&self) -> Catalog<'_> {
        Catalog::new(self.kinds.all().iter().map(|kind| &*kind.resource))
    }

    fn discovery_root(
        root: Root,
        catalog: &Catalog<'_>,
        accept: Option<&str>,
        known: Option<&str>,
    ) -> Result<(Answer, Accepted), ApiError> {
        let accepted = negotiate(accept, Endpoint::DiscoveryRoot)?;
        if accepted.view != View::AggregatedDiscovery {
            let value = match root {
                Root::Api => legacy::api_versions(catalog, ADDRESS),
                Root::Apis => legacy::api_group_list(catalog),
            };
            return Ok((Answer::Value { code: 200, value }, accepted));
        }
        let document = aggregated::group_discovery_list(catalog, root);
        let etag = aggregated::etag(&document);
        let mut response = Response::new(Bytes::new());
        let headers = response.headers_mut();
        for (name, value) in aggregated::HEADERS {
            headers.insert(name, header::HeaderValue::from_static(value));
        }
        if let Ok(value) = header::HeaderValue::from_str(&etag) {
            headers.insert(header::ETAG, value);
        }
        if known == Some(&etag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return Ok((Answer::Raw(response), accepted));
        }
        let (format, body) = match accepted.encoding {
            Encoding::Json => ("application/json", format!("{document}\n")),
            Encoding::Yaml => {
                let yaml = serde_saphyr::to_string(&document)
                    .map_err(|error| ApiError::internal(error.to_string()))?;
                ("application/yaml", yaml)
            }
        };
        let content_type = format!("{format}{}", aggregated::MEDIA_TYPE_PARAMETERS);
        if let Ok(value) = header::HeaderValue::from_str(&content_type) {
            headers.insert(header::CONTENT_TYPE, value);
        }
        *response.body_mut() = Bytes::from(body);
        Ok((Answer::Raw(response), accepted))
    }
}

fn plain() -> Accepted {
    Accepted {
        encoding: Encoding::Json,
        view: View::Whole,
        pretty: false,
    }
}

fn discovery(
    document: Option<Value>,
    accept: Option<&str>,
) -> Result<(Answer, Accepted), ApiError> {
    let accepted = negotiate(accept, Endpoint::Discovery)?;
    let answer = match document {
        Some(value) => Answer::Value { code: 200, value },
        None => Answer::Raw(root::not_found()),
    };
    Ok((answer, accepted))
}

fn text_response(content_type: &'static str, text: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(text));
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static(content_type),
    );
    response
}
