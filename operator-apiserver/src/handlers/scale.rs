//! The `scale` subresource: two numbers and a selector of an object, as a kind of its own.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::{
    Answer, Api,
    call::Call,
    complaints::Complaints,
    expected::Expected,
    patch::{Sort, applied, patched, settle_applied},
    update::Update,
};
use crate::{
    apply::{self, Writer},
    builtin, custom,
    error::ApiError,
    field_error::FieldError,
    object,
    request::{FieldValidation, PatchOptions, WriteOptions},
    resource::ScalePaths,
    schema::{Schema, SchemaNode, decode_typed},
    selectors::LabelSelector,
};

const KIND: &str = "Scale";
const API_VERSION: &str = "autoscaling/v1";
const EXPECTED: Expected<'_> = Expected {
    group: "autoscaling",
    version: "v1",
    kind: KIND,
    custom: false,
};

impl Api {
    pub(super) fn get_scale(&mut self, call: &mut Call<'_>) -> Result<Answer, ApiError> {
        let object = self.find(call)?.ok_or_else(|| call.not_found())?;
        let value = if call.kind.resource.custom {
            custom::scale::read(&object, &paths(call)?)?
        } else {
            scale_of(&object, call)?
        };
        Ok(Answer::Value { code: 200, value })
    }

    pub(super) fn update_scale(&mut self, call: &mut Call<'_>) -> Result<Answer, ApiError> {
        let options = WriteOptions::parse(call.query, "UpdateOptions")?;
        let mut wanted = read(call, options.field_validation)?;
        call.check_names(&mut wanted)?;
        let old = self.find_to_change(call)?.ok_or_else(|| call.not_found())?;
        let manager = call.manager(&options).to_owned();
        self.write_scale(call, &old, wanted, &manager, options.dry_run)
    }

    pub(super) fn patch_scale(&mut self, call: &mut Call<'_>) -> Result<Answer, ApiError> {
        let sort = Sort::of(call)?;
        let options = PatchOptions::parse(call.query, sort == Sort::Apply)?;
        let old = self.find_to_change(call)?.ok_or_else(|| call.not_found())?;
        if sort == Sort::Apply {
            return self.apply_scale(call, &old, &options);
        }
        let current = if call.kind.resource.custom {
            custom::scale::to_patch(&old, &paths(call)?)?
        } else {
            scale_of(&old, call)?
        };
        let (mut wanted, _) = patched(call, sort, &current)?;
        check_type(&wanted)?;
        call.check_names(&mut wanted)?;
        let manager = call.manager(&options.write).to_owned();
        self.write_scale(call, &old, wanted, &manager, options.write.dry_run)
    }

    fn apply_scale(
        &mut self,
        call: &mut Call<'_>,
        old: &Value,
        options: &PatchOptions,
    ) -> Result<Answer, ApiError> {
        let (config, complaints) = applied(call)?;
        check_type(&config)?;
        call.check_names(&mut config.clone())?;
        let current = Self::tracked_scale(call, old)?;
        let now = call.timestamp();
        let writer = scale_writer(&options.write.field_manager, &now);
        let wanted = apply::apply(
            schema(),
            Some(&current),
            &config,
            &writer,
            options.force,
            &[],
        )?;
        settle_applied(call, complaints, options.write.field_validation)?;
        if call.kind.resource.custom {
            let message = format!(
                "failed to convert new object ({}/{}; {API_VERSION}, Kind={KIND}) to proper version: \
                 request to convert CR to an invalid group/version: {API_VERSION}",
                object::namespace(&config),
                call.name()
            );
            return Err(ApiError::new(500, "", message));
        }
        self.finish_scale(call, old, &wanted, options.write.dry_run)
    }

    fn write_scale(
        &mut self,
        call: &Call<'_>,
        old: &Value,
        mut wanted: Value,
        manager: &str,
        dry_run: bool,
    ) -> Result<Answer, ApiError> {
        let current = Self::tracked_scale(call, old)?;
        let now = call.timestamp();
        let writer = scale_writer(manager, &now);
        apply::track_update(schema(), Some(&current), &mut wanted, &writer, &[]);
        self.finish_scale(call, old, &wanted, dry_run)
    }

