//! From an [`Answer`] to bytes, in the form that was asked for.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    body::Body,
    error::ApiError,
    handlers::{Answer, List},
    kinds::Kind,
    object,
    table::{
        Accepted, Encoding, Include, MetaVersion, TableOptions, View, list_table, object_table,
        partial_list, partial_object,
    },
    warnings,
};

/// How an answer is to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    /// What the client takes.
    pub(crate) accepted: Accepted,
    /// What the rows of a table tell of their objects.
    pub(crate) include: Include,
}

impl Form {
    /// Plain JSON.
    pub(crate) fn json() -> Self {
        let accepted = Accepted {
            encoding: Encoding::Json,
            view: View::Whole,
            pretty: false,
        };
        Self {
            accepted,
            include: Include::default(),
        }
    }

    /// Whether the stored bytes can go out as they are.
    pub(crate) fn is_plain(self) -> bool {
        self.accepted.encoding == Encoding::Json
            && self.accepted.view == View::Whole
            && !self.accepted.pretty
    }

    pub(crate) fn table_options(
        self,
        version: MetaVersion,
        headers: bool,
        now: Timestamp,
    ) -> TableOptions {
        TableOptions {
            version,
            include: self.include,
            headers,
            now: now.as_second(),
        }
    }

    /// One object in the view that was asked for.
    pub(crate) fn object(self, kind: &Kind, value: Value, headers: bool, now: Timestamp) -> Value {
        match self.accepted.view {
            View::Table(version) => object_table(
                &*kind.resource.strategy,
                &value,
                self.table_options(version, headers, now),
            ),
            View::PartialObjectMetadata(version) | View::PartialObjectMetadataList(version) => {
                partial_object(&value, version)
            }
            View::Whole | View::AggregatedDiscovery => value,
        }
    }

    fn content_type(self) -> &'static str {
        match self.accepted.encoding {
            Encoding::Json => "application/json",
            Encoding::Yaml => "application/yaml",
        }
    }

    fn write(self, value: &Value) -> Result<Bytes, ApiError> {
        let text = match self.accepted.encoding {
            Encoding::Yaml => serde_saphyr::to_string(value)
                .map_err(|error| ApiError::internal(error.to_string()))?,
            Encoding::Json if self.accepted.pretty => format!("{value:#}\n"),
            Encoding::Json => format!("{value}\n"),
        };
        Ok(Bytes::from(text))
    }
}

/// The answer as a response.
///
/// # Errors
/// Where an object can't be read back, which no request can bring about.
pub(crate) fn answer(
    answer: Answer,
    form: Form,
    warnings: &[String],
    now: Timestamp,
) -> Result<Response<Body>, ApiError> {
    let (code, bytes) = match answer {
        Answer::Object { code, bytes, .. } if form.is_plain() => (code, bytes),
        Answer::Object { code, kind, bytes } => {
            let value = form.object(&kind, parse(&bytes)?, true, now);
            (code, form.write(&value)?)
        }
        Answer::List(list) => (200, list_bytes(&list, form, now)?),
        Answer::Value { code, value } => (code, form.write(&value)?),
        Answer::Raw(response) => return Ok(response.map(Body::from)),
        Answer::Watch(_) | Answer::Wait(_) => {
            return Err(ApiError::internal("what waits is not rendered"));
        }
    };
    Ok(respond(code, form.content_type(), bytes, warnings))
}

/// A refusal as a response.
pub(crate) fn error(error: &ApiError, form: Form) -> Response<Body> {
    if error.is_plain_text() {
        let text = format!("{}\n", error.message);
        return respond(
            error.code,
            "text/plain; charset=utf-8",
            Bytes::from(text),
            &[],
        );
    }
    let status = error.to_status();
    let (content_type, bytes) = match form.write(&status) {
        Ok(bytes) => (form.content_type(), bytes),
        Err(_) => ("application/json", Bytes::from(status.to_string())),
    };
    let mut response = respond(error.code, content_type, bytes, &[]);
    let seconds = error.details.retry_after_seconds;
    if seconds > 0 {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// A response with the headers that all of them have.
pub(crate) fn respond(
    code: u16,
    content_type: &str,
    body: impl Into<Body>,
    warnings: &[String],
) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() =
        StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if let Ok(content_type) = HeaderValue::from_str(content_type) {
        headers.insert(header::CONTENT_TYPE, content_type);
    }
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache, private"),
    );
    for warning in warnings::headers(warnings) {
        if let Ok(value) = HeaderValue::from_bytes(warning.as_bytes()) {
            headers.append(header::WARNING, value);
        }
    }
    response
}

fn parse(bytes: &[u8]) -> Result<Value, ApiError> {
    serde_json::from_slice(bytes).map_err(|error| ApiError::internal(error.to_string()))
}

/// A list's `metadata`.
fn list_metadata(list: &List) -> Value {
    let mut metadata = Map::new();
    metadata.insert(
        "resourceVersion".to_owned(),
        list.revision.to_string().into(),
    );
    match &list.next {
        Some(token) => {
            metadata.insert("continue".to_owned(), token.as_str().into());
        }
        None if list.kind.resource.custom => {
            metadata.insert("continue".to_owned(), "".into());
        }
        None => {}
    }
    if let Some(remaining) = list.remaining.filter(|remaining| *remaining > 0) {
        metadata.insert("remainingItemCount".to_owned(), remaining.into());
    }
    Value::Object(metadata)
}

fn list_bytes(list: &List, form: Form, now: Timestamp) -> Result<Bytes, ApiError> {
    let metadata = list_metadata(list);
    if form.is_plain() {
        return Ok(plain_list(list, &metadata));
    }
    let objects: Vec<Value> = list
        .items
        .iter()
        .map(|bytes| parse(bytes))
        .collect::<Result<_, _>>()?;
    let resource = &list.kind.resource;
    let value = match form.accepted.view {
        View::Table(version) => list_table(
            &*resource.strategy,
            &objects,
            &metadata,
            form.table_options(version, true, now),
        ),
        View::PartialObjectMetadata(version) | View::PartialObjectMetadataList(version) => {
            partial_list(&objects, &metadata, version)
        }
        View::Whole | View::AggregatedDiscovery => json!({
            "kind": resource.list_kind, "apiVersion": resource.api_version(), "metadata": metadata, "items": objects,
        }),
    };
    form.write(&value)
}

/// A list made of stored bytes: nothing is parsed.
fn plain_list(list: &List, metadata: &Value) -> Bytes {
    let resource = &list.kind.resource;
    let size: usize = list.items.iter().map(|item| item.len() + 1).sum();
    let mut bytes = Vec::with_capacity(size + 256);
    bytes.extend_from_slice(
        object::type_prefix(&resource.list_kind, &resource.api_version()).as_bytes(),
    );
    bytes.extend_from_slice(b",\"metadata\":");
    bytes.extend_from_slice(metadata.to_string().as_bytes());
    bytes.extend_from_slice(b",\"items\":[");
    // Built-in kinds' items don't say their type again.
    let prefix = object::type_prefix(&resource.kind, &resource.api_version());
    for (index, item) in list.items.iter().enumerate() {
        if index > 0 {
            bytes.push(b',');
        }
        match object::without_prefix(item, &prefix) {
            Some([b',', rest @ ..]) if !resource.custom => {
                bytes.push(b'{');
                bytes.extend_from_slice(rest);
            }
            _ => bytes.extend_from_slice(item),
        }
    }
    bytes.extend_from_slice(b"]}\n");
    Bytes::from(bytes)
}
