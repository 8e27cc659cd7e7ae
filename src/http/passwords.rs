//! Forgotten and changed passwords.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::access::{Anonymous, SignedIn};
use super::auth::EmailRequest;
use super::body::Body;
use super::reply::{Message, Reply};
use crate::app::App;
use crate::domain::fields::NewPassword;
use crate::domain::passwords;
use crate::error::{Code, Error, Result};
use crate::hasher::Seat;
use crate::secret::{Secret, TokenDigest};

pub(super) async fn forgot(
    Anonymous(anonymous): Anonymous,
    State(app): State<App>,
    Body(request): Body<EmailRequest>,
) -> Result<Reply<Message>> {
    let (email, installation) = (request.parse()?, app.installation());
    app.write(&anonymous, move |tx, by| passwords::forgot(tx, by, &installation, &email)).await?;
    Ok(Message::new("If that email exists, a reset link has been sent"))
}

/// A new password with the token of a reset link.
#[derive(Deserialize, ToSchema)]
pub(super) struct ResetRequest {
    /// What stands behind `token=` in the link.
    #[schema(value_type = String, example = "q3Jh0n1w0mY5v3c9b7Wm2dXr4kTz6sLf8gHj1pQa0uE")]
    token: Secret,
    #[schema(value_type = String, format = Password, example = "NewSecurePassword456!")]
    new_password: Secret,
}

pub(super) async fn reset(
    Anonymous(anonymous): Anonymous,
    State(app): State<App>,
    Body(request): Body<ResetRequest>,
) -> Result<Reply<Message>> {
    let installation = app.installation();
    let min_length = installation.settings().password_min_length();
    // Without the person's address, which only a good token reveals.
    parse_new(&request.new_password, "", min_length)?;
    let token = TokenDigest::of(request.token.expose());
    let digest = token.clone();
    let user = app.read(move |tx| passwords::resetter(tx, &digest)).await?;
    let new = parse_new(&request.new_password, &user.email, min_length)?;
    let hash = app.hasher().seat()?.hash(new.secret()).await?;
    app.write(&anonymous, move |tx, by| passwords::reset(tx, by, &installation, &token, &hash)).await?;
    Ok(Message::new("Password updated successfully"))
}

/// A change of the own password.
#[derive(Deserialize, ToSchema)]
pub(super) struct ChangeRequest {
    #[schema(value_type = String, format = Password, example = "OldPassword123!")]
    current_password: Secret,
    #[schema(value_type = String, format = Password, example = "NewPassword456!")]
    new_password: Secret,
}

pub(super) async fn change(
    SignedIn(caller): SignedIn,
    State(app): State<App>,
    Body(request): Body<ChangeRequest>,
) -> Result<Reply<Message>> {
    let installation = app.installation();
    let min_length = installation.settings().password_min_length();
    let new = parse_new(&request.new_password, &caller.user.email, min_length)?;
    let seat = app.hasher().seat()?;
    let reservation = app.write(&caller, passwords::reserve).await?;
    prove_current(&seat, &request.current_password, &reservation).await?;
    let hash = seat.hash(new.secret()).await?;
    app.write(&caller, move |tx, by| passwords::change(tx, by, &installation, &reservation, &new, &hash)).await?;
    Ok(Message::new("Password updated successfully"))
}

/// Checks the caller's current password against what was reserved; 400 if it is wrong, and the attempt stays counted.
pub(super) async fn prove_current(seat: &Seat, current: &Secret, reservation: &passwords::Reservation) -> Result<()> {
    match seat.check(current, reservation.password_hash()).await?.is_right {
        true => Ok(()),
        false => Err(Error::new(Code::WrongPassword)),
    }
}

fn parse_new(password: &Secret, email: &str, min_length: usize) -> Result<NewPassword> {
    NewPassword::parse(password, email, min_length).map_err(|message| Error::field("new_password", message))
}