    /// The scale of an object, with who manages it.
    fn tracked_scale(call: &Call<'_>, object: &Value) -> Result<Value, ApiError> {
        let mut scale = scale_of(object, call)?;
        let managed = with_paths(call, |paths| {
            apply::scale_managed_fields(&object["metadata"]["managedFields"], paths)
        })?;
        if let Some(managed) = managed {
            scale["metadata"]["managedFields"] = managed;
        }
        Ok(scale)
    }

    fn finish_scale(
        &mut self,
        call: &Call<'_>,
        old: &Value,
        wanted: &Value,
        dry_run: bool,
    ) -> Result<Answer, ApiError> {
        let version = call.kind.resource.api_version();
        let mut new = old.clone();
        if call.kind.resource.custom {
            custom::scale::write(&mut new, &paths(call)?, wanted)?;
        } else {
            let replicas = replicas(wanted)?;
            if replicas < 0 {
                let error = FieldError::invalid(
                    "spec.replicas",
                    replicas,
                    "must be greater than or equal to 0",
                );
                return Err(ApiError::invalid(
                    "autoscaling",
                    KIND,
                    call.name(),
                    &[error],
                ));
            }
            set(&mut new, &paths(call)?.spec_replicas, replicas);
        }
        let managed = with_paths(call, |paths| {
            let (parent, scale) = (
                &old["metadata"]["managedFields"],
                &wanted["metadata"]["managedFields"],
            );
            apply::parent_managed_fields(parent, scale, &version, paths)
        })?;
        match managed {
            Some(managed) => new["metadata"]["managedFields"] = managed,
            None => drop(object::metadata_mut(&mut new).remove("managedFields")),
        }
        // The versions of the Scale are those of the object: they are preconditions all the same.
        for field in ["resourceVersion", "uid"] {
            let said = object::text(wanted, field);
            // A scale that names none is for whatever is there, even of kinds whose updates have to.
            let said = if said.is_empty() {
                object::text(old, field)
            } else {
                said
            };
            object::set_text(&mut new, field, said);
        }
        let update = Update {
            dry_run,
            manager: None,
            uid_is_precondition: true,
        };
        let Answer::Object { code, bytes, .. } = self.replace(call, old, new, &update)? else {
            return Err(ApiError::internal("an update is answered with its object"));
        };
        let object: Value = serde_json::from_slice(&bytes)
            .map_err(|error| ApiError::internal(error.to_string()))?;
        let value = scale_of(&object, call)?;
        Ok(Answer::Value { code, value })
    }
}

/// The `Scale` in the body.
fn read(call: &mut Call<'_>, validation: FieldValidation) -> Result<Value, ApiError> {
    let read = EXPECTED.read(call);
    let read = read.and_then(|mut body| {
        EXPECTED.check_type(&mut body.value, call.body)?;
        Ok(body)
    });
    let body = read.map_err(|error| {
        if call.kind.resource.custom && error.code == 400 {
            // What the server tries to say of it fails, and that is what it says.
            let why = "no kind is registered for the type v1.Scale in scheme \"pkg/runtime/scheme.go:111\"";
            return ApiError::bad_request(why);
        }
        error
    })?;
    let mut value = body.value;
    let mut complaints = Complaints::of(&body.duplicates);
    complaints.add_first(decode_typed(&mut value, schema())?);
    complaints
        .settle(&mut call.warnings, validation)
        .map_err(|why| EXPECTED.strictly(&why))?;
    Ok(value)
}

/// The shape of a `Scale`.
fn schema() -> &'static Schema {
    static SCHEMA: LazyLock<SchemaNode> = LazyLock::new(|| {
        // It is part of this crate's data; without it a scale would be one value.
        builtin::definition("io.k8s.api.autoscaling.v1.Scale")
            .unwrap_or_else(|| Schema::default().into())
    });
    &SCHEMA
}

fn scale_writer<'a>(manager: &'a str, now: &'a str) -> Writer<'a> {
    Writer {
        manager,
        api_version: API_VERSION,
        subresource: "scale",
        now,
        other_versions: &[],
    }
}

