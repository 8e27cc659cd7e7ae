//! Mails and the way they go out.

use serde_json::{Value as Json, json};

use super::failure::{Failure, Outcome};
use super::{output, session, user};
use crate::app::App;
use crate::config::Flags;
use crate::mail::{self, Reason};
use crate::store::outbox;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Send a test message now and say what the mail server answered (exit code 4 if it was not delivered)
    Test {
        /// Where to send it
        #[arg(long)]
        to: String,
    },
    /// List the newest messages of the outbox
    List {
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..))]
        limit: i64,
    },
}

pub(super) fn run(flags: &Flags, json: bool, command: Command) -> Outcome {
    match command {
        Command::Test { to } => {
            let to = user::parse_email(&to)?;
            session::with_app(flags, async |app| test(&app, json, to.as_ref()).await)?
        }
        Command::List { limit } => session::with_app(flags, async |app| {
            let messages = app.read(move |tx| Ok(outbox::operator_list(tx, None, limit, 0)?)).await?;
            let rows: Vec<Json> = messages.iter().map(row).collect();
            let columns = ["id", "recipient", "template", "status", "attempts", "created_at", "due_at", "last_error"];
            output::rows(json, &columns, &rows);
            Ok(())
        })?,
    }
}

fn row(message: &outbox::Message) -> Json {
    json!({
        "id": message.id.as_ref(),
        "recipient": message.recipient,
        "template": message.template,
        "status": message.status.as_str(),
        "attempts": message.attempts,
        "created_at": message.created_at.to_string(),
        "due_at": (message.status == outbox::Status::Waiting).then(|| message.due_at.to_string()),
        "settled_at": message.settled_at.map(|at| at.to_string()),
        "last_error": message.last_error,
    })
}

async fn test(app: &App, json: bool, to: &str) -> Outcome {
    let server = mail::send_test(&app.installation(), to, app.clock().now()).await.map_err(|failure| {
        Failure::CheckFailed(match failure.reason {
            Reason::NotSet => format!("{failure}; 'trueport config set smtp.host …' sets one"),
            _ => format!("the message was not delivered: {failure}"),
        })
    })?;
    output::thing(json, &json!({"to": to, "server": server}), &format!("{server} took the message to {to}"));
    Ok(())
}
