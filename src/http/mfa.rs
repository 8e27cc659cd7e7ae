//! Second factors: the caller's own, and the second step of a sign-in.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::{Anonymous, SignedIn};
use super::body::Body;
use super::client::Client;
use super::passwords::prove_current;
use super::qr;
use super::reply::{Confidential, NoContent, Reply, TokenReply};
use crate::app::App;
use crate::domain::caller::Caller;
use crate::domain::factors::{self, OwnFactors};
use crate::domain::mfa;
use crate::domain::passwords::Reservation;
use crate::error::Result;
use crate::secret::{Secret, TokenDigest};
use crate::store::factors::Factor;

/// A second factor.
#[derive(Serialize, ToSchema)]
pub(super) struct FactorItem {
    #[schema(example = "fac_01h455vb4pex5vsknk084sn02q")]
    id: String,
    /// `totp`: codes that an app makes (RFC 6238).
    #[schema(example = "totp")]
    kind: &'static str,
    /// When it was set up.
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    created_at: String,
    #[schema(format = DateTime, example = "2024-01-16T08:00:00Z")]
    last_used_at: Option<String>,
}

impl From<Factor> for FactorItem {
    fn from(factor: Factor) -> Self {
        Self {
            id: factor.id.to_string(),
            kind: factor.kind.as_str(),
            created_at: factor.confirmed_at.to_string(),
            last_used_at: factor.last_used_at.map(|at| at.to_string()),
        }
    }
}

/// The own second factors.
#[derive(Serialize, ToSchema)]
pub(super) struct MfaState {
    /// Whether a sign-in asks for one.
    #[schema(example = true)]
    enabled: bool,
    /// Those that are set up, oldest first.
    factors: Vec<FactorItem>,
    /// Recovery codes that were not used.
    #[schema(example = 10)]
    recovery_codes_left: i64,
    /// Whether one was proved in this session.
    #[schema(example = true)]
    session_proven: bool,
}

impl From<OwnFactors> for MfaState {
    fn from(own: OwnFactors) -> Self {
        Self {
            enabled: !own.factors.is_empty(),
            factors: own.factors.into_iter().map(FactorItem::from).collect(),
            recovery_codes_left: own.recovery_codes_left,
            session_proven: own.is_proven,
        }
    }
}

pub(super) async fn show(SignedIn(caller): SignedIn, State(app): State<App>) -> Result<Reply<MfaState>> {
    let own = app.read(move |tx| factors::show(tx, &caller)).await?;
    Ok(Reply(own.into()))
}

/// The own password.
#[derive(Deserialize, ToSchema)]
pub(super) struct SetUpTotpRequest {
    #[schema(value_type = String, format = Password, example = "SecurePassword123!")]
    current_password: Secret,
}

/// What goes into an app. It counts once a code of it was given.
#[derive(Serialize, ToSchema)]
pub(super) struct NewTotpReply {
    /// The seed in base32, to be typed.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    secret: String,
    /// The seed with names, to be opened.
    #[schema(
        example = "otpauth://totp/TruePort:dev%40acme.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=TruePort"
    )]
    otpauth_uri: String,
    /// The same as a picture, to be photographed: an SVG element in black on white.
    #[schema(example = "<svg xmlns=\"http://www.w3.org/2000/svg\" …></svg>")]
    qr_svg: String,
}

pub(super) async fn set_up_totp(
    SignedIn(caller): SignedIn,
    State(app): State<App>,
    Body(request): Body<SetUpTotpRequest>,
) -> Result<Confidential<Reply<NewTotpReply>>> {
    let seat = app.hasher().seat()?;
    let reservation = app.write(&caller, factors::reserve_setup).await?;
    prove_current(&seat, &request.current_password, &reservation).await?;
    let installation = app.installation();
    let begun = app.write(&caller, move |tx, by| factors::begin_totp(tx, by, &installation, &reservation));
    let begun = begun.await?.granted()?;
    Ok(Confidential(Reply(NewTotpReply {
        qr_svg: qr::svg(begun.otpauth_uri.expose())?,
        secret: begun.secret.expose().to_owned(),
        otpauth_uri: begun.otpauth_uri.expose().to_owned(),
    })))
}

