//! A received mail, decoded, and what the tests read out of one.

use std::fmt;

use mail_parser::{MessageParser, PartType};

/// One received mail.
#[derive(Clone)]
pub(crate) struct Mail {
    /// The recipients of the envelope.
    pub(crate) to: Vec<String>,
    /// The address in the header `From`.
    pub(crate) from: String,
    /// `Message-ID` without its angle brackets.
    pub(crate) message_id: String,
    /// The decoded subject.
    pub(crate) subject: String,
    /// The decoded plain text part with `\n` line ends; empty when there is none.
    pub(crate) text: String,
    /// The decoded HTML part with `\n` line ends; empty when there is none.
    pub(crate) html: String,
    /// The message as it was sent, without the dots that SMTP adds.
    pub(crate) raw: Vec<u8>,
}

/// Without the raw bytes and the HTML, which say the same at greater length.
impl fmt::Debug for Mail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Mail")
            .field("to", &self.to)
            .field("from", &self.from)
            .field("message_id", &self.message_id)
            .field("subject", &self.subject)
            .field("text", &self.text)
            .finish_non_exhaustive()
    }
}

impl Mail {
    /// Decodes what came after DATA; the recipients are the envelope's.
    pub(super) fn parse(to: Vec<String>, raw: Vec<u8>) -> Self {
        let message = MessageParser::default().parse(&raw).unwrap_or_default();
        let from = message.from().and_then(|from| from.first()?.address());
        let text = message.text_part(0).and_then(|part| match &part.body {
            PartType::Text(text) => Some(text.replace("\r\n", "\n")),
            _ => None,
        });
        let html = message.html_part(0).and_then(|part| match &part.body {
            PartType::Html(html) => Some(html.replace("\r\n", "\n")),
            _ => None,
        });
        Self {
            to,
            from: from.unwrap_or_default().to_owned(),
            message_id: message.message_id().unwrap_or_default().to_owned(),
            subject: message.subject().unwrap_or_default().to_owned(),
            text: text.unwrap_or_default(),
            html: html.unwrap_or_default(),
            raw,
        }
    }

    /// The value after `?token=` in the text part; panics unless there is exactly one.
    pub(crate) fn link_token(&self) -> String {
        let mut found = self.text.split("?token=").skip(1);
        let (Some(rest), None) = (found.next(), found.next()) else {
            panic!("not exactly one link with a token in: {}", self.text);
        };
        let in_token = |character: char| character.is_ascii_alphanumeric() || "-_.~%".contains(character);
        let token: String = rest.chars().take_while(|character| in_token(*character)).collect();
        assert!(!token.is_empty(), "an empty token in: {}", self.text);
        token
    }

    /// The one six-digit number in the text part; panics when there is none or more than one.
    pub(crate) fn six_digit_code(&self) -> String {
        let numbers = self.text.split(|character: char| !character.is_ascii_digit());
        let codes: Vec<&str> = numbers.filter(|number| number.len() == 6).collect();
        let [code] = codes[..] else {
            panic!("not exactly one six-digit number in: {}", self.text);
        };
        code.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::Mail;

    fn plain(text: &str) -> Mail {
        Mail::parse(Vec::new(), format!("Subject: s\r\n\r\n{text}\r\n").into())
    }

    #[test]
    fn finds_a_token_and_a_code_between_other_text() {
        let mail = plain("See <https://a.test/#/invite?token=a-B_9> by 2030-01-01, 1234567. Code: 012345.");
        assert_eq!(mail.link_token(), "a-B_9");
        assert_eq!(mail.six_digit_code(), "012345");
    }

    #[test]
    #[should_panic(expected = "not exactly one six-digit number")]
    fn two_codes_are_none() {
        plain("123456 or 654321").six_digit_code();
    }

    #[test]
    #[should_panic(expected = "not exactly one link")]
    fn no_link_has_no_token() {
        plain("token=abc").link_token();
    }
}
