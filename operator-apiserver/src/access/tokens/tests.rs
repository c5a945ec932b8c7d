use serde_json::{Value, json};

use super::*;

/// A `ServiceAccount` `ns/sa` and a Pod `ns/p`, as long as they live.
struct Cluster {
    account: bool,
    pod: bool,
}

impl Others for Cluster {
    fn get(&self, _: &str, resource: &str, namespace: &str, name: &str) -> Option<Value> {
        match (resource, namespace, name) {
            ("serviceaccounts", "ns", "sa") if self.account => {
                Some(json!({"metadata": {"uid": "u"}}))
            }
            ("pods", "ns", "p") if self.pod => Some(json!({"metadata": {"uid": "v"}})),
            _ => None,
        }
    }

    fn list(&self, _: &str, _: &str, _: &str) -> Vec<Value> {
        Vec::new()
    }
}

const ALIVE: Cluster = Cluster {
    account: true,
    pod: true,
};

fn tokens() -> Tokens {
    let mut tokens = Tokens::default();
    tokens.add("admin-token", User::admin());
    let token = |audience: &str, bound: Option<Bound>| ServiceAccountToken {
        namespace: "ns".to_owned(),
        name: "sa".to_owned(),
        uid: "u".to_owned(),
        id: "1".to_owned(),
        audiences: vec![audience.to_owned()],
        expires: 100,
        bound,
    };
    let pod = Bound {
        kind: "Pod".to_owned(),
        name: "p".to_owned(),
        uid: "v".to_owned(),
    };
    tokens.issue("plain".to_owned(), token(API_AUDIENCE, None), 0);
    tokens.issue("bound".to_owned(), token(API_AUDIENCE, Some(pod)), 0);
    tokens.issue("other".to_owned(), token("other", None), 0);
    tokens
}

fn who(authorization: &str, now: i64, cluster: &Cluster) -> Result<User, u16> {
    let mut headers = HeaderMap::new();
    headers.insert(
        AUTHORIZATION,
        authorization.parse().expect("a value for a header"),
    );
    tokens()
        .authenticate(&headers, now, cluster)
        .map(Cow::into_owned)
        .map_err(|error| error.code)
}

#[test]
fn a_bearer_token_tells_who_asks() {
    for authorization in [
        "Bearer admin-token",
        "bearer admin-token",
        "Bearer admin-token x",
    ] {
        assert_eq!(
            who(authorization, 0, &ALIVE),
            Ok(User::admin()),
            "{authorization}"
        );
    }
    for authorization in ["Bearer", "Bearer  ", "Basic eDp5"] {
        assert_eq!(
            who(authorization, 0, &ALIVE),
            Ok(User::anonymous()),
            "{authorization}"
        );
    }
    let tokens = tokens();
    let nobody = tokens.authenticate(&HeaderMap::new(), 0, &ALIVE);
    assert_eq!(nobody.map(Cow::into_owned), Ok(User::anonymous()));
    assert_eq!(who("Bearer bad", 0, &ALIVE), Err(401));
}

#[test]
fn an_issued_token_stands_for_its_account() {
    let user = who("Bearer bound", 0, &ALIVE)
        .expect("it is valid")
        .to_value();
    assert_eq!(
        user,
        json!({
            "username": "system:serviceaccount:ns:sa", "uid": "u",
            "groups": ["system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated"],
            "extra": {
                "authentication.kubernetes.io/credential-id": ["JTI=1"],
                "authentication.kubernetes.io/pod-name": ["p"],
                "authentication.kubernetes.io/pod-uid": ["v"],
            },
        })
    );
}

#[test]
fn a_token_ends_with_its_time_its_account_and_its_pod() {
    assert!(who("Bearer plain", 99, &ALIVE).is_ok());
    assert_eq!(who("Bearer plain", 100, &ALIVE), Err(401));
    let no_pod = Cluster {
        account: true,
        pod: false,
    };
    assert!(who("Bearer plain", 0, &no_pod).is_ok());
    assert_eq!(who("Bearer bound", 0, &no_pod), Err(401));
    let no_account = Cluster {
        account: false,
        pod: true,
    };
    assert_eq!(who("Bearer plain", 0, &no_account), Err(401));
}

#[test]
fn a_token_for_others_is_no_token_for_the_server() {
    assert_eq!(who("Bearer other", 0, &ALIVE), Err(401));
    let identify = |token: &str, audiences: &[&str]| {
        let audiences: Vec<String> = audiences.iter().map(ToString::to_string).collect();
        tokens()
            .identify(token, &audiences, 0, &ALIVE)
            .map(|identity| identity.audiences)
    };
    assert_eq!(
        identify("other", &["z", "other"]),
        Ok(vec!["other".to_owned()])
    );
    assert_eq!(
        identify("other", &[API_AUDIENCE]),
        Err("[invalid bearer token, token audiences [\"other\"] is invalid for the target audiences [\"https://kubernetes.default.svc\"]]".to_owned())
    );
    assert_eq!(
        identify("admin-token", &["x"]),
        Err("invalid bearer token".to_owned())
    );
}

#[test]
fn tokens_that_have_ended_are_forgotten() {
    let mut tokens = tokens();
    let last = ServiceAccountToken {
        expires: 300,
        ..tokens.issued["plain"].clone()
    };
    tokens.issue("last".to_owned(), last, 200);
    assert_eq!(tokens.issued.keys().collect::<Vec<_>>(), ["last"]);
    assert_eq!(tokens.by_expiry.len(), 1);
}
