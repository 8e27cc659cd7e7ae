//! Somebody who uses every route that takes or makes a secret.

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::args;
use trueport::domain::caller::System;
use trueport::domain::setup;
use trueport::secret::Place;

use super::{CODES, NEW_EMAIL, SEED, SERVICE_KEYS, WEBHOOKS};
use crate::harness::{PASSWORD, Reply, TestServer, Tokens};
use crate::inspect::password_hash;
use crate::mfa::Phone;

const DEV: &str = "dev@acme.com";
const GUEST: &str = "guest@acme.com";
const STRANGER: &str = "stranger@acme.com";
const SECOND: &str = "SecondPassword456!";
const THIRD: &str = "ThirdPassword789!";
const WRONG: &str = "WrongPassword000!";

/// What a person's life with the server brought forth.
#[derive(Default)]
pub(super) struct Life {
    /// Passwords, codes, tokens of links, hashes.
    pub(super) secrets: Vec<String>,
    /// Access and refresh tokens, which the replies to sign-ins hold.
    pub(super) tokens: Vec<String>,
    pub(super) replies: Vec<(String, Reply)>,
}

impl Life {
    /// A path without a slash at its start is below `/global/auth`.
    async fn call(&mut self, server: &TestServer, method: Method, path: &str, access: &str, body: Json) -> Json {
        let whole = if path.starts_with('/') { path.to_owned() } else { format!("/global/auth/{path}") };
        let reply = server.call(method, &whole, access, body).await;
        let body = reply.json();
        self.replies.push((path.to_owned(), reply));
        body
    }

    async fn post(&mut self, server: &TestServer, path: &str, body: Json) -> Json {
        self.call(server, Method::POST, path, "", body).await
    }

    /// A request that signs in or refreshes.
    async fn sign_in(&mut self, server: &TestServer, path: &str, body: Json) -> Tokens {
        let tokens = Tokens::of(&self.post(server, path, body).await);
        self.tokens.extend([tokens.access.clone(), tokens.refresh.clone()]);
        tokens
    }

    async fn link_token(&mut self, server: &TestServer, email: &str) -> String {
        let token = server.mail.next_mail_to(email).await.link_token();
        self.secrets.push(token.clone());
        token
    }

    async fn code(&mut self, server: &TestServer, email: &str) -> String {
        let code = server.mail.next_mail_to(email).await.six_digit_code();
        self.secrets.push(code.clone());
        code
    }