/// Calls `with` with where each served version of the kind has its replicas.
fn with_paths<T>(
    call: &Call<'_>,
    with: impl FnOnce(&apply::ScalePaths<'_>) -> T,
) -> Result<T, ApiError> {
    let own = paths(call)?;
    let mut known = vec![(call.kind.resource.api_version(), Some(own.spec_replicas))];
    for other in &call.kind.siblings {
        let scale = other
            .resource
            .subresource("scale")
            .and_then(|scale| scale.scale.clone());
        known.push((
            other.api_version.clone(),
            scale.map(|paths| paths.spec_replicas),
        ));
    }
    let split: Vec<(&str, Option<Vec<&str>>)> = known
        .iter()
        .map(|(version, path)| {
            (
                version.as_str(),
                path.as_deref().map(|path| parts(path).collect()),
            )
        })
        .collect();
    let paths: Vec<(&str, Option<&[&str]>)> = split
        .iter()
        .map(|(version, path)| (*version, path.as_deref()))
        .collect();
    Ok(with(&paths))
}

fn paths(call: &Call<'_>) -> Result<ScalePaths, ApiError> {
    let scale = call
        .kind
        .resource
        .subresource("scale")
        .and_then(|scale| scale.scale.clone());
    scale.ok_or_else(|| ApiError::internal("this kind has no paths for its scale"))
}

fn check_type(scale: &Value) -> Result<(), ApiError> {
    let (kind, version) = (&scale["kind"], &scale["apiVersion"]);
    let is = |value: &Value, wanted: &str| value.is_null() || *value == wanted;
    if scale.is_object() && is(kind, KIND) && is(version, API_VERSION) {
        return Ok(());
    }
    Err(ApiError::bad_request(format!(
        "no kind {kind} is registered for version {version}: expected {API_VERSION} {KIND}"
    )))
}

fn replicas(scale: &Value) -> Result<i64, ApiError> {
    let replicas = &scale["spec"]["replicas"];
    if replicas.is_null() {
        return Ok(0);
    }
    let found = replicas
        .as_i64()
        .filter(|replicas| i32::try_from(*replicas).is_ok());
    found.ok_or_else(|| {
        ApiError::bad_request(format!(
            "Scale in version \"v1\" cannot be handled as a Scale: json: cannot unmarshal {replicas} into Go struct \
             field ScaleSpec.spec.replicas of type int32"
        ))
    })
}

/// The scale of an object, for a write or its answer: one without replicas has none.
fn scale_of(object: &Value, call: &Call<'_>) -> Result<Value, ApiError> {
    let paths = paths(call)?;
    if call.kind.resource.custom {
        return custom::scale::answer(object, &paths);
    }
    let replicas = get(object, &paths.spec_replicas)
        .and_then(Value::as_i64)
        .unwrap_or_default();
    scale_with(object, replicas, &paths)
}

fn scale_with(object: &Value, replicas: i64, paths: &ScalePaths) -> Result<Value, ApiError> {
    let mut metadata = Map::new();
    for field in [
        "name",
        "namespace",
        "uid",
        "resourceVersion",
        "creationTimestamp",
    ] {
        let text = object::text(object, field);
        if !text.is_empty() {
            metadata.insert(field.to_owned(), text.into());
        }
    }
    let observed = get(object, &paths.status_replicas)
        .and_then(Value::as_i64)
        .unwrap_or_default();
    let mut spec = json!({});
    if replicas != 0 {
        spec["replicas"] = replicas.into();
    }
    let mut status = json!({"replicas": observed});
    match paths
        .label_selector
        .as_deref()
        .and_then(|path| get(object, path))
    {
        Some(Value::String(text)) if !text.is_empty() => status["selector"] = text.as_str().into(),
        Some(selector @ Value::Object(_)) => {
            let selector = LabelSelector::from_object(selector).map_err(|errors| {
                ApiError::internal(format!("the selector can't be read: {errors:?}"))
            })?;
            status["selector"] = selector.to_string().into();
        }
        _ => {}
    }
    Ok(
        json!({"kind": KIND, "apiVersion": API_VERSION, "metadata": metadata, "spec": spec, "status": status}),
    )
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('.').filter(|part| !part.is_empty())
}

fn get<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    parts(path).try_fold(object, |value, part| value.get(part))
}

fn set(object: &mut Value, path: &str, number: i64) {
    let mut place = object;
    for part in parts(path) {
        if !place.is_object() {
            *place = json!({});
        }
        place = &mut place[part];
    }
    *place = number.into();
}
