//! A text as a picture that a camera reads.

use qrcode::render::svg::Color;
use qrcode::{EcLevel, QrCode};

use crate::error::{Error, Result};

/// Pixels of a module, and so of the whole picture at its own size.
const MODULE: u32 = 4;

/// An SVG element in black on white with the margin of four modules that readers need. It holds a rectangle and a path, no
/// script and no reference, so it can stand in a page as it is.
pub(super) fn svg(text: &str) -> Result<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(Error::internal)?;
    let mut renderer = code.render::<Color<'_>>();
    renderer.quiet_zone(true).module_dimensions(MODULE, MODULE);
    let document = renderer.dark_color(Color("#000")).light_color(Color("#fff")).build();
    // The declaration of a document has no place inside a page.
    let start = document.find("<svg").unwrap_or_default();
    Ok(document[start..].to_owned())
}