    /// Every route that takes or makes a secret, right and wrong.
    pub(super) async fn live(server: &TestServer) -> Self {
        let mut life = Self { secrets: [PASSWORD, SECOND, THIRD, WRONG].map(str::to_owned).into(), ..Self::default() };
        let person = json!({"email": DEV, "password": PASSWORD, "first_name": "Jane", "last_name": "Doe"});
        life.post(server, "register", person.clone()).await;
        life.post(server, "register", person).await;
        let mut short = json!({"email": DEV, "password": WRONG, "first_name": "Jane", "last_name": ""});
        life.post(server, "register", short.clone()).await;
        short["password"] = json!({"nested": WRONG});
        life.post(server, "register", short).await;
        let verify = life.link_token(server, DEV).await;
        life.secrets.push(password_hash(server, DEV).await);
        for token in [WRONG, &verify, &verify] {
            life.post(server, "verify-email", json!({"token": token})).await;
        }

        life.post(server, "login", json!({"email": DEV, "password": WRONG})).await;
        let here = life.sign_in(server, "login", json!({"email": DEV, "password": PASSWORD})).await;
        let here = life.sign_in(server, "refresh", json!({"refresh_token": here.refresh})).await;
        life.post(server, "refresh", json!({"refresh_token": WRONG})).await;
        life.post(server, "otp/request", json!({"email": DEV})).await;
        let code = life.code(server, DEV).await;
        life.post(server, "otp/verify", json!({"email": DEV, "code": WRONG})).await;
        life.sign_in(server, "otp/verify", json!({"email": DEV, "code": code})).await;

        for (current, new) in [(WRONG, SECOND), (PASSWORD, "short"), (PASSWORD, SECOND)] {
            let body = json!({"current_password": current, "new_password": new});
            life.call(server, Method::PUT, "password", &here.access, body).await;
        }
        server.mail.next_mail_to(DEV).await;
        life.secrets.push(password_hash(server, DEV).await);
        for current in [WRONG, SECOND] {
            let body = json!({"email": NEW_EMAIL, "current_password": current});
            life.call(server, Method::POST, "me/email", &here.access, body).await;
        }
        server.mail.next_mail_to(DEV).await;
        let change = life.link_token(server, NEW_EMAIL).await;
        life.post(server, "verify-email", json!({"token": change})).await;
        server.mail.next_mail_to(DEV).await;

        life.post(server, "forgot-password", json!({"email": NEW_EMAIL})).await;
        let reset = life.link_token(server, NEW_EMAIL).await;
        for (token, new) in [(WRONG, THIRD), (&reset, "short"), (&reset, THIRD), (&reset, THIRD)] {
            life.post(server, "reset-password", json!({"token": token, "new_password": new})).await;
        }
        server.mail.next_mail_to(NEW_EMAIL).await;
        life.secrets.push(password_hash(server, NEW_EMAIL).await);
        let last = life.sign_in(server, "login", json!({"email": NEW_EMAIL, "password": THIRD})).await;
        for (method, path) in [(Method::GET, "me"), (Method::GET, "sessions"), (Method::POST, "logout")] {
            life.call(server, method, path, &last.access, Json::Null).await;
        }

        let installation = server.app.installation();
        let link = server.app.write(&System, move |tx, by| setup::link(tx, by, &installation)).await;
        let link = link.expect("a link is made").expect("there is no admin yet");
        let token = link.expose().split("?token=").nth(1).expect("a token").to_owned();
        life.secrets.push(token.clone());
        let admin =
            json!({"email": "a@acme.com", "password": THIRD, "first_name": "A", "last_name": "B", "token": token});
        life.post(server, "setup", admin).await;
        // Waits in the outbox, sealed, whatever becomes of it.
        life.post(server, "otp/request", json!({"email": "a@acme.com"})).await;
        life.code(server, "a@acme.com").await;
        life.serve(server).await;
        life.prove(server).await;
        let last = life.sign_in(server, "login", json!({"email": NEW_EMAIL, "password": THIRD})).await;
        life.found(server, &last.access).await;
        life
    }

    /// A second factor and every route that takes or makes something of it, right and wrong.
    async fn prove(&mut self, server: &TestServer) {
        const EMAIL: &str = "factor@acme.com";
        let person = json!({"email": EMAIL, "password": PASSWORD, "first_name": "Jane", "last_name": "Doe"});
        self.post(server, "register", person).await;
        self.link_token(server, EMAIL).await;
        let access = self.sign_in(server, "login", json!({"email": EMAIL, "password": PASSWORD})).await.access;
        let mut seed = String::new();
        for current in [WRONG, PASSWORD, PASSWORD] {
            let begun = self.call(server, Method::POST, SEED, &access, json!({"current_password": current})).await;
            seed = begun["secret"].as_str().unwrap_or_default().to_owned();
        }
        let phone = Phone::of(&seed);
        let mut secrets = vec![seed];
        let mut codes = Vec::new();
        for code in [WRONG, &phone.code_near(server, 0)] {
            let confirmed = self.call(server, Method::POST, CODES, &access, json!({"code": code})).await;
            codes = confirmed["recovery_codes"].as_array().cloned().unwrap_or_default();
        }
        secrets.extend(codes.iter().map(|code| code.as_str().unwrap().to_owned()));
        let challenged = self.post(server, "login", json!({"email": EMAIL, "password": PASSWORD})).await;
        let token = challenged["mfa_token"].as_str().expect("a token").to_owned();
        secrets.push(token.clone());
        self.post(server, "mfa/verify", json!({"mfa_token": WRONG, "code": codes[0]})).await;
        self.post(server, "mfa/verify", json!({"mfa_token": token, "code": {"nested": codes[0]}})).await;
        self.sign_in(server, "mfa/verify", json!({"mfa_token": token, "code": codes[0]})).await;
        for _ in 0..2 {
            server.mail.next_mail_to(EMAIL).await;
        }
        self.call(server, Method::GET, "mfa", &access, Json::Null).await;
        self.secrets.splice(0..0, secrets);
    }

