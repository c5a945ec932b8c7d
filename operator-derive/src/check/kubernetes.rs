//! What is known since which release of Kubernetes, and rules about that.

use syn::LitStr;

use crate::{
    attr::{marks::Marks, rule::Rule},
    ctxt::Ctxt,
    model::{
        Model,
        object::{Member, MemberKind},
    },
};

/// The minor version in which each came, switched on by default.
const RULES: u32 = 25;
const MESSAGE_EXPRESSION: u32 = 27;
const REASON: u32 = 28;
const OPTIONAL_OLD_SELF: u32 = 30;
const SELECTABLE: u32 = 31;
const DEPRECATED: u32 = 19;
/// The first that has `apiextensions.k8s.io/v1`.
const V1: u32 = 16;
/// The last that has `apiextensions.k8s.io/v1beta1`.
pub(crate) const V1BETA1_UNTIL: u32 = 21;

/// The minor version of `1.25`.
pub(crate) fn minor(version: &str) -> Option<u32> {
    let minor = version.strip_prefix("1.")?;
    if minor.starts_with('0') || minor.starts_with('+') {
        return None;
    }
    minor.parse().ok()
}

pub(super) fn check(cx: &mut Ctxt, model: &Model) {
    let attrs = model.attrs;
    if let Some(crd) = &attrs.crd
        && !["v1", "v1beta1"].contains(&crd.value().as_str())
    {
        cx.error(
            crd,
            "there is no such version of CRDs: write `\"v1\"` or `\"v1beta1\"`",
        );
    }
    if let Some(kubernetes) = &attrs.kubernetes {
        stated(cx, model, kubernetes);
    }
    if let Some((oldest, _)) = model.oldest() {
        Known {
            cx,
            oldest,
            v1beta1: model.is_v1beta1(),
        }
        .resource(model);
    }
}

fn stated(cx: &mut Ctxt, model: &Model, kubernetes: &LitStr) {
    let Some(minor) = minor(&kubernetes.value()) else {
        return cx.error(
            kubernetes,
            "it is no release of Kubernetes: write e.g. `\"1.31\"`",
        );
    };
    if model.is_v1beta1() && minor > V1BETA1_UNTIL {
        let message =
            "`crd = \"v1beta1\"` is for servers up to 1.21: write an older one, or `crd = \"v1\"`";
        cx.error(kubernetes, message);
    } else if !model.is_v1beta1() && minor < V1 {
        let message =
            "a server so old takes `v1beta1` only: write `crd = \"v1beta1\"`, or `\"1.16\"`";
        cx.error(kubernetes, message);
    }
}

/// Reports what the oldest server would drop in silence.
struct Known<'a> {
    cx: &'a mut Ctxt,
    oldest: u32,
    v1beta1: bool,
}

impl Known<'_> {
    fn since(&mut self, culprit: impl quote::ToTokens, what: &str, since: u32) {
        let oldest = self.oldest;
        if oldest >= since {
            return;
        }
        let write = if self.v1beta1 {
            "remove it, or write `crd = \"v1\"`".to_owned()
        } else {
            format!("remove it, or write `kubernetes = \"1.{since}\"`")
        };
        self.cx.error(
            culprit,
            format_args!(
                "Kubernetes has {what} since 1.{since}, and 1.{oldest} drops that in silence: {write}"
            ),
        );
    }

    fn resource(&mut self, model: &Model) {
        let attrs = model.attrs;
        if let Some((ident, _)) = &attrs.deprecated {
            self.since(ident, "deprecated versions", DEPRECATED);
        }
        for path in &attrs.selectable {
            self.since(path, "selectable fields", SELECTABLE);
        }
        self.marks(&attrs.marks);
        self.members(&model.object.members);
    }

    fn members(&mut self, members: &[Member]) {
        for member in members {
            if let Some(ident) = &member.attrs.selectable {
                self.since(ident, "selectable fields", SELECTABLE);
            }
            self.marks(&member.attrs.marks);
            if let MemberKind::Inner(object) = &member.kind {
                self.members(&object.members);
            }
        }
    }

    fn marks(&mut self, marks: &Marks) {
        if let Some((ident, _)) = &marks.immutable {
            self.since(ident, "rules, which `immutable` is made of,", RULES);
        }
        marks.rules.iter().for_each(|rule| self.rule(rule));
    }

    fn rule(&mut self, rule: &Rule) {
        if self.oldest < RULES {
            return self.since(&rule.rule, "rules", RULES);
        }
        if let Some(it) = &rule.message_expression {
            self.since(it, "`messageExpression`", MESSAGE_EXPRESSION);
        }
        if let Some(it) = &rule.reason {
            self.since(it, "`reason`", REASON);
        }
        if let Some(it) = &rule.field_path {
            self.since(it, "`fieldPath`", REASON);
        }
        if let Some(it) = &rule.optional_old_self {
            self.since(it, "`optionalOldSelf`", OPTIONAL_OLD_SELF);
        }
    }
}