/// A code of the app.
#[derive(Deserialize, ToSchema)]
pub(super) struct ConfirmTotpRequest {
    /// Six digits.
    #[schema(value_type = String, example = "287082")]
    code: Secret,
}

/// Ten codes, each of which stands in once for a code of the app. They are shown this once.
#[derive(Serialize, ToSchema)]
pub(super) struct RecoveryCodes {
    #[schema(example = json!(["0123-4567-89ab-cdef"]))]
    recovery_codes: Vec<String>,
}

impl RecoveryCodes {
    fn new(codes: &[Secret]) -> Confidential<Reply<Self>> {
        Confidential(Reply(Self { recovery_codes: codes.iter().map(|code| code.expose().to_owned()).collect() }))
    }
}

pub(super) async fn confirm_totp(
    SignedIn(caller): SignedIn,
    State(app): State<App>,
    Body(request): Body<ConfirmTotpRequest>,
) -> Result<Confidential<Reply<RecoveryCodes>>> {
    let installation = app.installation();
    let confirmed =
        app.write(&caller, move |tx, by| factors::confirm_totp(tx, by, &installation, request.code.expose()));
    Ok(RecoveryCodes::new(&confirmed.await?.granted()?))
}

/// The own password and a code.
#[derive(Deserialize, ToSchema)]
pub(super) struct ChangeMfaRequest {
    #[schema(value_type = String, format = Password, example = "SecurePassword123!")]
    current_password: Secret,
    /// Six digits of the app, or a recovery code.
    #[schema(value_type = String, example = "287082")]
    code: Secret,
}

impl ChangeMfaRequest {
    /// Checks the password; the code is checked where it is used up.
    async fn prove_password(&self, app: &App, caller: &Caller) -> Result<Reservation> {
        let seat = app.hasher().seat()?;
        let reservation = app.write(caller, factors::reserve_change).await?;
        prove_current(&seat, &self.current_password, &reservation).await?;
        Ok(reservation)
    }
}

pub(super) async fn remove_totp(
    SignedIn(caller): SignedIn,
    State(app): State<App>,
    Body(request): Body<ChangeMfaRequest>,
) -> Result<NoContent> {
    let (reservation, installation) = (request.prove_password(&app, &caller).await?, app.installation());
    let removed = app
        .write(&caller, move |tx, by| factors::remove_totp(tx, by, &installation, &reservation, request.code.expose()));
    removed.await?.granted()?;
    Ok(NoContent)
}

pub(super) async fn renew_recovery_codes(
    SignedIn(caller): SignedIn,
    State(app): State<App>,
    Body(request): Body<ChangeMfaRequest>,
) -> Result<Confidential<Reply<RecoveryCodes>>> {
    let (reservation, installation) = (request.prove_password(&app, &caller).await?, app.installation());
    let renewed = app.write(&caller, move |tx, by| {
        factors::renew_recovery_codes(tx, by, &installation, &reservation, request.code.expose())
    });
    Ok(RecoveryCodes::new(&renewed.await?.granted()?))
}

/// The second step of a sign-in.
#[derive(Deserialize, ToSchema)]
pub(super) struct VerifyMfaRequest {
    /// From the reply to the first step.
    #[schema(value_type = String, example = "q3Jh0n1w0mY5v3c9b7Wm2dXr4kTz6sLf8gHj1pQa0uE")]
    mfa_token: Secret,
    /// Six digits of the app, or a recovery code.
    #[schema(value_type = String, example = "287082")]
    code: Secret,
}

pub(super) async fn verify(
    Anonymous(anonymous): Anonymous,
    State(app): State<App>,
    client: Client,
    Body(request): Body<VerifyMfaRequest>,
) -> Result<TokenReply> {
    let (installation, agent) = (app.installation(), client.user_agent.clone());
    let token = TokenDigest::of(request.mfa_token.expose());
    let verified = app.write(&anonymous, move |tx, by| {
        mfa::verify(tx, by, &installation, &token, request.code.expose(), agent.as_deref())
    });
    Ok(TokenReply::new(&verified.await?.granted()?, &client, &app))
}