    /// The key of a service and every route that takes one, or a token to be judged.
    async fn serve(&mut self, server: &TestServer) {
        let admin = self.sign_in(server, "login", json!({"email": "a@acme.com", "password": THIRD})).await.access;
        let wanted = json!({"name": "gateway", "scopes": ["tokens:read", "usage:write"]});
        let made = self.call(server, Method::POST, SERVICE_KEYS, &admin, wanted).await;
        let key = made["key"].as_str().expect("a key").to_owned();
        self.secrets.push(key.clone());
        self.call(server, Method::GET, SERVICE_KEYS, &admin, Json::Null).await;
        let revoke = format!("{SERVICE_KEYS}/{}", made["id"].as_str().expect("an id"));
        for _ in 0..2 {
            for token in [admin.as_str(), WRONG, &key] {
                self.call(server, Method::POST, "/internal/introspect", &key, json!({"token": token})).await;
            }
            self.call(server, Method::POST, "/internal/introspect", &key, json!({"token": {"nested": WRONG}})).await;
            self.call(server, Method::POST, "/internal/usage", &key, json!({"events": [{"id": WRONG}]})).await;
            self.call(server, Method::GET, SERVICE_KEYS, &key, Json::Null).await;
            self.call(server, Method::DELETE, &revoke, &admin, Json::Null).await;
        }
    }

    /// An organization and every route that takes or makes the token of an invitation, right and wrong.
    async fn found(&mut self, server: &TestServer, access: &str) {
        let tenant = json!({"name": "Acme", "slug": "acme-corp"});
        let tenant = self.call(server, Method::POST, "/global/tenants", access, tenant).await;
        let selected = json!({"tenant_id": tenant["id"]});
        let selected = self.call(server, Method::POST, "select-tenant", access, selected).await;
        let scoped = selected["access_token"].as_str().expect("a token").to_owned();
        self.tokens.push(scoped.clone());
        for (email, role) in [(GUEST, "admin"), (GUEST, "viewer"), (STRANGER, "member"), ("late@acme.com", "viewer")] {
            let invite = json!({"email": email, "role": role});
            self.call(server, Method::POST, "/service/invites", &scoped, invite).await;
            self.link_token(server, email).await;
        }
        let listed = self.call(server, Method::GET, "/service/invites", &scoped, Json::Null).await;
        let late = listed["items"][0]["id"].as_str().expect("an invitation").to_owned();
        let resend = format!("/service/invites/{late}/resend");
        self.call(server, Method::POST, &resend, &scoped, Json::Null).await;
        let late_token = self.link_token(server, "late@acme.com").await;
        let [.., replaced, guest, stranger, _, _] = &self.secrets[..] else { panic!("five were sent") };
        let (replaced, guest, stranger) = (replaced.clone(), guest.clone(), stranger.clone());

        for (email, token) in [(STRANGER, &guest), (STRANGER, &stranger), (STRANGER, &stranger), (GUEST, &replaced)] {
            let new = json!({
                "email": email, "password": PASSWORD, "first_name": "Jane", "last_name": "Doe", "invite_token": token,
            });
            self.post(server, "register", new).await;
        }
        server.mail.next_mail_to(NEW_EMAIL).await;
        let new = json!({"email": GUEST, "password": PASSWORD, "first_name": "Jane", "last_name": "Doe"});
        self.post(server, "register", new).await;
        self.link_token(server, GUEST).await;
        let as_guest = self.sign_in(server, "login", json!({"email": GUEST, "password": PASSWORD})).await.access;
        for token in [WRONG, &replaced, &late_token, &guest, &guest] {
            self.call(server, Method::POST, "/global/invites/accept", &as_guest, json!({"token": token})).await;
        }
        server.mail.next_mail_to(NEW_EMAIL).await;
        for (method, path) in [
            (Method::GET, "/service/members"),
            (Method::GET, "/service/invites"),
            (Method::DELETE, &format!("/service/invites/{late}")),
            (Method::GET, "/service/invites"),
        ] {
            self.call(server, method, path, &scoped, Json::Null).await;
        }
        self.keep_exports(server, &scoped).await;
        self.be_told(server, &scoped).await;
        // The link of this one waits in the outbox, since from now on there is no mail server.
        server.mail.stop().await;
        let invite = json!({"email": "late@acme.com", "role": "viewer"});
        self.call(server, Method::POST, "/service/invites", &scoped, invite).await;
        self.secrets.push(waiting_token(server).await);
    }
}

impl Life {
    /// Every route that takes the credentials of a store, right and wrong, and what is kept of another one last.
    async fn keep_exports(&mut self, server: &TestServer, scoped: &str) {
        let (id, secret, account_key) =
            ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLE", "c2VjcmV0IGtleQ==");
        self.secrets.splice(0..0, [id, secret, account_key].map(str::to_owned));
        let azure = json!({
            "provider": "AZURE", "container_name": "acme-logs",
            "azure_connection_string": format!("AccountName=acme;AccountKey={account_key};BlobEndpoint=http://127.0.0.1:9"),
        });
        let s3 = json!({
            "provider": "S3", "bucket": "acme-logs", "region": "us-east-1", "endpoint": "http://127.0.0.1:9",
            "aws_access_key_id": id, "aws_secret_access_key": secret,
        });
        let wrong = [
            json!({"provider": id, "aws_secret_access_key": secret}),
            json!({"provider": "S3", "bucket": "A", "region": "B", "aws_access_key_id": id, "aws_secret_access_key": secret}),
            json!({"provider": "S3", "bucket": "acme-logs", "region": "us-east-1", "aws_secret_access_key": secret}),
            json!({"provider": "S3", "bucket": "acme-logs", "region": "us-east-1", "aws_access_key_id": {"key": secret}}),
            json!({"provider": "AZURE", "container_name": "A", "azure_connection_string": account_key}),
            json!({"provider": "AZURE", "container_name": "A", "azure_connection_string": format!("AccountKey={account_key}")}),
        ];
        for body in wrong.into_iter().chain([azure, s3]) {
            self.call(server, Method::PUT, "/service/storage", scoped, body).await;
            self.call(server, Method::POST, "/service/storage/test", scoped, Json::Null).await;
        }
        for path in ["/service/storage", "/service/storage/exports"] {
            self.call(server, Method::GET, path, scoped, Json::Null).await;
        }
    }
}

impl Life {
    /// A webhook, whose secret is made and made anew.
    async fn be_told(&mut self, server: &TestServer, scoped: &str) {
        let wanted = json!({"url": "https://127.0.0.1:9/", "events": [WRONG], "secret": WRONG});
        self.call(server, Method::POST, WEBHOOKS, scoped, wanted).await;
        let wanted = json!({"url": "https://acme.invalid/hooks", "events": ["*"], "description": "Told of everything"});
        let made = self.call(server, Method::POST, WEBHOOKS, scoped, wanted).await;
        let own = format!("{WEBHOOKS}/{}", made["id"].as_str().expect("an id"));
        let rotated = self.call(server, Method::POST, &format!("{own}/rotate-secret"), scoped, Json::Null).await;
        for shown in [made, rotated] {
            let secret = shown["secret"].as_str().expect("a secret").to_owned();
            self.secrets.insert(0, secret);
        }
        let told = self.call(server, Method::POST, &format!("{own}/test"), scoped, Json::Null).await;
        let delivery = format!("{own}/deliveries/{}", told["id"].as_str().expect("an id"));
        for (method, path) in [
            (Method::POST, format!("{delivery}/redeliver")),
            (Method::GET, delivery),
            (Method::GET, format!("{own}/deliveries")),
            (Method::PATCH, own.clone()),
            (Method::GET, own),
            (Method::GET, WEBHOOKS.to_owned()),
        ] {
            let body =
                if method == Method::PATCH { json!({"description": WRONG.len().to_string()}) } else { Json::Null };
            self.call(server, method, &path, scoped, body).await;
        }
    }
}

/// The token in the newest mail, which waits, opened with the master key.
async fn waiting_token(server: &TestServer) -> String {
    let read = |tx: &mut trueport::db::Tx<'_>| {
        let sql = "SELECT id, variables_sealed FROM outbox ORDER BY created_at DESC, id DESC LIMIT 1";
        Ok(tx.one(sql, args![], |row| Ok((row.get::<String>(0)?, row.get::<Vec<u8>>(1)?)))?)
    };
    let (id, sealed) = server.app.read(read).await.expect("a mail waits");
    let place = Place { table: "outbox", row: &id, column: "variables_sealed" };
    let plain = server.app.installation().vault().unseal(place, &sealed).expect("it is sealed with this key");
    let variables: Json = serde_json::from_slice(&plain).expect("variables");
    let link = variables["invite_url"].as_str().expect("a link");
    link.split_once("?token=").expect("a token").1.to_owned()
}
